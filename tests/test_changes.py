"""Where something changes, what was answered from it is asked again, and corrected or struck, once."""

import asyncio
import itertools
import time

import pytest
from aiohttp.test_utils import TestServer

from bot import archive
from bot.delivery import Limits
from bot.documents.fetching.refused import RefusedError
from bot.inbox import Inbox
from bot.intake.things import known
from bot.rereading import Rereading
from bot.stores.memory import MemoryStore
from bot.telemetry import Metrics
from bot.types import Author
from model.types import Document
from tests.fakes import (
    ChatServer,
    FakeReader,
    Loopback,
    PlainFiles,
    PlainLinks,
    PlainSource,
    conversation_over,
    said,
)

BOB = {"id": "bob", "name": "Bob"}
FILE = {"attachments": [{"id": "a", "name": "lease.txt"}], "author": BOB, "addressed": False}


class Place:
    """A chat on loopback, and the service behind it with fakes at its other edges."""

    async def __aenter__(self):
        self.chat = ChatServer()
        self.server = TestServer(self.chat.app)
        await self.server.start_server()
        self.channel = Loopback(str(self.server.make_url("")).rstrip("/"))
        self.archive = archive.over(MemoryStore(time.time), ttl_seconds=3600)
        self.files, self.links, self.source = PlainFiles(), PlainLinks(), PlainSource()
        self.reader = FakeReader("Priya")
        self.talk = conversation_over(
            self.archive,
            self.reader,
            files=self.files,
            links=self.links,
            sources={"loopback": self.source},
        )
        limits = Limits(pause=0.01)
        chats = {"loopback": self.channel}
        self.inbox = Inbox(self.archive, self.talk.desk, self.talk, chats, Metrics(), limits=limits)
        return self

    async def __aexit__(self, *_):
        await self.inbox.drain(0)
        await self.channel.close()
        await self.server.close()

    async def hears(self, *arguments, **fields):
        """Accept a message, and work until nothing is open; whether it was taken."""
        taken = await self.inbox.accept(said(*arguments, **fields))
        await self.rests()
        return taken

    async def rests(self):
        async with asyncio.timeout(20):
            while True:
                await self.inbox.recover()
                if not self.inbox._at_work and not await self.archive.messages.overdue(1):
                    return
                await asyncio.sleep(0.01)

    def texts(self):
        return [post["text"] for post in self.chat.posts.values()]


@pytest.fixture(params=[True, False], ids=["read back", "not read back"])
async def place(request):
    async with Place() as made:
        made.back = {"reads_back": request.param}
        yield made


async def asked(place, text="Who signed?", id="q", **fields):
    await place.hears(id, text, **place.back, **fields)


async def heard(place, id, text, **fields):
    fields = {"author": BOB, "addressed": False} | fields
    return await place.hears(id, text, **fields)


async def test_what_is_said_where_nobody_asked_is_dropped_without_a_write(place):
    assert not await heard(place, "m1", "Priya signed.")
    assert not await heard(place, "e1", "Tom signed.", intent="edited", about="m1")
    assert not await heard(place, "d1", "", intent="deleted", about="m1")
    assert not place.archive.store._partitions


async def test_what_is_said_where_somebody_asked_is_evidence_and_gets_no_reply(place):
    await asked(place, "hello", "q0")
    await heard(place, "m1", "Priya signed.")
    await asked(place)
    assert len(place.chat.posts) == 2
    assert "Priya signed." in place.texts()[1]


async def test_an_edit_corrects_the_answer_where_it_stands(place):
    await asked(place, "hello", "q0")
    await heard(place, "m1", "Priya signed, said Tom.")
    await asked(place)
    await heard(place, "e1", "Priya signed on Monday.", intent="edited", about="m1")
    assert len(place.chat.posts) == 2
    assert place.texts()[1].startswith("“Priya signed on Monday.”")  # the same words answer


