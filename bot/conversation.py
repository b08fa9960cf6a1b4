"""The use case: a message in, a reply out; it knows no chat product and no cloud, and it never raises."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace

import structlog

from bot import replies
from bot.stores import Store, StoreError
from bot.telemetry import Metrics
from bot.types import QUESTION_LIMIT, Message, Reply, Turn, is_text
from model.answerer import Answerer, BusyError
from model.types import Answer, Document

log = structlog.get_logger(__name__)


class Conversation:
    """Reads what a thread was given, and answers from it."""

    def __init__(self, answerer: Answerer, store: Store, metrics: Metrics, *, deadline: float) -> None:
        self._answerer, self._store, self._metrics = answerer, store, metrics
        self._deadline = deadline  # seconds for one question

    async def reply(self, message: Message) -> Reply:
        """The one reply to a message, within the deadline."""
        with self._metrics.timed("whole"):
            try:
                async with asyncio.timeout(self._deadline):
                    reply = await self._ask(message)
            except (replies.QuestionError, BusyError) as error:
                reply = replies.failed(message, error)
            except Exception as error:
                log.warning("question failed", id=message.id, error=type(error).__name__, exc_info=error)
                reply = replies.failed(message, error)
        self._metrics.ended(message.thread.channel, reply.kind, self._answerer.reader)
        log.info("question ended", id=message.id, outcome=reply.kind)
        return reply

    async def _ask(self, message: Message) -> Reply:
        until = time.monotonic() + self._deadline
        _can_be_asked(message)
        with self._metrics.timed("intake"):
            shelf = await self._shelf(message)
        texts = _Texts(self._store, message)
        with self._metrics.timed("answer"):
            answer = await self._answerer.answer(message.text, shelf, texts.load, until)
        if answer:
            await self._check(answer, texts)
        read = [replace(document, text="") for document in shelf if document not in texts.gone]
        skipped = [replies.unreadable(document) for document in texts.gone]
        if answer and answer.sure:
            reply = replies.answered(message, answer, read, skipped)
        else:
            reply = replies.unsure(message, answer, read, skipped)
        if message.remember:
            await self._remember(message, reply)
        return reply

    async def _remember(self, message: Message, reply: Reply) -> None:
        try:
            await self._store.add_turn(message.thread, _turn(message, reply))
        except StoreError as error:  # what was found is worth more than the note of it
            log.warning("turn not kept", id=message.id, error=type(error).__name__)

    async def _shelf(self, message: Message) -> Sequence[Document]:
        """What this question reads: what it brings, or else what its thread was given before."""
        if message.remember:
            for document in message.documents:
                await self._store.put(message.thread, document)
        if message.documents or not message.remember:
            return message.documents
        return await self._store.shelf(message.thread)

    async def _check(self, answer: Answer, texts: "_Texts") -> None:
        """The quotation is compared with its source as it stands now, before anyone sees it."""
        text = await texts.load(answer.document)
        if text is None or not answer.stands_in(text):
            raise replies.TamperedError


class _Texts:
    """The texts of one question's documents: lent with the message, or from its thread's shelf."""

    def __init__(self, store: Store, message: Message) -> None:
        self._store, self._thread = store, message.thread
        self._lent = {(document.id, document.version): document.text for document in message.documents}
        self.gone: list[Document] = []

    async def load(self, document: Document) -> str | None:
        key = document.id, document.version
        if key in self._lent:
            return self._lent[key]
        text = await self._store.text(self._thread, *key)
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


def _turn(message: Message, reply: Reply) -> Turn:
    said = reply.answer
    quoted = (said.text, said.document.id) if said else ("", "")
    return Turn(message.id, message.at, message.text, reply.kind, *quoted)
