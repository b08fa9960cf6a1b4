"""What people do in Slack and Teams, hour after hour: they talk, ask, edit, share files, forget."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bench.common import PARAGRAPH
from tests.fake_slack.workspace import Json
from tests.fake_teams import FakeTeams, Post

ROOMS, ASKERS = 40, 8  # channels of Slack, and who asks in each
LIVES = 25  # things said in a thread before people begin another
TEAMS_EVERY = 10  # of so many acts, one is done in Teams
GENERAL = "19:general@thread.tacv2"
QUESTIONS = (
    "Who keeps the keys?",
    "When is the kiln lit?",
    "Who signed the lease?",
    "How much is the fee?",
    "and who mends a broken tool?",
    "When did room {n} come up?",
)


@dataclass
class Place:
    """A room, with the thread in which people talk just now."""

    room: str
    root: str = ""
    last: str = ""  # what was said there last, by somebody
    said: int = 0
    posts: list[Post] = field(default_factory=list)  # of Teams, in the reply chain


class Acts:
    """People at work in both chats; `act` does the n-th thing, and always the same one."""

    def __init__(self, client: aiohttp.ClientSession, slack: str, teams: FakeTeams) -> None:
        self._client, self._slack, self._teams = client, slack, teams
        self._places = [Place(f"room{n}") for n in range(ROOMS)]
        self._chains = [Place(GENERAL) for _ in range(4)]
        self.done: Counter[str] = Counter()

    async def act(self, n: int) -> int:
        """Do it; 200 where the chat did as it was asked."""
        kind = _kind(n)
        self.done[kind] += 1
        try:
            if n % TEAMS_EVERY == 0:
                await self._in_teams(n, kind)
            else:
                await self._in_slack(n, kind)
        except (aiohttp.ClientError, TimeoutError):
            return 0
        return 200

    # ----------------------------------------------------------------------- Slack

    async def _in_slack(self, n: int, kind: str) -> None:
        place = self._places[n * 7 % ROOMS]
        if not place.root or place.said >= LIVES:
            place.said, place.last = 0, ""
            place.root = await self._do("says", place, f"Ben-{place.room}", f"Day {n}. {PARAGRAPH}")
        place.said += 1
        who = f"Cyd{n % ASKERS}-{place.room}"
        match kind:
            case "question":
                await self._do("says", place, who, f"@wherein {_question(n)}", thread=place.root)
            case "edit" if place.last:
                changed = f"It was not room {n}, it was the yard."
                await self._do("edits", place, f"Ben-{place.room}", changed, ts=place.last)
            case "file":
                notes = [["notes.txt", f"Notes of day {n}. Priya Nair keeps the keys of room {n}."]]
                await self._do("says", place, who, f"The notes of day {n}.", thread=place.root, files=notes)
            case "forget":
                await self._do("says", place, who, "@wherein forget me", thread=place.root)
            case "delete" if place.last:
                gone, place.last = place.last, ""
                await self._asked({"act": "deletes", "room": place.room, "ts": gone})
            case "command":
                await self._do("slash", place, who, "sources")
            case _:
                thread = place.root if n % 2 else ""
                said = await self._do(
                    "says", place, f"Ben-{place.room}", f"I was in room {n}.", thread=thread
                )
                place.last = said if thread else place.last

    async def _do(self, act: str, place: Place, who: str, text: str, **more: Any) -> str:
        told = await self._asked({"act": act, "who": who, "room": place.room, "text": text} | more)
        return str(told["ts"])

    async def _asked(self, act: Json) -> Json:
        async with self._client.post(f"{self._slack}/_/do", json=act) as answer:
            answer.raise_for_status()
            told: Json = await answer.json()
            return told

    # ----------------------------------------------------------------------- Teams

    async def _in_teams(self, n: int, kind: str) -> None:
        place = self._chains[n // TEAMS_EVERY % len(self._chains)]
        if not place.root or place.said >= LIVES:
            begun = await self._teams.says("Ben", GENERAL, f"Day {n}. {PARAGRAPH}")
            place.said, place.root, place.posts = 0, begun.conversation, []
        place.said += 1
        who = f"Cyd{n // TEAMS_EVERY % ASKERS}"
        if kind == "question":
            await self._teams.says(who, place.root, _question(n), mention=True)
        elif kind == "forget":
            await self._teams.says(who, place.root, "forget me", mention=True)
        elif kind == "edit" and place.posts:
            await self._teams.edits(place.posts[-1], f"It was not room {n}, it was the yard.")
        else:
            place.posts.append(await self._teams.says("Ben", place.root, f"I was in room {n}."))


def _kind(n: int) -> str:
    """Of 97 things: 12 questions, 3 edits, 2 files, a deletion, a command, a wish to be forgotten."""
    place = n * 31 % 97
    if place < 12:
        return "question"
    kinds = {
        20: "edit",
        21: "edit",
        22: "edit",
        40: "file",
        41: "file",
        60: "forget",
        70: "delete",
        80: "command",
    }
    return kinds.get(place, "heard")


def _question(n: int) -> str:
    return QUESTIONS[n % len(QUESTIONS)].format(n=n)
