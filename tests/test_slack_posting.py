"""Replies on their way to Slack: posted once, found again, changed, taken away; against the fake Slack."""

import asyncio
import time

import pytest
from aiohttp.web import Application, Response

from bot.channels.slack.chat import Slack
from bot.channels.slack.clients import Clients
from bot.channels.slack.errors import SlackError, UninvitedError, as_delivery
from bot.channels.slack.pace import Pace
from bot.channels.slack.places import Place, address
from bot.channels.slack.queues import Queues
from bot.channels.slack.settings import Settings
from bot.settings import SettingsError, load
from bot.types import UNKNOWN, DeliveryError, House, Offer, Reply, SourceError
from tests.slack_service import seen

ID = "T1/C1/1"
HELLO = Reply("r1", "info", "Hello <!channel> & <@U999> in <#C1>.")


@pytest.fixture
def slack(slack):
    slack.rates.burst = 100.0
    return slack


@pytest.fixture
async def channel(slack):
    settings = Settings(
        bot_token=slack.team.bot_token, signing_secret=slack.signing_secret, api_url=slack.api_url
    )
    made = Slack(settings, 1_000_000)
    yield made
    await made.close()


def to(slack, room, **more):
    where = Place(slack.team.id, slack.team.enterprise or "", room.id)
    user = slack.team.person("Ben").id
    return address(where, user=user, **{"id": ID, "ts": "1.0"} | more)


def ours(room):
    """What Wherein has posted there."""
    return [one for one in room.messages.values() if one.get("bot_id")]


async def test_a_post_is_found_by_the_id_of_the_message_that_it_answers(slack, room, channel):
    assert await channel.find(ID, to(slack, room)) is None
    ref = await channel.send(HELLO, to(slack, room), None)
    assert await channel.find(ID, to(slack, room)) == ref
    assert await channel.find("another", to(slack, room)) is None
    sent = slack.called("chat.postMessage")[-1]
    assert (sent["unfurl_links"], sent["unfurl_media"]) == (False, False)


async def test_in_a_thread_it_is_found_page_by_page(slack, room, channel):
    slack.page = 3
    root = await slack.people.says("Ada", room, "Hello.")
    for number in range(7):
        await slack.people.says("Ada", room, f"{number}", thread=root)
    where = to(slack, room, under=root, ts=root)
    ref = await channel.send(HELLO, where, None)
    assert room.messages[ref.partition("/")[2]]["thread_ts"] == root
    assert await channel.find(ID, where) == ref


async def test_nothing_in_a_reply_calls_anybody(slack, room, channel):
    await channel.send(HELLO, to(slack, room), None)
    sent = slack.called("chat.postMessage")[-1]
    for alive in ("<!channel>", "<@U999>", "<#C1>"):
        assert alive not in sent["text"]
    assert not {"user", "usergroup", "channel", "broadcast"} & set(types(sent["blocks"]))


def types(blocks):
    if isinstance(blocks, list):
        return [found for one in blocks for found in types(one)]
    if isinstance(blocks, dict):
        return [blocks.get("type")] + [found for one in blocks.values() for found in types(one)]
    return []


async def test_a_reply_takes_the_place_of_another_as_often_as_one_likes(slack, room, channel):
    ref = await channel.send(HELLO, to(slack, room), None)
    for _ in range(2):
        assert await channel.send(Reply("r1", "info", "Another."), to(slack, room), ref) == ref
    (post,) = ours(room)
    assert "Another." in seen(post)
    assert await channel.find(ID, to(slack, room)) == ref  # its metadata stands


async def test_a_post_is_taken_away_and_that_twice_is_no_error(slack, room, channel):
    ref = await channel.send(HELLO, to(slack, room), None)
    await channel.retract(ref, to(slack, room))
    await channel.retract(ref, to(slack, room))
    assert not ours(room)
    with pytest.raises(DeliveryError) as error:
        await channel.send(HELLO, to(slack, room), ref)
    assert error.value.final


