"""The use case: a message in, a reply out; it knows no chat product and no cloud, and it never raises."""

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import structlog
from structlog.contextvars import bound_contextvars

from bot import gaps, receipts, replies
from bot.archive import Archive
from bot.desk import Desk
from bot.followups import rewritten
from bot.stores import StoreError
from bot.telemetry import Metrics
from bot.types import QUESTION_LIMIT, Message, Reply, Thread, Turn, is_text
from model.answerer import Answerer, BusyError, ForeignError
from model.types import Answer, Document

TURNS = 10  # of a thread that are looked at for what a question leans on

log = structlog.get_logger(__name__)


class Conversation:
    """Reads what a thread and its room were given, and answers from it."""

    def __init__(
        self, answerer: Answerer, archive: Archive, desk: Desk, metrics: Metrics, *, deadline: float
    ) -> None:
        self._answerer, self._archive, self._desk, self._metrics = answerer, archive, desk, metrics
        self._deadline = deadline  # seconds for one question

    async def ask(self, message: Message) -> Reply:
        """The reply for whoever waits for it, counted."""
        reply = await self.reply(message)
        await self.count(message, reply)
        return reply

    async def reply(self, message: Message, *, charged: bool = False) -> Reply:
        """The one reply to a message, within the deadline; `charged`: it counted for the limit before."""
        with self._metrics.timed("whole"), bound_contextvars(id=message.id):
            try:
                async with asyncio.timeout(self._deadline):
                    await self._let_in(message, charged=charged)
                    if message.intent == "feedback":
                        return await self._note(message)
                    if message.intent == "digest":
                        return await self._digest(message)
                    return await self._ask(message)
            except (replies.QuestionError, BusyError, replies.NoSuchAnswerError) as error:
                return replies.failed(message, error)
            except Exception as error:
                log.warning("question failed", error=type(error).__name__, exc_info=error)
                return replies.failed(message, error)

    async def look(self, where: Thread, question: str, of: Collection[str] | None = None) -> Reply:
        """The reply to a question that is asked only to see it: nothing is kept, counted or charged.

        `of` holds the marks of the documents to read, where those are not all that are there.
        """
        message = Message("", where, "ask", question)
        try:
            async with asyncio.timeout(self._deadline):
                until = time.monotonic() + self._deadline
                shelves = await self._shelves(message)
                if of is not None:
                    shelves = {
                        place: [document for document in shelf if receipts.mark(document) in of]
                        for place, shelf in shelves.items()
                    }
                return await self._read(message, _Texts(self._archive, message, shelves), until)
        except Exception as error:
            log.warning("a look failed", error=type(error).__name__, exc_info=error)
            return replies.failed(message, error)

    async def count(self, message: Message, reply: Reply) -> None:
        """Count a message by what came of it."""
        counts: dict[str, int] = {message.intent: 1}
        if message.intent == "ask":
            counts = {"asked": 1, reply.kind: 1}
            self._metrics.ended(message.thread.channel, reply.kind, reply.reader or self._answerer.reader)
        log.info("question ended", id=message.id, outcome=reply.kind, intent=message.intent)
        try:
            await self._archive.records.count(message.thread, counts)
        except StoreError as error:
            log.warning("not counted", id=message.id, error=type(error).__name__)

    async def _let_in(self, message: Message, *, charged: bool) -> None:
        """Raise where somebody may not ask here, or asks too often; nobody in particular always may."""
        if not message.author.id:
            return
        await self._desk.allow(message.author, "ask", message.thread)
        if not charged and (wait := await self._desk.charge(message.author, message.thread)) > 0:
            raise replies.TooOftenError(wait)

    async def _ask(self, message: Message) -> Reply:
        until = time.monotonic() + self._deadline
        _can_be_asked(message)
        with self._metrics.timed("intake"):
            shelves = await self._shelves(message)
        texts = _Texts(self._archive, message, shelves)
        understood = replace(message, text=await self._understood(message))
        with self._metrics.timed("answer"):
            reply = await self._read(understood, texts, until)
        if message.remember:
            await self._remember(message, reply, texts)
        return replies.taken(message, reply)

    async def _understood(self, message: Message) -> str:
        """The question with what the last turns were about; one that brings a text is about that text."""
        if message.documents or not message.remember:
            return message.text
        turns = await self._archive.threads.turns(message.thread, last=TURNS)
        return rewritten(message.text, [turn for turn in turns if _leads_to(turn, message)], message.at)

    async def _note(self, message: Message) -> Reply:
        feedback = self._desk.feedback
        noted = await feedback.take(message.author, message.thread, message.about, message.text)
        return replies.noted(message, noted.up, reason=bool(noted.reason), golden=noted.golden)

    async def _digest(self, message: Message) -> Reply:
        found = await self._archive.threads.gaps(message.thread)
        of_the_week = [one for one in found if gaps.within(one[1].at, message.at)]
        return replies.digest(message, await asyncio.to_thread(gaps.grouped, of_the_week))

    async def _read(self, message: Message, texts: "_Texts", until: float) -> Reply:
        line = await self._line(message.thread)
        try:
            answer = await self._answerer.answer(message.text, texts.shelf, texts.load, until, line)
        except ForeignError as error:
            return replies.foreign(message, error)
        answer = await self._desk.feedback.weighed(message.thread, answer) if answer else None
        skipped = [replies.unreadable(document) for document in texts.gone]
        if answer:
            await self._check(answer, texts)
            rival = answer.rival if await self._stands(answer.rival, texts) else None
            skipped += [replies.in_another_language(foreign) for foreign in answer.foreign]
        read = [replace(document, text="") for document in texts.shelf if document not in texts.gone]
        if answer and answer.sure:
            reply = replies.answered(message, answer, read, skipped, rival)
        else:
            reply = replies.unsure(message, answer, read, skipped)
        return replace(reply, receipt=receipts.receipt(answer, read)) if answer else reply

    async def _line(self, where: Thread) -> float | None:
        """How sure an answer must be here; None, as the reader's own calibration says."""
        try:
            return (await self._desk.settings(where)).line
        except StoreError:  # a text that is lent can be read all the same
            return None

    async def _remember(self, message: Message, reply: Reply, texts: "_Texts") -> None:
        shelf = texts.shelf_of(reply.answer.document) if reply.answer else None
        try:
            await self._archive.threads.add_turn(message.thread, _turn(message, reply), shelf)
        except StoreError as error:  # what was found is worth more than the note of it
            log.warning("turn not kept", error=type(error).__name__)

    async def _shelves(self, message: Message) -> dict[Thread, Sequence[Document]]:
        """What this question reads: what it brings, or else what its thread and room were given before."""
        threads, where = self._archive.threads, message.thread
        if message.remember:
            for document in message.documents:
                await threads.put(where, document, at=message.at)
        if message.documents or not message.remember:
            return {where: message.documents}
        places = dict.fromkeys((where, where.whole_room) if where.room else (where,))
        return {place: await threads.shelf(place) for place in places}

    async def _check(self, answer: Answer, texts: "_Texts") -> None:
        """The quotation is compared with its source as it stands now, before anyone sees it."""
        if not await self._stands(answer, texts):
            raise replies.TamperedError

    async def _stands(self, answer: Answer | None, texts: "_Texts") -> bool:
        text = await texts.load(answer.document) if answer else None
        return bool(answer and text is not None and answer.stands_in(text))


