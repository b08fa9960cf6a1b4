"""What Slack sends, taken in: acknowledged when it is recorded, and in time; what opens, opens."""

import asyncio
import json
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession
from aiohttp.web import Application

from bot.channels.slack import listening
from bot.channels.slack.chat import PATH, Slack
from bot.channels.slack.settings import Settings
from bot.types import House, NotAcceptedError, Reply
from tests.fake_slack import payloads, signed
from tests.fake_slack.screen import text
from tests.fuzz.wire import sent
from tests.slack_service import until


class Told:
    """A house that notes what it is told, and answers as it is told to."""

    def __init__(self):
        self.accepted, self.asked = [], []
        self.fails, self.seconds = False, 0.0
        self.open = asyncio.Event()  # until then nothing is accepted
        self.open.set()

    async def accept(self, message):
        await self.open.wait()
        if self.fails:
            raise NotAcceptedError
        self.accepted.append(message)
        return True

    async def ask(self, message):
        self.asked.append(message)
        await asyncio.sleep(self.seconds)
        return Reply(message.id, "info", "It is so.")


@pytest.fixture
def slack(slack):
    """Slack, which brings nothing again."""
    slack.deliveries.retry_after = []
    return slack


@pytest.fixture
def house():
    return Told()


@pytest.fixture
async def channel(slack, house, aiohttp_server):
    settings = Settings(
        bot_token=slack.team.bot_token, signing_secret=slack.signing_secret, api_url=slack.api_url
    )
    made, app = Slack(settings, 1_000_000), Application()
    made.mount(app.router, House(house.ask, house.accept))
    server = await aiohttp_server(app)
    await made.start()
    slack.deliveries.url = f"http://127.0.0.1:{server.port}{PATH}"
    yield made
    await made.close()


async def posted(room, channel):
    """An answer of Wherein's with its buttons, as it stands in the room."""
    offers = [
        {
            "type": "button",
            "action_id": f"wherein_{kind}",
            "text": {"type": "plain_text", "text": kind},
            "value": json.dumps({"about": "T/C/1", "text": "down" if kind == "feedback_down" else ""}),
        }
        for kind in ("why", "next", "feedback_down", "share")
    ]
    client = channel.clients.of((await channel.tokens.of("", "")).token)
    told = await client.chat_postMessage(
        channel=room.id, text="An answer.", blocks=[{"type": "actions", "elements": offers}]
    )
    return told["ts"]


async def test_it_knows_who_it_is_before_anybody_speaks_to_it(slack, channel):
    assert [name for name, _ in slack.calls] == ["auth.test"]
    await slack.people.says("Ada", slack.team.room("general"), "Hello.")
    assert len(slack.called("auth.test")) == 1


async def test_an_event_that_could_not_be_recorded_is_wanted_again(slack, room, channel, house):
    house.fails = True
    await slack.people.says("Ada", room, "@Wherein who?")
    assert {status for one in slack.deliveries.all for status in one.statuses} == {503}
    slack.deliveries.all.clear()
    house.fails = False
    await slack.people.says("Ada", room, "@Wherein who?")
    assert {status for one in slack.deliveries.all for status in one.statuses} == {200}


async def test_a_command_or_a_button_that_could_not_be_recorded_is_to_be_done_again(
    slack, room, channel, house
):
    ts = await posted(room, channel)
    house.fails = True
    await slack.people.slash("Ada", room, "who?")
    await slack.people.presses("Ada", room, ts, "share")
    await until(lambda: len(slack.team.alone) == 2)
    for one in slack.team.alone:
        assert "do it again" in one.message["text"]
    assert {status for one in slack.deliveries.all for status in one.statuses} == {200}


async def test_a_dialog_that_could_not_be_recorded_stays_open_and_says_so(slack, room, channel, house):
    await slack.people.slash("Ada", room, "")
    await until(lambda: slack.team.person("Ada").modals)
    house.fails = True
    delivery = await slack.people.submits("Ada", {"question": "Who?"})
    assert delivery.answer["response_action"] == "errors"
    assert "do it again" in delivery.answer["errors"]["question"]
    house.fails = False
    await slack.people.submits("Ada", {"question": "Who?"})
    assert house.accepted[-1].text == "Who?"
    assert not slack.team.person("Ada").modals


