"""Wherein in Slack, whole: the service and its channel against the fake Slack, over real HTTP and sockets."""

import asyncio
import io
import json
import time
from copy import deepcopy

import pytest
from aiohttp import ClientSession

from tests.fake_slack import payloads, signed
from tests.fake_slack.delivery import written
from tests.fake_slack.screen import text
from tests.slack_service import QUIET_SECONDS, install, seen, serving, until
from tests.slack_stage import SlackStage
from tests.stage import all_transcripts, play, read

LEASE = "The lease of the Leeds office was signed by Grace Hopper on 3 May 2026."
WHO = "Who signed the lease of the Leeds office?"


# --------------------------------------------------------------------------- transcripts


@pytest.mark.parametrize("way", ["http", "socket"])
@pytest.mark.parametrize("path", list(all_transcripts()), ids=lambda path: path.stem)
async def test_a_transcript_comes_about(slack, monkeypatch, path, way):
    async with serving(slack, monkeypatch, socket=way == "socket"):
        await play(read(path), SlackStage(slack))


# --------------------------------------------------------------------------- who sends


def body_of(acme, room, text, ts=None):
    """An event as Slack sends it, of a message that is there."""
    team = acme.team
    message = payloads.said(team, team.person("Ben"), team.encoded(text), ts or team.ts())
    team.put(room, message)
    event = payloads.mention_event(room, message, files=True)
    return json.dumps(payloads.envelope(team, acme.slack.app_id, event)).encode()


async def sent(acme, body, headers):
    """The status that a request to the events' route ends in."""
    async with ClientSession() as session:
        sent = {"Content-Type": "application/json", **headers}
        async with session.post(acme.events, data=io.BytesIO(body), headers=sent) as answer:
            return answer.status


@pytest.mark.parametrize(
    "spoilt",
    ["wrong", "old", "future", "missing", "no time", "no number", "another body", "no ascii"],
)
async def test_a_request_that_is_not_surely_slacks_is_refused_and_changes_nothing(acme, slack, room, spoilt):
    body = body_of(acme, room, "@Wherein who signed the lease?")
    headers = signed(slack.signing_secret, body)
    match spoilt:
        case "wrong":
            headers = signed("another secret", body)
        case "old":
            headers = signed(slack.signing_secret, body, time.time() - 301)
        case "future":
            headers = signed(slack.signing_secret, body, time.time() + 301)
        case "missing":
            del headers["X-Slack-Signature"]
        case "no time":
            del headers["X-Slack-Request-Timestamp"]
        case "no number":
            headers["X-Slack-Request-Timestamp"] = "now"
        case "another body":
            body = body.replace(b"who signed", b"who burnt!")
        case "no ascii":
            headers["X-Slack-Signature"] = "v0=é" + "0" * 63
    assert await sent(acme, body, headers) == 401
    await acme.quiet(room)


async def test_a_request_that_is_replayed_changes_nothing(acme, slack, room):
    await slack.people.says("Ada", room, LEASE)
    body = body_of(acme, room, f"@Wherein {WHO}")
    headers = signed(slack.signing_secret, body)
    assert await sent(acme, body, headers) == 200
    await acme.posted(room)
    for _ in range(3):
        assert await sent(acme, body, headers) == 200
    await acme.quiet(room, posts=1)


async def test_a_body_over_a_megabyte_is_refused_and_the_service_goes_on(acme, slack, room):
    body = body_of(acme, room, "@Wherein " + "x" * 1_100_000)
    assert await sent(acme, body, signed(slack.signing_secret, body)) == 413
    await acme.asked(room, LEASE, WHO)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"type": 7}', b"\xff\xfe", b"payload=%7B"])
async def test_a_signed_body_that_makes_no_sense_ends_in_no_server_error(acme, slack, room, body):
    for kind in ("application/json", "application/x-www-form-urlencoded"):
        headers = signed(slack.signing_secret, body) | {"Content-Type": kind}
        assert await sent(acme, body, headers) < 500
    await acme.quiet(room)


async def test_an_unknown_event_is_acknowledged_and_ignored(acme, slack, room):
    for event in (
        {"type": "message", "subtype": "never_seen", "channel": room.id, "ts": "1.1", "event_ts": "1.1"},
        {"type": "team_dreamt", "event_ts": "1.1"},
        {"type": "message", "channel": room.id, "channel_type": "channel", "event_ts": "1.1"},
        {"type": "app_mention"},
    ):
        told = slack.bring("events_api", payloads.envelope(slack.team, slack.app_id, event))
        await told.tried.wait()
        assert told.statuses == [200], event
    await acme.quiet(room)


