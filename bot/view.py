"""What one question sees: the documents that its way of asking reaches, and no others."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace

from bot import receipts, said
from bot.archive import Archive
from bot.documents import Places, links
from bot.intake import Brought
from bot.reach import Part, home, reads
from bot.replies import skipped
from bot.said import Joined
from bot.types import QUESTION_LIMIT, Message, Skipped, Thread
from model.types import Answer, Document

PAGED = "pdf"  # the kind that a browser opens at a page
WRITTEN = "html", "text", "markdown"  # kinds that it shows as they are read: it finds a sentence there


class View:
    """One question's documents: lent for it alone, or on the shelf where each lies."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._lent: dict[str, Document] = {}
        self._joined: dict[str, Joined] = {}
        self._places: dict[str, Thread] = {}
        self.shelf: list[Document] = []
        self.gone: list[Document] = []

    def lend(self, documents: Sequence[Document]) -> None:
        """See these for this question alone."""
        for document in documents:
            if self._add(document):
                self._lent[document.id] = document

    def lie(self, documents: Sequence[Document], where: Thread) -> None:
        """See what lies on a shelf; what was seen already is read once."""
        for document in documents:
            if self._add(document):
                self._places[document.id] = where

    def hear(self, heard: Sequence[Document], where: Thread | None, message: Message) -> None:
        """See what people said, as one document; `where` it is kept, if it is."""
        joined = Joined(heard, where, but=message)
        if joined.said:
            document = joined.document if where else replace(joined.document, text=joined.text)
            self.shelf.append(document)
            self._joined[document.id] = joined

    def _add(self, document: Document) -> bool:
        new = all(document.id != known.id for known in self.shelf)
        self.shelf += [document] * new
        return new

    # ----------------------------------------------------------------------- texts

    async def load(self, document: Document) -> str | None:
        """A document's text; None where it is gone."""
        if document.id in self._joined:
            return self._joined[document.id].text
        if document.id in self._lent:
            return self._lent[document.id].text
        text = await self._archive.threads.text(self._places[document.id], document.id, document.version)
        if text is None:
            self.gone.append(document)
        return text

    async def stands(self, document: Document) -> bool:
        """Whether a document lies there as it was seen; what is lent does."""
        where = self._places.get(document.id)
        return where is None or await self._archive.threads.stands(where, document.id, document.version)

    def shelf_of(self, document: Document) -> Thread | None:
        """Where a document lies; None where it is lent."""
        return self._places.get(document.id)

    # ----------------------------------------------------------------------- from an answer to its source

    async def traced(self, answer: Answer) -> Answer:
        """The answer with what people said as the message that says it; the others likewise."""
        others = tuple(self._as_said(other) for other in answer.runners_up)
        rival = self._as_said(answer.rival) if answer.rival else None
        return replace(self._as_said(answer), runners_up=others, rival=rival)

    def _as_said(self, answer: Answer) -> Answer:
        joined = self._joined.get(answer.document.id)
        if joined is None:
            return answer
        found = joined.origin(answer)
        if joined.document.shelf:
            self._places[found.document.id] = Thread.parse(joined.document.shelf)
        else:
            self._lent[found.document.id] = next(one for one in joined.said if one.id == found.document.id)
        return found

    async def placed(self, answer: Answer, text: str) -> Answer:
        """The answer with where it stands in its document, and a link that opens it there."""
        document = answer.document
        packed = (
            self._lent[document.id].places
            if document.id in self._lent
            else await self._archive.threads.places(self._places[document.id], document.id, document.version)
        )
        return await asyncio.to_thread(_placed, answer, packed, text)

    # ----------------------------------------------------------------------- for the reply

    def read(self) -> list[Document]:
        """What was read, without its texts."""
        there = [one for one in self.shelf if one not in self.gone]
        return [replace(one, text="", places="") for one in there]

    def sources(self) -> list[Document]:
        """The same, each message by itself."""
        there = [one for one in self.shelf if one not in self.gone]
        return [part for one in there for part in (self._said_in(one) or [one])]

    def _said_in(self, document: Document) -> Sequence[Document]:
        return self._joined[document.id].said if document.id in self._joined else ()

    def lately(self, brought: Brought, message: Message) -> list[Document]:
        """What came just now, without its texts: a long message too."""
        own = [said.document(message)] if len(message.text) > QUESTION_LIMIT else []
        return [replace(one, text="", places="") for one in (*brought.documents, *own)]

    def skipped(self) -> list[Skipped]:
        """What was not read of what is there."""
        parts = [part for document in self.read() for part in skipped.left(document)]
        return [skipped.gone(document) for document in self.gone] + parts


async def see(
    archive: Archive, message: Message, brought: Brought, of: Collection[str] | None = None
) -> View:
    """What is read for a message, as the table of ways has it; `of` that, what bears these marks."""

    def apt(documents: Sequence[Document]) -> Sequence[Document]:
        return [one for one in documents if of is None or receipts.mark(one) in of]

    view, where, parts = View(archive), home(message), reads(message)
    if Part.BROUGHT in parts and (where is None or Part.HERE not in parts):
        view.lend(brought.documents)
    if Part.HERE in parts and where:
        shelf, heard = await archive.threads.contents(where)
        view.lie(apt(shelf), where)
        view.hear(apt(heard), where, message)
    room = message.thread.whole_room
    if Part.PINS in parts and room.room and room != where:
        view.lie(apt(await archive.threads.shelf(room)), room)
    if Part.RECENT in parts:
        view.hear(brought.recent, None, message)
    return view


def _placed(answer: Answer, packed: str, text: str) -> Answer:
    document = answer.document
    place = Places.unpack(packed).at(answer.start)
    label, where = (place.label if place else ""), document.where
    if where and document.again:  # a link's own text: a chat's page about a file has no pages and no words
        if document.kind == PAGED and place and place.anchor.startswith("page="):
            where = links.to_page(where, int(place.anchor.removeprefix("page=")))
        elif document.kind in WRITTEN:
            end = answer.sentence_start + len(answer.sentence)
            where = links.to_sentence(where, text, answer.sentence_start, end)
    return replace(answer, place=label, document=replace(document, where=where))