@pytest.mark.parametrize("kind", ["why", "next"])
async def test_what_stands_behind_an_answer_opens_in_a_window(slack, room, channel, house, kind):
    ts = await posted(room, channel)
    await slack.people.presses("Ben", room, ts, kind)
    await until(lambda: slack.team.person("Ben").modals)
    (view,) = slack.team.person("Ben").modals
    assert "It is so." in text(view["blocks"])
    (asked,) = house.asked
    assert (asked.intent, asked.about, asked.author.name) == (kind, "T/C/1", "Ben")
    assert house.accepted == []


async def test_where_that_takes_long_the_window_opens_first_and_is_filled_in(slack, room, channel, house):
    ts = await posted(room, channel)
    house.seconds = 3.5
    await slack.people.presses("Ben", room, ts, "why")
    await until(lambda: slack.team.person("Ben").modals)
    assert "It is so." not in text(slack.team.person("Ben").modals[0]["blocks"])
    await until(lambda: "It is so." in text(slack.team.person("Ben").modals[0]["blocks"]))


async def test_a_thumb_down_counts_at_once_and_its_reason_afterwards(slack, room, channel, house):
    ts = await posted(room, channel)
    await slack.people.presses("Ben", room, ts, "feedback_down")
    await until(lambda: slack.team.person("Ben").modals)
    assert [(one.intent, one.text) for one in house.asked] == [("feedback", "down")]
    await slack.people.submits("Ben", {"reason": "It was Ada."})
    (message,) = house.accepted
    assert (message.intent, message.about, message.text) == ("feedback", "T/C/1", "down: It was Ada.")


async def test_a_question_from_nowhere_is_answered_in_the_conversation_alone(slack, channel, house):
    await slack.people.global_shortcut("Ada", "wherein_ask")
    await until(lambda: slack.team.person("Ada").modals)
    await slack.people.submits("Ada", {"question": "Who?"})
    (message,) = house.accepted
    assert message.thread.room == slack.team.direct("Ada").id
    assert not message.private


async def test_ask_about_this_asks_of_the_messages_thread(slack, room, channel, house):
    ts = await slack.people.says("Ada", room, "The lease was signed by <@U0> Grace.")
    house.accepted.clear()
    await slack.people.shortcut("Ben", room, ts, "wherein_about")
    await until(lambda: slack.team.person("Ben").modals)
    await slack.people.submits("Ben", {"question": "Who?"})
    (message,) = house.accepted
    assert (message.way, message.thread.thread, message.private) == ("message", ts, True)


async def test_the_pane_suggests_questions(slack, channel, house):
    await slack.people.opens_messages("Ada")
    await until(lambda: slack.called("assistant.threads.setSuggestedPrompts"))
    (told,) = slack.called("assistant.threads.setSuggestedPrompts")
    assert {one["message"] for one in told["prompts"]} >= {"help", "sources"}
    assert [one.intent for one in house.asked] == ["sources"]


async def test_home_is_shown_to_who_opens_it(slack, channel, house):
    await slack.people.opens_home("Ada")
    await until(lambda: slack.team.person("Ada").home)


