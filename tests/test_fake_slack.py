"""The fake Slack is held to what Slack's documentation says, with Slack's own SDK as the client."""

import asyncio
import json
import time

import pytest
from aiohttp import ClientSession
from aiohttp.web import Application, Response
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.fake_slack.delivery import written
from tests.fakes import Clock
from tests.slack_service import until


@pytest.fixture
def web(slack):
    """Slack's own client, with the bot's token."""
    return AsyncWebClient(slack.team.bot_token, base_url=slack.api_url)


class App:
    """An app on loopback: it keeps what it is brought and answers as it is told to."""

    def __init__(self, slack):
        self.verifier = SignatureVerifier(slack.signing_secret)
        self.heard, self.unsigned, self.statuses, self.answers = [], [], [], []
        self.seconds, self.headers = 0.0, {}

    async def take(self, request):
        body = await request.read()
        self.heard.append((dict(request.headers), body))
        if not self.verifier.is_valid_request(body, dict(request.headers)):
            self.unsigned.append(body)
        await asyncio.sleep(self.seconds)
        status = self.statuses.pop(0) if self.statuses else 200
        answer = self.answers.pop(0) if self.answers else None
        text = json.dumps(answer) if answer else ""
        return Response(status=status, text=text, content_type="application/json", headers=self.headers)

    def events(self):
        return [json.loads(body)["event"] for _, body in self.heard]

    def event(self, kind):
        """The first one of its kind."""
        return next(event for event in self.events() if event["type"] == kind)


@pytest.fixture
async def app(slack, aiohttp_server):
    """An app that Slack tells of all; each test holds Slack to signing it."""
    made = App(slack)
    served = Application()
    served.router.add_post("/slack/events", made.take)
    server = await aiohttp_server(served)
    slack.deliveries.url = str(server.make_url("/slack/events"))
    slack.deliveries.retry_after = [0.0, 0.02, 0.04]
    yield made
    assert made.unsigned == []


async def refused(call):
    """The name of the error that a call ends in."""
    with pytest.raises(SlackApiError) as raised:
        await call
    return raised.value.response["error"]


def section(text):
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


# --------------------------------------------------------------------------- the Web API


async def test_who_the_bot_is_comes_with_the_scopes_that_it_has(slack, web):
    found = await web.auth_test()
    assert (found["user_id"], found["bot_id"], found["team_id"]) == (
        slack.team.bot.id,
        slack.team.bot_id,
        slack.team.id,
    )
    assert "chat:write" in found.headers["x-oauth-scopes"].split(",")
    assert await refused(AsyncWebClient("xoxb-no", base_url=slack.api_url).auth_test()) == "invalid_auth"
    assert await refused(AsyncWebClient(base_url=slack.api_url).auth_test()) == "not_authed"


async def test_a_method_without_its_scope_says_which_is_missing(slack, web, room):
    slack.team.scopes.discard("chat:write")
    with pytest.raises(SlackApiError) as raised:
        await web.chat_postMessage(channel=room.id, text="x")
    assert (raised.value.response["error"], raised.value.response["needed"]) == (
        "missing_scope",
        "chat:write",
    )


async def test_a_post_is_read_back_with_its_metadata_only_where_asked_for(slack, web, room):
    said = await slack.people.says("Ada", room, "The lease & its end.")
    metadata = {"event_type": "answer", "event_payload": {"id": "m"}}
    posted = await web.chat_postMessage(channel=room.id, thread_ts=said, text="x", metadata=metadata)
    assert posted["message"]["bot_id"] == slack.team.bot_id
    plain = await web.conversations_replies(channel=room.id, ts=said)
    whole = await web.conversations_replies(channel=room.id, ts=said, include_all_metadata=True)
    assert [one["text"] for one in plain["messages"]] == ["The lease &amp; its end.", "x"]
    assert "metadata" not in plain["messages"][1]
    assert whole["messages"][1]["metadata"] == metadata
    assert whole["messages"][0]["reply_count"] == 1


