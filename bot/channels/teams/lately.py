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
ROOMS = 2_000
EACH = 100  # messages of one room
LONGEST = 8_000  # code points of one message


class Lately:
    """The last messages of each room, oldest first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._rooms: TTLCache[str, OrderedDict[str, Message]] = TTLCache(ROOMS, SECONDS, timer=clock)

    def note(self, message: Message) -> None:
        """Keep what was said, or let go of what was taken back."""
        key = str(message.thread.whole_room)
        room = self._rooms.get(key, OrderedDict())
        match message.intent:
            case "ask" | "heard" | "restored":
                if len(message.text) <= LONGEST:
                    id = message.about if message.intent == "restored" else message.id
                    room[id] = replace(message, id=id, intent="heard")
            case "edited":
                if message.about in room:
                    room[message.about] = replace(room[message.about], text=message.text)
            case "deleted":
                room.pop(message.about, None)
            case "forget" | "left":
                self._rooms.pop(key, None)
                return
            case _:
                return
        while len(room) > EACH:
            room.popitem(last=False)
        if room:
            self._rooms[key] = room

    def told(self, thread: Thread, *, whole: bool) -> Sequence[Message]:
        """What was said in a reply chain or a chat, or in its whole room; raises `SourceError` where nothing
        is told to us there but what mentions us."""
        room = self._rooms.get(str(thread.whole_room))
        if not room:
            raise SourceError("unseen")
        return [one for one in room.values() if whole or one.thread == thread]
