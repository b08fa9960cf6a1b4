"""A question sees what the table of ways says, and nothing else, whatever people did before.

Random people say, edit, delete, put in, pin and forget things in random places, over each store; beside the
service a small model keeps what may be seen. Each text holds a word of its own, so that what a question was
given to read tells what it saw.
"""

import asyncio
import itertools
import re
import tempfile
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot import archive, stores
from bot.inbox import Inbox
from bot.intake import FILES, Limits
from bot.telemetry import Metrics
from bot.types import Address, Attachment, Author, Message, Ref, Reply, Thread
from tests.fakes import Clock, FakeReader, PlainFiles, PlainSource, conversation_over, document

RECENT = 3
PEOPLE = [Author("ada", "Ada"), Author("bob", "Bob")]
ROOT = Author("root", admin=True)
BOT = Author("b", "Bot", bot=True)
ROOMS = [Thread("chat", "T", "C"), Thread("chat", "T", "P"), Thread("chat", "T2", "C")]
THREADS = [replace(ROOMS[0], thread="1"), *(replace(room, thread="2") for room in ROOMS[:2])]
TALKS = [Thread("chat", "T", "D")]  # somebody with Wherein, or a few people
PLACES = THREADS + TALKS
_tables = itertools.count()


class Sees:
    """In the answerer's place: reads all that it is given, and finds nothing."""

    reader = "none"

    def __init__(self):
        self.words: set[str] = set()

    async def answer(self, question, shelf, load, until=None, line=None):
        texts = [one.text or await load(one) for one in shelf]
        self.words = set(re.findall(r"word\d+", " ".join(texts)))

    def forget(self, ids):
        pass


class Chat(PlainSource):
    """A chat that takes every post, and tells what was said where."""

    name = "chat"

    async def send(self, reply: Reply, address: Address, replacing: Ref | None) -> Ref:
        return replacing or reply.id

    async def retract(self, ref, address):
        pass

    def reads_back(self, address):
        return True

    async def find(self, message, address):
        return None

    def room(self, address):
        return address

    async def working(self, address):
        pass


@dataclass
class Said:
    """A message as it stands in the chat."""

    message: Message
    word: str  # what it says; empty: nothing
    file: str  # what its file says; empty: it has none
    held: set[str] = field(default_factory=set)  # of these, what Wherein holds


@dataclass(frozen=True)
class Mark:
    """A forgetting: when it was, and of what."""

    at: float
    what: object  # a thread, a room, a workspace, or a workspace with a person's id

    def covers(self, where, at, author):
        """Whether what somebody said then and there was forgotten by it."""
        of_person = where.whole_team, author.id
        return self.at >= at and self.what in (where, where.whole_room, where.whole_team, of_person)