async def test_the_bot_posts_only_where_it_is_and_sees_only_what_it_may(slack, web):
    outside = slack.team.room("outside", bot=False, people=("Ada",))
    hidden = slack.team.room("hidden", kind="group", bot=False, people=("Ada",))
    old = slack.team.room("old", people=("Ada",))
    old.archived = True
    for where, error in (
        (outside, "not_in_channel"),
        (hidden, "channel_not_found"),
        (old, "is_archived"),
    ):
        assert await refused(web.chat_postMessage(channel=where.id, text="x")) == error
    assert await refused(web.conversations_history(channel=outside.id)) == "not_in_channel"
    assert await refused(web.conversations_info(channel=hidden.id)) == "channel_not_found"
    assert not (await web.conversations_info(channel=outside.id))["channel"]["is_member"]
    assert await refused(web.chat_postMessage(channel="C0", text="x")) == "channel_not_found"


async def test_only_what_the_bot_posted_may_it_change_or_delete(slack, web, room):
    said = await slack.people.says("Ada", room, "Mine.")
    ours = (await web.chat_postMessage(channel=room.id, text="x"))["ts"]
    assert (await web.chat_update(channel=room.id, ts=ours, text="y"))["text"] == "y"
    assert await refused(web.chat_update(channel=room.id, ts=said, text="y")) == "cant_update_message"
    assert await refused(web.chat_delete(channel=room.id, ts=said)) == "cant_delete_message"
    await web.chat_delete(channel=room.id, ts=ours)
    assert await refused(web.chat_delete(channel=room.id, ts=ours)) == "message_not_found"


async def test_what_one_person_sees_is_seen_by_nobody_else_and_cannot_be_read_back(slack, web, room):
    ada = slack.team.person("Ada").id
    await web.chat_postEphemeral(channel=room.id, user=ada, text="only you")
    assert [(one.user, one.message["text"]) for one in slack.team.alone] == [(ada, "only you")]
    assert (await web.conversations_history(channel=room.id))["messages"] == []
    stranger = slack.team.person("Zoe").id
    call = web.chat_postEphemeral(channel=room.id, user=stranger, text="x")
    assert await refused(call) == "user_not_in_channel"