async def test_the_challenge_of_a_new_address_is_answered(acme, slack):
    body = json.dumps({"token": "x", "challenge": "3eZbrw1a", "type": "url_verification"}).encode()
    headers = signed(slack.signing_secret, body) | {"Content-Type": "application/json"}
    async with (
        ClientSession() as session,
        session.post(acme.events, data=body, headers=headers) as answer,
    ):
        assert "3eZbrw1a" in await answer.text()


async def test_an_unknown_button_is_acknowledged_and_ignored(acme, slack, room):
    root = await acme.asked(room, LEASE, WHO)
    post = acme.posts(room, root)[0]
    pressed = (await slack.people.presses("Ben", room, post["ts"], "Why?")).payload
    for action in (
        {"action_id": "made_up", "value": "x"},
        {"action_id": "wherein_next", "value": "no json"},
        {"action_id": "wherein_next", "value": "{}"},
        {"action_id": "wherein_next"},
    ):
        told = deepcopy(pressed)
        told["actions"] = [{"type": "button", "block_id": "b", "action_ts": "1.1", **action}]
        delivery = slack.bring("interactive", told)
        await delivery.tried.wait()
        assert delivery.statuses == [200], action
    await acme.quiet(room, posts=1)


async def test_an_answer_of_another_workspace_is_not_told(acme, slack, room):
    other = slack.workspace("Other")
    theirs = other.room("general")
    root = await acme.asked(room, LEASE, WHO)
    post = acme.posts(room, root)[0]
    pressed = (await slack.people.presses("Ben", room, post["ts"], "Why?")).payload
    await until(lambda: "Hopper" in acme.dialogs("Ben"))
    slack.team.person("Ben").modals.clear()
    told = json.loads(json.dumps(pressed).replace(slack.team.id, other.id).replace(room.id, theirs.id))
    told["actions"][0]["value"] = pressed["actions"][0]["value"]  # of Acme's answer, pressed in the other one
    told["actions"][0]["action_ts"] = "1.1"
    await slack.bring("interactive", told).tried.wait()
    told = deepcopy(pressed)
    told["actions"][0]["value"] = pressed["actions"][0]["value"].replace(slack.team.id, other.id)
    told["actions"][0]["action_ts"] = "1.2"
    told["trigger_id"] = slack.trigger(slack.team, slack.team.person("Ben").id, room.id, root)
    await slack.bring("interactive", told).tried.wait()
    await acme.quiet(room, posts=1)
    assert "Hopper" not in acme.dialogs("Ben")
    assert other.alone == slack.team.alone == []


async def test_a_dialog_that_is_sent_twice_is_answered_once(acme, slack, room):
    await slack.people.slash("Ada", room, "")
    await until(lambda: slack.team.person("Ada").modals)
    given = {"question": WHO, "given": LEASE}
    await slack.people.submits("Ada", given, times=2)
    shown = await acme.shown("Ada")
    assert "Grace Hopper" in seen(shown[0])


# --------------------------------------------------------------------------- how Slack delivers


@pytest.mark.parametrize("order", ["same", "mention first", "message first", "message only", "mention only"])
async def test_a_mention_is_answered_once_in_whatever_order_it_comes(acme, slack, room, order):
    slack.mention_order = order
    await acme.asked(room, LEASE, WHO)


async def test_a_redelivery_is_acknowledged_and_answered_no_second_time(acme, slack, room):
    root = await acme.asked(room, LEASE, WHO)
    mention = next(d for d in slack.deliveries.all if d.payload["event"]["type"] == "app_mention")
    body, _ = written(mention)
    for number, reason in ((1, "http_timeout"), (2, "http_error")):
        again = {"x-slack-retry-num": str(number), "x-slack-retry-reason": reason}
        assert await sent(acme, body, signed(slack.signing_secret, body) | again) == 200
    await acme.quiet(room, posts=1)
    assert len(acme.posts(room, root)) == 1


async def test_events_are_acknowledged_long_before_they_are_answered(acme, slack, room):
    slack.fail("conversations.replies", "slow:1.5")
    root = await slack.people.says("Ada", room, LEASE)
    await slack.people.says("Ben", room, f"@Wherein {WHO}", thread=root)
    assert acme.posts(room, root) == []
    await acme.posted(room, root)