async def test_an_edit_that_comes_when_the_answer_is_seen_but_not_settled_corrects_it(place):
    await asked(place, "hello", "q0")
    await heard(place, "m1", "Priya signed, said Tom.")
    place.chat.faults = ["late"] if place.back["reads_back"] else ["", "late"]  # the first takes the place
    await place.inbox.accept(said("q", "Who signed?", **place.back))
    async with asyncio.timeout(20):
        while not any("said Tom" in post["text"] for post in place.chat.of("q")):
            await asyncio.sleep(0.01)
        await place.inbox.accept(
            said("e1", "Priya signed on Monday.", intent="edited", about="m1", author=BOB, addressed=False)
        )
        while await place.archive.messages.coming(said("q", "").thread, "e1"):
            await place.inbox.recover()
            await asyncio.sleep(0.01)
        place.chat.tell.set()
        await place.rests()
        while "on Monday" not in place.chat.of("q")[0]["text"]:
            await place.inbox.recover()
            await asyncio.sleep(0.02)
    assert len(place.chat.posts) == 2


async def test_what_changes_between_the_check_of_a_quotation_and_its_note_is_read_again(place, monkeypatch):
    await asked(place, "hello", "q0")
    await heard(place, "m1", "Priya signed, said Tom.")
    add_turn, edit = place.archive.threads.add_turn, place.talk._changes.edit

    async def late(*arguments):
        monkeypatch.setattr(place.archive.threads, "add_turn", add_turn)
        await edit(said("e1", "Priya signed on Monday.", intent="edited", about="m1", author=BOB))
        await add_turn(*arguments)

    monkeypatch.setattr(place.archive.threads, "add_turn", late)
    await asked(place)
    (post,) = place.chat.of("q")
    assert "on Monday" in post["text"]


async def test_a_question_that_is_edited_while_it_is_read_is_answered_as_it_stands(place, monkeypatch):
    await asked(place, "hello", "q0")
    await heard(place, "m1", "Priya signed.")
    read = place.reader.read

    async def slow(*arguments):
        monkeypatch.setattr(place.reader, "read", read)
        await place.inbox.accept(said("e1", "Who signed the lease?", intent="edited", about="q"))
        while await place.archive.messages.coming(said("q", "").thread, "e1"):
            await asyncio.sleep(0.01)
        return await read(*arguments)

    monkeypatch.setattr(place.reader, "read", slow)
    await asked(place)
    async with asyncio.timeout(20):
        while place.reader.asked[-1][0] != "Who signed the lease?":
            await place.inbox.recover()
            await asyncio.sleep(0.01)
    await place.rests()
    assert len(place.chat.of("q")) == 1
    (turn,) = [turn for turn in await place.archive.threads.turns(said("q", "").thread) if turn.id == "q"]
    assert turn.question == "Who signed the lease?"


async def test_of_two_edits_the_last_is_answered_whichever_is_done_last(place):
    await asked(place, "hello", "q0")
    await heard(place, "m1", "Priya signed.")
    at = time.time()
    await asked(place, at=at)
    for id, text in (("e1", "Who signed the lease?"), ("e2", "Who signed the will?")):
        await place.hears(id, text, intent="edited", about="q", at=time.time(), **place.back)
    late = said("again-q-e1", "Who signed the lease?", intent="again", about="q", reworded=True, at=at)
    assert (await place.talk.reply(late)).kind == "answer"
    (turn,) = [turn for turn in await place.archive.threads.turns(late.thread) if turn.id == "q"]
    assert turn.question == "Who signed the will?"
    assert place.reader.asked[-1][0] == "Who signed the will?"


async def test_who_may_not_ask_here_may_not_by_an_edit_either(place):
    guest = {"id": "gus", "guest": True}
    again = said("again-q-e1", "Who signed?", intent="again", about="q", reworded=True, author=guest)
    assert (await place.talk.reply(again)).kind == "error"
    assert not place.reader.asked


