"""What a message brings is read, or skipped with a reason; and what changes is followed."""

import asyncio
import time
from dataclasses import replace

import pytest

from bot import archive, said
from bot.documents import UnreadableError, Why
from bot.documents.fetching.refused import RefusedError
from bot.intake import FILES, Limits
from bot.stores.memory import MemoryStore
from bot.types import Address, Attachment, Author, Message, SourceError, Thread
from tests.fakes import FakeReader, PlainFiles, PlainLinks, PlainSource, conversation_over, document

ADA, BOB = Author("ada", "Ada"), Author("bob", "Bob")
HERE = Thread("chat", "T", "C", "1")
ROOM = HERE.whole_room
LEASE = "The lease ends in May.\fPriya signed it for all of us."


class Chat:
    """A conversation over an archive in memory, with a chat's files and messages at hand."""

    def __init__(self, word="Priya", **limits):
        self.remembered = archive.over(MemoryStore(time.time), ttl_seconds=3600)
        self.files, self.links, self.source = PlainFiles(), PlainLinks(), PlainSource()
        self.reader = FakeReader(word)
        self.talk = conversation_over(
            self.remembered,
            self.reader,
            files=self.files,
            links=self.links,
            sources={"chat": self.source},
            limits=Limits(**limits),
        )
        self.threads, self.speech = self.remembered.threads, self.remembered.speech

    async def ask(self, text="Who signed?", *files, id="q", where=HERE, author=ADA, **fields):
        return await self.talk.reply(message(id, text, *files, where=where, author=author, **fields))

    async def hear(self, id, text, *files, author=BOB, intent="heard", **fields):
        return await self.talk.reply(message(id, text, *files, author=author, intent=intent, **fields))

    async def said(self, where=HERE):
        return [one.text for one in (await self.threads.contents(where))[1]]


def message(id, text, *files, where=HERE, author=ADA, intent="ask", **fields):
    attachments = tuple(Attachment(name, name, where=f"https://chat.example/{name}") for name in files)
    place = {"place": where.thread or "room"}
    return Message(
        id,
        where,
        intent,
        text,
        at=fields.pop("at", time.time()),
        author=author,
        address=Address("chat", place),
        attachments=attachments,
        where=f"https://chat.example/{id}",
        **fields,
    )


@pytest.fixture
def chat():
    return Chat()


# ------------------------------------------------------------------------------------------- files and links


async def test_a_file_is_read_and_the_answer_names_its_page(chat):
    chat.source.files["lease.pdf"] = LEASE.encode()
    reply = await chat.ask("Who signed?", "lease.pdf")
    assert reply.answer.sentence == "Priya signed it for all of us."
    assert (reply.answer.place, reply.answer.document.title) == ("page 2", "lease.pdf")
    assert "lease.pdf, page 2" in reply.text
    assert [(one.title, one.pages) for one in reply.read] == [("lease.pdf", 2)]
    assert reply.skipped == ()


async def test_a_file_is_read_for_later_questions_and_its_page_is_still_known(chat):
    chat.source.files["lease.pdf"] = LEASE.encode()
    await chat.ask("Who signed?", "lease.pdf")
    reply = await chat.ask(id="q2")
    assert (reply.answer.place, reply.answer.document.where) == ("page 2", "https://chat.example/lease.pdf")
    assert chat.files.read_so_far == ["lease.pdf"]


@pytest.mark.parametrize(
    ("name", "link"),
    [
        ("https://example.org/a.pdf", "https://example.org/a.pdf#page=2"),
        (
            "https://example.org/a.html",
            "https://example.org/a.html#:~:text=Priya%20signed%20it%20for%20all%20of%20us.",
        ),
    ],
)
async def test_a_links_answer_opens_it_where_it_says_so(chat, name, link):
    chat.links.net[name] = LEASE.encode()
    reply = await chat.ask(f"Who signed, in {name}?")
    assert reply.answer.document.where == link


async def test_where_something_is_put_in_and_nothing_asked_it_says_what_was_read(chat):
    chat.source.files["lease.pdf"] = LEASE.encode()
    reply = await chat.ask("", "lease.pdf")
    assert (reply.kind, reply.text) == ("info", "Read: lease.pdf (2 pages). Ask me about it.")
    chat.links.net["https://example.org/a"] = LEASE.encode()
    assert (await chat.ask("https://example.org/a", id="q2")).kind == "info"
    assert (await chat.ask(id="q3")).kind == "answer"


async def test_a_message_longer_than_a_question_is_something_put_in(chat):
    reply = await chat.ask("Priya signed the lease. " * 100)
    assert (reply.kind, len(reply.read)) == ("info", 1)
    assert (await chat.ask(id="q2")).answer.document.kind == "message"


