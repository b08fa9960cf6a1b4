"""The promise: a message that was acknowledged gets one visible outcome, whatever happens in between.

Recorded before it is acknowledged, once; worked on; delivered; settled. Who works on a message holds it for
a while, and goes on holding it; what nobody holds any longer is taken over by any task, which asks the chat
whether the reply was posted already before it posts one.

Where more is asked than can be answered in time, who asks is told so at once, and turned away: that is their
outcome, and costs a post. Where even such posts pile up, nothing is taken, and the chat sends it again.
"""

import asyncio
import contextlib
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import structlog
from structlog.contextvars import bound_contextvars

from bot import policy, replies
from bot.archive import Archive
from bot.archive.messages import Open
from bot.delivery import LONGEST_WAIT, Delivery, Limits, pause
from bot.desk import Desk
from bot.grip import Grip, LostError, Watch
from bot.pressure import Pressure
from bot.reach import home
from bot.replies.words import speaking
from bot.stores import Key, StoreError
from bot.telemetry import Metrics
from bot.types import Chat, Completes, DeliveryError, Message, NotAcceptedError, Ref, Reply, as_text

log = structlog.get_logger(__name__)

AT_ONCE = 32  # messages worked on; what comes on top waits in the store, for whichever task has room
FEW = 4  # questions: so many are taken in, however long one takes just now
LOOKED_UP = 64  # messages that wait: of these, others take some meanwhile
LONGEST = 5.0  # seconds: who would wait longer for an answer is turned away
TURNED_AWAY = 64  # of whom so many are being told so
COUNTED = 1_000  # of them, for whoever watches
WATCHED = 10_000  # messages that are held, by all tasks together
FILL_UP = 8  # so much room, and more messages are looked for
ACCEPT_SECONDS = 2.0  # a chat waits for 3
HEARD_SECONDS, KNOWN_SECONDS = 0.5, 3.0  # for who said it: before it is acknowledged, and after
TRIES = 4  # at a reply; then an error is the reply
PATIENCE_SECONDS = 30.0  # after which a passing error is shown instead of tried again
DOUBTS = 10  # placeholders that may have been posted; then we do not post another
GIVE_UP_SECONDS = 86_400.0  # a day after it was accepted, nobody waits for a reply any longer
NO_CHANNEL_SECONDS = 60.0
WAIT_SECONDS = 7 * 86_400.0  # for being let into a room
HEARD = "heard", "edited", "deleted", "restored"  # intents for which a room must be known
SILENT = *HEARD, "left"  # intents that nobody waits for
UNASKED = "news", "digest", "joined"  # those with which Wherein speaks first


class Talk(Protocol):
    """What the inbox needs of the conversation; the last two raise `StoreError`, the others nothing."""

    async def reply(self, message: Message, *, charged: bool) -> Reply | None:
        """The reply to a message, if any; `charged` where it counted for its author's limit before."""

    async def count(self, message: Message, reply: Reply) -> None:
        """Count a message by what came of it: once, when it is settled."""

    async def hear(self, message: Message) -> bool:
        """Keep what somebody said; False where that takes more than a moment."""

    async def expect(self, message: Message) -> None:
        """Note that a message brings something, so that who asks meanwhile waits for it."""