async def test_what_was_not_seen_is_not_remembered(place, monkeypatch):
    await asked(place, "hello", "q0")
    await heard(place, "m1", "Priya signed, said Tom.")
    add_turn, edit = place.archive.threads.add_turn, place.talk._changes.edit
    numbers = itertools.count()

    async def late(*arguments):
        text = f"Priya signed, the {next(numbers)}th time."
        await edit(said("e", text, intent="edited", about="m1", author=BOB, at=time.time()))
        await add_turn(*arguments)

    monkeypatch.setattr(place.archive.threads, "add_turn", late)
    assert (await place.talk.reply(said("q", "Who signed?"))).kind == "error"
    assert [turn.id for turn in await place.archive.threads.turns(said("q", "").thread)] == ["q0"]


async def test_where_other_words_answer_now_it_says_that_it_was_corrected(place):
    await asked(place, "hello", "q0")
    await heard(place, "m0", "On reflection, Priya paid.", at=5.0)
    await heard(place, "m1", "Priya signed.")
    await asked(place)
    (post,) = place.chat.of("q")
    quoted = "m0" if "paid" in post["text"] else "m1"
    await heard(place, "d1", "", intent="deleted", about=quoted)
    (post,) = place.chat.of("q")
    assert post["text"].startswith("Corrected, since what I quoted changed: “")
    await heard(place, "d2", "", intent="deleted", about="m0")
    await heard(place, "d3", "", intent="deleted", about="m1")
    (post,) = place.chat.of("q")
    assert post["text"].startswith("I take that answer back")
    assert "Priya" not in repr(place.archive.store._partitions)


async def test_a_deletion_strikes_the_answer_once_however_often_it_comes(place):
    await asked(place, "hello", "q0")
    await heard(place, "m1", "Priya signed.")
    await asked(place)
    for id in ("d1", "d1", "d2"):
        await heard(place, id, "", intent="deleted", about="m1")
    (post,) = place.chat.of("q")
    assert post["text"].startswith("I take that answer back")
    assert post["changed"] == (1 if place.back["reads_back"] else 2)  # a placeholder was there first


async def test_an_answer_is_struck_though_nothing_can_be_read_at_the_moment(place):
    await asked(place, "hello", "q0")
    await heard(place, "m1", "Priya signed.")
    await asked(place)

    async def broken(*_):
        raise RuntimeError

    place.reader.read = broken
    await place.inbox.accept(said("d1", "", intent="deleted", about="m1", author=BOB))
    async with asyncio.timeout(20):
        while not place.chat.of("q")[0]["text"].startswith("I take"):
            await place.inbox.recover()
            await asyncio.sleep(0.02)


async def test_a_question_that_is_edited_is_asked_again(place):
    await asked(place, "hello", "q0")
    await heard(place, "m1", "Priya signed.")
    await asked(place, "Who pined?")
    place.reader.word = "signed"
    await place.hears("e", "What did Priya do?", intent="edited", about="q")
    turns = await place.archive.threads.turns(said("", "").thread)
    assert (turns[-1].question, turns[-1].answer) == ("What did Priya do?", "signed")
    assert len(place.chat.posts) == 2


async def test_an_answer_to_an_edited_question_is_no_correction(place):
    await asked(place, "hello", "q0")
    await heard(place, "m1", "Priya signed.")
    await asked(place)
    place.reader.word = "signed"
    await place.hears("e", "What did Priya do?", intent="edited", about="q")
    (post,) = place.chat.of("q")
    assert post["text"].startswith("“Priya signed.”")


async def test_an_edited_question_that_nothing_answers_takes_nothing_back(place):
    await asked(place, "hello", "q0")
    await heard(place, "m1", "Priya signed.")
    place.reader.margin = -5.0
    await asked(place, "Who pined?")
    await place.hears("e", "Who pained?", intent="edited", about="q")
    (post,) = place.chat.of("q")
    assert post["text"].startswith("Nothing here answers that.")


