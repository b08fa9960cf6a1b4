"""What Wherein remembers of a team, at a glance; each sees only what they have a part in, an admin all."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from cachetools import TTLCache

from bot.archive import Archive
from bot.desk import Desk
from bot.types import Author, Overview, Remembered, Thread

ROOMS = 20  # told one by one; of more, their number
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
        """A room, which is one thread itself where it is a conversation with Wherein alone."""
        threads = self._archive.threads
        there = await (threads.of_room(room) if admin else threads.of_person(room, author.id))
        held = {one for one in there if one.whole_room == room and one.thread}
        if room in there and not held and await threads.turns(room, last=1):
            held = {room}
        return Remembered(room, len(held), tuple(await threads.pinned(room)))

    async def _wrong(self) -> tuple[str, ...]:
        if "wrong" not in self._checked:
            self._checked["wrong"] = tuple(await self._doctor())
        return self._checked["wrong"]
