"""Files and what was said before, as Slack hands them over: the token goes to Slack alone."""

import pytest
from aiohttp import ClientSession
from aiohttp.web import Application, HTTPFound, Response

from bot.channels.slack.chat import Slack
from bot.channels.slack.files import Download, is_login
from bot.channels.slack.parsed import to_message
from bot.channels.slack.places import Place, address, attachment
from bot.channels.slack.settings import API_URL, Settings
from bot.types import Attachment, SourceError
from tests.fake_slack import FakeSlack, payloads

DATA = b"Ada signed the lease."


@pytest.fixture
async def channel(slack):
    settings = Settings(bot_token=slack.team.bot_token, signing_secret="s", api_url=slack.api_url)
    made = Slack(settings, 1_000)
    yield made
    await made.close()


def to(slack, room, **more):
    return address(Place(slack.team.id, "", room.id), **more)


async def given(slack, room, data=DATA, name="lease.txt", **about):
    """A file that Ada put in, and what its event tells of it."""
    ts = await slack.people.says("Ada", room, "Here.", files=[(name, data)])
    told = room.messages[ts]["files"][0]
    slack.team.files[told["id"]].about |= about
    return attachment(told | about)


@pytest.mark.parametrize(
    ("url", "slacks"),
    [
        ("https://files.slack.com/files-pri/T1-F1/a.pdf", True),
        ("https://slack.com/a", True),
        ("https://acme.slack-files.com/a", True),
        ("https://acme.slack.com:443/a", True),
        ("http://files.slack.com/a", False),
        ("https://files.slack.com:8443/a", False),
        ("https://slack.com.example.org/a", False),
        ("https://notslack.com/a", False),
        ("https://files.slack.com@example.org/a", False),
        ("https://user:word@files.slack.com/a", False),
        ("https://example.org/files.slack.com", False),
        ("//files.slack.com/a", False),
        ("https://[/a", False),
        ("", False),
    ],
)
def test_only_slacks_own_hosts_are_shown_the_token(url, slacks):
    assert Download(ClientSession, API_URL, 1).is_slacks(url) is slacks


async def test_a_file_is_fetched_with_the_token(slack, room, channel):
    assert await channel.fetch(await given(slack, room), to(slack, room)) == DATA
    assert slack.file_requests[-1][1]


async def test_a_file_elsewhere_is_not_fetched_and_sees_no_token(slack, room, channel, aiohttp_server):
    heard = []

    async def take(request):
        heard.append(dict(request.headers))
        return Response(body=DATA)

    app = Application()
    app.router.add_get("/{path:.*}", take)
    other = await aiohttp_server(app)
    for url in (f"http://localhost:{other.port}/a", "https://docs.example.org/a"):
        with pytest.raises(SourceError, match="unsupported"):
            await channel.fetch(Attachment("F1", "a.txt", url=url), to(slack, room))
    assert heard == []


async def test_a_redirect_to_elsewhere_is_not_followed(slack, room, channel):
    async with FakeSlack().running() as other:
        slack.redirect_files_to = other.url
        with pytest.raises(SourceError, match="unsupported"):
            await channel.fetch(await given(slack, room), to(slack, room))
        assert other.file_requests == []


async def test_slacks_login_page_is_not_the_file(slack, room, channel):
    slack.team.scopes.discard("files:read")
    file = await given(slack, room)
    with pytest.raises(SourceError, match="login"):
        await channel.fetch(file, to(slack, room))


async def test_a_redirect_to_the_login_page_is_one(aiohttp_server):
    async def take(request):
        raise HTTPFound("/?redir=%2Ffiles-pri%2FT1-F1")

    app = Application()
    app.router.add_get("/{path:.*}", take)
    server = await aiohttp_server(app)
    url = f"http://127.0.0.1:{server.port}"
    async with ClientSession() as session:
        download = Download(lambda: session, f"{url}/api/", 1_000)
        with pytest.raises(SourceError, match="login"):
            await download.of(Attachment("F1", "a.txt", url=f"{url}/files-pri/a"), "xoxb-1")


