"""Wherein speaks the language of whoever it speaks to, from one table of phrases for each."""

import ast
import asyncio
import re
from dataclasses import replace
from string import Formatter

import pytest

from bot import replies
from bot.replies import skipped, words
from bot.replies.places import place
from bot.replies.words import LANGUAGES, date, number, percent, quote, say, speaking
from bot.types import Author, Message, Thread
from model.readers import PROJECT
from model.types import Document
from tests.fakes import FakeReader, conversation_over, document
from tests.test_archive import HERE
from tests.test_web import QUOTED

REPLIES = PROJECT / "bot" / "replies"
FIRST = Message("m", Thread("slack", "T", "C"), "ask", "Who?")


def places(phrase):
    return {name for _, name, _, _ in Formatter().parse(phrase) if name}


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_every_phrase_is_there_in_every_language_with_the_same_places(language):
    english, other = LANGUAGES["en"], LANGUAGES[language]
    assert list(english) == list(other)
    assert {name: places(text) for name, text in english.items()} == {
        name: places(text) for name, text in other.items()
    }


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_what_is_the_same_in_two_languages_has_no_words_in_it(language):
    same = {name for name, text in LANGUAGES["en"].items() if LANGUAGES[language][name] == text}
    alike = {"language.bn", "language.hi", "language.id", "language.ta", "language.th", "language.ur"}
    alike |= {"page.text", "page.link"}
    for name in same - alike:
        assert not re.search(r"[A-Za-z]{3}", re.sub(r"{.*?}", "", LANGUAGES["en"][name])), name


def test_every_phrase_is_said_somewhere():
    files = [path for folder in ("bot", "web") for path in (PROJECT / folder).rglob("*.py")]
    source = "\n".join(path.read_text() for path in files)
    for name in LANGUAGES["en"]:
        stem = re.sub(r"\.(one|many)$", "", name)
        made = {f'f"{stem[: place + 1]}{{' for place, mark in enumerate(stem) if mark == "."}
        counted = stem in ("pages", "slides", "sheets")  # by the kind of file
        assert (
            f'"{stem}"' in source
            or f'"{name}"' in source
            or counted
            or any(begins in source for begins in made)
        ), name


def test_no_words_stand_beside_the_tables():
    for path in REPLIES.glob("*.py"):
        if path.stem in ("english", "german"):
            continue
        tree = ast.parse(path.read_text())
        kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
        docs = {ast.get_docstring(node, clean=False) for node in ast.walk(tree) if isinstance(node, kinds)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in docs:
                assert not re.search(r"[a-z]{2} [a-z]{2}", node.value), (path.name, node.value)


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("de-DE", "Hier beantwortet das nichts."),
        ("de_CH", "Hier beantwortet das nichts."),
        ("DE", "Hier beantwortet das nichts."),
        ("en-GB", "Nothing here answers that."),
        ("xx-YY", "Nothing here answers that."),
        ("", "Nothing here answers that."),
    ],
)
def test_a_locale_names_the_language(locale, said):
    with speaking(locale):
        assert say("nothing") == said
    assert words.language() == "en"


def test_numbers_dates_and_quotation_marks_are_those_of_the_language():
    assert (number(4200), percent(0.856), quote("so"), date(1_772_496_000.0)) == (
        "4,200", "86%", "“so”", "3 March 2026",
    )  # fmt: skip
    with speaking("de"):
        assert (number(4200), percent(0.856), quote("so"), date(1_772_496_000.0)) == (
            "4.200", "86 %", "„so“", "3. März 2026",
        )  # fmt: skip


@pytest.mark.parametrize(
    ("error", "english", "german"),
    [
        (TimeoutError(), "That took too long", "Das hat zu lange gedauert"),
        (replies.TooOftenError(2.2), "ask again in 3 s", "Frag in 3 s noch einmal"),
        (replies.NoSuchAnswerError(), "do not remember", "erinnere ich mich nicht"),
        (replies.QuestionError("question.long", most=1000), "1000 characters", "1000 Zeichen"),
        (ValueError("x"), "Something went wrong", "Hier ging etwas schief"),
    ],
)
def test_an_error_says_what_to_do_in_both(error, english, german):
    assert english in replies.failed(FIRST, error).text
    with speaking("de-AT"):
        assert german in replies.failed(FIRST, error).text


def test_news_of_a_link_that_was_taken_away_speak_the_language_too():
    with speaking("de"):
        told = replies.news(FIRST, "", [("Who?", "Ada", "")]).text
    assert told.startswith("Ein angehefteter Link hat sich geändert.")


async def test_two_who_ask_at_once_are_each_answered_in_their_language(remembered):
    talk = conversation_over(remembered, FakeReader("heron"))
    await remembered.threads.put(HERE, document("A heron stands there."), at=1.0)

    async def ask(n):
        author = Author(f"p{n}", locale="de-DE" if n % 2 else "en-US")
        return await talk.reply(Message(f"m{n}", HERE, "ask", "What stands there?", at=2.0, author=author))

    for n, reply in enumerate(await asyncio.gather(*map(ask, range(20)))):
        assert (reply.text[0], reply.answer.text) == ("„" if n % 2 else "“", "heron")


PLACES = {
    "page 3": "Seite 3",
    "pages 4 to 6": "Seiten 4 bis 6",
    "row 7": "Zeile 7",
    "line 12": "Zeile 12",
    "slide 2, notes": "Folie 2, Notizen",
    "sheet Prices, row 12": "Blatt Prices, Zeile 12",
    "sheet page 3, row 1": "Blatt page 3, Zeile 1",
    "sheet A, B": "Blatt A, B",
    "footnote 1": "Fußnote 1",
    "attachment a.txt, line 1": "Anhang a.txt, line 1",
    "what comes after page 2000": "was nach Seite 2000 kommt",
    "the rest": "der Rest",
    "header": "Kopfzeile",
    "Leave › Parental leave": "Leave › Parental leave",
    "Leave › page 3": "Leave › page 3",
    "page turning": "page turning",
    "notes": "notes",
    "Page 3": "Page 3",
    "": "",
}


@pytest.mark.parametrize("label", PLACES)
def test_a_place_in_a_file_is_told_in_the_language_that_is_spoken(label):
    assert place(label) == label
    with speaking("de"):
        assert place(label) == PLACES[label]


def test_an_answer_and_what_was_not_read_name_their_places_in_german():
    left = Document("d", "1", title="a.pdf", left=(("pages 2 to 3", "pictures", ""),))
    with speaking("de"):
        assert [one.title for one in skipped.left(left)] == ["a.pdf, Seiten 2 bis 3"]
        found = replace(QUOTED, place="page 4")
        assert replies.quoted(found).endswith("text, Seite 4")
