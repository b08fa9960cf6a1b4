"""An answer's id leads to what it rests on, and with the same texts to the same words."""

from dataclasses import replace

import pytest

from bot import archive, receipts, stores
from bot.policy import NotAllowedError
from bot.types import Message
from tests.fakes import Clock, conversation_over, document
from tests.test_archive import HERE, ROOM, THERE
from tests.test_complaints import NOTES
from tests.test_desk import ADA, ADMIN, GUEST


class Place:
    """The real reader over a real store."""

    def __init__(self, answerer, store, clock):
        self.answerer, self.clock = answerer, clock
        self.remembered = archive.over(store, ttl_seconds=3600, clock=clock)
        self.threads = self.remembered.threads
        self.talk = conversation_over(self.remembered, answerer, clock=clock, deadline=20)
        self.desk = self.talk.desk

    async def give(self, where, *texts):
        for about in texts:
            added = replace(document(NOTES[about][0], id=about), added_by="ada")
            await self.threads.put(where, added, at=self.clock())
            self.clock.now += 1

    async def ask(self, id, question, where=HERE):
        self.clock.now += 1
        return await self.talk.ask(Message(id, where, "ask", question, at=self.clock(), author=ADA))


@pytest.fixture
async def place(answerer, tmp_path):
    clock = Clock()
    store = stores.open(f"sqlite:{tmp_path / 'test.db'}", clock=clock)
    yield Place(answerer, store, clock)
    await store.close()


async def test_why_tells_what_was_read_by_what_and_what_else_was_found(place, reader):
    await place.give(HERE, "lease", "travel")
    await place.desk.pin(ADMIN, ROOM, document(NOTES["outage"][0], id="outage"))
    reply = await place.ask("m", "Who moved the logs?")
    why = await place.desk.why(ADA, HERE, "m")
    assert [found.id for found in why.read] == ["lease", "travel", "outage"]
    assert why.gone == 0
    assert (why.found[0].text, why.found[0].document.id) == ("Jonas", "outage")
    assert why.found[0].text == reply.answer.text == why.turn.answer
    assert len(why.found) == 1 + len(reply.answer.runners_up) > 1
    assert why.turn.receipt.reader == reader.name
    assert why.turn.receipt.revision == f"{reader.revision}.{reader.calibration.revision}"
    assert why.turn.receipt.line == reader.calibration.line


async def test_an_answers_id_gives_the_same_words_again_whatever_was_put_in_since(place):
    await place.give(HERE, "lease", "release", "travel")
    questions = [question for about in ("lease", "release", "travel") for question in NOTES[about][1]]
    said = {f"m{n}": await place.ask(f"m{n}", question) for n, question in enumerate(questions)}
    await place.give(HERE, "garden", "outage")
    await place.desk.pin(ADMIN, ROOM, document("The landlord is Somebody Else.", id="new"))
    for id, first in said.items():
        why = await place.desk.why(ADA, HERE, id)
        assert not why.gone
        again = await place.talk.look(HERE, why.asked, why.turn.receipt.read)
        assert receipts.agree(again.receipt, why.turn.receipt)
        assert (again.kind, again.answer, again.asked) == (first.kind, first.answer, first.asked)
        assert first.text.endswith(again.text)
    assert sum(reply.kind == "answer" for reply in said.values()) >= 4


async def test_a_look_leaves_no_trace(place):
    await place.give(HERE, "lease")
    await place.talk.look(HERE, "Who is the landlord?")
    assert await place.threads.turns(HERE) == []
    assert await place.desk.counts(ADMIN, HERE) == {}


async def test_where_a_text_changed_why_says_so_and_shows_none_of_it(place):
    await place.give(HERE, "lease", "travel")
    await place.ask("m", "Who gets the receipts?")
    await place.threads.put(
        HERE, document("Receipts go to Otto.", id="travel", version="2"), at=place.clock()
    )
    why = await place.desk.why(ADA, HERE, "m")
    assert ([found.id for found in why.read], why.gone) == (["lease"], 1)
    assert all(found.document.id == "lease" for found in why.found)


async def test_a_receipt_holds_no_word_and_no_name_of_what_was_read(place):
    await place.give(HERE, "lease", "travel")
    await place.ask("m", "Who gets the receipts?")
    (turn,) = await place.threads.turns(HERE)
    assert not [word for word in ("lease", "travel", "Marta") if word in repr(turn.receipt)]


async def test_what_is_shown_to_all_is_compared_with_its_source_once_more(place):
    await place.give(HERE, "lease", "travel")
    reply = await place.ask("m", "Who is the landlord?")
    share = Message("s", HERE, "share", "", author=ADA, about="m")
    shared = await place.talk.reply(share)
    assert (shared.kind, shared.answer.sentence) == ("answer", reply.answer.sentence)
    (turn,) = await place.threads.turns(HERE)
    lie = replace(turn, sentence="The landlord is not Harrow Estates.")
    await place.threads.add_turn(HERE, lie, HERE)
    refused = await place.talk.reply(share)
    assert (refused.kind, refused.answer) == ("error", None)
    assert "Harrow" not in refused.text


async def test_what_somebody_said_can_be_shown_to_all_as_it_was_quoted(place):
    said = Message(
        "m1", HERE, "heard", "On the whole: Priya is the landlord, as we all know. Ask her.", at=5.0
    )
    await place.ask("m0", "Hello?")
    await place.talk.reply(replace(said, author=ADMIN))
    reply = await place.ask("m", "Who is the landlord?")
    shared = await place.talk.reply(Message("s", HERE, "share", "", author=ADA, about="m"))
    assert (shared.kind, shared.answer.sentence) == (reply.kind, reply.answer.sentence)


async def test_the_source_of_what_is_shown_to_all_is_named_in_their_language(place):
    share = Message("s", HERE, "share", "", author=replace(ADA, locale="de"), about="m")
    said = Message("m1", HERE, "heard", "Priya is the landlord, as we all know.", at=1_777_800_000.0)
    await place.ask("m0", "Hello?")
    await place.talk.reply(replace(said, author=ADMIN))
    await place.ask("m", "Who is the landlord?")
    assert "3. Mai 2026" in (await place.talk.reply(share)).text
    (turn,) = await place.threads.turns(HERE, last=1)
    await place.threads.add_turn(HERE, replace(turn, place="page 3"), HERE)
    assert "Seite 3" in (await place.talk.reply(share)).text


async def test_why_is_told_only_where_it_was_asked_and_to_who_may_see_the_sources(place):
    await place.give(HERE, "lease")
    await place.ask("m", "Who is the landlord?")
    assert await place.desk.why(ADA, THERE, "m") is None
    assert await place.desk.why(ADA, HERE, "other") is None
    with pytest.raises(NotAllowedError, match="sources"):
        await place.desk.why(GUEST, HERE, "m")
    place.clock.now += 1
    await place.desk.forget(ADA, HERE, "thread")
    assert await place.desk.why(ADA, HERE, "m") is None
