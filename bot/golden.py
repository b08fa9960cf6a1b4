"""Asks every approved question again, and tells which one gets another answer now."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.archive.threads import Golden, Threads
from bot.types import Reply, Thread

Look = Callable[[Thread, str], Awaitable[Reply]]
"""The reply to a question that is asked only to see it."""


class CannotCheckError(Exception):
    """The questions could not be asked; the text is a sentence for whoever wanted it."""


@dataclass(frozen=True, slots=True)
class Change:
    """A question that gets another answer than the one approved; ids, and none of its words."""

    where: str  # a thread's key
    id: str
    what: str

    def __str__(self) -> str:
        return f"CHANGED  {self.where}  {self.id}  {self.what}"


@dataclass(frozen=True, slots=True)
class Checked:
    """How many questions were asked again, by whom they were read, and which have changed."""

    asked: int
    readers: tuple[str, ...]
    changes: tuple[Change, ...]

    def __str__(self) -> str:
        by = f", read by {' and '.join(self.readers)}" if self.readers else ""
        return f"Approved questions asked again: {self.asked}{by}; changed: {len(self.changes)}."


async def check(threads: Threads, look: Look, team: str = "") -> Checked:
    """Ask the approved questions of one team (`CHANNEL/TEAM`), or of all.

    Raises `CannotCheckError` where one could not be read, or that team is not known.
    """
    teams = await threads.teams()
    if team:
        teams = [known for known in teams if str(known).rstrip("/") == team.rstrip("/")]
        if not teams:
            raise CannotCheckError(f"--team {team}: nothing is remembered of that team.")
    rooms = [room for of in teams for room in await threads.of_team(of)]
    approved = [golden for room in rooms for golden in await threads.approved(room)]
    readers, changes = set(), []
    for golden in approved:
        reply = await look(Thread.parse(golden.thread), golden.question)
        if reply.kind == "error":
            raise CannotCheckError(f"{golden.thread}  {golden.id}: {reply.text}")
        readers |= {reply.reader} - {""}
        if what := _changed(golden, reply):
            changes.append(Change(golden.thread, golden.id, what))
    return Checked(len(approved), tuple(sorted(readers)), tuple(changes))


def _changed(golden: Golden, reply: Reply) -> str:
    """In which way the reply is not what was approved; empty where it is."""
    if reply.answer is None:
        gone = golden.document not in {document.id for document in reply.read}
        return "its document is gone" if gone else "nothing is claimed any more"
    if reply.answer.text != golden.answer:
        return f"another answer, from {reply.answer.document.id}"
    if reply.answer.document.id != golden.document:
        return f"the same words, from {reply.answer.document.id}"
    return ""
