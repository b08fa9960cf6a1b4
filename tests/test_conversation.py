"""A message becomes one reply, whatever happens."""

import time
from dataclasses import replace

import pytest

from bot import archive
from bot.stores import StoreError
from bot.stores.memory import MemoryStore
from bot.types import Author, Message, Thread
from model.answerer import BusyError
from model.readers import ReaderError
from tests.fakes import (
    BrokenReader,
    FakeReader,
    ForgetfulStore,
    FullStore,
    SlowReader,
    TamperedStore,
    calibrated,
    conversation_over,
    document,
)

THREAD = Thread("http", thread="t")
BADGE = document("Badges end in May. Priya renews them.")


def talk(reader, store=None, deadline=5.0):
    remembered = archive.over(store or MemoryStore(time.time), ttl_seconds=60)
    return conversation_over(remembered, reader, deadline=deadline), remembered.threads


def ask(text="Who renews?", *documents, **fields):
    return Message("m1", THREAD, "ask", text, documents, **fields)


async def test_an_answer_is_the_sentence_with_its_source():
    conversation, _ = talk(FakeReader("Priya"))
    reply = await conversation.reply(ask("Who renews?", BADGE))
    assert (reply.kind, reply.id, reply.asked) == ("answer", "m1", "Who renews?")
    assert reply.answer.sentence == "Priya renews them."
    assert "Priya renews them." in reply.text
    assert BADGE.title in reply.text
    assert reply.read == (replace(BADGE, text=""),)


async def test_what_is_likely_and_yet_under_the_line_is_shown_with_how_sure_it_is():
    conversation, _ = talk(calibrated("Priya", margin=1, line=0.9))
    reply = await conversation.reply(ask("Who renews?", BADGE))
    assert (reply.kind, reply.answer) == ("unsure", None)
    assert reply.text == (
        "Nothing here answers that for sure. The nearest sentence is “Priya renews them.”,"
        " probably right (73%)."
    )


@pytest.mark.parametrize(("line", "kind"), [(None, "answer"), (0.9, "unsure"), (0.7, "answer")])
async def test_a_rooms_own_line_says_how_sure_an_answer_must_be(line, kind):
    conversation, _ = talk(calibrated("Priya", margin=1))  # 73 %
    admin = Author("U1", admin=True)
    await conversation._desk.set(admin, THREAD, {"line": line})
    assert (await conversation.reply(ask("Who renews?", BADGE))).kind == kind


def english(word):
    return talk(calibrated(word, languages=("en",)))[0]


async def test_a_question_in_another_language_gets_a_sentence_that_says_so():
    reply = await english("Priya").reply(ask("Wer verlängert die Ausweise?", BADGE))
    assert (reply.kind, reply.answer, reply.nearest) == ("unsure", None, None)
    assert reply.text == "I read English, and that question looks like German: I would only be guessing."


async def test_texts_in_another_language_are_said_to_be_unread():
    german = document("Die Ausweise werden von Priya verlängert, und zwar im Mai.", id="de")
    reply = await english("Priya").reply(ask("Who renews the badges?", german))
    assert reply.text == "I read English, and what is here looks like German: I would only be guessing."
    reply = await english("Priya").reply(ask("Who renews the badges?", german, BADGE))
    assert (reply.kind, reply.answer.sentence) == ("answer", "Priya renews them.")
    assert [skipped.why for skipped in reply.skipped] == ["parts of it look like German"]


async def test_where_nothing_answers_the_nearest_sentence_is_given():
    conversation, _ = talk(FakeReader("Priya", margin=-3))
    reply = await conversation.reply(ask("Who renews?", BADGE))
    assert (reply.kind, reply.answer, reply.nearest) == ("unsure", None, "Priya renews them.")
    assert "Nothing here answers that" in reply.text


async def test_where_there_is_nothing_to_read_it_says_so():
    conversation, _ = talk(FakeReader("Priya"))
    reply = await conversation.reply(ask())
    assert (reply.kind, reply.nearest, reply.read) == ("unsure", None, ())
    assert "nothing here to read" in reply.text


async def test_a_paragraph_given_once_is_read_for_later_questions():
    conversation, threads = talk(FakeReader("Priya"))
    await conversation.reply(ask("Who renews?", BADGE))
    reply = await conversation.reply(replace(ask("And who again?"), id="m2"))
    assert reply.answer.text == "Priya"
    assert [t.question for t in await threads.turns(THREAD)] == ["Who renews?", "And who again?"]
    assert [(t.answer, t.document) for t in await threads.turns(THREAD)] == [("Priya", "d")] * 2


