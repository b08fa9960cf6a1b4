"""Once a week, in a room that asked for it: which questions found nothing.

A digest is a message like any other: the inbox takes it in once, and sees to it that it is posted.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta

import structlog

from bot.archive import Archive
from bot.archive.records import DIGEST
from bot.gaps import within
from bot.policy import RoomSettings
from bot.types import Accept, Address, Chat, Message, NotAcceptedError, Thread

log = structlog.get_logger(__name__)

MORNING = timedelta(hours=8)  # UTC, of Monday: from then on it is told


class Digests:
    """Finds the rooms that are to be told of last week, and has each told once."""

    def __init__(
        self,
        archive: Archive,
        settings: Callable[[Thread], Awaitable[RoomSettings]],
        chats: Mapping[str, Chat],
        accept: Accept,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._archive, self._settings, self._chats = archive, settings, chats
        self._accept, self._clock = accept, clock

    async def send(self) -> None:
        """Have each room told that is to be."""
        for message in await self.due():
            try:
                await self._accept(message)  # where it was accepted before, nothing comes of it
            except NotAcceptedError:
                log.warning("a digest is put off", id=message.id)
                continue
            there = await self._archive.records.get(DIGEST, str(message.thread))
            told = {"until": message.at}
            await self._archive.records.put(DIGEST, str(message.thread), told, there.version)

    async def due(self) -> list[Message]:
        """What each room is to be told now: a digest of the week that ended on Monday."""
        until = ended(self._clock())
        if until is None:
            return []
        threads = self._archive.threads
        rooms = [room for team in await threads.teams() for room in await threads.of_team(team)]
        found = [await self._of(room, until) for room in rooms]
        return [message for message in found if message]

    async def _of(self, room: Thread, until: float) -> Message | None:
        chat = self._chats.get(room.channel)
        if chat is None or not (await self._settings(room)).digest:
            return None
        if (await self._archive.records.get(DIGEST, str(room))).data.get("until") == until:
            return None
        address = await self._address(chat, room, until)
        if address is None:
            return None
        day = datetime.fromtimestamp(until, UTC).date().isoformat()
        return Message(f"digest/{room}/{day}", room, "digest", "", at=until, address=address)

    async def _address(self, chat: Chat, room: Thread, until: float) -> Address | None:
        """Where the room is told: beside a reply that found nothing; None where there was none that week."""
        for where, turn in reversed(await self._archive.threads.gaps(room)):
            posted = within(turn.at, until) and await self._archive.messages.posted(where, turn.id)
            if posted:
                return chat.room(posted.address)
        return None


def ended(now: float) -> float | None:
    """When the last week ended, on a Monday at midnight (UTC); None while it is too early to tell."""
    at = datetime.fromtimestamp(now, UTC)
    monday = at.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=at.weekday())
    return monday.timestamp() if at >= monday + MORNING else None
