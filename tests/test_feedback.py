"""What people say of answers teaches their workspace, makes golden questions, and can be looked through."""

import time

import pytest

from bot.archive.votes import Vote
from bot.desk import Desk
from bot.feedback import FIT
from bot.policy import NotAllowedError
from bot.stores import StoreError
from bot.stores.memory import MemoryStore
from bot.types import Author, Message, Thread
from model.ladder import Ladder
from tests.fakes import calibrated, document
from tests.test_archive import HERE, ROOM, THERE
from tests.test_desk import ADA, ADMIN, BOB, GUEST, Room

STATED = 0.731  # by a reader whose margin is 1


@pytest.fixture
def room(clock):
    return Room(MemoryStore(clock), clock)


@pytest.fixture
async def heard(room):
    """A room where the heron nests, with a calibrated reader, and every question allowed."""
    return await taught(room, margin=1.0)


async def taught(place, margin):
    place.answerer._ladder = Ladder([calibrated("heron", margin)])
    await place.desk.set(ADMIN, Thread("slack", "T"), {"per_minute": 600, "at_once": 600})
    await place.desk.pin(ADA, ROOM, document("The heron nests there.", id="p"))
    return place


def say(place, about, text, author=ADA, where=HERE, id="f"):
    message = Message(id, where, "feedback", text, at=place.clock(), author=author, about=about)
    return place.talk.ask(message)


async def poll(place, count, verdict, where=HERE, first=0):
    """So many people, each with a question and a vote of their own."""
    for n in range(first, first + count):
        person = Author(f"p{n}")
        await place.ask(f"q{n}", author=person, where=where)
        await say(place, f"q{n}", verdict, person, where)


async def test_who_says_something_of_an_answer_is_told_that_it_is_noted(heard):
    await heard.ask("m")
    for said, told in (
        ("down", "Noted: that was wrong. Say why"),
        ("it is a stork", "Noted: that was wrong. Your reason stands beside it."),
        ("up", "Noted: that was right. From now on I check"),
        ("retract", "Noted: you take it back."),
    ):
        reply = await say(heard, "m", said)
        assert (reply.kind, reply.answer) == ("info", None)
        assert reply.text.startswith(told)


async def test_a_vote_is_no_question(heard):
    await heard.ask("m")
    await say(heard, "m", "up")
    assert len(await heard.threads.turns(HERE)) == 1
    (counts,) = (await heard.desk.counts(ADMIN, HERE)).values()
    assert counts == {"asked": 1, "answer": 1, "feedback": 1}


@pytest.mark.parametrize(("about", "where"), [("never", HERE), ("m", THERE), ("", HERE)])
async def test_what_is_said_of_no_answer_is_not_kept(heard, about, where):
    await heard.ask("m")
    reply = await say(heard, about, "up", where=where)
    assert (reply.kind, reply.passing) == ("error", False)
    assert "do not remember that answer" in reply.text
    assert await heard.remembered.votes.of_team(HERE) == []


async def test_who_may_not_ask_may_not_vote(heard):
    await heard.ask("m")
    for author in (GUEST, Author("b", bot=True)):
        assert (await say(heard, "m", "down", author)).kind == "error"
    assert await heard.remembered.votes.of_team(HERE) == []


async def test_a_reason_stays_with_its_verdict_and_goes_when_that_changes(heard):
    await heard.ask("m")
    turn = await heard.threads.turn(HERE, "m")

    async def kept():
        vote = await heard.remembered.votes.of(HERE, turn, "ada")
        return vote.up, vote.reason

    await say(heard, "m", "down: it is a stork")
    assert await kept() == (False, "it is a stork")
    await say(heard, "m", "down")
    assert await kept() == (False, "it is a stork")
    await say(heard, "m", "up")
    assert await kept() == (True, "")
    await say(heard, "m", "up to date, and short")
    assert await kept() == (True, "up to date, and short")


# --------------------------------------------------------------------------- learning


async def test_votes_lower_the_confidence_until_nothing_is_claimed_any_more(heard):
    first = await heard.ask("m")
    assert (first.kind, round(first.answer.confidence, 3)) == ("answer", STATED)
    await poll(heard, 3, "down")
    few = await heard.ask("few")
    assert STATED - 0.05 < few.answer.confidence < STATED
    await poll(heard, 40, "down", first=3)
    many = await heard.ask("many")
    assert (many.kind, many.nearest) == ("unsure", "The heron nests there.")
    assert many.receipt.confidence < 0.5
    assert round(many.receipt.stated, 3) == STATED  # what is learnt is never learnt from again


async def test_votes_raise_the_confidence_until_it_is_claimed(room):
    await taught(room, margin=0.3)
    await room.desk.set(ADMIN, ROOM, {"line": 0.62})
    assert (await room.ask("m")).kind == "unsure"
    await poll(room, 5, "up")  # that nothing was claimed was right
    assert (await room.ask("n")).receipt.confidence == pytest.approx(0.574, abs=0.001)
    await room.desk.set(ADMIN, ROOM, {"line": 0.5})
    await poll(room, 40, "up", first=5)
    await room.desk.set(ADMIN, ROOM, {"line": 0.62})
    assert (await room.ask("o")).kind == "answer"


async def test_one_person_with_twenty_votes_moves_little(heard):
    for n in range(20):
        await heard.ask(f"m{n}", author=BOB)
        await say(heard, f"m{n}", "down", BOB)
    after = await heard.ask("after")
    assert STATED - 0.1 < after.answer.confidence < STATED


