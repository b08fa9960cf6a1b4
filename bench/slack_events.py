"""What Slack would send of a workspace at work: overheard messages, questions, edits and files; signed."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import aiohttp

from bench.common import PARAGRAPH, QUESTIONS
from tests.fake_slack import payloads
from tests.fake_slack.delivery import signed
from tests.fake_slack.workspace import Json, Person, Room, Workspace

PLACES = 200  # channels, each with a thread where somebody asks
NOTES = "Priya Nair keeps the keys, and Tomas has the other ones."


@dataclass
class Place:
    """A channel with a thread in which somebody asks and others talk."""

    room: Room
    root: str
    asker: Person
    others: Person


@dataclass(frozen=True, slots=True)
class Event:
    """One request of Slack's, and whether an answer is due to it."""

    payload: Json
    asks: bool = False

    @property
    def id(self) -> str:
        """The id that Wherein gives the message; what is posted to answer it carries that."""
        event: Json = self.payload["event"]
        return f"{self.payload['team_id']}/{event['channel']}/{event['ts']}"

    @property
    def said(self) -> bool:
        """Whether it is a message that somebody said just now."""
        event: Json = self.payload["event"]
        return bool(event["type"] == "message" and event.get("subtype") != "message_changed")


class Acme:
    """The fake's workspace, as far as events are made of it here: by the fake they would cost it its time."""

    def __init__(self, told: Json) -> None:
        self._app, self._secret = told["app_id"], told["signing_secret"]
        self._team = Workspace()
        self._team.id = told["team"]
        self._team.bot.id = told["bot"]
        self.places: list[Place] = []
        self._file: Json = {}

    async def people(self, client: aiohttp.ClientSession, slack: str, places: int) -> None:
        """Have people say something in so many channels; two people in each."""
        for n in range(places):
            act = {"act": "says", "room": f"room{n}", "text": PARAGRAPH}
            said = [await _done(client, slack, act | {"who": f"{who}{n}"}) for who in ("Ben", "Cyd")]
            ben, cyd = (Person(one["message"]["user"], "", self._team.id) for one in said)
            self.places.append(Place(Room(said[0]["room"], f"room{n}"), said[0]["ts"], cyd, ben))
        files: Json = {
            "act": "says",
            "who": "Ben0",
            "room": "room0",
            "text": "The notes",
            "files": [["notes.txt", NOTES]],
        }
        self._file = (await _done(client, slack, files))["message"]["files"][0]

    # ----------------------------------------------------------------------- what comes

    def mixed(self, number: int, first: int = 0) -> list[Event]:
        """So many things said from one on: of each 100, 90 overheard, 8 questions, one edit and one file.

        Half of the overheard ones stand in threads where somebody asked. A question is two events: Slack
        sends a mention as the message that it is, too.
        """
        return [event for n in range(first, first + number) for event in self._one(n)]

    def questions(self, number: int) -> list[Event]:
        """Nothing but questions, in one channel after the other, each with its twin."""
        return [event for n in range(number) for event in self._question(self._at(n), n)]

    def overheard(self, number: int) -> list[Event]:
        """Nothing but messages where nobody asked."""
        return [self._heard(self._at(n), n, thread=False) for n in range(number)]

    def kept(self, number: int) -> list[Event]:
        """Nothing but messages in threads where somebody asked."""
        return [self._heard(self._at(n), n, thread=True) for n in range(number)]

    def _at(self, n: int) -> Place:
        return self.places[n % len(self.places)]

    def _one(self, n: int) -> Iterator[Event]:
        place, kind = self._at(n * 7 + n // 100), n % 100
        if kind % 12 == 5 and kind < 96:
            yield from self._question(place, n)
        elif kind == 50:
            yield self._edited(place, n)
        elif kind == 99:
            yield self._filed(place, n)
        else:
            yield self._heard(place, n, thread=bool(n % 2))

    def _heard(self, place: Place, n: int, *, thread: bool) -> Event:
        said = self._said(place.others, f"I was in room {n} before noon.", place.root if thread else "")
        return self._event(payloads.message_event(place.room, said))

    def _question(self, place: Place, n: int) -> list[Event]:
        text = f"<@{self._team.bot.id}> {QUESTIONS[n % len(QUESTIONS)]}"
        said = self._said(place.asker, text, place.root)
        mention = payloads.mention_event(place.room, said, files=False)
        return [self._event(mention, asks=True), self._event(payloads.message_event(place.room, said))]

    def _edited(self, place: Place, n: int) -> Event:
        was = self._said(place.others, f"I was in room {n}.", place.root)
        ts = self._team.ts()
        new = was | {"text": f"I was in room {n} at ten.", "edited": {"user": place.others.id, "ts": ts}}
        return self._event(payloads.changed(place.room, new, was, ts))

    def _filed(self, place: Place, n: int) -> Event:
        said = self._said(place.others, f"The notes of day {n}.", place.root, files=[self._file])
        return self._event(payloads.message_event(place.room, said, "file_share"))

    def _said(self, who: Person, text: str, thread: str, files: Any = ()) -> Json:
        return payloads.said(self._team, who, text, self._team.ts(), thread=thread, files=files)

    def _event(self, event: Json, *, asks: bool = False) -> Event:
        return Event(payloads.envelope(self._team, self._app, event), asks)

    # ----------------------------------------------------------------------- how it is sent

    async def send(self, client: aiohttp.ClientSession, url: str, event: Event, *, again: int = 0) -> int:
        """Post it as Slack does; its status, 0 where none came."""
        body = json.dumps(event.payload).encode()
        headers = {"Content-Type": "application/json"} | signed(self._secret, body, time.time())
        if again:
            headers |= {"x-slack-retry-num": str(again), "x-slack-retry-reason": "http_timeout"}
        try:
            async with client.post(url, data=body, headers=headers) as answer:
                await answer.read()
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return 0


async def without_limits(client: aiohttp.ClientSession, slack: str) -> Json:
    """Have the fake refuse nobody for asking often, and keep no list of it; what it tells of itself."""
    async with client.post(f"{slack}/_/set", json={"rates": False, "keep": False}) as answer:
        told: Json = await answer.json()
        return told


def settings(told: Json) -> dict[str, str]:
    """What a service is started with to speak to the fake alone."""
    return {
        "SLACK_API_URL": told["api_url"],
        "SLACK_BOT_TOKEN": told["bot_token"],
        "SLACK_SIGNING_SECRET": told["signing_secret"],
        "WHEREIN_CHANNELS": "slack",
        "WHEREIN_WEB_PORT": "0",
        "MALLOC_ARENA_MAX": "2",
    }


async def _done(client: aiohttp.ClientSession, slack: str, act: Json) -> Json:
    async with client.post(f"{slack}/_/do", json=act) as answer:
        told: Json = await answer.json()
        return told
