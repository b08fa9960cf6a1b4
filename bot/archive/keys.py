"""Where everything lies in a store, and the pointers that lead there: nothing is ever searched for.

| partition | sort key | what |
|---|---|---|
| `thread#T` | `message#M`, `part#M#TOKEN#N` | a message, open or settled; the parts of a long one |
| | `doc#D` | a document on the shelf; of one that somebody said, its text too |
| | `text#D#V#N`, `place#D#V#N` | its text and its places, in parts |
| | `met`, `reading#M` | Wherein was asked here; what this message brings is being read |
| | `brought#M#D` | the message brought that document, which goes with it |
| | `turn#AT#M` | a question and what came of it |
| | `quote#D#AT#M` | points to a turn that quotes the document, wherever it is |
| | `golden#D#M` | of a room: a question whose answer somebody approved |
| | `gap#AT#M` | of a room: points to a turn that found nothing |
| | `vote#AT#M#P` | what somebody said of that turn's answer, and why |
| | `asked#P`, `muted` | somebody has asked here; the thread is muted |
| | `waits#M` | of a room: points to a message that waits until Wherein is let in |
| | `forgot#D` | this document was forgotten, and when: what is older is not written any more |
| | `someone#P` | of a room: somebody's pointers lead here, and do not expire |
| `forgotten#T` | `team`, `room#R`, `thread#T`, `person#P` | the same, of all in a team |
| `room#R`, `team#T`, `teams` | `thread#T`, `room#R`, `team#T` | point downwards |
| `person#P` | `thread#T` | points to where somebody's words are |
| `record#KIND#KEY` | `-` | a small versioned record |
| `vault#CHANNEL` | `NAME` | an installation and its tokens, sealed |
| `votes#T` | `AT#M#P` | all of a team's votes, without their reasons |
| `counts#T`, `audit#T` | `DAY`, `AT#ID` | a team's counts, day by day; what its admins did |

A pointer is written before what it leads to, so that a crash never leaves what forgetting cannot find.
"""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

from bot.stores import Item, Key, Store
from bot.types import Thread

FRESH_SECONDS = 3_600.0  # a pointer that this process wrote so lately is not written again
KNOWN = 50_000  # pointers, 90 bytes each


def word(part: str) -> str:
    """A part of a key, with none of the characters that keys are built with."""
    return quote(part, safe="", errors="surrogatepass")


def moment(at: float) -> str:
    """A time as part of a key: earlier ones sort first."""
    return f"{at:017.6f}"


def thread(where: Thread) -> str:
    """The partition of a thread, or of a room as a whole."""
    return f"thread#{where}"


def room(where: Thread) -> str:
    """The partition that lists a room's threads."""
    return f"room#{where.whole_room}"


def team(where: Thread) -> str:
    """The partition that lists a team's rooms."""
    return f"team#{where.whole_team}"


TEAMS = "teams"


def forgotten(where: Thread) -> str:
    """The partition that tells what was forgotten in a team."""
    return f"forgotten#{where.whole_team}"


def votes(where: Thread) -> str:
    """The partition that holds a team's votes."""
    return f"votes#{where.whole_team}"


def person(where: Thread, author: str) -> str:
    """The partition that lists the threads where somebody of that team said something."""
    return f"person#{where.whole_team}#{word(author)}"


class _Lately:
    """Keys that were noted within `FRESH_SECONDS`; some that were are let go of.

    In two sets, one for each half of that time: a cache that knows the time of each key is five times as
    large. What is kept of a key is its hash, of 64 bits.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._half = clock, 0
        self._now: set[int] = set()
        self._before: set[int] = set()

    def __contains__(self, key: Key) -> bool:
        self._turn()
        return hash(key) in self._now or hash(key) in self._before

    def add(self, key: Key) -> None:
        self._turn()
        if len(self._now) >= KNOWN // 2:
            self._before, self._now = self._now, set()
        self._now.add(hash(key))

    def drop(self, key: Key) -> None:
        self._now.discard(hash(key))
        self._before.discard(hash(key))

    def _turn(self) -> None:
        half = int(self._clock() / (FRESH_SECONDS / 2))
        if half != self._half:
            self._before = self._now if half == self._half + 1 else set()
            self._now, self._half = set(), half


class Pointers:
    """Writes the pointers that lead to a thread."""

    def __init__(self, store: Store, ttl_seconds: float, clock: Callable[[], float]) -> None:
        self._store, self._ttl, self._clock = store, ttl_seconds, clock
        self._written = _Lately(clock)

    async def lead_to(self, where: Thread, author: str = "", *, surely: bool = False) -> None:
        """See to it that the thread is found from its room, and from somebody whose words are there.

        They outlive what they lead to; those to a room, which may hold what never expires, stay. `surely`:
        also where this process wrote them lately, since another may have let go of them.
        """
        ends = self._clock() + self._ttl + 2 * FRESH_SECONDS
        room_ends = ends if where.thread else None
        items = [
            Item(TEAMS, team(where), _parts(where.whole_team)),
            Item(team(where), room(where), _parts(where.whole_room)),
            Item(room(where), thread(where), _parts(where), expires_at=room_ends),
        ]
        if author:
            items.append(Item(person(where, author), thread(where), _parts(where), expires_at=room_ends))
        if author and not where.thread:
            items.append(Item(thread(where), f"someone#{word(author)}", {"author": author}))
        missing = [item for item in items if surely or item.key not in self._written]
        if missing:
            await self._store.put(*missing)
            for item in missing:
                self._written.add(item.key)

    async def let_go(self, where: Thread) -> None:
        """Have those of a team that stay end when nothing can be left that was written on their account.

        They are not deleted: a task that wrote them lately, and does not again, may be writing there.
        """
        lasting = [await self._store.get(TEAMS, team(where))]
        for of in await self.listed(team(where)):
            someone = await self._store.query(thread(of), "someone#")
            persons = [person(of, item.data["author"]) for item in someone]
            lasting += [await self._store.get(pk, thread(of)) for pk in (room(of), *persons)]
            lasting.append(await self._store.get(team(of), room(of)))
        ends = self._clock() + self._ttl + 2 * FRESH_SECONDS
        ending = [replace(item, expires_at=ends) for item in lasting if item and item.expires_at is None]
        await self._store.put(*ending)
        for item in ending:
            self._written.drop(item.key)

    async def listed(self, pk: str) -> list[Thread]:
        """What a partition of pointers leads to."""
        return [Thread(**item.data) for item in await self._store.query(pk)]


def _parts(where: Thread) -> dict[str, str]:
    return {"channel": where.channel, "team": where.team, "room": where.room, "thread": where.thread}