async def test_a_workspace_learns_for_itself_alone_and_of_that_reader_alone(heard):
    elsewhere = Thread("slack", "U", "C", "here")
    await heard.desk.pin(ADA, elsewhere, document("The heron nests there.", id="p"))
    await poll(heard, 20, "down")
    assert round((await heard.ask("m", where=elsewhere)).answer.confidence, 3) == STATED
    assert (await heard.ask("n")).answer.confidence < STATED - 0.05
    heard.answerer._ladder._rungs[0].reader.revision = "2"
    assert round((await heard.ask("o")).answer.confidence, 3) == STATED


async def test_what_one_task_is_taught_the_others_know(heard):
    await poll(heard, 20, "down")
    other = Desk(heard.remembered, lambda _: None, clock=heard.clock)
    answer = (await heard.ask("m")).answer
    assert (await other.feedback.weighed(HERE, answer)).confidence == answer.confidence < STATED - 0.05


async def test_what_is_forgotten_is_unlearnt(heard):
    await poll(heard, 20, "down")
    heard.clock.now += 1
    await heard.desk.forget(ADMIN, HERE, "thread")
    assert (await heard.remembered.records.get(FIT, str(HERE.whole_team))).data == {}
    assert round((await heard.ask("m")).answer.confidence, 3) == STATED


async def test_a_vote_that_is_taken_back_is_unlearnt(heard):
    await heard.ask("m")
    await say(heard, "m", "down")
    assert (await heard.ask("n")).answer.confidence < STATED
    await say(heard, "m", "retract")
    assert round((await heard.ask("o")).answer.confidence, 3) == STATED


async def test_a_store_that_is_down_keeps_no_answer_back(heard, monkeypatch):
    async def down(*_):
        raise StoreError("not now")

    monkeypatch.setattr(heard.remembered.records, "get", down)
    answer = (await heard.talk.look(HERE, "What nests?")).answer
    assert round(answer.confidence, 3) == STATED


# --------------------------------------------------------------------------- golden questions, review


async def test_thumbs_up_by_who_may_pin_makes_a_golden_question(heard):
    await heard.desk.set(ADMIN, ROOM, {"guests": True})
    await heard.ask("m")
    await say(heard, "m", "up", GUEST)
    assert await heard.threads.approved(ROOM) == []
    await say(heard, "m", "up", BOB)
    (golden,) = await heard.threads.approved(ROOM)
    assert (golden.id, golden.question, golden.answer, golden.document) == ("m", "What nests?", "heron", "p")
    assert (golden.author, golden.added_by, golden.thread) == ("bob", "ada", str(HERE))


@pytest.mark.parametrize("change", ["down", "retract"])
async def test_who_thinks_otherwise_takes_their_golden_question_back_and_nobody_elses(heard, change):
    await heard.ask("m")
    await say(heard, "m", "up", BOB)
    await say(heard, "m", change, ADA)
    assert len(await heard.threads.approved(ROOM)) == 1
    await say(heard, "m", change, BOB)
    assert await heard.threads.approved(ROOM) == []


async def test_a_golden_question_lasts_as_long_as_what_it_quotes(heard):
    await heard.threads.put(THERE, document("The heron is gone."), at=heard.clock())
    await heard.desk.unpin(ADMIN, ROOM, "p")
    await heard.ask("m", where=THERE)
    await say(heard, "m", "up", where=THERE)
    assert [golden.id for golden in await heard.threads.approved(ROOM)] == ["m"]
    heard.clock.now += 3601
    assert await heard.threads.approved(ROOM) == []


async def test_the_review_shows_the_last_votes_of_a_room_with_question_and_source(heard):
    await heard.ask("m")
    await say(heard, "m", "down: it is a stork", BOB)
    heard.clock.now += 1
    await heard.ask("n", where=THERE)
    await say(heard, "n", "up", where=THERE)
    heard.clock.now += 1
    await say(heard, "m", "up", ADA)
    found = await heard.desk.feedback.review(ADMIN, ROOM)
    assert [(one.turn.id, one.vote.author, one.vote.up) for one in found] == [
        ("m", "ada", True),
        ("n", "ada", True),
        ("m", "bob", False),
    ]
    last = found[-1]
    assert (last.vote.reason, last.where, last.source.id) == ("it is a stork", HERE, "p")
    assert last.turn.question == "What nests?"
    assert len(await heard.desk.feedback.review(ADMIN, ROOM, limit=1)) == 1
    assert await heard.desk.feedback.review(ADMIN, Thread("slack", "T", "other")) == []
    assert len(await heard.desk.feedback.review(ADMIN, Thread("slack", "T"))) == 3
    with pytest.raises(NotAllowedError):
        await heard.desk.feedback.review(BOB, ROOM)


async def test_the_review_outlives_the_words_that_it_is_about(heard):
    await heard.ask("m")
    await say(heard, "m", "down: it is a stork", BOB)
    heard.clock.now += 3601
    (found,) = await heard.desk.feedback.review(ADMIN, ROOM)
    assert (found.turn, found.source, found.vote.up, found.vote.reason) == (None, None, False, "")


async def test_an_export_holds_the_votes(heard):
    await heard.ask("m")
    await say(heard, "m", "down: it is a stork", BOB)
    found = await heard.desk.export(ADMIN, HERE)
    assert [vote["reason"] for vote in found["threads"][0]["votes"]] == ["it is a stork"]


async def test_a_vote_is_taken_in_a_moment_where_there_are_thousands(heard):
    await heard.ask("m")
    turn = await heard.threads.turn(HERE, "m")
    for n in range(3_000):
        vote = Vote("m", turn.at, str(HERE), f"p{n}", n % 3 > 0, heard.clock(), "fake", "1", n / 3_000)
        await heard.remembered.votes.cast(HERE, vote)
    began = time.monotonic()
    assert (await say(heard, "m", "down")).kind == "info"
    assert time.monotonic() - began < 10
