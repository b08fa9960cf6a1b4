"""What follows where something changes that answers were taken from: each of those questions is asked again.

Every step may be done twice: who is killed on the way leaves what another finishes.
"""

import time
from collections.abc import Callable, Collection

from bot import said
from bot.archive import Archive
from bot.reach import home
from bot.types import Author, Message, Thread, Turn

Drop = Callable[[Collection[str]], None]
"""Lets go of what is cached of documents with these ids."""


class Changes:
    """Edits, deletions, and new versions of documents."""

    def __init__(self, archive: Archive, drop: Drop, *, clock: Callable[[], float] = time.time) -> None:
        self._archive, self._drop, self._clock = archive, drop, clock

    async def hear(self, message: Message) -> None:
        """Keep what somebody said, as it is now."""
        where = home(message)
        if where is None or message.author.bot or not message.text.strip():
            return
        document = said.document(message)
        if (
            await self._archive.speech.put(where, document, at=self.since(message))
            and message.intent == "edited"
        ):
            await self.ask_again(where, document.id, document.version)

    def since(self, message: Message) -> float:
        """From when on what it says holds: what was deleted and restored comes back now."""
        return self._clock() if message.intent == "restored" else message.at

    async def is_deleted(self, where: Thread, message: Message) -> bool:
        """Whether a message was deleted since; asked after a write, never before."""
        at, author, name = self.since(message), message.author.id, said.all_of(message)
        return await self._archive.threads.is_forgotten(where, at, author, documents=(name,))

    async def edit(self, message: Message) -> None:
        """Put the new words in the place of the old; a question that was changed is asked again."""
        where = home(message)
        if where is None or message.author.bot:
            return
        if message.text.strip():
            await self.hear(message)
        else:  # only its files are left
            await self._strike(where, said.name_of(message), message.id)
        # In this order: what is answered meanwhile is a turn.
        coming = await self._archive.messages.coming(where, message.about)
        turn = await self._archive.threads.turn(where, message.about)
        author = None
        if turn is None and coming and coming.intent == "ask":
            turn, author = Turn(coming.id, coming.at, coming.text, "unsure"), coming.author
        if turn and turn.question != message.text and message.text.strip():
            await self._record(where, turn, message.id, message.text, author=author, reworded=True)

    async def delete(self, message: Message) -> None:
        """Forget a message and the files and links that it alone brought; answers from them are struck."""
        where = home(message)
        if where is None:
            return
        # Marked first: a file of it that is still being read is taken back by who reads it.
        await self._archive.threads.hide(where, said.all_of(message))
        await self._strike(where, said.name_of(message), message.id)
        for document in await self._archive.speech.brought(where, message.about):
            await self._strike(where, document, message.id)
        await self._archive.threads.drop_turn(where, message.about)

    async def take_back(self, where: Thread, message: Message, documents: Collection[str]) -> None:
        """Forget those of these documents that came with a message and no other."""
        for document in await self._archive.speech.brought(where, said.first_id(message)):
            if document in documents:
                await self._strike(where, document, message.id)

    async def _strike(self, where: Thread, document: str, cause: str) -> None:
        """Forget a document; what was answered from it is asked again."""
        await self._archive.threads.hide(where, document)
        self._drop((document, said.JOINED))
        await self.ask_again(where, document, cause)
        await self._archive.threads.remove(where, document)

    async def ask_again(self, where: Thread, document: str, cause: str) -> None:
        """Ask again what was answered from a document on this shelf, once for each cause."""
        for thread, turn in await self._archive.threads.turns_quoting(where, document):
            if turn.document == document:
                await self._record(thread, turn, f"{document}-{cause}", turn.question)

    async def _record(
        self,
        where: Thread,
        turn: Turn,
        cause: str,
        question: str,
        *,
        author: Author | None = None,
        reworded: bool = False,
    ) -> None:
        messages = self._archive.messages
        # In this order: what is settled meanwhile is found the second time.
        of = await messages.coming(where, turn.id) or await messages.posted(where, turn.id)
        if of is None:  # who asked was answered at once, and sees no correction
            return
        again = Message(
            f"again-{turn.id}-{cause}",
            where,
            "again",
            question,
            at=turn.at,
            author=author or Author(turn.author),
            address=of.address,
            way=of.way,
            about=turn.id,
            reworded=reworded,
        )
        await self._archive.messages.record(again, "", due=self._clock(), ref=of.ref or None)