async def test_a_busy_slack_is_waited_for_as_long_as_it_says(acme, slack, room):
    slack.fail("chat.postMessage", "ratelimited", "500", "ratelimited")
    root = await slack.people.says("Ada", room, LEASE)
    began = time.monotonic()
    await slack.people.says("Ben", room, f"@Wherein {WHO}", thread=root)
    await acme.posted(room, root)
    assert time.monotonic() - began > 2.0  # a second for each time that it was told to wait


@pytest.mark.parametrize("method", ["users.info", "assistant.threads.setStatus", "conversations.replies"])
@pytest.mark.parametrize("fault", ["500", "ratelimited", "dropped", "missing_scope", "slow:8"])
async def test_whatever_else_fails_the_question_has_an_outcome(acme, slack, room, method, fault):
    slack.fail(method, *[fault] * 5)
    root = await slack.people.says("Ada", room, LEASE)
    await slack.people.says("Ben", room, f"@Wherein {WHO}", thread=root)
    await acme.posted(room, root)


async def test_fifty_questions_at_once_in_one_channel_are_all_answered_and_none_twice(acme, slack, room):
    slack.rates.burst = 2.0
    acme.hurry()
    roots = []
    for number in range(50):
        said = f"Locker {number} belongs to tenant {number * 7}."
        roots.append(await slack.people.says("Ada", room, said))
    asking = [
        slack.people.says(f"P{number}", room, f"@Wherein Who does locker {number} belong to?", thread=root)
        for number, root in enumerate(roots)
    ]
    await asyncio.gather(*asking)
    async with asyncio.timeout(100):
        while len(acme.posts(room)) < 50:
            await asyncio.sleep(0.2)
    await acme.quiet(room, posts=50)
    assert sorted(post["thread_ts"] for post in acme.posts(room)) == sorted(roots)
    assert slack.rates.refused["post"] <= 5, slack.rates.refused  # it keeps to the pace by itself


async def test_a_long_thread_is_read_to_its_end_page_by_page(slack, monkeypatch):
    slack.page = 15
    room = slack.team.room("general")
    root = await slack.people.says("Ada", room, "Let us talk about offices.")
    for number in range(40):
        await slack.people.says("Ada", room, f"Remark {number} says nothing.", thread=root)
    await slack.people.says("Ada", room, LEASE, thread=root)
    async with serving(slack, monkeypatch) as acme:
        await slack.people.says("Ben", room, f"@Wherein {WHO}", thread=root)
        posts = await acme.posted(room, root)
    assert "*Grace Hopper*" in seen(posts[0])
    cursors = [asked.get("cursor") for asked in slack.called("conversations.replies")]
    assert len(cursors) == 3
    assert all(cursors[1:])


async def test_over_a_socket_a_reconnection_loses_nothing(slack, room, monkeypatch):
    async with serving(slack, monkeypatch, socket=True) as acme:
        await acme.asked(room, LEASE, WHO)
        first = slack.deliveries.sockets[0]
        await first.disconnect()
        await until(lambda: slack.deliveries.sockets and slack.deliveries.sockets[0] is not first)
        await acme.asked(room, "The boiler was repaired by Otto Kern.", "Who repaired the boiler?")


async def test_nothing_is_asked_of_slack_that_it_lacks(acme, slack, room):
    await acme.asked(room, LEASE, WHO)
    await slack.people.opens_home("Ada")
    await slack.people.opens_messages("Ada")
    await slack.deliveries.settled()
    for method, _ in slack.calls:
        assert method in {*slack.api.methods, "response_url", "oauth.v2.access", "apps.connections.open"}


# --------------------------------------------------------------------------- what else people do


async def test_a_preview_under_a_message_changes_no_answer(acme, slack, room):
    root = await acme.asked(room, f"{LEASE} See https://example.com/lease", WHO)
    before = seen(acme.posts(room, root)[0])
    await slack.people.unfurls(room, root)
    await acme.quiet(room, posts=1)
    assert seen(acme.posts(room, root)[0]) == before


async def test_a_deleted_first_message_takes_its_answer_away_though_a_tombstone_stands_there(
    acme, slack, room
):
    root = await acme.asked(room, LEASE, WHO)
    await slack.people.deletes(room, root)
    assert room.messages[root]["subtype"] == "tombstone"
    await until(lambda: "I take that answer back" in acme.words(room)[0], lambda: acme.words(room))