class Inbox:
    """Messages from acceptance to outcome."""

    def __init__(
        self,
        archive: Archive,
        desk: Desk,
        talk: Talk,
        chats: Mapping[str, Chat],
        metrics: Metrics,
        *,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._archive, self._desk, self._talk = archive, desk, talk
        self._chats, self._metrics, self._clock = chats, metrics, clock
        self._limits = limits or Limits()
        self._delivery = Delivery(self._limits, metrics)
        self._owner = uuid.uuid4().hex
        self._watch = Watch(self._limits.hold)
        self._at_work: set[asyncio.Task[None]] = set()
        self._waiting: deque[Key] = deque()  # messages that nobody held when we looked
        self._more = False  # whether there may be others
        self._unseen = 0  # of those, as many as we know of
        self._taking = 0  # that are being taken over
        self._pressure = Pressure(AT_ONCE)
        self._turned_away: set[asyncio.Task[None]] = set()
        self._looking: asyncio.Task[None] | None = None
        self._draining = False
        metrics.watch(lambda: len(self._at_work))

    # ----------------------------------------------------------------------- accept

    async def accept(self, message: Message) -> bool:
        """Record a message, if it is for us and new; True where it was, and something will come of it.

        Raises `NotAcceptedError` where it could not be recorded: it must be sent again.
        """
        with self._metrics.accepting(message.thread.channel) as was, bound_contextvars(id=message.id):
            try:
                async with asyncio.timeout(ACCEPT_SECONDS):
                    taken = await self._taken_as(_cleaned(message))
                    if taken is None:
                        was("of no concern")
                        return False
                    if taken.intent == "heard":
                        taken = await self._completed(taken, HEARD_SECONDS)
                    if taken.intent == "heard" and await self._talk.hear(taken):
                        was("heard")
                        return False
                    away, began = self._is_too_much(taken), time.monotonic()
                    due = None if away or self._has_turn() else self._clock()
                    owner = self._owner if due is None else ""
                    held = await self._archive.messages.record(taken, owner, due=due)
                    if held:
                        await self._talk.expect(taken)
            except (StoreError, TimeoutError, ValueError) as error:  # ValueError: an id that is no text
                known = {"reason": str(error)} if isinstance(error, StoreError) else {}
                log.warning("not accepted", error=type(error).__name__, **known)
                raise NotAcceptedError from error
            was("taken" if held else "seen before")
            if held is None:
                return False
            if due is None:
                self._begin(held, began, away=away)
            else:
                self._more = True
                self._unseen += 1
                self._look_on()
            return True

    def _has_turn(self) -> bool:
        """Whether there is room, and nobody who came before waits for it."""
        return bool(self._room()) and not (self._waiting or self._more)

    def _is_too_much(self, message: Message) -> bool:
        """Whether somebody asks who would wait too long; raises where they cannot even be told so.

        What is brought along is read, however long that takes: nobody would bring it twice.
        """
        if self._draining or not _asks_alone(message):
            return False
        if self._has_turn() and self._pressure.asking < FEW:
            return False
        if self._pressure.wait(len(self._waiting) + self._unseen) <= LONGEST:
            return False
        if len(self._turned_away) >= TURNED_AWAY:
            log.info("not accepted", error="too much is asked")
            raise NotAcceptedError
        return True

    async def _taken_as(self, message: Message) -> Message | None:
        """What is to be done with a message; None where nothing is, and nothing is written."""
        if message.author.bot:
            return None
        overheard = message.intent in HEARD
        if not overheard and (message.intent != "ask" or await self._is_for_us(message)):
            return message
        where = home(message)
        if where is None or not await self._archive.speech.has_met(where):
            return None
        return replace(message, intent="heard") if message.intent == "ask" else message

    async def _is_for_us(self, message: Message) -> bool:
        if message.addressed:
            return True
        where, threads = message.thread, self._archive.threads
        room, has_asked = await self._desk.settings(where), await threads.has_asked(where, message.author.id)
        if not policy.answers_here(message, room, has_asked=has_asked, muted=False):
            return False  # as most of what is overheard: whether it is muted there makes no difference
        muted = await threads.is_muted(where)
        return policy.answers_here(message, room, has_asked=has_asked, muted=muted)

    async def _completed(self, message: Message, seconds: float) -> Message:
        """The message with what its chat knows of it besides, as far as that is told in time."""
        chat = self._chats.get(message.address.channel)
        if not isinstance(chat, Completes) or not message.author.id:
            return message
        try:
            async with asyncio.timeout(seconds):
                return await chat.complete(message)
        except TimeoutError:
            log.info("who said it is not told in time")
            return message

    def _room(self) -> int:
        taken = len(self._at_work) + self._taking
        return 0 if self._draining else max(0, AT_ONCE - taken)

    def _begin(self, held: Open, since: float, *, away: bool = False) -> None:
        messages, hold = self._archive.messages, self._limits.hold
        grip = Grip(messages, held, self._clock, seconds=hold, since=since)
        task = asyncio.create_task(self._work(grip, away=away))
        if away:  # beside the others, who have a turn each
            self._turned_away.add(task)
            task.add_done_callback(self._turned_away.discard)
        else:
            turn = contextlib.ExitStack()
            turn.enter_context(self._pressure.turn(asking=_asks_alone(held.message)))
            self._at_work.add(task)
            task.add_done_callback(lambda _: turn.close())
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._at_work.discard(task)
        self._look_on()

    def _look_on(self) -> None:
        """Look for those who wait, where there is room for some."""
        idle = self._looking is None or self._looking.done()
        if idle and (self._waiting or self._more) and self._room() >= FILL_UP:
            self._looking = asyncio.create_task(self._look())

    # ----------------------------------------------------------------------- recovery

    async def recover(self) -> None:
        """Take over messages that nobody holds, as many as there is room for; raises `StoreError`."""
        gone = self._watch.gone(await self._archive.messages.signs(WATCHED))
        for key, sign in gone.items():
            if self._room():
                await self._take_over([key], sign)
        if self._room() and not self._waiting:
            self._waiting.extend(await self._archive.messages.overdue(LOOKED_UP))
            self._more = len(self._waiting) == LOOKED_UP
            self._unseen = max(0, self._unseen - LOOKED_UP) if self._more else 0
        while self._waiting and (room := self._room()):
            keys = [self._waiting.popleft() for _ in range(min(room, len(self._waiting)))]
            await self._take_over(keys)

    async def _take_over(self, keys: Sequence[Key], sign: float | None = None) -> None:
        """Begin with what is there, and is still nobody's; raises `StoreError` where that is not known."""
        self._taking += len(keys)
        began, take = time.monotonic(), self._archive.messages.take_over
        found = await asyncio.gather(
            *(take(key, self._owner, sign=sign) for key in keys), return_exceptions=True
        )
        self._taking -= len(keys)
        for held in found:
            if isinstance(held, Open):
                self._begin(held, began)
        for error in found:
            if isinstance(error, BaseException):
                raise error

    async def _look(self) -> None:
        try:
            await self.recover()
        except StoreError as error:  # the chore looks again
            log.warning("cannot look for open messages", error=type(error).__name__)

    async def count(self) -> None:
        """Count the messages that wait, for whoever watches."""
        waiting = len(await self._archive.messages.overdue(COUNTED))
        self._metrics.waiting(waiting)
        self._unseen = max(0, waiting - len(self._waiting))

    # ----------------------------------------------------------------------- work

    async def _work(self, grip: Grip, *, away: bool) -> None:
        """One go at a message, holding it all the while; `away`: its author is turned away."""
        work = asyncio.current_task()
        assert work is not None
        message = await self._completed(grip.held.message, KNOWN_SECONDS)
        grip.held = replace(grip.held, message=message)
        with bound_contextvars(id=message.id), speaking(message.author.locale):
            keeper = asyncio.create_task(self._keep(grip, work))
            try:
                await self._answer(grip, away=away)
            except LostError:
                log.info("taken over by another task")
            except asyncio.CancelledError:
                if not grip.lost:  # for another task: now, or when what is being sent has arrived
                    await self._leave(grip, self._limits.send if grip.sending else 0.0)
            except StoreError as error:
                log.warning("message failed", reason=str(error))
                await self._fail(grip)
            except Exception as error:
                log.warning("message failed", error=type(error).__name__, exc_info=error)
                await self._fail(grip)
            finally:
                keeper.cancel()

    async def _fail(self, grip: Grip) -> None:
        """Let a message that failed in our own hands be tried again, or end here if it always does."""
        if grip.held.failures <= TRIES:
            await self._leave(grip, pause(self._limits, grip.held.failures))
            return
        log.error("given up")
        try:
            await self._settle(grip, "failed", None)
        except (LostError, StoreError):
            await self._leave(grip, LONGEST_WAIT)

    async def _keep(self, grip: Grip, work: asyncio.Task[None]) -> None:
        """Go on holding a message; where that is lost, the work on it ends."""
        while True:
            await asyncio.sleep(self._limits.renew)
            try:
                await grip.hold()
            except LostError:
                work.cancel()
                return
            except StoreError as error:
                log.warning("cannot hold on", error=type(error).__name__)
                if grip.over:  # it may be another's by now
                    grip.lost = True
                    work.cancel()
                    return

    async def _answer(self, grip: Grip, *, away: bool) -> None:
        held, message = grip.held, grip.held.message
        if message.intent in SILENT:
            await self._attend(grip)
            return
        again = message.intent == "again"
        unasked = message.intent in UNASKED
        if message.intent == "ask":
            await self._archive.threads.note_asked(message.thread, message.author.id)
        chat = self._chats.get(message.address.channel)
        if chat is None:
            log.error("no such channel here", channel=message.address.channel)
            await self._leave(grip, NO_CHANNEL_SECONDS, undelivered=True)
            return
        try:
            if not again and grip.unsure:
                if found := await self._delivery.found(chat, held):
                    await self._settle(grip, "found", found)
                    return
                grip.unsure = False
            if not (again or unasked):
                await self._delivery.hold_place(chat, grip)
            if again and held.ref is None and not await self._has_place(grip):
                return
            reply = replies.failed(message, replies.CrowdedError()) if away else await self._reply(chat, held)
            if reply is None:  # nothing has changed
                await self._settle(grip, "noted", None)
                return
            if reply.passing and self._worth_another_try(held):
                await self._leave(grip, pause(self._limits, held.failures))
                return
            if reply.waits:
                await self._wait(chat, reply, grip)
                return
            if reply.kind == "error" and unasked:
                await self._settle(grip, "failed", None)
                return
            if reply.kind == "error" and again:
                told = reply if message.reworded else replies.corrected(reply)  # what it quoted is gone
                reply = replace(told, id=message.about)
            if reply.retracts:
                await self._retract(chat, message, reply.retracts)
            await self._delivery.hold_place(chat, grip)
            ref = await self._delivery.post(chat, reply, grip)
        except DeliveryError as error:
            await self._undelivered(grip, error)
        else:
            await self._settle(grip, "turned away" if away else reply.kind, ref)
            if not again:
                await self._talk.count(message, reply)

    async def _has_place(self, grip: Grip) -> bool:
        """Note where the reply stands that is asked for again; False where none does, or not yet."""
        message, messages = grip.held.message, self._archive.messages
        coming = await messages.coming(message.thread, message.about)
        if coming:
            await self._leave(grip, self._later(grip), undelivered=True)
        elif posted := await messages.posted(message.thread, message.about):
            await grip.hold(ref=posted.ref)
            return True
        else:
            await self._settle(grip, "noted", None)
        return False

    async def _wait(self, chat: Chat, reply: Reply, grip: Grip) -> None:
        """Say once what a message waits for, and go on when that has come about, or never."""
        held = grip.held
        if self._clock() - held.at > WAIT_SECONDS:
            ref = await self._delivery.post(chat, replies.invite(held.message, ever=False), grip)
            await self._settle(grip, "uninvited", ref)
            return
        await self._archive.threads.know(held.message.thread, held.message.author.id)
        await self._archive.messages.wait(held)
        ref = await self._delivery.post(chat, reply, grip)
        await grip.hold(ref=ref)
        log.info("waits until it is let in")
        await self._leave(grip, WAIT_SECONDS, undelivered=True)

    async def _retract(self, chat: Chat, message: Message, answer: str) -> None:
        """Take away the reply to another message, wherever it stands."""
        posted = await self._archive.messages.posted(message.thread, answer)
        if posted:
            await self._delivery.in_time(chat.retract(posted.ref, posted.address))

    async def _attend(self, grip: Grip) -> None:
        """Take what needs no reply; where that fails, it is tried again, and then given up."""
        failed = await self._talk.reply(grip.held.message, charged=True)
        if failed is None:
            await self._settle(grip, "noted", None)
        else:
            await self._fail(grip)

    async def _reply(self, chat: Chat, held: Open) -> Reply | None:
        if held.failures > TRIES:
            return replies.failed(held.message, replies.TriedError())
        with contextlib.suppress(DeliveryError):  # a sign that is missing keeps no answer back
            await self._delivery.in_time(chat.working(held.message.address))
        return await self._talk.reply(held.message, charged=held.tries > 1)

    def _worth_another_try(self, held: Open) -> bool:
        return held.failures < TRIES and self._clock() - held.at < PATIENCE_SECONDS

    # ----------------------------------------------------------------------- outcome

    async def _settle(self, grip: Grip, outcome: str, ref: Ref | None) -> None:
        await grip.settle(outcome, ref)
        self._metrics.settled(grip.held.message.address.channel, outcome, self._clock() - grip.held.at)
        log.info("settled", outcome=outcome, tries=grip.held.tries)

    async def _undelivered(self, grip: Grip, error: DeliveryError) -> None:
        """Go on later with what the chat did not take, or never, where that is of no use."""
        held, age = grip.held, self._clock() - grip.held.at
        in_doubt = grip.placing and not error.refused
        if error.final or age > GIVE_UP_SECONDS or held.doubts + in_doubt > DOUBTS:
            log.error("cannot be delivered", reason=str(error))
            await self._settle(grip, "undeliverable", None)
            return
        wait = error.wait or self._later(grip)  # as it asks, where it does
        wait = max(wait, pause(self._limits, held.doubts)) if in_doubt else wait
        log.warning("not delivered; it will be tried again", reason=str(error), wait=round(wait, 1))
        await self._leave(grip, wait, undelivered=True, in_doubt=in_doubt)

    def _later(self, grip: Grip) -> float:
        """The seconds to wait for what does not depend on us: the longer, the longer it has lasted."""
        return max(min(LONGEST_WAIT, (self._clock() - grip.held.at) / 4), self._limits.pause)

    async def _leave(
        self, grip: Grip, wait: float, *, undelivered: bool = False, in_doubt: bool = False
    ) -> None:
        """Let another go at the message begin after a while, here or elsewhere."""
        try:
            await grip.leave(wait, undelivered=undelivered, in_doubt=in_doubt)
        except (LostError, StoreError) as error:  # then it is another's, or will be when our hold ends
            log.info("not left", error=type(error).__name__)

    # ----------------------------------------------------------------------- the end

    async def drain(self, seconds: float) -> None:
        """Begin nothing new, finish what is in hand, and leave to other tasks what takes longer."""
        self._draining = True
        if self._looking:
            await self._looking
        in_hand = self._at_work | self._turned_away
        if in_hand:
            _, late = await asyncio.wait(in_hand, timeout=seconds)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=ACCEPT_SECONDS)


def _asks_alone(message: Message) -> bool:
    """Whether somebody asks and brings nothing to be read."""
    return message.intent == "ask" and not (message.attachments or message.documents or message.links)


def _cleaned(message: Message) -> Message:
    """The message without what is no character: no store takes that."""
    author = replace(message.author, name=as_text(message.author.name))
    documents = tuple(replace(document, text=as_text(document.text)) for document in message.documents)
    return replace(message, text=as_text(message.text), author=author, documents=documents)