@pytest.mark.parametrize(
    ("blocks", "says"),
    [
        ([section("x" * 3_001)], "less than 3001"),
        ([section("")], "more than 0"),
        ([section("x")] * 51, "no more than 50"),
        ([{"type": "nonsense"}], "unsupported type"),
        ([{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}], "less than 151"),
        ([{"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}] * 11}], "from 1 to 10"),
        ([{"type": "markdown", "text": "x" * 12_001}], "less than 12001"),
        (
            [
                {
                    "type": "actions",
                    "elements": [{"type": "button", "text": {"type": "plain_text", "text": "x" * 76}}],
                }
            ],
            "less than 76",
        ),
        ([{"type": "context_actions", "elements": [{"type": "button"}]}], "unsupported type"),
        ([section("x") | {"block_id": "same"}] * 2, "unique"),
    ],
)
async def test_blocks_beyond_the_limits_are_refused(web, room, blocks, says):
    with pytest.raises(SlackApiError) as raised:
        await web.chat_postMessage(channel=room.id, text="x", blocks=blocks)
    assert raised.value.response["error"] == "invalid_blocks"
    assert says in raised.value.response["errors"][0]


async def test_texts_beyond_the_limits_are_refused(web, room):
    assert await refused(web.chat_postMessage(channel=room.id, text="x" * 40_001)) == "msg_too_long"
    blocks = [section("x" * 2_900)] * 5
    call = web.chat_postMessage(channel=room.id, text="x", blocks=blocks)
    assert await refused(call) == "msg_blocks_too_long"
    with pytest.warns(UserWarning, match="text"):
        assert await refused(web.chat_postMessage(channel=room.id)) == "no_text"


async def test_a_thread_is_read_page_by_page_with_its_first_message_on_each(slack, web, room):
    root = await slack.people.says("Ada", room, "0")
    for number in range(1, 8):
        await slack.people.says("Ben", room, str(number), thread=root)
    pages, cursor = [], None
    while cursor != "":
        page = await web.conversations_replies(channel=room.id, ts=root, limit=3, cursor=cursor)
        pages.append([one["text"] for one in page["messages"]])
        cursor = (page.get("response_metadata") or {}).get("next_cursor", "")
        assert page["has_more"] == bool(cursor)
    assert pages == [["0", "1", "2", "3"], ["0", "4", "5", "6"], ["0", "7"]]
    history = await web.conversations_history(channel=room.id)
    assert [one["text"] for one in history["messages"]] == ["0"]
    assert await refused(web.conversations_replies(channel=room.id, ts="1.000001")) == "thread_not_found"
    assert await refused(web.conversations_replies(channel=room.id, ts=root, cursor="?")) == "invalid_cursor"


async def test_history_is_newest_first_and_keeps_to_its_bounds(slack, web, room):
    said = [await slack.people.says("Ada", room, str(number)) for number in range(5)]
    page = await web.conversations_history(channel=room.id, limit=2)
    assert [one["text"] for one in page["messages"]] == ["4", "3"]
    between = await web.conversations_history(channel=room.id, oldest=said[1], latest=said[4])
    assert [one["text"] for one in between["messages"]] == ["3", "2"]
    within = await web.conversations_history(channel=room.id, oldest=said[1], latest=said[4], inclusive=True)
    assert [one["text"] for one in within["messages"]] == ["4", "3", "2", "1"]


async def test_a_person_is_described_as_far_as_the_scopes_and_the_workspace_go(slack, web):
    slack.team.person("Uli", locale="de-DE", tz="Europe/Berlin", guest=True)
    uli = slack.team.person("Uli").id
    found = (await web.users_info(user=uli, include_locale=True))["user"]
    assert (found["locale"], found["tz"], found["is_restricted"]) == ("de-DE", "Europe/Berlin", True)
    assert "email" not in found["profile"]
    slack.team.scopes.add("users:read.email")
    assert (await web.users_info(user=uli))["user"]["profile"]["email"] == "uli@acme.example"
    stranger = slack.team.person("Eva", outside=True, team="T0").id
    found = (await web.users_info(user=stranger))["user"]
    assert found["is_stranger"]
    assert "is_admin" not in found


async def test_a_method_that_slack_lacks_is_unknown_here(web):
    assert await refused(web.api_call("chat.invent")) == "unknown_method"


# --------------------------------------------------------------------------- rates and faults


async def test_a_burst_in_one_channel_is_told_to_wait_and_slacks_own_handler_waits(slack, web, room):
    slack.rates.burst = 1.0
    await web.chat_postMessage(channel=room.id, text="1")
    with pytest.raises(SlackApiError) as raised:
        await web.chat_postMessage(channel=room.id, text="2")
    assert raised.value.response.status_code == 429
    assert raised.value.response.headers["Retry-After"] == "1"
    other = slack.team.room("other")
    await web.chat_postMessage(channel=other.id, text="another channel has its own")
    web.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=3))
    await web.chat_postMessage(channel=room.id, text="2")
    assert [one["text"] for one in room.messages.values()] == ["1", "2"]


async def test_each_method_has_its_tier(slack, web, room):
    slack.rates.per_minute["conversations.info"] = 2
    for _ in range(2):
        await web.conversations_info(channel=room.id)
    assert await refused(web.conversations_info(channel=room.id)) == "ratelimited"


async def test_faults_come_as_they_were_asked_for(slack, web, room):
    web.retry_handlers.clear()  # by itself the client posts again what was lost
    slack.fail("chat.postMessage", "500", "ratelimited", "channel_not_found", "dropped", "lost", "slow:0.1")
    for _ in range(3):
        with pytest.raises(SlackApiError):
            await web.chat_postMessage(channel=room.id, text="refused")
    for text in ("never taken", "taken"):
        with pytest.raises(Exception, match=r"(?i)disconnect|reset|closed"):
            await web.chat_postMessage(channel=room.id, text=text)
    began = time.monotonic()
    await web.chat_postMessage(channel=room.id, text="slow")
    assert time.monotonic() - began >= 0.1
    assert [one["text"] for one in room.messages.values()] == ["taken", "slow"]


# --------------------------------------------------------------------------- events


async def test_a_mention_comes_twice_signed_and_under_two_ids(slack, app, room):
    said = await slack.people.says("Ada", room, "@Wherein who signed?")
    await slack.deliveries.settled()
    assert sorted(event["type"] for event in app.events()) == ["app_mention", "message"]
    bodies = [json.loads(body) for _, body in app.heard]
    assert len({body["event_id"] for body in bodies}) == 2
    for body in bodies:
        assert body["event"]["ts"] == said
        assert body["event"]["text"] == f"<@{slack.team.bot.id}> who signed?"
        assert body["team_id"] == slack.team.id
        assert body["authorizations"][0]["user_id"] == slack.team.bot.id
        assert "client_msg_id" in body["event"]
    assert "channel_type" in app.event("message")


@pytest.mark.parametrize(
    ("order", "kinds"),
    [
        ("mention first", ["app_mention", "message"]),
        ("message first", ["message", "app_mention"]),
        ("message only", ["message"]),
    ],
)
async def test_the_pair_comes_in_the_order_that_is_set(slack, app, room, order, kinds):
    slack.mention_order = order
    await slack.people.says("Ada", room, "@Wherein hello")
    assert [event["type"] for event in app.events()] == kinds


async def test_what_is_not_acknowledged_comes_again_with_number_and_reason(slack, app, room):
    app.statuses = [500, 404]
    await slack.people.says("Ada", room, "hello")
    await slack.deliveries.settled()
    numbers = [headers.get("x-slack-retry-num") for headers, _ in app.heard]
    reasons = [headers.get("x-slack-retry-reason") for headers, _ in app.heard]
    assert numbers == [None, "1", "2"]
    assert reasons == [None, "http_error", "http_error"]
    assert len({body for _, body in app.heard}) == 1


async def test_what_is_acknowledged_too_late_comes_again(slack, app, room):
    slack.deliveries.ack_seconds, app.seconds = 0.1, 0.3
    await slack.people.says("Ada", room, "hello")
    await slack.deliveries.settled()
    assert len(app.heard) == 4
    assert app.heard[1][0]["x-slack-retry-reason"] == "http_timeout"


async def test_an_app_may_ask_for_no_redelivery(slack, app, room):
    app.statuses, app.headers = [500], {"x-slack-no-retry": "1"}
    await slack.people.says("Ada", room, "hello")
    await slack.deliveries.settled()
    assert len(app.heard) == 1


async def test_nothing_is_told_of_channels_that_the_bot_is_not_in(slack, app):
    await slack.people.says("Ada", slack.team.room("outside", bot=False), "@Wherein hello")
    assert app.heard == []


async def test_an_edit_tells_both_wordings_and_a_deletion_what_was_there(slack, app, room):
    said = await slack.people.says("Ada", room, "Tuesday")
    await slack.people.edits("Ada", room, said, "Thursday")
    await slack.people.deletes(room, said)
    _, edit, gone = app.events()
    assert (edit["subtype"], edit["previous_message"]["text"], edit["message"]["text"]) == (
        "message_changed",
        "Tuesday",
        "Thursday",
    )
    assert edit["message"]["edited"]["user"] == slack.team.person("Ada").id
    assert "edited" not in edit["previous_message"]
    assert (gone["subtype"], gone["deleted_ts"]) == ("message_deleted", said)


async def test_a_deleted_first_message_of_a_thread_leaves_a_tombstone(slack, app, web, room):
    root = await slack.people.says("Ada", room, "root")
    await slack.people.says("Ben", room, "reply", thread=root)
    await slack.people.deletes(room, root)
    told = app.events()[-1]
    assert (told["subtype"], told["message"]["subtype"]) == ("message_changed", "tombstone")
    first, _ = (await web.conversations_replies(channel=room.id, ts=root))["messages"]
    assert first["subtype"] == "tombstone"


async def test_a_message_with_a_file_is_a_file_share(slack, app, room):
    slack.files_in_mentions = False
    await slack.people.says("Ada", room, "@Wherein read this", files=[("a.txt", b"text")])
    message = app.event("message")
    assert "files" not in app.event("app_mention")
    assert message["subtype"] == "file_share"
    assert message["files"][0]["url_private_download"].startswith(slack.url)


# --------------------------------------------------------------------------- forms and dialogs

ASK = {
    "type": "modal",
    "callback_id": "ask",
    "title": {"type": "plain_text", "text": "Ask"},
    "submit": {"type": "plain_text", "text": "Ask"},
    "blocks": [
        {
            "type": "input",
            "block_id": "question",
            "label": {"type": "plain_text", "text": "Question"},
            "element": {"type": "plain_text_input", "action_id": "value"},
        }
    ],
}


async def test_a_slash_command_is_a_form(slack, app, room):
    delivery = await slack.people.slash("Ada", room, "who signed?")
    body, kind = written(delivery)
    assert kind == "application/x-www-form-urlencoded"
    assert app.heard[0][1] == body
    form = delivery.payload
    assert (form["command"], form["text"], form["channel_id"]) == ("/wherein", "who signed?", room.id)
    assert "thread_ts" not in form


async def test_a_dialog_opens_once_and_within_three_seconds(slack, app, web, room):
    clock = slack.clock = Clock()
    first = (await slack.people.slash("Ada", room, "")).payload["trigger_id"]
    await web.views_open(trigger_id=first, view=ASK)
    assert await refused(web.views_open(trigger_id=first, view=ASK)) == "exchanged_trigger_id"
    late = (await slack.people.slash("Ada", room, "")).payload["trigger_id"]
    clock.now += 3.1
    assert await refused(web.views_open(trigger_id=late, view=ASK)) == "expired_trigger_id"
    assert await refused(web.views_open(trigger_id="1.2.3", view=ASK)) == "invalid_trigger_id"
    assert len(slack.team.person("Ada").modals) == 1


async def test_a_view_beyond_the_limits_is_refused(slack, app, web, room):
    trigger = (await slack.people.slash("Ada", room, "")).payload["trigger_id"]
    view = ASK | {"title": {"type": "plain_text", "text": "x" * 25}}
    assert await refused(web.views_open(trigger_id=trigger, view=view)) == "invalid_arguments"


async def test_a_dialog_is_sent_and_does_what_the_app_answers(slack, app, web, room):
    trigger = (await slack.people.slash("Ada", room, "")).payload["trigger_id"]
    await web.views_open(trigger_id=trigger, view=ASK)
    app.answers = [{"response_action": "errors", "errors": {"question": "too short"}}]
    sent = await slack.people.submits("Ada", {"question": "who?"})
    values = sent.payload["view"]["state"]["values"]
    assert values == {"question": {"value": {"type": "plain_text_input", "value": "who?"}}}
    assert len(slack.team.person("Ada").modals) == 1
    await slack.people.submits("Ada", {"question": "who signed?"})
    assert slack.team.person("Ada").modals == []


async def test_a_view_that_changed_meanwhile_is_not_written_over(slack, app, web, room):
    trigger = (await slack.people.slash("Ada", room, "")).payload["trigger_id"]
    view = (await web.views_open(trigger_id=trigger, view=ASK))["view"]
    await web.views_update(view_id=view["id"], hash=view["hash"], view=ASK)
    call = web.views_update(view_id=view["id"], hash=view["hash"], view=ASK)
    assert await refused(call) == "hash_conflict"
    assert await refused(web.views_update(view_id="V0", view=ASK)) == "not_found"


async def test_a_press_tells_the_message_but_where_only_one_person_sees_it(slack, app, web, room):
    button = {
        "type": "button",
        "action_id": "why",
        "value": "m",
        "text": {"type": "plain_text", "text": "Why?"},
    }
    blocks = [section("x"), {"type": "actions", "elements": [button]}]
    posted = await web.chat_postMessage(channel=room.id, text="x", blocks=blocks)
    pressed = (await slack.people.presses("Ben", room, posted["ts"], "Why?")).payload
    assert (pressed["actions"][0]["action_id"], pressed["actions"][0]["value"]) == ("why", "m")
    assert pressed["message"]["ts"] == posted["ts"]
    ben = slack.team.person("Ben").id
    alone = await web.chat_postEphemeral(channel=room.id, user=ben, text="x", blocks=blocks)
    pressed = (await slack.people.presses("Ben", room, alone["message_ts"], "Why?")).payload
    assert pressed["container"]["is_ephemeral"]
    assert "message" not in pressed
    with pytest.raises(LookupError, match="only Why"):
        await slack.people.presses("Ben", room, posted["ts"], "Share")


async def test_a_response_url_is_good_for_five_answers_within_half_an_hour(slack, app, room):
    slack.clock = Clock()
    hook = AsyncWebhookClient((await slack.people.slash("Ada", room, "x")).payload["response_url"])
    for number in range(5):
        assert (await hook.send(text=str(number))).status_code == 200
    assert "used_url" in (await hook.send(text="6")).body
    assert [one.message["text"] for one in slack.team.alone] == ["0", "1", "2", "3", "4"]
    late = AsyncWebhookClient((await slack.people.slash("Ada", room, "x")).payload["response_url"])
    slack.clock.now += 1_801
    assert "expired_url" in (await late.send(text="x")).body


async def test_the_response_url_of_a_command_puts_nothing_in_the_place_of_what_it_posted(slack, app, room):
    hook = AsyncWebhookClient((await slack.people.slash("Ada", room, "x")).payload["response_url"])
    await hook.send(text="looking")
    await hook.send(text="found", replace_original=True)  # bolt-js#2287, bolt-python#1268
    assert [one.message["text"] for one in slack.team.alone] == ["looking", "found"]
    assert "message_not_found" in (await hook.send(delete_original=True)).body


async def test_what_one_person_sees_goes_only_by_the_response_url_of_a_press_on_it(slack, app, web, room):
    ben = slack.team.person("Ben").id
    button = {"type": "button", "action_id": "share", "text": {"type": "plain_text", "text": "Share"}}
    blocks = [{"type": "actions", "elements": [button]}]
    alone = await web.chat_postEphemeral(channel=room.id, user=ben, text="x", blocks=blocks)
    assert await refused(web.chat_delete(channel=room.id, ts=alone["message_ts"])) == "message_not_found"
    pressed = await slack.people.presses("Ben", room, alone["message_ts"], "Share")
    hook = AsyncWebhookClient(pressed.payload["response_url"])
    await hook.send(text="shared", replace_original=True)
    assert [one.message["text"] for one in slack.team.alone] == ["shared"]
    await hook.send(delete_original=True)
    assert slack.team.alone == []
    await hook.send(text="for all", response_type="in_channel")
    assert [one["text"] for one in room.messages.values()] == ["for all"]


# --------------------------------------------------------------------------- files


async def test_a_file_comes_with_the_token_and_otherwise_slacks_login_page(slack, room):
    slack.deliveries.url = ""
    said = await slack.people.says("Ada", room, "", files=[("a.txt", b"text")])
    url = room.messages[said]["files"][0]["url_private_download"]
    token = {"Authorization": f"Bearer {slack.team.bot_token}"}
    async with ClientSession() as session:
        async with session.get(url, headers=token) as answer:
            assert await answer.read() == b"text"
        async with session.get(url) as answer:
            assert (answer.status, answer.content_type) == (200, "text/html")
        slack.team.scopes.discard("files:read")
        async with session.get(url, headers=token) as answer:
            assert (answer.status, answer.content_type) == (200, "text/html")
        slack.redirect_files_to = "http://localhost:9"
        async with session.get(url, headers=token, allow_redirects=False) as answer:
            assert answer.headers["Location"].startswith("http://localhost:9/")


# --------------------------------------------------------------------------- installing


@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated")  # Slack's client still has it
async def test_a_code_is_exchanged_once_and_tokens_rotate(slack):
    slack.oauth.rotates = True
    web = AsyncWebClient(base_url=slack.api_url)
    id, secret = slack.client
    code = slack.oauth.code("chat:write,users:read", "https://a.example/back")
    asked = {"client_id": id, "client_secret": secret}
    wrong = web.oauth_v2_access(client_id=id, client_secret="no", code=code)
    assert await refused(wrong) == "bad_client_secret"
    got = await web.oauth_v2_access(**asked, code=code, redirect_uri="https://a.example/back")
    assert (got["team"]["id"], got["expires_in"]) == (slack.team.id, 43_200)
    assert got["scope"] == "chat:write,users:read"
    assert await refused(web.oauth_v2_access(**asked, code=code)) == "invalid_code"
    old = AsyncWebClient(got["access_token"], base_url=slack.api_url)
    await old.auth_test()
    renewed = {"grant_type": "refresh_token", "refresh_token": got["refresh_token"]}
    new = await web.oauth_v2_access(**asked, **renewed)
    assert await refused(old.auth_test()) == "token_expired"
    await AsyncWebClient(new["access_token"], base_url=slack.api_url).auth_test()
    assert await refused(web.oauth_v2_access(**asked, **renewed)) == "invalid_refresh_token"


async def test_an_app_that_was_taken_out_is_told_and_its_token_is_worth_nothing(slack, app, web):
    await slack.people.uninstalls()
    assert sorted(event["type"] for event in app.events()) == ["app_uninstalled", "tokens_revoked"]
    assert await refused(web.auth_test()) == "account_inactive"


# --------------------------------------------------------------------------- Socket Mode


async def test_socket_mode_brings_the_same_and_takes_acknowledgements(slack, room):
    web = AsyncWebClient(slack.team.bot_token, base_url=slack.api_url)
    client = SocketModeClient(app_token=slack.app_token, web_client=web, auto_reconnect_enabled=False)
    heard = []

    async def listen(client, request):
        heard.append(request)
        payload = {"text": "looking"} if request.type == "slash_commands" else None
        await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload))

    client.socket_mode_request_listeners.append(listen)
    await client.connect()
    await until(lambda: slack.deliveries.sockets)
    await slack.people.says("Ada", room, "hello")
    command = await slack.people.slash("Ada", room, "who?")
    assert [request.type for request in heard] == ["events_api", "slash_commands"]
    assert heard[0].payload["event"]["text"] == "hello"
    assert command.answer == {"text": "looking"}
    assert [one.message["text"] for one in slack.team.alone] == ["looking"]
    await client.close()


async def test_a_socket_needs_the_apps_token_and_opens_once(slack):
    web = AsyncWebClient(base_url=slack.api_url)
    assert await refused(web.apps_connections_open(app_token=slack.team.bot_token)) == "invalid_auth"
    url = (await web.apps_connections_open(app_token=slack.app_token))["url"]
    async with ClientSession() as session:
        async with session.ws_connect(url) as socket:
            assert (await socket.receive_json())["type"] == "hello"
        async with session.ws_connect(url) as socket:
            assert (await socket.receive()).data == 1000  # it is closed at once


async def test_what_a_socket_does_not_acknowledge_comes_again(slack, room):
    slack.deliveries.ack_seconds, slack.deliveries.retry_after = 0.1, [0.0]
    web = AsyncWebClient(base_url=slack.api_url)
    url = (await web.apps_connections_open(app_token=slack.app_token))["url"]
    async with ClientSession() as session, session.ws_connect(url) as socket:
        await socket.receive_json()
        await slack.people.says("Ada", room, "hello")
        first, second = await socket.receive_json(), await socket.receive_json()
        assert (first["retry_attempt"], second["retry_attempt"]) == (0, 1)
        assert first["payload"]["event_id"] == second["payload"]["event_id"]
