"""What people say of answers: it is kept, teaches their workspace's confidence, and can be looked through.

The one place where a workspace's votes meet an answer is `weighed`.
"""

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass

import structlog
from cachetools import TTLCache

from bot import followups
from bot.archive import Archive
from bot.archive.records import FIT
from bot.archive.threads import Golden
from bot.archive.votes import Vote
from bot.policy import NotAllowedError
from bot.replies import NoSuchAnswerError
from bot.rights import Rights
from bot.stores import StoreError
from bot.types import Author, Thread, Turn
from model import refit
from model.refit import Fit
from model.types import Answer, Document

log = structlog.get_logger(__name__)

FIT_SECONDS = 10.0  # what other tasks were taught is known here after this
TEAMS = 1_000  # whose fits are at hand
LEARNT_FROM = 2_000  # votes: those on the newest answers
LOOKED_THROUGH = 1_000  # votes of a team, for those of one room
ATTEMPTS = 8  # at a fit that others write at the same time

_SAID = re.compile(r"(up|down|retract)(?::\s*(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Noted:
    """What became of what somebody said."""

    up: bool | None  # None: their vote was taken back
    reason: str = ""
    golden: bool = False  # whether the question is one to check from now on


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A vote with what it is about, as far as that is still remembered."""

    vote: Vote
    where: Thread
    turn: Turn | None
    source: Document | None  # without its text


class Feedback:
    """Takes votes, learns from them, and shows them to who may see them."""

    def __init__(self, archive: Archive, rights: Rights, clock: Callable[[], float] = time.time) -> None:
        self._archive, self._rights, self._clock = archive, rights, clock
        self._fits: TTLCache[Thread, dict[str, Fit]] = TTLCache(TEAMS, FIT_SECONDS)

    # ----------------------------------------------------------------------- taking

    async def take(self, author: Author, where: Thread, answer: str, said: str) -> Noted:
        """Note what somebody says of an answer: "up", "down", "retract", a reason, or "down: a reason".

        A reason alone belongs to the vote that they cast before; without one it says that something is wrong.
        """
        await self._rights.allow(author, "ask", where)
        turn = await self._archive.threads.turn(where, answer)
        if turn is None or turn.kind not in ("answer", "unsure"):
            raise NoSuchAnswerError
        before = await self._archive.votes.of(where, turn, author.id)
        verdict, reason = _parsed(said)
        if verdict == "retract":
            if before:
                await self._archive.votes.retract(before)
            noted = Noted(None)
        else:
            up = verdict == "up" if verdict else bool(before and before.up)
            kept = before.reason if before and before.up == up else ""
            vote = _vote(where, turn, author, up=up, at=self._clock(), reason=reason or kept)
            if not await self._archive.votes.cast(where, vote):
                raise NoSuchAnswerError
            noted = Noted(up, reason, await self._approved(author, where, turn) if up else False)
        if not noted.up:
            await self._archive.threads.disapprove(where, _golden(turn, author))
        await self.refit(where)
        return noted

    async def _approved(self, author: Author, where: Thread, turn: Turn) -> bool:
        """Make a golden question of it, where they may, it has an answer, and it stands alone."""
        asked = followups.of_turn(turn, where, await self._archive.threads.turns(where))
        if turn.kind != "answer" or asked != turn.question:
            return False
        try:
            await self._rights.allow(author, "pin", where)
        except NotAllowedError:
            return False
        source = await self._source(where, turn)
        golden = _golden(turn, author, source.added_by if source else "")
        return await self._archive.threads.approve(where, golden)

    async def _source(self, where: Thread, turn: Turn) -> Document | None:
        for place in (where, where.whole_room):
            for document in await self._archive.threads.shelf(place):
                if document.id == turn.document:
                    return document
        return None

    # ----------------------------------------------------------------------- learning

    async def weighed(self, where: Thread, answer: Answer) -> Answer:
        """The answer as sure as answers like it were right here, by those who said so."""
        try:
            return refit.reweighed(answer, (await self._known(where)).get(_name(answer), Fit()))
        except StoreError:  # a text that is lent can be read all the same
            return answer

    async def taken(self, where: Thread, vote: Vote) -> float:
        """How sure the answer that a vote is about is taken to be here now."""
        return (await self._known(where)).get(_name(vote), Fit())(vote.stated or 0.0)

    async def _known(self, where: Thread) -> dict[str, Fit]:
        team = where.whole_team
        known = self._fits.get(team)
        if known is None:
            there = await self._archive.records.get(FIT, str(team))
            self._fits[team] = known = {name: Fit(**of) for name, of in there.data.items()}
        return known

    async def refit(self, where: Thread) -> None:
        """Learn from a team's votes as they stand; where that fails, the next vote does it."""
        team, records = where.whole_team, self._archive.records
        for _ in range(ATTEMPTS):
            there = await records.get(FIT, str(team))
            fits = await asyncio.to_thread(_fits, await self._archive.votes.of_team(team, LEARNT_FROM))
            data = {name: asdict(of) for name, of in fits.items()}
            if data == there.data or await records.put(FIT, str(team), data, there.version):
                self._fits[team] = fits
                return
        log.info("not refitted: others are at it")

    # ----------------------------------------------------------------------- looking

    async def review(self, author: Author, where: Thread, limit: int = 50) -> list[Reviewed]:
        """The last votes in a room, or in a team where there is no room, the newest first."""
        await self._rights.allow(author, "administer", where)
        votes = await self._archive.votes.of_team(where, LOOKED_THROUGH)
        here = [vote for vote in votes if not where.room or _where(vote).whole_room == where.whole_room]
        newest = sorted(here, key=lambda vote: -vote.at)[:limit]
        return [await self._reviewed(vote) for vote in newest]

    async def _reviewed(self, vote: Vote) -> Reviewed:
        where = _where(vote)
        turn = await self._archive.threads.turn(where, vote.answer)
        if turn is None:
            return Reviewed(vote, where, None, None)
        spoken = await self._archive.votes.of(where, turn, vote.author)
        return Reviewed(spoken or vote, where, turn, await self._source(where, turn))


def _parsed(said: str) -> tuple[str, str]:
    """The verdict, if any, and the reason."""
    found = _SAID.fullmatch(said.strip())
    return (found[1], (found[2] or "").strip()) if found else ("", said.strip())


def _vote(where: Thread, turn: Turn, author: Author, *, up: bool, at: float, reason: str) -> Vote:
    """Of the nearest sentence nothing can be learnt: who is content that it was not claimed says "up"."""
    learnt = turn.receipt if turn.kind == "answer" else None
    of = (learnt.reader, learnt.revision, learnt.stated) if learnt else ("", "", None)
    return Vote(turn.id, turn.at, str(where), author.id, up, at, *of, reason)


def _golden(turn: Turn, author: Author, added_by: str = "") -> Golden:
    return Golden(turn.id, turn.question, turn.answer, turn.document, author=author.id, added_by=added_by)


def _fits(votes: list[Vote]) -> dict[str, Fit]:
    """What each reader's votes teach of it."""
    of = defaultdict(list)
    for vote in votes:
        if vote.stated is not None:
            of[_name(vote)].append(refit.Vote(vote.stated, vote.up, vote.author))
    return {name: refit.fit(cast) for name, cast in sorted(of.items())}


def _name(of: Vote | Answer) -> str:
    """What tells one reader, in one revision, from any other."""
    return f"{of.reader} {of.revision}"


def _where(vote: Vote) -> Thread:
    return Thread.parse(vote.thread)