class World(RuleBasedStateMachine):
    """People, places, and what Wherein may show where."""

    url = "memory:"

    def __init__(self):
        super().__init__()
        self.runner = asyncio.Runner()
        self.clock, self.numbers = Clock(), itertools.count()
        self.log: list[Said] = []
        self.pins: dict[str, tuple[Thread, Author, str]] = {}  # by the document's id
        self.files: dict[str, tuple[Thread, Author, str]] = {}  # that questions brought
        self.met, self.told = set(), set()
        self.marks: list[Mark] = []

    @initialize()
    def start(self):
        self.run(self.build())

    def run(self, work):
        return self.runner.run(asyncio.wait_for(work, 60))

    async def build(self):
        url = self.url.format(tempfile.mkdtemp(), next(_tables))
        self.store = stores.open(url, clock=self.clock)
        remembered = archive.over(self.store, ttl_seconds=86_400, clock=self.clock)
        self.chat, self.sees = Chat(), Sees()
        self.talk = conversation_over(
            remembered,
            FakeReader("none"),
            deadline=50,
            files=PlainFiles(),
            sources={"chat": self.chat},
            limits=Limits(history=RECENT),
        )
        self.talk._answerer = self.sees
        for part in (self.talk.desk, self.talk.changes):
            part._clock = self.clock
        self.inbox = Inbox(
            remembered, self.talk.desk, self.talk, {"chat": self.chat}, Metrics(), clock=self.clock
        )

    def teardown(self):
        async def end():
            await self.inbox.drain(0)
            await self.store.close()

        if hasattr(self, "inbox"):
            self.run(end())
        self.runner.close()

    # ----------------------------------------------------------------------- what happens

    def word(self):
        return f"word{next(self.numbers)}"

    def message(self, text, where, author, *, file="", **fields):
        id = f"m{next(self.numbers)}"
        self.clock.now += 60  # nobody asks too often
        if file:
            self.chat.files[f"f{id}"] = f"There is {file}.".encode()
        way = "conversation" if where in TALKS else "thread"
        given = {"intent": "ask", "way": way, "addressed": False} | fields
        return Message(
            id,
            where,
            given.pop("intent"),
            text,
            at=self.clock(),
            author=author,
            address=Address("chat", {"place": str(where)}),
            attachments=(Attachment(f"f{id}", f"{id}.txt"),) if file else (),
            **given,
        )

    def hears(self, message):
        async def work():
            await self.inbox.accept(message)
            while self.inbox._at_work or await self.inbox._archive.messages.overdue(1):
                await self.inbox.recover()
                await asyncio.sleep(0)

        self.tell_history()
        self.run(work())

    def tell_history(self):
        places = {str(one.message.thread) for one in self.log}
        self.chat.said = {
            place: [one.message for one in self.log if str(one.message.thread) == place] for place in places
        }

    @rule(
        where=st.sampled_from(PLACES + ROOMS),
        author=st.sampled_from([*PEOPLE, BOT]),
        has_file=st.booleans(),
    )
    def say(self, where, author, has_file):
        word, file = self.word(), self.word() if has_file else ""
        message = self.message(f"I know {word}.", where, author, file=file)
        self.hears(message)
        one = Said(message, word, file)
        if where in self.met and not author.bot:
            one.held = {word, file} - {""}
        self.log.append(one)

    def some(self, number):
        return self.log[number % len(self.log)] if self.log else None

    @precondition(lambda self: self.log)
    @rule(number=st.integers(0, 100))
    def edit(self, number):
        one = self.some(number)
        old, one.word = one.word, self.word()
        where, author = one.message.thread, one.message.author
        edit = self.message(f"I know {one.word}.", where, author, intent="edited", about=one.message.id)
        one.message = replace(one.message, text=edit.text)
        self.hears(edit)
        if where in self.met and not author.bot:
            one.held = (one.held - {old}) | {one.word}

    @precondition(lambda self: self.log)
    @rule(number=st.integers(0, 100))
    def delete(self, number):
        one = self.some(number)
        self.log.remove(one)
        self.hears(
            self.message("", one.message.thread, one.message.author, intent="deleted", about=one.message.id)
        )

    @rule(room=st.sampled_from(ROOMS + TALKS), author=st.sampled_from(PEOPLE))
    def pin(self, room, author):
        word, id = self.word(), f"p{next(self.numbers)}"
        self.clock.now += 60  # nobody asks too often
        self.run(self.talk.desk.pin(author, room, document(f"There is {word}.", id=id)))
        self.pins[id] = room, author, word

    @precondition(lambda self: self.pins)
    @rule(number=st.integers(0, 100))
    def unpin(self, number):
        id = list(self.pins)[number % len(self.pins)]
        room, author, _ = self.pins.pop(id)
        self.clock.now += 60  # nobody asks too often
        self.run(self.talk.desk.unpin(author, room, id))

    @rule(
        where=st.sampled_from(PLACES),
        who=st.sampled_from(PEOPLE),
        what=st.sampled_from(["mine", "thread", "room", "everything"]),
    )
    def forget(self, where, who, what):
        self.clock.now += 60  # nobody asks too often
        self.run(self.talk.desk.forget(who if what == "mine" else ROOT, where, what))
        forgotten = {
            "mine": (where.whole_team, who.id),
            "thread": where,
            "room": where.whole_room,
            "everything": where.whole_team,
        }[what]
        mark = Mark(self.clock(), forgotten)
        self.marks.append(mark)
        for one in self.log:  # by this one alone: what was edited after an earlier one is there again
            if mark.covers(one.message.thread, one.message.at, one.message.author):
                one.held = set()
        for kept in (self.pins, self.files):
            for id, (place, author, _) in list(kept.items()):
                if mark.covers(place, 0, author):
                    del kept[id]

    # ----------------------------------------------------------------------- what a question sees

    def first_contact(self, where):
        self.met.add(where)
        if where in self.told:
            return
        self.told.add(where)
        there = [one for one in self.log if one.message.thread == where and not one.message.author.bot]
        files = [one for one in there if one.file and one.file not in one.held][-FILES:]
        for one in there:
            if not any(mark.covers(where, one.message.at, one.message.author) for mark in self.marks):
                one.held |= {one.word} | ({one.file} if one in files else set())

    def held(self, where):
        words = {word for one in self.log if one.message.thread == where for word in one.held}
        return words | {word for place, _, word in self.files.values() if place == where}

    def pinned(self, where):
        return {word for room, _, word in self.pins.values() if room == where.whole_room}

    def ask(self, where, author, way, *, brings, seen):
        file = self.word() if brings else ""
        question = self.message("What is it?", where, author, file=file, way=way, addressed=True)
        self.sees.words = set()
        self.hears(question)
        if file and (where.thread or way == "conversation"):
            self.files[f"f{question.id}"] = where, author, file
        assert self.sees.words == seen() | ({file} - {""})

    @rule(where=st.sampled_from(THREADS), author=st.sampled_from(PEOPLE), brings=st.booleans())
    def ask_in_a_thread(self, where, author, brings):
        def seen():
            self.first_contact(where)
            return self.held(where) | self.pinned(where)

        self.ask(where, author, "thread", brings=brings, seen=seen)

    @rule(where=st.sampled_from(THREADS), author=st.sampled_from(PEOPLE))
    def ask_about_a_message(self, where, author):
        def seen():
            self.first_contact(where)
            return self.held(where)

        self.ask(where, author, "message", brings=False, seen=seen)

    @rule(where=st.sampled_from(TALKS), author=st.sampled_from(PEOPLE), brings=st.booleans())
    def ask_in_a_conversation(self, where, author, brings):
        def seen():
            self.first_contact(where)
            return self.held(where) | self.pinned(where)

        self.ask(where, author, "conversation", brings=brings, seen=seen)

    @rule(where=st.sampled_from(ROOMS), author=st.sampled_from(PEOPLE), brings=st.booleans())
    def ask_beside_any_thread(self, where, author, brings):
        def seen():
            last = [one for one in self.log if one.message.thread == where][-RECENT:]
            return self.pinned(where) | {one.word for one in last if not one.message.author.bot}

        self.ask(where, author, "room", brings=brings, seen=seen)

    @rule(where=st.sampled_from(THREADS), author=st.sampled_from(PEOPLE))
    def ask_of_a_text_that_comes_along(self, where, author):
        word = self.word()
        lent = document(f"There is {word}.", id=f"d{word}")
        message = self.message("What is it?", where, author, way="lent", remember=False, addressed=True)
        self.run(self.talk.reply(replace(message, documents=(lent,))))
        assert self.sees.words == {word}


def holds(url, examples, steps):
    machine = type("World", (World,), {"url": url})
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=checks
        ),
    )


def test_in_memory_a_question_sees_what_the_table_says_and_nothing_else():
    holds("memory:", 100, 40)


def test_in_sqlite_a_question_sees_what_the_table_says_and_nothing_else():
    holds("sqlite:{0}/test.db", 6, 30)


@pytest.mark.usefixtures("table")
def test_in_dynamodb_a_question_sees_what_the_table_says_and_nothing_else():
    holds("dynamodb://isolation-{1}?region=eu-west-1", 2, 20)