def test_a_web_page_that_somebody_put_in_is_their_file():
    page = Attachment("F1", "page.html", "text/html")
    assert not is_login(b"<html><h1>How we sign in visitors</h1></html>", page)
    assert is_login(b"<html><title>Slack</title><form id='signin_form' action=\"/signin\">", page)
    assert is_login(b"<html><h1>Anything</h1></html>", Attachment("F1", "a.pdf", "application/pdf"))


async def test_what_is_too_large_is_not_fetched_to_its_end(slack, room, channel):
    with pytest.raises(SourceError, match="large"):
        await channel.fetch(await given(slack, room, b"x" * 5_000), to(slack, room))
    untold = await given(slack, room, b"x" * 5_000)
    untold = Attachment(untold.id, untold.name, url=untold.url)
    with pytest.raises(SourceError, match="large"):
        await channel.fetch(untold, to(slack, room))


@pytest.mark.parametrize(
    ("about", "reason"),
    [
        ({"mode": "tombstone"}, "gone"),
        ({"mode": "hidden_by_limit"}, "gone"),
        ({"mode": "external"}, "unsupported"),
    ],
)
async def test_a_file_that_is_not_there_says_why(slack, room, channel, about, reason):
    with pytest.raises(SourceError, match=reason):
        await channel.fetch(await given(slack, room, **about), to(slack, room))


async def test_a_file_of_which_too_little_was_told_is_asked_for(slack, room, channel):
    file = await given(slack, room)
    untold = attachment({"id": file.id, "file_access": "check_file_info"})
    assert await channel.fetch(untold, to(slack, room)) == DATA
    with pytest.raises(SourceError, match="gone"):
        await channel.fetch(attachment({"id": "F0", "file_access": "check_file_info"}), to(slack, room))


# --------------------------------------------------------------------------- history


async def test_a_thread_is_read_to_its_end_and_only_what_people_said(slack, room, channel):
    slack.page = 3
    root = await slack.people.says("Ada", room, "One & two <@UNOBODY>.")
    for number in range(6):
        await slack.people.says("Ben", room, f"Remark {number}.", thread=root)
    await slack.people.bot_says("Otherbot", room, "A bot says this.", thread=root)
    found = await channel.history(to(slack, room, thread=root), 100)
    assert [one.text for one in found][1:] == [f"Remark {number}." for number in range(6)]
    assert {one.author.name for one in found} == {"Ada", "Ben"}
    assert found[0].id == f"{slack.team.id}/{room.id}/{root}"
    assert found[0].text == "One & two <@UNOBODY>."
    assert [one.text for one in await channel.history(to(slack, room, thread=root), 2)] == ["Remark 5."]


async def test_a_message_in_history_has_the_id_that_its_event_has(slack, room, channel):
    ts = await slack.people.says("Ada", room, "Hello.")
    event = payloads.message_event(room, room.messages[ts])
    ours = await channel.tokens.of(slack.team.id, "")
    heard = to_message(payloads.envelope(slack.team, slack.app_id, event), ours)
    (found,) = await channel.history(to(slack, room), 10)
    assert (found.id, found.where, found.text) == (heard.id, heard.where, heard.text)


async def test_a_room_is_read_backwards_and_told_forwards_up_to_the_question(slack, room, channel):
    slack.page = 4
    tss = [await slack.people.says("Ada", room, f"Remark {number}.") for number in range(10)]
    found = await channel.history(to(slack, room, ts=tss[-1]), 5)
    assert [one.text for one in found] == [f"Remark {number}." for number in range(4, 9)]


async def test_where_wherein_is_not_let_in_it_says_so(slack, channel):
    outside = slack.team.room("outside", bot=False)
    with pytest.raises(SourceError, match="uninvited"):
        await channel.history(to(slack, outside), 10)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("ratelimited", "slow"), ("500", "failing"), ("dropped", "failing"), ("thread_not_found", "gone")],
)
async def test_what_slack_says_to_a_look_back_is_told(slack, room, channel, fault, reason):
    slack.fail("conversations.replies", *[fault] * 2)  # aiohttp itself asks again where a connection broke
    with pytest.raises(SourceError, match=reason):
        await channel.history(to(slack, room, thread="1.0"), 10)