async def test_an_edit_that_leaves_what_was_quoted_leaves_the_answer_to_a_follow_up_too(acme, slack, room):
    root = await acme.asked(room, LEASE, WHO)
    await slack.people.says("Ben", room, "and when?", thread=root)
    await acme.posted(room, root, count=2)
    await slack.people.edits("Ada", room, root, LEASE.replace("Grace Hopper", "Edith Clarke"))
    await until(lambda: "*Edith Clarke*" in acme.words(room)[0], lambda: acme.words(room))
    await asyncio.sleep(1)
    assert "*3 May 2026*" in acme.words(room)[1]


async def test_a_command_that_slack_sends_twice_is_answered_once(acme, slack, room):
    await slack.people.says("Ada", room, LEASE)
    command = await slack.people.slash("Ben", room, WHO)
    await acme.shown("Ben")
    await slack.bring("slash_commands", command.payload).tried.wait()
    await acme.shown("Ben")


async def test_who_speaks_german_is_answered_in_german(acme, slack, room):
    slack.team.person("Uli", locale="de-DE")
    await slack.people.slash("Uli", room, "help")
    (shown,) = await acme.shown("Uli")
    assert "Frag" in seen(shown)
    root = await slack.people.says("Ada", room, "The garden is watered by Mrs Lindqvist.")
    await slack.people.says("Uli", room, "@Wherein who is the president of the chess club?", thread=root)
    (post,) = await acme.posted(room, root)
    assert "Hier" in seen(post)
    await slack.people.slash("Uli", room, "")
    await until(lambda: slack.team.person("Uli").modals)
    assert "Frage" in acme.dialogs("Uli")


async def test_the_home_tab_shows_how_to_ask_and_admins_the_set_up(acme, slack, room):
    ada, ben = slack.team.person("Ada"), slack.team.person("Ben")
    ada.admin = True
    await acme.asked(room, LEASE, WHO)
    slack.team.scopes.discard("files:read")
    for person in (ada, ben):
        await slack.people.opens_home(person.name)
        await until(lambda person=person: person.home)
    await asyncio.sleep(1)
    assert "/wherein" in text(ben.home["blocks"])
    assert "files:read" in text(ada.home["blocks"])
    assert "files:read" not in text(ben.home["blocks"])


async def test_nothing_stands_in_a_quotation_that_calls_people(acme, slack, room):
    said = "Grace Hopper signed <!channel> the lease of the Leeds office with <@U0000000> and <#C0000000>."
    root = await slack.people.posts(slack.team.person("Ada"), room, said)
    await slack.people.says("Ben", room, f"@Wherein {WHO}", thread=root)
    (post,) = await acme.posted(room, root)
    written = json.dumps([post["text"], post["blocks"]])
    assert "<!channel" not in written
    assert '"type": "broadcast"' not in written
    assert "<@U0000000" not in written
    assert '"user_id": "U0000000"' not in written


# --------------------------------------------------------------------------- many workspaces


async def test_a_token_that_has_ended_is_renewed_before_it_is_used(slack, monkeypatch):
    slack.oauth.rotates, slack.oauth.lives, slack.team.installed = True, 1, False
    async with serving(slack, monkeypatch, many=True) as acme:
        people = await install(slack, acme.address, "Acme")
        await asyncio.sleep(1.1)
        slack.oauth.expire(people.team)
        slack.oauth.lives = 43_200
        room = people.team.room("general", people=("Ada", "Ben"))
        root = await people.says("Ada", room, LEASE)
        await people.says("Ben", room, f"@Wherein {WHO}", thread=root)
        (post,) = await acme.posted(room, root)
        assert "*Grace Hopper*" in seen(post)
        assert slack.oauth.exchanges == 2  # to install it, and to renew it: once, whoever needed it


# --------------------------------------------------------------------------- odd places and odd messages


@pytest.mark.parametrize("kind", ["group", "mpim"])
async def test_in_a_private_channel_and_among_several_it_is_asked_by_mention(acme, slack, kind):
    place = slack.team.room("closed", kind=kind, people=("Ada", "Ben"))
    await slack.people.says("Ada", place, LEASE)
    await slack.people.says("Ben", place, f"@Wherein {WHO}")
    (post,) = await acme.posted(place)
    assert "*Grace Hopper*" in seen(post)


