"""What a message brings (files, links, earlier messages) -> documents, each read or skipped with a reason."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot import said
from bot.archive import Archive
from bot.changes import Changes
from bot.documents import links
from bot.intake.things import FILE, Files, Found, Links, Things, link_name
from bot.reach import Part, home, reads
from bot.replies import skipped
from bot.types import Message, Skipped, Source, SourceError, Thread
from model.types import Document

FILES = 10  # of one message, or of those before it
HISTORY_SECONDS = 5.0
LOOK_SECONDS = 0.15  # how often one looks whether something is read by now


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken in."""

    bytes: int = 20_000_000  # of one file
    thread: int = 4_000_000  # code points that a thread holds, or a room's pins
    history: int = 100  # messages of a room that are read for one question


@dataclass(slots=True)
class Brought:
    """What came with a message, read; and what was not, and why."""

    documents: list[Document] = field(default_factory=list)  # with their texts
    recent: list[Document] = field(default_factory=list)  # what was said in the room, for this question alone
    skipped: list[Skipped] = field(default_factory=list)
    uninvited: bool = False  # what was said in the room cannot be read: Wherein is not in it


class Intake:
    """Reads what comes, within limits, and puts it where it is kept."""

    def __init__(
        self,
        archive: Archive,
        changes: Changes,
        files: Files,
        net: Links,
        sources: Mapping[str, Source],
        limits: Limits,
    ) -> None:
        self._archive, self._changes, self._limits = archive, changes, limits
        self.things = Things(files, net, sources, limits.bytes)

    # ----------------------------------------------------------------------- before it is acknowledged

    async def expect(self, message: Message) -> None:
        """Note that something comes, so that who asks in that thread meanwhile waits for it."""
        where = home(message)
        what = _named(message)
        if where and what and message.intent in ("ask", "heard", "restored", "edited"):
            await self._archive.speech.expect(where, message.id, what)

    @property
    def most(self) -> int:
        """The code points that one thread, or a room's pins, may hold."""
        return self._limits.thread

    async def has_room(self, where: Thread, document: Document) -> bool:
        """Whether a document fits on a shelf beside the others."""
        shelf = await self._archive.threads.shelf(where)
        held = sum(one.size for one in shelf if one.id != document.id)
        return held + len(document.text) <= self._limits.thread

    def brings(self, message: Message) -> bool:
        """Whether there is something to fetch and read."""
        return bool(_named(message))

    # ----------------------------------------------------------------------- take

    async def take(self, message: Message) -> Brought:
        """Read what a message brings, and keep it where it is kept."""
        where, brought = home(message), Brought()
        before: Sequence[Message] = ()
        async with self._expected(where, message):
            if where and message.intent == "ask" and Part.HERE in reads(message):
                before = await self._first_contact(where, message, brought)
            elif where and message.intent == "ask":
                await self._archive.speech.meet(where)
            await self._say(where, message)
            await self._things(where, message, before, brought)
            if where and message.intent == "edited":
                await self._unlink(where, message)
        if Part.RECENT in reads(message):
            await self._recent(message, brought)
        return brought

    @asynccontextmanager
    async def _expected(self, where: Thread | None, message: Message) -> AsyncIterator[None]:
        if where is None or not self.brings(message):
            yield
            return
        await self._archive.speech.expect(where, message.id, _named(message))
        yield
        await self._archive.speech.read(where, message.id)

    async def settled(self, message: Message, seconds: float) -> list[Skipped]:
        """Wait until what was put in before is read; what is not by then."""
        where = home(message)
        if where is None or Part.HERE not in reads(message):
            return []
        until = time.monotonic() + seconds
        while waited := await self._archive.speech.expected(where, but=message.id):
            if time.monotonic() > until:
                return [skipped.still_reading(what) for what in waited]
            await asyncio.sleep(LOOK_SECONDS)
        return []

    # ----------------------------------------------------------------------- what is said

    async def _say(self, where: Thread | None, message: Message) -> None:
        """Keep the message itself, if it is more than a question and everybody there sees it."""
        if message.intent in ("heard", "restored") or (
            where
            and message.intent == "ask"
            and message.author.id
            and message.way != "message"
            and said.says_something(message.text)
        ):
            await self._changes.hear(message)

    async def _first_contact(self, where: Thread, message: Message, brought: Brought) -> Sequence[Message]:
        """What was said before, where nothing is known of it yet; it is kept."""
        speech, source = self._archive.speech, self.things.source(message)
        if not message.author.id or source is None:
            return ()
        if await speech.meet(where):
            return ()
        before = await self._history(source, message, said.MOST, brought)
        if before is None:
            return ()
        words = [one for one in before if one.text.strip()]
        await speech.put_earlier(where, [said.document(one) for one in words])
        await speech.told(where)
        return before

    async def _recent(self, message: Message, brought: Brought) -> None:
        """What was said in the room of late: read for this question, and not kept."""
        source = self.things.source(message)
        if source is None:
            return
        recent = await self._history(source, message, self._limits.history, brought) or []
        brought.recent = [said.document(one) for one in recent if one.text.strip()]
        if files := sum(len(one.attachments) for one in recent):
            brought.skipped.append(skipped.files_of_the_room(files))

    async def _history(
        self, source: Source, message: Message, most: int, brought: Brought
    ) -> list[Message] | None:
        try:
            async with asyncio.timeout(HISTORY_SECONDS):
                found = await source.history(message.address, most)
        except TimeoutError:
            brought.skipped.append(skipped.earlier("slow"))
        except SourceError as error:
            brought.uninvited = error.reason == "uninvited"
            brought.skipped.append(skipped.earlier(error.reason))
        else:
            return [one for one in found if not one.author.bot and one.id != message.id][-most:]
        return None

    # ----------------------------------------------------------------------- files and links

    async def _things(
        self, where: Thread | None, message: Message, before: Sequence[Message], brought: Brought
    ) -> None:
        """Read each file and link, several at once, and put it on the shelf in the order in which it came."""
        if message.intent == "again":
            return
        carriers = [one for one in before if one.attachments or one.documents or _links(one)] + [message]
        known = await self._archive.threads.shelf(where) if where and message.intent == "edited" else []
        there = {document.id for document in known}
        files = [
            (one, attachment)
            for one in carriers
            for attachment in one.attachments
            if f"{FILE}{attachment.id}" not in there
        ]
        found = [(one, link) for one in carriers for link in _links(one)]
        if len(files) > FILES:
            brought.skipped.append(skipped.too_many("files", len(files) - FILES, FILES))
        if len(found) > links.MOST:
            brought.skipped.append(skipped.too_many("links", len(found) - links.MOST, links.MOST))
        works: list[tuple[Message, Awaitable[Found]]] = [
            (one, _given(document)) for one in carriers for document in one.documents
        ]
        works += [(one, self.things.file(one, attachment)) for one, attachment in files[-FILES:]]
        works += [(one, self.things.link(one, link)) for one, link in found[-links.MOST :]]
        each = await asyncio.gather(*(work for _, work in works))
        for (carrier, _), (document, left) in zip(works, each, strict=True):
            brought.skipped += left
            if document:
                await self._keep(where, carrier, document, brought)

    async def _keep(
        self, where: Thread | None, message: Message, document: Document, brought: Brought
    ) -> None:
        """Put a document on the shelf, if there is room; a new version has its questions asked again."""
        if where:
            shelf = await self._archive.threads.shelf(where)
            old = next((one for one in shelf if one.id == document.id), None)
            if not await self.has_room(where, document):
                brought.skipped.append(skipped.full(document.title, self._limits.thread))
                if Part.HERE in reads(message):
                    return
            else:
                await self._put(where, message, document, old)
        brought.documents.append(document)

    async def _unlink(self, where: Thread, message: Message) -> None:
        """Take back what an edit took out of a message, but for files, of whose going a chat tells itself."""
        there = await self._archive.speech.brought(where, said.first_id(message))
        left = {*map(link_name, _links(message)), *(document.id for document in message.documents)}
        gone = {one for one in there if not one.startswith(FILE) and one not in left}
        await self._changes.take_back(where, message, gone)

    async def _put(self, where: Thread, message: Message, document: Document, old: Document | None) -> None:
        if message.author.id:
            await self._archive.speech.bring(where, said.first_id(message), document.id)
        await self._archive.threads.put(where, document, at=self._changes.since(message))
        if await self._changes.is_deleted(where, message):
            await self._changes.take_back(where, message, {document.id})
        elif old and old.version != document.version:
            await self._changes.ask_again(where, document.id, document.version)


def _links(message: Message) -> list[str]:
    """The links that came with a message."""
    return list(dict.fromkeys((*message.links, *links.found(message.text, most=100))))


def _named(message: Message) -> str:
    """What a message brings that has to be fetched, by its names; empty where it brings nothing."""
    return ", ".join([*(one.name or "a file" for one in message.attachments), *_links(message)])[:200]


async def _given(document: Document) -> Found:
    return document, []
