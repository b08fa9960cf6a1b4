"""What people tell Wherein to do: commands, and what they press under an answer."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from bot.archive import Archive
from bot.desk import Desk
from bot.intake import Brought, Intake
from bot.receipts import Why
from bot.replies import NoSuchAnswerError, doing
from bot.replies.words import number, say
from bot.rights import WrongSettingError
from bot.types import Intent, Message, Reply, Thread, Turn
from model.types import Answer, Document

Doctor = Callable[[], Awaitable[Sequence[str]]]
"""The lines about what is wrong with the set-up."""

LENT_SECONDS = 3_600.0  # so long an answer from what is kept nowhere may be shared
WHOLE_TEAM = "workspace"
FORGET = {
    "me": "mine",
    "mine": "mine",
    "thread": "thread",
    "this thread": "thread",
    "channel": "room",
    "room": "room",
    "workspace": "everything",
    "everything": "everything",
}


class Doing:
    """Does it, for whoever may, and says what was done."""

    def __init__(
        self,
        archive: Archive,
        desk: Desk,
        intake: Intake,
        doctor: Doctor,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._archive, self._desk, self._intake, self._doctor = archive, desk, intake, doctor
        self._clock = clock

    async def reply(self, message: Message) -> Reply | None:
        """The reply to a command or a press; None where it is none."""
        does = self._table().get(message.intent)
        if does is None:
            return None
        reply = await does(message)
        return replace(reply, audience="one" if message.private else reply.audience)

    def _table(self) -> dict[Intent, Callable[[Message], Awaitable[Reply]]]:
        return {
            "help": self._help,
            "sources": self._sources,
            "pin": self._pin,
            "unpin": self._unpin,
            "forget": self._forget,
            "mute": self._mute,
            "unmute": self._mute,
            "settings": self._settings,
            "doctor": self._examine,
            "next": self._next,
            "why": self._why,
            "share": self._share,
            "keep": self._share,
            "delete": self._delete,
        }

    # ----------------------------------------------------------------------- commands

    async def _help(self, message: Message) -> Reply:
        return doing.info(message, say("help"))

    async def _sources(self, message: Message) -> Reply:
        here, pinned = await self._desk.sources(message.author, message.thread)
        said = len((await self._archive.threads.contents(message.thread))[1])
        return doing.sources(message, here, said, pinned)

    async def _pin(self, message: Message) -> Reply:
        await self._desk.allow(message.author, "pin", message.thread)
        if self._intake.brings(message):
            brought = await self._intake.take(replace(message, remember=False))
            if not brought.documents:
                return _unread(message, brought)
            document: Document | None = brought.documents[-1]
        else:
            document = await self._known(message)
        if document is None:
            wanted = message.text.strip()
            if wanted.isdecimal():
                return doing.error(message, "pin.number", number=wanted)
            return doing.error(message, "pin.nothing")
        if not await self._intake.has_room(message.thread.whole_room, document):
            return doing.error(message, "pin.full", most=number(self._intake.most))
        await self._desk.pin(message.author, message.thread, document)
        return doing.pinned(message, document)

    async def _known(self, message: Message) -> Document | None:
        """The document with the number given, or the one put in last, with its text."""
        here, pinned = await self._desk.sources(message.author, message.thread)
        number = message.text.strip()
        listed = [*here, *pinned] if number.isdecimal() else here
        place = int(number) - 1 if number.isdecimal() else len(here) - 1
        if not 0 <= place < len(listed):
            return None
        document, threads = listed[place], self._archive.threads
        shelf = Thread.parse(document.shelf)
        text = await threads.text(shelf, document.id, document.version)
        places = await threads.places(shelf, document.id, document.version)
        return None if text is None else replace(document, text=text, places=places)

    async def _unpin(self, message: Message) -> Reply:
        here, pinned = await self._desk.sources(message.author, message.thread)
        wanted = (message.about or message.text).strip().strip("<>")
        for place, document in enumerate(pinned, len(here) + 1):
            if wanted.casefold() in (
                str(place),
                document.id.casefold(),
                document.title.casefold(),
                document.where.casefold(),
            ):
                await self._desk.unpin(message.author, message.thread, document.id)
                return doing.info(message, say("unpinned", title=document.title))
        return doing.error(message, "unpin.nothing")

    async def _forget(self, message: Message) -> Reply:
        alone = message.way == "conversation"  # which is a thread and a room
        here = "thread" if message.thread.thread or alone else ""
        what = FORGET.get(message.text.strip().casefold(), here)
        if what == "thread" or (what == "room" and alone):
            what = here
        if not what:
            return doing.error(message, "forget.which")
        gone = await self._desk.forget(message.author, message.thread, what)  # type: ignore[arg-type]
        return doing.forgotten(message, len(gone.documents), len(gone.turns))

    async def _mute(self, message: Message) -> Reply:
        if not message.thread.thread:
            return doing.error(message, "mute.room")
        await self._desk.allow(message.author, "ask", message.thread)
        await self._archive.threads.mute(message.thread, on=message.intent == "mute")
        return doing.info(message, say("muted" if message.intent == "mute" else "unmuted"))

    async def _settings(self, message: Message) -> Reply:
        words = message.text.replace("=", " ").split()
        where = message.thread.whole_room
        if words and words[0].casefold() in (WHOLE_TEAM, "channel"):
            where = message.thread.whole_team if words.pop(0).casefold() == WHOLE_TEAM else where
        if len(words) < 2:
            return doing.settings(message, (await self._desk.settings(where)).model_dump())
        name, value = words[0].casefold(), words[1]
        wanted = None if value.casefold() in ("unset", "none", "default") else value
        try:
            now = await self._desk.set(message.author, where, {name: wanted})
        except WrongSettingError as error:
            return Reply(message.id, "error", str(error))
        return doing.was_set(message, name, getattr(now, name))

    async def _examine(self, message: Message) -> Reply:
        await self._desk.allow(message.author, "administer", message.thread)
        return doing.doctor(message, await self._doctor())

    # ----------------------------------------------------------------------- about an answer

    async def _of(self, message: Message) -> tuple[Turn, Why]:
        """The answer that a message is about; raises `NoSuchAnswerError` where it is not of this thread."""
        found = await self._desk.why(message.author, message.thread, message.about)
        if found is None:
            raise NoSuchAnswerError
        return found.turn, found

    async def _why(self, message: Message) -> Reply:
        turn, found = await self._of(message)
        return doing.why(message, found, may_delete=await self._is_theirs(message, turn))

    async def _next(self, message: Message) -> Reply:
        turn, found = await self._of(message)
        number = int(message.text) if message.text.isdecimal() else 2
        count = len(turn.receipt.found) if turn.receipt else 0
        if number > count:
            return doing.info(message, say("next.none"))
        if found.gone or len(found.found) < number:
            return doing.info(message, say("next.gone"))
        return doing.next_best(message, found.found[number - 1].answer, number, count)

    async def _share(self, message: Message) -> Reply:
        turn, found = await self._of(message)
        if turn.kind != "answer" or not turn.sentence:
            raise NoSuchAnswerError
        if turn.lent:
            stands = self._clock() - turn.at < LENT_SECONDS
        else:
            stands = bool(found.found) and found.found[0].says(turn.answer, turn.sentence)
        if not stands:
            return doing.error(message, "share.changed")
        of, said = doing.shared if message.intent == "share" else doing.kept, quotation(turn)
        if not turn.lent:  # as it is called by now, and of a message when it was said
            said = replace(said, document=replace(found.found[0].document, where=turn.where))
        return of(message, said, turn)

    async def _delete(self, message: Message) -> Reply:
        turn, _ = await self._of(message)
        if not await self._is_theirs(message, turn):
            return doing.error(message, "delete.not")
        return replace(doing.info(message, say("deleted")), retracts=turn.id)

    async def _is_theirs(self, message: Message, turn: Turn) -> bool:
        """Whether whoever it is asked that, or is an admin."""
        return turn.author == message.author.id != "" or await self._desk.may(
            message.author, "administer", message.thread
        )


def quotation(turn: Turn) -> Answer:
    """The quotation that a turn remembers, as it was shown."""
    receipt = turn.receipt
    begins = turn.starts
    return Answer(
        turn.answer,
        Document(turn.document, "", title=turn.source, where=turn.where),
        begins,
        begins + len(turn.answer),
        turn.sentence,
        0,
        0.0,
        receipt.confidence if receipt else None,
        True,
        receipt.reader if receipt else "",
        place=turn.place,
    )


def _unread(message: Message, brought: Brought) -> Reply:
    why = "; ".join(f"{one.title}: {one.why}" for one in brought.skipped) or "-"
    return doing.error(message, "pin.unread", why=why)
