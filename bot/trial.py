"""What people try on the page: read, answered, and kept in memory alone, for as long as they try it."""

import time
from collections.abc import Callable

from bot.archive import Archive
from bot.changes import Drop
from bot.conversation import Conversation
from bot.types import Message, Reply, Thread
from model.types import Document

THREADS = 200  # that are remembered; the one longest unused is forgotten for another
SIZE = 40_000_000  # code points of what was put in, over all of them; likewise
IDLE_SECONDS = 3_600.0


class Trial:
    """Threads of people who try it; none of it is ever written to a disk."""

    def __init__(
        self, conversation: Conversation, archive: Archive, drop: Drop, clock: Callable[[], float] = time.time
    ) -> None:
        self._conversation, self._archive, self._drop, self._clock = conversation, archive, drop, clock
        self._used: dict[Thread, float] = {}  # the one longest unused first
        self._sizes: dict[Thread, int] = {}

    async def ask(self, message: Message) -> Reply:
        """The reply to a question, or to what is put in; it never raises."""
        where = message.thread
        self._used.pop(where, None)
        self._used[where] = self._clock()
        reply = await self._conversation.ask(message)
        if where in self._used:
            self._sizes[where] = sum(document.size for document in await self.shelf(where))
            await self._make_room()
        else:  # whoever asked has gone meanwhile: nothing of it stays
            await self.forget(where)
        return reply

    async def text(self, document: Document) -> str | None:
        """The text of a document that was put in; None where it is gone."""
        if not document.shelf:
            return None
        where = Thread.parse(document.shelf)
        return await self._archive.threads.text(where, document.id, document.version)

    async def shelf(self, where: Thread) -> list[Document]:
        """What was put in, without its texts."""
        return await self._archive.threads.shelf(where)

    async def take_away(self, where: Thread, document: str) -> None:
        """Take one of them away; what was answered from it stays in the conversation."""
        await self._archive.threads.hide(where, document)

    async def forget(self, where: Thread) -> None:
        """Forget all that was put in and asked."""
        self._used.pop(where, None)
        self._sizes.pop(where, None)
        self._drop((await self._archive.threads.forget(where)).documents)

    async def tidy(self) -> None:
        """Forget what nobody has used for an hour."""
        now = self._clock()
        for where, used in list(self._used.items()):
            if now - used > IDLE_SECONDS:
                await self.forget(where)
        await self._archive.store.purge()

    async def _make_room(self) -> None:
        while len(self._used) > THREADS or (len(self._used) > 1 and sum(self._sizes.values()) > SIZE):
            await self.forget(next(iter(self._used)))
