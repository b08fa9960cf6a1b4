"""The use case: a message in, a reply out; it knows no chat product and no cloud, and it never raises."""

import asyncio
import time
from collections.abc import Collection
from dataclasses import replace

import structlog
from structlog.contextvars import bound_contextvars

from bot import followups, gaps, receipts, replies, said
from bot.archive import Archive
from bot.changes import Changes
from bot.desk import Desk
from bot.documents import links
from bot.doing import Doing
from bot.intake import Brought, Intake
from bot.reach import home
from bot.replies import skipped
from bot.replies.doing import offered
from bot.replies.errors import FOR_GOOD
from bot.replies.words import number, speaking
from bot.stores import StoreError
from bot.telemetry import Metrics
from bot.types import QUESTION_LIMIT, Author, Message, Reply, Skipped, Thread, Turn, is_text
from bot.view import View, see
from model.answerer import Answerer, BusyError, ForeignError
from model.readers import ReaderError
from model.types import Answer

log = structlog.get_logger(__name__)

TURNS = 50  # the last of a thread, or of all who talk in a room, where a question may lean on one
WAITING = 0.5  # of the deadline, for what was put in just before
TOLD = 10  # answers that a new version changed; more nobody reads
READINGS = 3  # of what changes meanwhile; then who asked is told so
ASKED = 50  # questions that a document answered, the last of them, where it has a new version