@pytest.mark.parametrize(
    ("fault", "final", "refused", "wait"),
    [
        ("is_archived", True, True, 0.0),
        ("token_revoked", True, True, 0.0),
        ("restricted_action", True, True, 0.0),
        ("ratelimited", False, True, 7.0),
        ("some_new_error", False, True, 0.0),
        ("internal_error", False, False, 0.0),
        ("500", False, False, 0.0),
        ("dropped", False, False, 0.0),
        ("lost", False, False, 0.0),
    ],
)
async def test_what_slack_says_to_a_post_is_for_good_for_a_while_or_in_doubt(
    slack, room, channel, fault, final, refused, wait
):
    slack.retry_after = 7
    slack.fail("chat.postMessage", fault)
    with pytest.raises(DeliveryError) as error:
        await channel.send(HELLO, to(slack, room), None)
    found = error.value
    assert (found.final, found.refused, found.wait) == (final, refused, wait)
    assert len(slack.called("chat.postMessage")) == 1  # nobody tried again behind our back
    posted = await channel.find(ID, to(slack, room))
    assert bool(posted) == (fault == "lost")


async def test_what_slack_does_not_take_as_blocks_is_said_in_plain_words(slack, room, channel):
    slack.fail("chat.postMessage", "invalid_blocks", "msg_too_long")
    await channel.send(HELLO, to(slack, room), None)
    first, second, third = slack.called("chat.postMessage")
    assert "blocks" in first
    assert "blocks" not in second
    assert len(third["text"]) <= 3_000
    (post,) = ours(room)
    assert "Hello" in post["text"]


# --------------------------------------------------------------------------- to one person


async def test_what_one_person_sees_is_seen_by_nobody_else(slack, room, channel):
    where = to(slack, room, private=True)
    assert not channel.reads_back(where)
    assert await channel.find(ID, where) is UNKNOWN
    place = await channel.send(Reply("r1", "info", "Looking …"), where, None)
    await channel.send(HELLO, where, place)
    (one,) = slack.team.alone
    assert one.user == slack.team.person("Ben").id
    assert "Hello" in seen(one.message)
    assert not ours(room)


async def test_where_a_response_url_is_of_no_use_any_more_it_comes_another_way(slack, room, channel):
    where = to(slack, room, private=True, response_url=f"{slack.url}/commands/{slack.team.id}/1/gone")
    await channel.send(HELLO, where, "nowhere")
    assert len(slack.team.alone) == 1
    assert slack.called("chat.postEphemeral")


async def test_where_wherein_is_not_let_in_who_asked_is_told_alone(slack, channel):
    outside = slack.team.room("outside", bot=False, people=("Ben",))
    ref = await channel.send(HELLO, to(slack, outside), None)
    direct = slack.team.direct("Ben")
    assert ref.startswith(f"{direct.id}/")
    assert "Hello" in seen(next(iter(direct.messages.values())))
    nobody = address(Place(slack.team.id, "", outside.id), id=ID)
    with pytest.raises(UninvitedError):
        await channel.send(HELLO, nobody, None)


async def test_when_it_is_let_in_the_answer_comes_to_where_it_was_asked(slack, channel):
    outside = slack.team.room("outside", bot=False, people=("Ben",))
    waiting = await channel.send(HELLO, to(slack, outside), None)
    outside.members.add(slack.team.bot.id)
    for _ in range(2):  # a second time finds the first
        ref = await channel.send(Reply("r1", "info", "Here."), to(slack, outside), waiting)
        assert ref.startswith(f"{outside.id}/")
    assert len(ours(outside)) == 1


async def test_a_workspace_where_it_is_not_installed_gets_nothing(slack, room, channel):
    elsewhere = address(Place("T0THER", "", room.id), id=ID)
    with pytest.raises(DeliveryError) as error:
        await channel.send(HELLO, elsewhere, None)
    assert error.value.final


