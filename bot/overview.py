"""What Wherein remembers of a team, at a glance; each sees only what they have a part in, an admin all."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from cachetools import TTLCache

from bot.archive import Archive
from bot.desk import Desk
from bot.types import Author, Overview, Remembered, Thread

ROOMS = 20  # told one by one; of more, their number
LOOKED_INTO = 10  # threads of each
TURNS = 20  # the last of each
CHECKED_SECONDS = 60.0  # so long a check of the set-up holds: who opens a page again starts no other


class Overviews:
    """Follows the pointers from a team, or from a person in it, to rooms; nothing is searched through."""

    def __init__(
        self,
        archive: Archive,
        desk: Desk,
        doctor: Callable[[], Awaitable[Sequence[str]]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._archive, self._desk, self._doctor = archive, desk, doctor
        self._checked: TTLCache[str, tuple[str, ...]] = TTLCache(1, CHECKED_SECONDS, timer=clock)

    async def overview(self, author: Author, team: Thread) -> Overview:
        """What somebody sees; an admin also what is to be changed in the set-up, and the settings."""
        admin = await self._desk.may(author, "administer", team)
        rooms = await (self._archive.threads.of_team(team) if admin else self._own(author, team))
        told = [await self._remembered(room, author, admin=admin) for room in rooms[:ROOMS]]
        seen = Overview(tuple(one for one in told if one.threads or one.pinned), max(0, len(rooms) - ROOMS))
        if not admin:
            return seen
        settings = (await self._desk.settings(team.whole_team)).model_dump()
        return replace(seen, admin=True, wrong=await self._wrong(), settings=settings)

    async def _own(self, author: Author, team: Thread) -> list[Thread]:
        """The rooms where somebody said something: what others say elsewhere is nothing for them."""
        if not author.id or not await self._desk.may(author, "sources", team):
            return []
        theirs = await self._archive.threads.of_person(team, author.id)
        return list(dict.fromkeys(one.whole_room for one in theirs if one.room))

    async def _remembered(self, room: Thread, author: Author, *, admin: bool) -> Remembered:
        """A room, with the threads in which somebody asked, or for an admin anybody.

        A pointer outlives what was forgotten: of many, the first tell whether they lead to anything.
        """
        threads = self._archive.threads
        there = await (threads.of_room(room) if admin else threads.of_person(room, author.id))
        here = [one for one in there if one.whole_room == room]
        held = [one for one in here[:LOOKED_INTO] if await self._asked(one, None if admin else author.id)]
        count = len(held) + (len(here[LOOKED_INTO:]) if held else 0)
        seen = admin or held
        return Remembered(room, count, tuple(await threads.pinned(room)) if seen else ())

    async def _asked(self, where: Thread, author: str | None) -> bool:
        """Whether somebody asked something there that is remembered; None for anybody."""
        turns = await self._archive.threads.turns(where, last=TURNS)
        return any(author in (None, turn.author) for turn in turns)

    async def _wrong(self) -> tuple[str, ...]:
        if "wrong" not in self._checked:
            self._checked["wrong"] = tuple(await self._doctor())
        return self._checked["wrong"]