class Conversation:
    """Reads what a thread and its room were given, and answers from it."""

    def __init__(
        self,
        answerer: Answerer,
        archive: Archive,
        desk: Desk,
        intake: Intake,
        changes: Changes,
        doing: Doing,
        metrics: Metrics,
        *,
        deadline: float,
    ) -> None:
        self._answerer, self._archive, self._desk, self._metrics = answerer, archive, desk, metrics
        self._intake, self._changes, self._doing = intake, changes, doing
        self._deadline = deadline  # seconds for one question

    async def ask(self, message: Message) -> Reply:
        """The reply for whoever waits for it, counted."""
        reply = await self.reply(message)
        assert reply, "who asks is answered"
        await self.count(message, reply)
        return reply

    async def reply(self, message: Message, *, charged: bool = False) -> Reply | None:
        """The one reply to a message, within the deadline; None where nothing is to be said.

        `charged`: it counted for the limit before.
        """
        ids = bound_contextvars(id=message.id)
        with self._metrics.timed("whole"), ids, speaking(message.author.locale):
            try:
                async with asyncio.timeout(self._deadline):
                    return await self._take(message, charged=charged)
            except (*FOR_GOOD, replies.GoneError, BusyError) as error:
                return replies.failed(message, error)
            except (ReaderError, StoreError) as error:
                log.warning("question failed", error=type(error).__name__, reason=str(error))
                return replies.failed(message, error)
            except Exception as error:
                log.warning("question failed", error=type(error).__name__, exc_info=error)
                return replies.failed(message, error)

    async def _take(self, message: Message, *, charged: bool) -> Reply | None:
        if message.group and message.intent != "left":
            await self._desk.place(message.thread, message.group)
        match message.intent:
            case "ask":
                await self._let_in(message, charged=charged)
                return await self._ask(message)
            case "feedback":
                await self._let_in(message, charged=charged)
                return await self._note(message)
            case "joined" | "left":
                return await self._moved(message)
            case "again":
                return await self._ask_again(message)
            case "news":
                return await self._tell(message)
            case "digest":
                return await self._digest(message)
            case "deleted":
                await self._changes.delete(message)
            case "edited":
                await self._changes.edit(message)
                await self._intake.take(message)
            case "heard" | "restored":
                await self._intake.take(message)
            case _:
                return await self._doing.reply(message)
        return None

    async def _moved(self, message: Message) -> Reply | None:
        """A greeting for who let Wherein in; where it was put out, all that it kept of there is deleted."""
        if message.intent == "joined":
            await self._archive.messages.wake(message.thread)
            return replies.hello(message)
        await self._desk.leave(message.thread)
        if message.group:
            await self._desk.leave_group(message.thread, message.group)
        return None

    async def look(self, where: Thread, question: str, of: Collection[str] | None = None) -> Reply:
        """The reply to a question that is asked only to see it: nothing is kept, counted or charged.

        `of` holds the marks of what is to be read, where that is not all that is there.
        """
        message = Message("", where, "ask", question)
        try:
            async with asyncio.timeout(self._deadline):
                until = time.monotonic() + self._deadline
                view = await see(self._archive, message, Brought(), of)
                return await self._read(message, view, until, [])
        except Exception as error:
            log.warning("a look failed", error=type(error).__name__, exc_info=error)
            return replies.failed(message, error)

    async def count(self, message: Message, reply: Reply) -> None:
        """Count a message by what came of it; what a room was told is how its answers stand from now on."""
        if message.intent == "news":
            await self._renew(message)
        counts: dict[str, int] = {message.intent: 1}
        if message.intent == "ask":
            counts = {"asked": 1, reply.kind: 1}
            self._metrics.ended(message.thread.channel, reply.kind, reply.reader or self._answerer.reader)
        log.info("question ended", id=message.id, outcome=reply.kind, intent=message.intent)
        try:
            await self._archive.records.count(message.thread, counts)
        except StoreError as error:
            log.warning("not counted", id=message.id, error=type(error).__name__)

    async def expect(self, message: Message) -> None:
        """Note that a message brings something, so that who asks meanwhile waits for it."""
        await self._intake.expect(message)

    async def hear(self, message: Message) -> bool:
        """Keep what somebody said; False where that takes more than a moment."""
        if self._intake.brings(message) or message.documents:
            return False
        await self._changes.hear(message)
        return True

    async def _let_in(self, message: Message, *, charged: bool) -> None:
        """Raise where somebody may not ask here, or asks too often; nobody in particular always may."""
        if not message.author.id:
            return
        await self._desk.allow(message.author, "ask", message.thread)
        if not charged and (wait := await self._desk.charge(message.author, message.thread)) > 0:
            raise replies.TooOftenError(wait)

    async def _ask(self, message: Message, *, keep: bool = True) -> Reply:
        until = time.monotonic() + self._deadline
        _can_be_asked(message, brings=self._brings(message))
        with self._metrics.timed("intake"):
            brought = await self._intake.take(message)
            brought.skipped += await self._intake.settled(message, self._deadline * WAITING)
            view = await see(self._archive, message, brought)
        if not _asks(message):
            return replies.taken(message, view.lately(brought, message), skipped.listed(brought.skipped))
        asked = replace(message, text=await self._understood(message))
        for left in reversed(range(READINGS)):
            try:
                with self._metrics.timed("answer"):
                    reply = await self._read(asked, view, until, brought.skipped)
            except replies.GoneError:
                if not left:
                    raise
            else:
                if brought.uninvited and reply.kind != "answer":
                    return replies.invite(message)
                if not (message.remember and keep) or await self._remember(message, reply, view):
                    return offered(message, replies.understood(message, reply))
            view = await see(self._archive, message, brought)
        raise replies.GoneError

    def _brings(self, message: Message) -> bool:
        """Whether somebody in particular gives something to read, with a question or without one."""
        return self._intake.brings(message) or bool(message.documents and message.author.id)

    async def _understood(self, message: Message) -> str:
        """The question with what the last turns were about; one that brings a text is about that text."""
        if message.documents or self._intake.brings(message) or not message.remember:
            return message.text
        again, where = message.intent == "again", message.thread
        turn = Turn(message.about if again else message.id, message.at, message.text, "unsure")
        turns = await self._archive.threads.turns(where, last=None if again else TURNS)
        return followups.of_turn(replace(turn, author=message.author.id), where, turns)

    async def _note(self, message: Message) -> Reply:
        feedback = self._desk.feedback
        about = message.about or await self._archive.messages.answered(message.thread, message.ref)
        noted = await feedback.take(message.author, message.thread, about, message.text)
        return replies.noted(message, noted.up, reason=bool(noted.reason), golden=noted.golden)

    async def _digest(self, message: Message) -> Reply:
        found = await self._archive.threads.gaps(message.thread)
        of_the_week = [one for one in found if gaps.within(one[1].at, message.at)]
        return replies.digest(message, await asyncio.to_thread(gaps.grouped, of_the_week))

    async def _ask_again(self, message: Message) -> Reply | None:
        """The reply that takes the place of one whose source changed, marked where it is another."""
        before = await self._archive.threads.turn(message.thread, message.about)
        if before is None:  # it was refused, or turned away
            await self._let_in(message, charged=False)
        if message.reworded:
            return await self._ask_as_it_stands(message)
        reply = await self._ask(replace(message, id=message.about))
        same = before and (before.kind, before.answer) == (reply.kind, reply.answer and reply.answer.text)
        return reply if same else replies.corrected(reply)

    async def _ask_as_it_stands(self, message: Message) -> Reply:
        """The reply to a question in its last words: of several edits, whichever ends last answers those."""
        asked = replace(message, id=message.about)
        speech, name = self._archive.speech, said.name_of(asked)
        for _ in range(READINGS):
            there = await speech.text(message.thread, name)
            reply = await self._ask(replace(asked, text=said.body(there) or message.text))
            if there == await speech.text(message.thread, name):
                break
        return reply

    async def _tell(self, message: Message) -> Reply | None:
        """What a new version of a pinned link changes of what it answered; None where it changes nothing.

        None of it is kept before the room was told: who fails to tell it finds the same once more.
        """
        changes: list[tuple[str, str, str]] = []
        for where, turn in await self._of_document(message):
            if len(changes) == TOLD:
                break
            reply = await self._ask(_again(where, turn), keep=False)
            new = reply.answer.text if reply.answer else ""
            if new != turn.answer:
                changes.append((turn.question, turn.answer, new))
        if not changes:
            await self._renew(message)
            return None
        shelf = await self._archive.threads.shelf(message.thread)
        title = next((one.title for one in shelf if one.id == message.about), "")
        return replies.news(message, title, changes)

    async def _of_document(self, message: Message) -> list[tuple[Thread, Turn]]:
        """The questions that a document answered, each once, the last first."""
        turns = await self._archive.threads.turns_quoting(message.thread, message.about)
        each: dict[str, tuple[Thread, Turn]] = {}
        for where, turn in turns[::-1]:
            if turn.document == message.about:
                each.setdefault(turn.question, (where, turn))
        return list(each.values())[:ASKED]

    async def _renew(self, message: Message) -> None:
        """Keep what is answered now where a document answered before."""
        for where, turn in await self._of_document(message):
            reply = await self.reply(_again(where, turn))
            if reply and reply.kind == "error":
                log.warning("a turn is not renewed", turn=turn.id)

    async def _read(self, message: Message, view: View, until: float, left: list[Skipped]) -> Reply:
        line = await self._line(message.thread)
        try:
            answer = await self._answerer.answer(message.text, view.shelf, view.load, until, line)
        except ForeignError as error:
            return replies.foreign(message, error)
        answer = await self._desk.feedback.weighed(message.thread, answer) if answer else None
        rival: Answer | None = None
        if answer:
            left = left + [replies.in_another_language(foreign) for foreign in answer.foreign]
            answer = await self._checked(await view.traced(answer), view)
            rival = await self._rival(answer, view)
        not_read = skipped.listed(left + view.skipped())
        if answer and answer.sure:
            reply = replies.answered(message, answer, view.read(), not_read, rival)
        else:
            reply = replies.unsure(message, answer, view.read(), not_read)
        return replace(reply, receipt=receipts.receipt(answer, view.sources())) if answer else reply

    async def _line(self, where: Thread) -> float | None:
        """How sure an answer must be here; None, as the reader's own calibration says."""
        try:
            return (await self._desk.settings(where)).line
        except StoreError:  # a text that is lent can be read all the same
            return None

    async def _remember(self, message: Message, reply: Reply, view: View) -> bool:
        """Keep what came of a question; False where what it quotes changed since it was read.

        What changes from here on finds the turn, and has it asked again.
        """
        shelf = view.shelf_of(reply.answer.document) if reply.answer else None
        turn = _turn(message, reply, lent=bool(reply.answer) and shelf is None)
        try:
            await self._archive.threads.add_turn(message.thread, turn, shelf)
            if reply.answer is None or await view.stands(reply.answer.document):
                return True
            await self._archive.threads.drop_turn(message.thread, message.id)
        except StoreError as error:  # what was found is worth more than the note of it
            log.warning("turn not kept, or not looked at again", error=type(error).__name__)
            return True
        return False

    async def _rival(self, answer: Answer, view: View) -> Answer | None:
        """What stands elsewhere and says otherwise, where that still stands there."""
        if answer.rival is None or answer.rival.document.id == answer.document.id:
            return None
        try:
            return await self._checked(answer.rival, view)
        except replies.TamperedError:
            return None

    async def _checked(self, answer: Answer, view: View) -> Answer:
        """The quotation, compared with its source as it stands now, before anyone sees it; and its place."""
        text = await view.load(answer.document)
        if text is None:
            raise replies.GoneError
        if not answer.stands_in(text):
            raise replies.TamperedError
        return await view.placed(answer, text)