async def test_a_word_to_the_room_goes_under_no_message(slack, room, channel):
    root = await slack.people.says("Ada", room, "Hello.")
    where = channel.room(to(slack, room, under=root, private=True))
    await channel.send(Reply("news-1", "info", "News."), where, None)
    (post,) = ours(room)
    assert "thread_ts" not in post
    assert await channel.find("news-1", where) == f"{room.id}/{post['ts']}"


async def test_buttons_carry_what_they_are_about(slack, room, channel):
    offers = (Offer("why", "Why?", ID), Offer("unpin", "Unpin", "d1", "d1"))
    await channel.send(Reply("r1", "info", "Pinned.", offers=offers), to(slack, room), None)
    (post,) = ours(room)
    assert "[Why? | Unpin]" in seen(post)


# --------------------------------------------------------------------------- signs


async def test_it_shows_that_it_is_at_work_and_the_answer_ends_that(slack, room, channel):
    root = await slack.people.says("Ada", room, "Hello.")
    where = to(slack, room, under=root, ts=root)
    await channel.working(where)
    await asyncio.sleep(0.2)
    assert slack.team.status
    await channel.send(HELLO, where, None)
    assert not slack.team.status


async def test_where_slack_takes_no_status_there_are_eyes_until_it_answers(slack, room, channel):
    class Routes:
        def add_route(self, *_):
            pass

    async def nothing(_):
        pass

    channel.mount(Routes(), House(nothing, nothing))
    root = await slack.people.says("Ada", room, "Hello.")
    where = to(slack, room, under=root, ts=root)
    slack.fail("assistant.threads.setStatus", "missing_scope")
    await channel.working(where)
    await asyncio.sleep(0.2)
    assert slack.called("reactions.add")[-1] == {"name": "eyes", "channel": room.id, "timestamp": root}
    await channel.send(HELLO, where, None)
    await asyncio.sleep(0.2)
    assert slack.called("reactions.remove")[-1]["timestamp"] == root


# --------------------------------------------------------------------------- pace


async def test_one_message_a_second_goes_out_in_each_channel():
    pace, began, went = Pace(0.1), time.monotonic(), []

    async def goes(channel):
        await pace.wait(channel)
        went.append(channel)

    await asyncio.gather(*(goes("C1") for _ in range(4)), goes("C2"))
    assert time.monotonic() - began >= 0.3
    assert went == ["C1", "C2", "C1", "C1", "C1"]


async def test_who_would_wait_too_long_is_sent_away_and_each_comes_back_at_a_time_of_their_own():
    pace = Pace(1.0, clock=lambda: 100.0)
    pace.hold("C1", 5.0)
    waits = []
    for _ in range(3):
        with pytest.raises(DeliveryError) as error:
            await pace.wait("C1")
        assert error.value.refused
        waits.append(error.value.wait)
    assert waits == [6.0, 7.0, 8.0]


# --------------------------------------------------------------------------- looks that Slack refuses


async def test_who_looks_for_a_post_while_slack_refuses_goes_first_where_they_asked_first(
    slack, room, channel
):
    root = await slack.people.says("Ada", room, "Hello.")
    slack.fail("conversations.replies", "ratelimited", "ratelimited")
    found = []

    async def look(ts):
        assert await channel.find(ID, to(slack, room, under=root, ts=ts)) is None
        found.append(ts)

    first = asyncio.create_task(look("3.0"))
    await slack_refused(slack)
    await asyncio.gather(first, *(look(ts) for ts in ("5.0", "2.0", "4.0")))
    assert found == ["2.0", "3.0", "4.0", "5.0"]
    assert len(slack.called("conversations.replies")) == 6  # two that were refused, and four


async def slack_refused(slack):
    """Wait until Slack has refused a look."""
    async with asyncio.timeout(5):
        while not slack.called("conversations.replies"):
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)  # until that is heard