async def test_an_edited_question_that_fails_says_so_and_takes_nothing_back(place):
    await asked(place, "hello", "q0")
    await heard(place, "m1", "Priya signed.")
    await asked(place)
    await place.hears("e", "\0", intent="edited", about="q")
    assert len(place.chat.of("q")) == 1

    async def broken(*_):
        raise ValueError

    place.reader.read = broken
    await place.inbox.accept(said("e2", "What did Priya do?", intent="edited", about="q"))
    async with asyncio.timeout(20):
        while "Priya signed" in place.chat.of("q")[0]["text"]:
            await place.inbox.recover()
            await asyncio.sleep(0.02)
    assert "take that answer back" not in place.chat.of("q")[0]["text"]


async def test_a_file_that_comes_just_before_the_question_is_read_first(place):
    await asked(place, "hello", "q0")
    place.source.files["a"] = b"Priya signed."
    place.files.seconds = 0.3
    assert await place.inbox.accept(said("m1", "", **FILE))
    assert await place.inbox.accept(said("q", "Who signed?", **place.back))
    await place.rests()
    (post,) = place.chat.of("q")
    assert "lease.txt" in post["text"]


def shelf(place):
    return place.archive.threads.shelf(said("", "").thread)


@pytest.mark.parametrize("kept", [False, True], ids=["nobody else", "another message"])
async def test_a_file_whose_message_is_deleted_while_it_is_read_is_not_kept_for_it(place, kept):
    await asked(place, "hello", "q0")
    place.source.files["a"] = b"Priya signed."
    if kept:
        await place.hears("m0", "", **FILE)
    place.files.seconds = 0.3
    await place.inbox.accept(said("m1", "", **FILE))
    await asyncio.sleep(0.1)
    await place.inbox.accept(said("d1", "", intent="deleted", about="m1", author=BOB))
    await place.rests()
    assert [one.title for one in await shelf(place)] == ["lease.txt"] * kept


async def test_a_message_that_is_restored_brings_its_file_back(place):
    await asked(place, "hello", "q0")
    place.source.files["a"] = b"Priya signed."
    sent = time.time()
    await place.hears("m1", "", at=sent, **FILE)
    await heard(place, "d1", "", intent="deleted", about="m1")
    assert not await shelf(place)
    await place.hears("r1", "", intent="restored", about="m1", at=sent, **FILE)
    assert [one.title for one in await shelf(place)] == ["lease.txt"]


async def test_words_that_an_edit_takes_away_answer_nothing_and_the_file_beside_them_stays(place):
    await asked(place, "hello", "q0")
    place.source.files["a"] = b"The lease."
    await place.hears("m1", "Priya signed.", **FILE)
    await asked(place)
    await place.hears("e1", "", intent="edited", about="m1", **FILE)
    assert place.chat.of("q")[0]["text"].startswith("I take that answer back")
    assert [one.title for one in await shelf(place)] == ["lease.txt"]
    await heard(place, "e2", "Priya signed.", intent="edited", about="m1")
    await asked(place, "Who signed, then?", "q2")
    assert "Priya" in place.chat.of("q2")[0]["text"]


async def test_a_link_that_an_edit_takes_away_answers_nothing_any_more(place):
    await asked(place, "hello", "q0")
    first, other = "https://example.org/a.html", "https://example.org/b.html"
    place.links.net |= {first: b"Priya signed.", other: b"The lease."}
    await heard(place, "m1", f"Look at {first} and {other}.")
    await heard(place, "m2", f"Or at {other}.")
    await asked(place)
    await heard(place, "e1", "Look away.", intent="edited", about="m1")
    assert place.chat.of("q")[0]["text"].startswith("I take that answer back")
    assert [one.title for one in await shelf(place)] == ["b.html"]


async def test_a_bots_edits_and_deletions_are_of_no_concern(place):
    await asked(place, "hello", "q0")
    bot = {"id": "b", "bot": True}
    assert not await heard(place, "e", "x", intent="edited", about="q0", author=bot)
    assert not await heard(place, "d", "", intent="deleted", about="q0", author=bot)