@pytest.mark.parametrize(
    ("failure", "why"),
    [
        (UnreadableError(Why.ENCRYPTED), "locked with a password"),
        (UnreadableError(Why.UNKNOWN_TYPE, "picture"), "it is a picture"),
    ],
)
async def test_a_file_that_cannot_be_read_is_named_with_its_reason(chat, failure, why):
    chat.source.files |= {"lease.pdf": LEASE.encode(), "b.pdf": b"x"}
    chat.files.failures["b.pdf"] = failure
    reply = await chat.ask("Who signed?", "lease.pdf", "b.pdf")
    assert reply.kind == "answer"
    ((title, told),) = [(one.title, one.why) for one in reply.skipped]
    assert title == "b.pdf"
    assert why in told


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("gone", "it is no longer there"),
        ("login", "I may not open files here"),
        ("large", "it is too large"),
        ("slow", "it did not come in time"),
        ("failing", "it could not be had just now"),
        ("uninvited", "I am not in that channel"),
        ("unsupported", "files cannot be had here"),
    ],
)
async def test_a_file_that_the_chat_does_not_give_is_named_with_its_reason(chat, reason, why):
    chat.source.files["a.pdf"] = SourceError(reason)
    reply = await chat.ask("Who signed?", "a.pdf")
    ((title, told),) = [(one.title, one.why) for one in reply.skipped]
    assert title == "a.pdf"
    assert told.startswith(why)
    assert reply.kind == "unsure"


async def test_a_link_that_is_refused_is_named_with_its_reason(chat):
    chat.links.net["http://10.0.0.1/"] = RefusedError("address", "10.0.0.1")
    reply = await chat.ask("Who signed http://10.0.0.1/ ?")
    assert [(one.title, one.why) for one in reply.skipped] == [
        ("http://10.0.0.1/", "10.0.0.1 is not on the public internet")
    ]


async def test_a_file_that_says_itself_that_it_is_too_large_is_not_even_fetched(chat):
    big = replace(message("q", "Who?", "a.pdf"), attachments=(Attachment("a", "a.pdf", size=20_000_001),))
    reply = await chat.talk.reply(big)
    assert [one.why for one in reply.skipped] == ["it is over 20 MB, the most that is read"]


async def test_of_many_files_and_links_the_last_are_read_and_the_others_counted(chat):
    names = [f"{n}.txt" for n in range(FILES + 2)]
    chat.source.files |= dict.fromkeys(names, b"x")
    links = [f"https://example.org/{n}" for n in range(7)]
    reply = await chat.ask(f"Who signed? {' '.join(links)}", *names)
    assert {"2 more files", "2 more links"} <= {one.title for one in reply.skipped}
    assert sorted(chat.files.read_so_far) == sorted(names[2:])
    assert sorted(link for link, _ in chat.links.asked) == links[2:]


async def test_what_does_not_fit_is_refused_with_a_sentence_and_nothing_else_is_lost():
    chat = Chat(thread=100)
    chat.source.files |= {"a.txt": LEASE.encode(), "b.txt": b"x" * 60}
    reply = await chat.ask("Who signed?", "a.txt", "b.txt")
    assert reply.kind == "answer"
    assert [(one.title, "no room" in one.why) for one in reply.skipped] == [("b.txt", True)]
    assert [one.id for one in await chat.threads.shelf(HERE)] == ["file-a.txt"]


async def test_parts_that_were_not_read_are_told_with_each_answer(chat):
    left = (("pages 4 to 6", "pictures", ""),)
    await chat.threads.put(ROOM, replace(document("Priya signed."), left=left), at=1.0, keep=True)
    reply = await chat.ask()
    assert [(one.title, one.why) for one in reply.skipped] == [
        ("title of d, pages 4 to 6", "it holds pictures of text, and I do not read pictures")
    ]


async def test_who_asks_in_the_same_second_waits_for_the_file(chat):
    chat.source.files["lease.pdf"] = LEASE.encode()
    await chat.ask("hello", id="q0")
    chat.files.seconds = 0.5
    put_in = message("m", "the lease", "lease.pdf", author=BOB, intent="heard")
    await chat.talk.expect(put_in)
    asked = asyncio.create_task(chat.ask())
    await asyncio.sleep(0.05)
    await chat.talk.reply(put_in)
    reply = await asked
    assert (reply.kind, reply.skipped) == ("answer", ())
    assert await chat.speech.expected(HERE, but="") == []


async def test_a_file_that_takes_too_long_is_said_to_be_still_in_the_making():
    chat = Chat()
    chat.talk._deadline = 1.5
    await chat.talk.expect(message("m", "", "lease.pdf", intent="heard"))
    reply = await chat.ask()
    assert [(one.title, "still being read" in one.why) for one in reply.skipped] == [("lease.pdf", True)]


async def test_a_new_version_of_a_link_takes_the_old_ones_place(chat):
    chat.links.net["https://example.org/a"] = b"Priya signed."
    await chat.ask("https://example.org/a")
    chat.links.net["https://example.org/a"] = b"Priya signed it, and Tom."
    await chat.ask("https://example.org/a", id="q2")
    assert (await chat.ask(id="q3")).answer.sentence == "Priya signed it, and Tom."
    assert len(await chat.threads.shelf(HERE)) == 1


# ------------------------------------------------------------------------------------------- what is said