async def test_a_follow_up_is_read_as_it_was_meant_and_says_so():
    reader = FakeReader("Priya")
    conversation, threads = talk(reader)
    await conversation.reply(ask("Who renews the badges?", BADGE))
    reply = await conversation.reply(replace(ask("and when does she do that?"), id="m2"))
    assert reply.asked == reader.asked[-1][0] == "When does Priya renew the badges?"
    assert reply.text.startswith("I took that as: “When does Priya renew the badges?” “Priya renews them.”")
    assert [t.question for t in await threads.turns(THREAD, last=1)] == ["and when does she do that?"]
    chained = await conversation.reply(replace(ask("why?"), id="m3"))
    assert chained.asked == "Why does Priya renew the badges?"


async def test_a_question_that_brings_a_text_leans_on_no_other():
    conversation, _ = talk(FakeReader("Priya"))
    await conversation.reply(ask("Who renews the badges?", BADGE))
    reply = await conversation.reply(replace(ask("When does she?", BADGE), id="m2"))
    assert (reply.asked, reply.text[:6]) == ("When does she?", "“Priya")


async def test_in_a_room_nobody_leans_on_what_another_asked():
    conversation, threads = talk(FakeReader("Priya"))
    room = Thread("http", room="r")
    await threads.put(room, BADGE, at=0.0)
    first = replace(ask("Who renews the badges?"), thread=room, author=Author("ada"))
    await conversation.reply(first)
    for name, asked in (("tom", "why?"), ("ada", "Why does Priya renew the badges?")):
        reply = await conversation.reply(replace(ask("why?"), id=name, thread=room, author=Author(name)))
        assert reply.asked == asked


async def test_where_nothing_is_to_be_remembered_nothing_is():
    conversation, threads = talk(FakeReader("Priya"))
    reply = await conversation.reply(ask("Who renews?", BADGE, remember=False))
    assert reply.kind == "answer"
    assert (await threads.shelf(THREAD), await threads.turns(THREAD)) == ([], [])


async def test_a_quotation_that_no_longer_stands_in_its_source_is_not_shown():
    conversation, threads = talk(FakeReader("Priya"), TamperedStore(time.time))
    await threads.put(THREAD, BADGE, at=1.0)
    reply = await conversation.reply(ask())
    assert (reply.kind, reply.answer) == ("error", None)
    assert "changed" in reply.text


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ReaderError("x"), "reader does not answer"),
        (StoreError("x"), "cannot be reached"),
        (BusyError(), "long texts"),
        (RuntimeError("marker"), "went wrong"),
        (MemoryError(), "went wrong"),
    ],
)
async def test_whatever_fails_ends_in_one_sentence(error, words):
    conversation, _ = talk(BrokenReader(error))
    reply = await conversation.reply(ask("Who renews?", BADGE))
    assert reply.kind == "error"
    assert words in reply.text
    assert "marker" not in reply.text


async def test_a_question_that_takes_too_long_ends_in_a_sentence():
    conversation, _ = talk(SlowReader("Priya"), deadline=0.05)
    reply = await conversation.reply(ask("Who renews?", BADGE))
    assert reply.kind == "error"
    assert "too long" in reply.text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "there is none"),
        ("  \n", "there is none"),
        ("x" * 1001, "1,000"),
        ("a\0", "NUL"),
        ("\ud800", "surrogate"),
    ],
)
async def test_a_question_that_cannot_be_asked_is_refused(text, words):
    conversation, _ = talk(FakeReader("Priya"))
    reply = await conversation.reply(ask(text, BADGE))
    assert reply.kind == "error"
    assert words in reply.text


async def test_a_text_that_is_none_is_refused():
    conversation, threads = talk(FakeReader("Priya"))
    reply = await conversation.reply(ask("Who renews?", document("Priya \udfff renews")))
    assert reply.kind == "error"
    assert await threads.shelf(THREAD) == []


async def test_an_answer_is_given_though_its_turn_cannot_be_kept():
    conversation, _ = talk(FakeReader("Priya"), FullStore(time.time))
    assert (await conversation.reply(ask("Who renews?", BADGE))).kind == "answer"


async def test_a_text_that_is_gone_is_named_as_not_read_and_where_all_are_none_is_asked_for():
    conversation, threads = talk(FakeReader("Priya"), ForgetfulStore(time.time))
    await threads.put(THREAD, BADGE, at=1.0)
    reply = await conversation.reply(ask())
    assert reply.read == ()
    assert [(one.title, one.why) for one in reply.skipped] == [(BADGE.title, "its text is no longer there")]
    assert (
        reply.text
        == "I could read nothing of what is here. Not read: title of d (its text is no longer there)."
    )


async def test_two_threads_whose_documents_have_one_id_never_see_each_others_text():
    conversation, threads = talk(FakeReader("Priya"))
    other = Thread("http", thread="other")
    await threads.put(THREAD, document("Priya renews them. Priya signs the secret cheque."), at=1.0)
    await threads.put(other, document("Badges end in May. Priya smiles."), at=1.0)
    await conversation.reply(ask())
    reply = await conversation.reply(replace(ask(), thread=other))
    assert reply.answer.sentence == "Priya smiles."
    assert "cheque" not in repr(reply)