# ------------------------------------------------------------------------------------------- pinned links

LINK = "https://example.org/a.html"
ROOM = said("", "").thread.whole_room


async def pinned(place, data):
    place.links.net[LINK] = data
    fetched = await place.links.fetch(LINK)
    again = known(fetched)
    made = Document("link-1", "1", data.decode(), "Handbook", LINK, kind="html", again=again)
    await place.talk.desk.pin(Author("ada"), ROOM, made)


async def reread(place):
    chats = {"loopback": place.channel}
    await Rereading(place.archive, place.talk.intake.things, place.links, chats, most=2_000_000).read_all()
    await place.rests()


async def test_where_a_pinned_link_changes_an_answer_the_room_is_told_once_with_old_and_new(place):
    await pinned(place, b"Priya signs. Leave is 14 days.")
    place.reader.word = "14 days"
    await asked(place, "How long is leave?")
    await asked(place, "How long is leave?", "q2")
    place.links.net[LINK], place.reader.word = b"Priya signs. Leave is 30 days.", "30 days"
    for _ in range(3):
        await reread(place)
    told = [text for text in place.texts() if "has changed" in text]
    assert told == ["Handbook has changed.\n• How long is leave? — it was “14 days”, now “30 days”."]
    await asked(place, "How long is leave?", "q3")
    assert "30 days" in place.chat.of("q3")[0]["text"]


@pytest.mark.parametrize("faults", [["broken"] * 4, ["lost"], ["busy"] * 7])
async def test_the_room_is_told_once_though_the_chat_was_down_when_it_was_to_be(place, faults):
    await pinned(place, b"Priya signs. Leave is 14 days.")
    place.reader.word = "14 days"
    await asked(place, "How long is leave?")
    place.links.net[LINK], place.reader.word = b"Priya signs. Leave is 30 days.", "30 days"
    place.chat.faults += faults
    await reread(place)
    async with asyncio.timeout(20):
        while not any("has changed" in text for text in place.texts()):
            await place.rests()
            await asyncio.sleep(0.01)
    await reread(place)
    told = [text for text in place.texts() if "has changed" in text]
    assert told == ["Handbook has changed.\n• How long is leave? — it was “14 days”, now “30 days”."]
    (turn,) = await place.archive.threads.turns(said("", "").thread)
    assert turn.answer == "30 days"


async def test_where_a_new_version_no_longer_answers_it_says_so(place):
    await pinned(place, b"Priya signs.")
    await asked(place)
    place.links.net[LINK] = b"Nobody signs."
    await reread(place)
    assert place.texts()[-1].endswith("it was “Priya”, and now nothing there answers it.")


async def test_a_new_version_that_changes_no_answer_is_read_in_silence(place):
    await pinned(place, b"Priya signs.")
    await asked(place)
    place.links.net[LINK] = b"As before, Priya signs."
    await reread(place)
    assert len(place.chat.posts) == 1
    assert (await place.archive.threads.shelf(ROOM))[0].version != "1"


@pytest.mark.parametrize("failure", [RefusedError("robots", "example.org"), RefusedError("slow"), b""])
async def test_a_pinned_link_that_cannot_be_read_again_stays_as_it_was(place, failure):
    await pinned(place, b"Priya signs.")
    place.links.net[LINK] = failure
    await reread(place)
    await asked(place)
    assert "Priya signs." in place.texts()[-1]
    assert place.links.asked[-1][1] is not None  # the clock asked, and says so: robots are heeded


async def test_a_pin_that_was_taken_away_meanwhile_does_not_come_back(place):
    await pinned(place, b"Priya signs.")
    place.links.net[LINK] = b"Priya signs again."
    real = place.links.fetch

    async def fetch(url, *, again=None):
        await place.talk.desk.unpin(Author("ada"), ROOM, "link-1")
        return await real(url, again=again)

    place.links.fetch = fetch
    await reread(place)
    assert await place.archive.threads.shelf(ROOM) == []