def _can_be_asked(message: Message, *, brings: bool) -> None:
    """Raise `QuestionError` where it cannot; a channel that can say so better has done so before."""
    if not brings and not message.text.strip():
        raise replies.QuestionError("question.none")
    if len(message.text) > QUESTION_LIMIT and not (home(message) and message.author.id):
        raise replies.QuestionError("question.long", most=number(QUESTION_LIMIT))
    if not all(map(is_text, (message.text, *(document.text for document in message.documents)))):
        raise replies.QuestionError("question.characters")


def _again(where: Thread, turn: Turn) -> Message:
    """The question of a turn, to see what it gets now."""
    author = Author(turn.author)
    return Message(turn.id, where, "again", turn.question, at=turn.at, author=author, about=turn.id)


def _asks(message: Message) -> bool:
    """Whether there is a question in it: links alone are none, nor is a text longer than questions are."""
    text = message.text
    for link in links.found(text, most=100):
        text = text.replace(link, "")
    return any(map(str.isalnum, text)) and len(message.text) <= QUESTION_LIMIT


def _turn(message: Message, reply: Reply, *, lent: bool) -> Turn:
    turn = Turn(message.id, message.at, message.text, reply.kind, author=message.author.id)
    turn, quoted = replace(turn, receipt=reply.receipt), reply.answer
    if quoted is None:
        return turn
    return replace(
        turn,
        answer=quoted.text,
        document=quoted.document.id,
        sentence=quoted.sentence,
        starts=quoted.start - quoted.sentence_start,
        lent=lent,
        source=quoted.document.title,
        where=quoted.document.where,
        place=quoted.place,
    )