async def test_a_reply_that_is_shown_in_the_channel_too_is_answered_in_its_thread(acme, slack, room):
    root = await slack.people.says("Ada", room, LEASE)
    await slack.people.says("Ben", room, f"@Wherein {WHO}", thread=root, broadcast=True)
    (post,) = await acme.posted(room, root)
    assert "*Grace Hopper*" in seen(post)


async def test_a_command_where_nobody_can_let_it_in_is_answered_by_its_own_address(acme, slack):
    two = slack.team.room("two people", kind="im", bot=False, people=("Ada", "Ben"))
    await slack.people.slash("Ben", two, WHO)
    (shown,) = await acme.shown("Ben")
    assert acme.posts(two) == []
    assert seen(shown)


async def test_somebody_of_another_organisation_is_a_guest(acme, slack, room):
    room.shared = True
    slack.team.person("Eva", outside=True, team="T0THER")
    root = await slack.people.says("Ada", room, LEASE)
    await slack.people.says("Eva", room, f"@Wherein {WHO}", thread=root)
    told = await until(lambda: acme.seen_by("Eva", room))
    assert "Guests cannot ask here" in " ".join(map(seen, told))


@pytest.mark.parametrize(
    ("about", "whole", "says"),
    [
        ({"mode": "external", "is_external": True}, {}, "Not read"),
        ({"mode": "tombstone"}, {"mode": "tombstone"}, "no longer there"),
        ({"mode": "hidden_by_limit"}, {"mode": "hidden_by_limit"}, "no longer there"),
        ({"file_access": "check_file_info"}, {}, "*Grace Hopper*"),
    ],
    ids=["elsewhere", "deleted", "hidden", "told too little of"],
)
async def test_a_file_that_is_not_simply_there_is_looked_up_or_named(acme, slack, room, about, whole, says):
    ben = slack.team.person("Ben")
    room.members.add(ben.id)
    file = slack.team.file("lease.txt", LEASE.encode(), by=ben.id, **about)
    slack.whole[file["id"]] = whole
    told = {"id": file["id"], **about} if "file_access" in about else file
    text = slack.team.encoded(f"@Wherein {WHO}")
    root = await slack.people.posts(ben, room, text, files=[told])
    (post,) = await acme.posted(room, root)
    assert says in seen(post)
    assert file["id"] in str(slack.called("files.info")) or says == "Not read"


@pytest.mark.parametrize("error", ["not_in_channel", "channel_not_found", "is_archived", "restricted_action"])
async def test_where_it_may_not_post_who_asked_is_told_alone_or_it_is_given_up(acme, slack, room, error):
    slack.fail("chat.postMessage", *[error] * 3)
    root = await slack.people.says("Ada", room, LEASE)
    await slack.people.says("Ben", room, f"@Wherein {WHO}", thread=root)
    await until(lambda: slack.called("chat.postMessage"))
    await asyncio.sleep(3)
    assert len(slack.called("chat.postMessage")) <= 3  # it does not go on for ever
    slack.heal()
    await acme.asked(room, "The boiler was repaired by Otto Kern.", "Who repaired the boiler?")


async def test_the_same_question_twice_is_two_questions(acme, slack, room):
    root = await acme.asked(room, LEASE, WHO)
    await slack.people.says("Ben", room, f"@Wherein {WHO}", thread=root)
    await acme.posted(room, root, count=2)


@pytest.mark.parametrize("text", ["@Wherein", "@Wherein ?", "@Wherein  \n "])
async def test_a_mention_without_a_question_is_told_how_to_ask(acme, slack, room, text):
    await slack.people.says("Ben", room, text)
    await until(lambda: acme.seen_by("Ben", room))
    await asyncio.sleep(QUIET_SECONDS)
    assert len(acme.seen_by("Ben", room)) == 1


async def test_an_answer_that_is_shared_after_its_address_has_ended_is_shared_all_the_same(acme, slack, room):
    await slack.people.says("Ada", room, LEASE)
    await slack.people.slash("Ben", room, WHO)
    (shown,) = await acme.shown("Ben")
    slack.clock = lambda: time.time() - 4_000  # what is handed out now ended long ago
    await slack.people.presses("Ben", room, shown["ts"], "Share")
    slack.clock = time.time
    (post,) = await acme.posted(room)
    assert "*Grace Hopper*" in seen(post)