async def test_events_are_acknowledged_within_a_tenth_of_a_second(slack, room, channel, house):
    for _ in range(20):
        await asyncio.gather(*(slack.people.says("Ada", room, "Hello.") for _ in range(10)))
    took = sorted(seconds for one in slack.deliveries.all for seconds in one.seconds)
    assert len(house.accepted) == 200
    assert took[len(took) // 2] < 0.1  # half of them: what else this machine does is not measured


async def test_a_redelivery_makes_the_same_message(slack, room, channel, house):
    message = payloads.said(slack.team, slack.team.person("Ada"), "Hello.", slack.team.ts())
    event = payloads.envelope(slack.team, slack.app_id, payloads.message_event(room, message))
    body = json.dumps(event).encode()
    headers = signed(slack.signing_secret, body) | {"Content-Type": "application/json"}
    async with ClientSession() as session:
        for _ in range(3):
            async with session.post(slack.deliveries.url, data=body, headers=headers) as answer:
                assert answer.status == 200
    assert len({one.id for one in house.accepted}) == 1


async def test_of_what_is_overheard_nothing_is_kept_in_memory(slack, room, channel, house):
    await slack.people.says("Ada", room, "Lunch at noon.", files=[("menu.txt", b"Soup")])
    assert [message.intent for message in house.accepted] == ["heard"]
    assert not channel._taking.whole
    slack.mention_order = "message only"
    await slack.people.says("Ada", room, "@wherein what is there?", files=[("menu.txt", b"Soup")])
    (kept,) = channel._taking.whole.values()
    assert [one.name for one in kept] == ["menu.txt"]


async def test_a_workspace_where_it_is_not_installed_is_not_heard(slack, channel, house):
    other = slack.workspace("Other")
    message = payloads.said(other, other.person("Eve"), "Hello.", other.ts())
    event = payloads.envelope(other, slack.app_id, payloads.message_event(other.room("general"), message))
    await slack.bring("events_api", event).tried.wait()
    assert house.accepted == []


async def test_nobodys_words_are_logged(slack, room, channel, house, caplog, capfd):
    caplog.set_level("DEBUG")
    await slack.people.says("Ada", room, "@Wherein xyzzy plugh?")
    await slack.people.slash("Ada", room, "xyzzy plugh")
    body = b'{"event": {"text": "xyzzy plugh"}}'
    async with (
        ClientSession() as session,
        session.post(slack.deliveries.url, data=body, headers=signed("wrong", body)) as answer,
    ):
        assert answer.status == 401
    out, err = capfd.readouterr()
    assert "xyzzy" not in caplog.text + out + err


async def test_when_wherein_is_put_out_all_is_forgotten_and_if_it_cannot_be_told_again(slack, channel, house):
    house.fails = True
    await slack.people.uninstalls()
    assert {status for one in slack.deliveries.all for status in one.statuses} == {503}
    house.fails = False
    await slack.people.uninstalls()
    assert {one.intent for one in house.accepted} == {"left"}
    assert {str(one.thread.whole_team) for one in house.accepted} == {str(house.accepted[0].thread)}


async def test_it_starts_and_stops_where_slack_cannot_be_reached():
    settings = Settings(bot_token="xoxb-1", app_token="xapp-1", api_url="http://127.0.0.1:9/api/")
    made, house = Slack(settings, 1_000), Told()
    made.mount(Application().router, House(house.ask, house.accept))
    async with asyncio.timeout(5):
        await made.start()
        await asyncio.sleep(0.1)
        await made.close()


async def test_with_too_much_in_hand_slack_is_to_bring_it_again_and_who_asks_comes_first(
    slack, room, channel, house, monkeypatch
):
    monkeypatch.setattr("bot.channels.slack.listening.AT_ONCE", 2)
    slack.mention_order = "mention only"
    house.open.clear()

    async def tried(text):
        """Somebody says something; the statuses so far, of what was heard and of what was asked."""
        before = len(slack.deliveries.all)
        saying = asyncio.create_task(slack.people.says("Ada", room, text))
        await until(lambda: len(slack.deliveries.all) > before)
        return saying, slack.deliveries.all[-1]

    said = [await tried(f"Number {n}.") for n in range(2)]
    saying, over = await tried("One more.")
    await saying
    assert over.statuses == [503]
    said += [await tried("@Wherein who?"), await tried("@Wherein when?")]
    saying, over = await tried("@Wherein why?")
    await saying
    assert over.statuses == [503]
    command = asyncio.create_task(slack.people.slash("Ada", room, "who?"))  # it is brought once
    await asyncio.sleep(0)
    house.open.set()
    await asyncio.gather(command, *(one for one, _ in said))
    assert [one.statuses for _, one in said] == [[200]] * 4
    assert {
        status for one in slack.deliveries.all if one.kind == "slash_commands" for status in one.statuses
    } == {200}
    saying, again = await tried("Once more.")
    await saying
    assert again.statuses == [200]


async def test_a_body_that_does_not_come_in_time_is_called_late_and_not_large(channel, slack, monkeypatch):
    monkeypatch.setattr(listening, "BODY_SECONDS", 0.05)
    url = urlsplit(slack.deliveries.url)
    head = f"POST {PATH} HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Length: 9\r\n\r\n"
    answer = await sent(url.hostname, url.port, head.encode() + b"{")
    assert (answer.status, answer.body) == (408, b"the body did not come in time")
