"""What was said lately where everything is told to us: in memory, for a while.

Teams has no history for a bot to read. What nobody asked about is written nowhere; who asks later in that
reply chain or channel is read what is still here.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace

from cachetools import TTLCache

from bot.types import Message, SourceError, Thread

SECONDS = 3_600.0  # that something is kept
ALL = 4_000_000  # characters of all rooms
EACH = 100  # messages of one room
LONGEST = 8_000  # characters of one message
OVERHEAD = 500  # characters that a message takes beside its own

Room = OrderedDict[str, Message]


class Lately:
    """The last messages of each room, oldest first."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._rooms: TTLCache[str, Room] = TTLCache(ALL, SECONDS, timer=clock, getsizeof=_size)

    def note(self, message: Message) -> None:
        """Keep what was said, or let go of what was taken back."""
        key = str(message.thread.whole_room)
        room: Room = self._rooms.get(key, OrderedDict())
        match message.intent:
            case "ask" | "heard" | "restored":
                if len(message.text) <= LONGEST:
                    id = message.about if message.intent == "restored" else message.id
                    room[id] = replace(message, id=id, intent="heard")
            case "edited":
                if message.about in room and len(message.text) <= LONGEST:
                    room[message.about] = replace(room[message.about], text=message.text)
            case "deleted":
                room.pop(message.about, None)
            case "forget" | "left":
                room.clear()
            case _:
                return
        while len(room) > EACH or (room and self._is_old(next(iter(room.values())))):
            room.popitem(last=False)
        self._rooms.pop(key, None)
        if room:
            self._rooms[key] = room

    def told(self, thread: Thread, *, whole: bool) -> Sequence[Message]:
        """What was said in a reply chain or a chat, or in its whole room; raises `SourceError` where nothing
        is told to us there but what mentions us."""
        room: Room = self._rooms.get(str(thread.whole_room), OrderedDict())
        if not room:
            raise SourceError("unseen")
        fresh = (one for one in room.values() if not self._is_old(one))
        return [one for one in fresh if whole or one.thread == thread]

    def _is_old(self, message: Message) -> bool:
        return self._clock() - message.at > SECONDS


def _size(room: Room) -> int:
    return sum(len(one.text) + OVERHEAD for one in room.values())
