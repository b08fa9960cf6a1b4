"""What stands in documents' own words, said in the language of whoever is spoken to."""

import asyncio
from dataclasses import replace

import pytest

from bot import app, receipts, replies
from bot.archive.threads import MESSAGE
from bot.documents import Why
from bot.policy import RoomSettings
from bot.replies import skipped
from bot.replies.words import LANGUAGES, speaking
from bot.said import Joined
from bot.settings import Settings
from bot.types import Author, Message, Receipt, Thread, Turn
from model.types import Answer, Document


def answer(place="", **fields):
    document = Document("d", "1", **({"title": "lease.pdf"} | fields))
    return Answer("Ada", document, 0, 3, "Ada signed.", 0, 1.0, 0.9, True, "onnx", place=place)


@pytest.mark.parametrize(
    ("place", "spoken"),
    [
        ("page 3", "Seite 3"),
        ("row 7", "Zeile 7"),
        ("line 12", "Zeile 12"),
        ("slide 2, notes", "Folie 2, Notizen"),
        ("sheet Prices, row 12", "Blatt Prices, Zeile 12"),
        ("sheet page 3, row 1", "Blatt page 3, Zeile 1"),
        ("Leave › page 3", "Leave › page 3"),
        ("page turning", "page turning"),
        ("notes", "notes"),
    ],
)
def test_a_place_is_named_in_the_language_spoken_and_a_heading_as_it_is(place, spoken):
    assert replies.source(answer(place)) == f"lease.pdf, {place}"
    with speaking("de-DE"):
        assert replies.source(answer(place)) == f"lease.pdf, {spoken}"


def test_the_day_of_a_message_is_said_in_the_language_spoken():
    message = answer(kind=MESSAGE, title="Ada, 3 May 2026", added_at=1_777_800_000.0)
    assert replies.source(message) == "Ada, 3 May 2026"
    with speaking("de"):
        assert replies.source(message) == "Ada, 3. Mai 2026"
        assert replies.source(answer(title="Ada, 3 May 2026")) == "Ada, 3 May 2026"


def test_a_kind_of_file_that_is_not_read_is_named_in_the_language_spoken():
    assert skipped.unreadable("a.png", Why.UNKNOWN_TYPE, "picture").why == "it is a picture"
    assert skipped.unreadable("a.xyz", Why.UNKNOWN_TYPE).why == "that is a kind of file that I do not read"
    with speaking("de"):
        assert skipped.unreadable("a.png", Why.UNKNOWN_TYPE, "picture").why == "es ist ein Bild"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_setting_has_its_words(language):
    assert {f"setting.{name}" for name in RoomSettings.model_fields} <= set(LANGUAGES[language])


def test_why_quotes_what_somebody_said_without_who_said_it():
    text = "Ada: The office opens at eight. It closes at six."
    told = Document("message-1", "1", text, title="Ada, 3 May 2026", kind=MESSAGE, added_by="u1")
    receipt = Receipt("onnx", "1", 0.5, 0.9, 0.9, (receipts.mark(told),), ((receipts.mark(told), 25, 30),))
    turn = Turn("m", 1.0, "When does it open?", "answer", "eight", "message-1", receipt=receipt)

    async def load(document):
        return text

    found = asyncio.run(receipts.why(turn, turn.question, [told], load)).found
    assert [(one.text, one.sentence) for one in found] == [("eight", "The office opens at eight.")]
    assert found[0].answer.stands_in(text)


def test_a_speakers_name_is_no_part_of_what_they_are_quoted_with():
    said = [
        Document("m1", "1", "Ada: The heating is mended.", kind=MESSAGE),
        Document(
            "m2",
            "1",
            "Ben: the office, the shed and the yard " + "are all to be swept, and " * 60,
            kind=MESSAGE,
        ),
    ]
    joined = Joined(said, None, but=Message("q", Thread("slack", "T", "C", "1"), "ask", "What is swept?"))
    begins = joined.text.index("Ben")
    sentence = joined.text[begins:].rstrip()
    quoted = Answer(sentence[:15], joined.document, begins, begins + 15, sentence, 0, 1.0, 0.9, True, "onnx")
    found = joined.origin(replace(quoted, sentence_start=begins))
    assert (found.text, found.start, found.sentence_start) == ("the office", 5, 5)
    assert found.stands_in(said[1].text)
    name = joined.origin(replace(quoted, text="Ben", end=begins + 3, sentence_start=begins))
    assert (name.text, name.sentence[:8]) == ("Ben", "Ben: the")  # who says it may be what is asked


async def test_an_edge_is_handed_the_overview_of_the_real_archive():
    service = app.build(Settings(store="memory:", model="lexical:"), channels=())
    try:
        team = Thread("slack", "T1")
        found = await service.house.desk.overview(Author("boss", admin=True), team)
        assert found.admin
        assert found.settings["follow"] == "own"
        assert (await service.house.desk.overview(Author("ada"), team)).settings == {}
    finally:
        await service.close()