async def test_what_somebody_said_is_evidence_with_who_and_when_and_a_link(chat):
    await chat.ask("hello", id="q0")
    await chat.hear("m1", "Well.\nPriya signed the lease, I think.", at=1_777_000_000.0)
    reply = await chat.ask()
    answer = reply.answer
    assert answer.sentence == "Priya signed the lease, I think."
    assert (answer.document.id, answer.document.title) == ("message-m1", "Bob, 24 April 2026")
    assert (answer.document.where, answer.document.added_by) == ("https://chat.example/m1", "bob")
    assert answer.stands_in((await chat.said())[0])
    assert [one.title for one in reply.read] == ["2 messages"]


async def test_the_name_beside_the_words_may_answer_too():
    chat = Chat("Bob")
    await chat.ask("hello", id="q0")
    await chat.hear("m1", "I signed it.")
    assert (await chat.ask()).answer.sentence == "Bob: I signed it."


@pytest.mark.parametrize("first", [[], ["m0"]])
async def test_what_a_question_says_never_answers_it(chat, first):
    for id in first:
        await chat.ask("Tell me what Priya signed.", id=id)
    assert (await chat.ask("Tell me what Priya signed")).kind == "unsure"


async def test_a_bots_words_are_never_evidence(chat):
    await chat.ask("hello", id="q0")
    await chat.hear("m1", "Priya signed.", author=Author("b", bot=True))
    bot = message("m0", "Priya signed.", author=Author("b", bot=True))
    chat.source.said["room"] = [bot]
    assert (await chat.ask()).kind == "unsure"
    assert (await chat.ask(id="q2", where=ROOM, way="room")).kind == "unsure"


async def test_the_history_of_a_thread_is_fetched_once_with_its_files(chat):
    chat.source.files["lease.pdf"] = LEASE.encode()
    chat.source.said["1"] = [message("m0", "See the file", "lease.pdf", author=BOB, at=5.0)]
    assert (await chat.ask()).answer.document.title == "lease.pdf"
    assert (await chat.ask(id="q2")).kind == "answer"
    assert chat.source.histories == 1
    assert await chat.said() == ["Bob: See the file"]


async def test_a_history_that_cannot_be_had_is_said_and_asked_for_again(chat):
    async def refuse(address, most):
        raise SourceError("login")

    real, chat.source.history = chat.source.history, refuse
    assert [one.title for one in (await chat.ask()).skipped] == ["earlier messages"]
    chat.source.history = real
    chat.source.said["1"] = [message("m0", "Priya signed.", author=BOB, at=5.0)]
    assert (await chat.ask(id="q2")).kind == "answer"


async def test_a_room_is_read_as_far_back_as_is_set_and_not_kept():
    chat = Chat(history=2)
    room = [message(f"m{n}", f"Priya signed {n}.", author=BOB, where=ROOM) for n in range(3)]
    chat.source.said["room"] = room
    reply = await chat.ask(where=ROOM, way="room")
    assert [one.title for one in reply.read] == ["2 messages"]
    assert reply.answer.document.id in ("message-m1", "message-m2")
    assert await chat.threads.contents(ROOM) == ([], [])


async def test_a_thousand_messages_are_one_document_and_more_are_not_read():
    many = [
        replace(said.document(message(f"m{n}", f"word {n}", author=BOB)), added_at=n) for n in range(1_100)
    ]
    joined = said.Joined(many, HERE, but=message("q", "Who?"))
    assert len(joined.said) == said.MOST
    assert joined.said[-1].text == "Bob: word 1099"


# ------------------------------------------------------------------------------------------- what changes


async def test_an_edit_takes_the_old_words_place(chat):
    await chat.ask("hello", id="q0")
    await chat.hear("m1", "Tom signed.", at=5.0)
    await chat.hear("e1", "Priya signed.", intent="edited", about="m1")
    await chat.hear("m1", "Tom signed.", at=5.0)  # it comes late, or again
    assert (await chat.ask()).answer.document.id == "message-m1"
    assert await chat.said() == ["Bob: Priya signed.", "Ada: hello"]


async def test_a_deletion_removes_the_message_and_what_it_brought(chat):
    chat.source.files["lease.pdf"] = LEASE.encode()
    await chat.ask("hello", id="q0")
    await chat.hear("m1", "Priya signed.", "lease.pdf")
    await chat.hear("x", "", intent="deleted", about="m1")
    await chat.hear("m1", "Priya signed.", at=1.0)
    assert (await chat.ask()).kind == "unsure"
    assert await chat.threads.shelf(HERE) == []
    await chat.hear("r", "Priya signed.", intent="restored", about="m1")
    assert (await chat.ask(id="q2")).kind == "answer"


async def test_a_file_that_another_message_brought_too_stays(chat):
    chat.links.net["https://example.org/a"] = LEASE.encode()
    await chat.ask("hello", id="q0")
    await chat.hear("m1", "https://example.org/a")
    await chat.hear("m2", "see https://example.org/a")
    await chat.hear("x", "", intent="deleted", about="m1")
    assert len(await chat.threads.shelf(HERE)) == 1
