"""What stands in documents' own words, said in the language of whoever is spoken to."""

import asyncio
from dataclasses import replace

import pytest

from bot import receipts, replies
from bot.archive.threads import MESSAGE
from bot.documents import Why
from bot.policy import RoomSettings
from bot.replies import skipped
from bot.replies.words import LANGUAGES, speaking
from bot.said import Joined
from bot.types import Message, Receipt, Thread, Turn
from model.types import Answer, Document


def answer(**fields):
    return Answer("Ada", Document("d", "1", **fields), 0, 3, "Ada signed.", 0, 1.0, 0.9, True, "onnx")


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
