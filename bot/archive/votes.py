"""What people said of answers: one vote a person and answer, to be changed or taken back."""

from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, replace

from pydantic import TypeAdapter

from bot.archive import keys
from bot.archive.keys import moment, word
from bot.stores import Item, Key, Store
from bot.types import Thread, Turn

KEPT_SECONDS = 180 * 86_400.0  # without the reason: a verdict teaches longer than a thread is remembered


@dataclass(frozen=True, slots=True)
class Vote:
    """What somebody said of an answer, without a word of question or answer."""

    answer: str  # its id
    asked_at: float  # seconds since the epoch
    thread: str  # the key of where it was asked
    author: str  # the id of who says it
    up: bool
    at: float  # seconds since the epoch
    reader: str = ""
    revision: str = ""
    stated: float | None = None  # the reader's own confidence; None: nothing can be learnt of it
    reason: str = ""


_VOTE = TypeAdapter(Vote)


class Votes:
    """The votes of all teams: a team's lie together without their reasons, those with the threads."""

    def __init__(self, store: Store, ttl_seconds: float, clock: Callable[[], float]) -> None:
        self._store, self._ttl, self._clock = store, ttl_seconds, clock

    async def cast(self, where: Thread, vote: Vote) -> bool:
        """Keep a vote, in place of the same person's last one.

        False where the answer, or all that they said, was forgotten meanwhile.
        """
        now, (spoken, counted) = self._clock(), _keys(vote)
        said = replace(vote, reason="")
        await self._store.put(Item(*counted, asdict(said), expires_at=now + max(KEPT_SECONDS, self._ttl)))
        await self._store.put(Item(*spoken, asdict(vote), expires_at=now + self._ttl))
        turn = await self._store.get(keys.thread(where), f"turn#{_about(vote)}")
        gone = await self._store.get(keys.forgotten(where), f"person#{word(vote.author)}")
        if turn is None or (gone and gone.data["at"] >= vote.at):
            await self._store.delete([spoken, counted])
            return False
        return True

    async def of(self, where: Thread, turn: Turn, author: str) -> Vote | None:
        """What somebody said of a turn."""
        spoken, _ = _keys(Vote(turn.id, turn.at, str(where), author, up=True, at=0.0))
        item = await self._store.get(*spoken)
        return _VOTE.validate_python(item.data) if item else None

    async def retract(self, vote: Vote) -> None:
        """Take a vote back."""
        await self._store.delete(_keys(vote))

    async def of_thread(self, where: Thread) -> list[Vote]:
        """The votes on answers in a thread, with their reasons."""
        items = await self._store.query(keys.thread(where), "vote#")
        return [_VOTE.validate_python(item.data) for item in items]

    async def of_team(self, where: Thread, limit: int | None = None) -> list[Vote]:
        """A team's votes without their reasons, those on the newest answers first."""
        items = await self._store.query(keys.votes(where), limit=limit, newest_first=True)
        return [_VOTE.validate_python(item.data) for item in items]

    # ----------------------------------------------------------------------- forgetting

    async def forget(
        self, where: Thread, turns: Collection[Key], also: Callable[[Vote], bool] = lambda _: False
    ) -> None:
        """Delete a team's votes on turns, which are gone already, and others as told."""
        gone: list[Key] = []
        for vote in await self.of_team(where):
            turn = f"thread#{vote.thread}", f"turn#{_about(vote)}"
            gone += _keys(vote) if turn in turns or also(vote) else ()
        await self._store.delete(gone)


def _about(vote: Vote) -> str:
    return f"{moment(vote.asked_at)}#{word(vote.answer)}"


def _keys(vote: Vote) -> tuple[Key, Key]:
    """Where a vote lies with its reason, and where without."""
    name = f"{_about(vote)}#{word(vote.author)}"
    return (f"thread#{vote.thread}", f"vote#{name}"), (keys.votes(Thread.parse(vote.thread)), name)