async def test_who_would_wait_too_long_to_look_is_told_when_to_come_back_and_costs_no_call(
    slack, room, channel
):
    slack.retry_after = 30
    root = await slack.people.says("Ada", room, "Hello.")
    slack.fail("conversations.replies", "ratelimited")
    waits = []
    for ts in ("1.0", "2.0", "3.0"):
        with pytest.raises(DeliveryError) as error:
            await channel.find(ID, to(slack, room, under=root, ts=ts))
        assert error.value.refused
        waits.append(error.value.wait)
    assert all(25 < wait < 40 for wait in waits)
    assert len(slack.called("conversations.replies")) == 1


async def test_nobody_reads_along_while_slack_refuses_and_another_workspace_knows_nothing_of_that():
    now = 100.0
    queues = Queues(clock=lambda: now)
    answers = [SlackError("ratelimited", wait=30.0, refused=True)]

    async def call():
        if answers:
            raise answers.pop()
        return "read"

    with pytest.raises(DeliveryError):
        await queues.take("T1", "conversations.replies", "1.0", call)
    with pytest.raises(SourceError), queues.aside("T1", "conversations.replies"):
        pass
    with queues.aside("T2", "conversations.replies"), queues.aside("T1", "conversations.history"):
        pass
    now = 131.0  # who looks for a post comes first
    assert await queues.take("T1", "conversations.replies", "1.0", call) == "read"
    with pytest.raises(SourceError), queues.aside("T1", "conversations.replies"):
        pass
    now = 136.0
    with queues.aside("T1", "conversations.replies"):
        pass


# --------------------------------------------------------------------------- settings

ONE = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s"}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"SLACK_BOT_TOKEN": ""}, "SLACK_BOT_TOKEN"),
        ({"SLACK_BOT_TOKEN": "xoxp-1"}, "SLACK_BOT_TOKEN"),
        ({"SLACK_SIGNING_SECRET": ""}, "SLACK_SIGNING_SECRET"),
        ({"SLACK_APP_TOKEN": "xoxb-1"}, "SLACK_APP_TOKEN"),
        ({"SLACK_BOT_TOKEN": "", "SLACK_CLIENT_ID": "1.2"}, "SLACK_CLIENT_SECRET"),
        ({"SLACK_BOT_TOKEN": "", "SLACK_CLIENT_SECRET": "x"}, "SLACK_CLIENT_ID"),
        ({"SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "x"}, "SLACK_CLIENT_ID"),
        ({"SLACK_API_URL": "slack.com"}, "SLACK_API_URL"),
    ],
)
def test_what_does_not_go_together_is_named_and_no_secret_is_shown(monkeypatch, changes, named):
    for name, value in (ONE | changes).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as error:
        load(Settings)
    assert named in str(error.value)
    assert "xoxp-1" not in str(error.value)


@pytest.mark.parametrize("way", [{}, {"SLACK_SIGNING_SECRET": "", "SLACK_APP_TOKEN": "xapp-1"}])
def test_a_token_and_a_secret_or_an_app_token_are_enough(monkeypatch, way):
    for name, value in (ONE | way).items():
        monkeypatch.setenv(name, value)
    assert load(Settings).api_url == "https://slack.com/api/"
    assert "xoxb-1" not in repr(load(Settings))


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/plain", b"Slack is having a break."),
        ("application/json", b"[1]"),
        ("application/json", b'"no"'),
        ("application/json", b"\xff\xfe"),
        ("application/json", b""),
        ("text/html", b"<p>Sorry.</p>"),
    ],
)
async def test_an_answer_that_is_not_slacks_is_a_failed_delivery(aiohttp_server, kind, body):
    async def answer(_):
        return Response(body=body, headers={"Content-Type": kind})

    application = Application()
    application.router.add_post("/{method}", answer)
    clients = Clients(str((await aiohttp_server(application)).make_url("/")))
    with pytest.raises(DeliveryError), as_delivery():
        await clients.of("xoxb-1").chat_postMessage(channel="C1", text="Hello.")
    await clients.close()


def test_a_mistake_of_our_own_is_no_failed_delivery():
    with pytest.raises(KeyError), as_delivery():
        raise KeyError("blocks")