class _Texts:
    """One question's documents, and their texts: lent with the message, or from the shelf where each lies."""

    def __init__(
        self, archive: Archive, message: Message, shelves: Mapping[Thread, Sequence[Document]]
    ) -> None:
        self._archive = archive
        self._lent = {(document.id, document.version): document.text for document in message.documents}
        self._places: dict[str, Thread] = {}
        self.shelf: list[Document] = []
        self.gone: list[Document] = []
        for place, documents in shelves.items():
            fresh = [document for document in documents if document.id not in self._places]
            self.shelf += fresh  # what lies in both the thread and its room is read once
            self._places |= {document.id: place for document in fresh}

    def shelf_of(self, document: Document) -> Thread:
        """Where a document lies."""
        return self._places[document.id]

    async def load(self, document: Document) -> str | None:
        """A document's text; None where it is gone."""
        key = document.id, document.version
        if key in self._lent:
            return self._lent[key]
        text = await self._archive.threads.text(self.shelf_of(document), *key)
        if text is None:
            self.gone.append(document)
        return text


def _can_be_asked(message: Message) -> None:
    """Raise `QuestionError` where it cannot; a channel that can say so better has done so before."""
    if not message.text.strip():
        raise replies.QuestionError("Ask a question: there is none.")
    if len(message.text) > QUESTION_LIMIT:
        raise replies.QuestionError(f"Ask in {QUESTION_LIMIT:,} characters or fewer.")
    if not all(map(is_text, (message.text, *(document.text for document in message.documents)))):
        raise replies.QuestionError("That holds what is no character (NUL, or half a surrogate pair).")


def _leads_to(turn: Turn, message: Message) -> bool:
    """Whether a message may lean on a turn: in a room, where many talk at once, only on its author's own."""
    same = bool(message.thread.thread) or turn.author == message.author.id
    return same and turn.id != message.id


def _turn(message: Message, reply: Reply) -> Turn:
    said = reply.answer
    quoted = (said.text, said.document.id) if said else ("", "")
    who = message.author.id
    return Turn(message.id, message.at, message.text, reply.kind, *quoted, who, reply.receipt)
