"""Text is cut so that nothing is lost and every offset holds."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from model.passages import (
    OVERLAP,
    SIZE,
    Index,
    is_quotable,
    names,
    sentence_at,
    sentences,
    split,
    terms,
    whole_characters,
    windows,
)
from model.types import Document

SCRIPTS = "aB9. \n!?,;:'\"…。،؟ءبتשלוםßéñ日本語한국어हिन्दी👩‍👩‍👧‍👦🇩🇪👍🏽e\u0301\u200f\u200d\ufeff\t-*#|"
TEXTS = st.text(st.sampled_from(SCRIPTS) | st.characters(exclude_categories=["Cs"]), max_size=600)
# A size, and an overlap that is less than half of it.
SIZES = st.tuples(st.integers(1, 30), st.integers(1, 40)).map(lambda of: (2 * of[0] + of[1], of[0]))


def cut(text, size=SIZE, overlap=OVERLAP):
    return split(Document("d", "1", text), size, overlap)


@given(TEXTS, SIZES)
def test_a_passage_says_what_the_document_says_there(text, sizes):
    for passage in cut(text, *sizes):
        assert text[passage.start : passage.start + len(passage.text)] == passage.text
        assert len(passage.text) <= sizes[0]


@given(TEXTS, SIZES)
def test_no_two_passages_leave_a_gap(text, sizes):
    reached = 0
    for passage in cut(text, *sizes):
        assert passage.start <= reached
        reached = max(reached, passage.start + len(passage.text))
    assert reached == len(text)


@given(TEXTS, SIZES, st.data())
def test_a_span_no_longer_than_the_overlap_lies_whole_in_a_passage(text, sizes, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + sizes[1])))
    ranges = [(p.start, p.start + len(p.text)) for p in cut(text, *sizes)]
    assert any(low <= start and end <= high for low, high in ranges) or not text


@given(st.integers(0, 500), SIZES)
def test_windows_cover_everything_and_share_the_overlap(length, sizes):
    size, overlap = sizes
    ranges = list(windows(length, size, overlap))
    assert ranges[0][0] == 0
    assert ranges[-1][1] == length
    assert all(end - start <= size for start, end in ranges)
    assert all(left[1] - right[0] == overlap for left, right in pairwise(ranges))


@given(TEXTS, st.data())
@example("no stop anywhere " * 100, None)
def test_a_sentence_holds_the_span_that_it_is_around(text, data):
    start = data.draw(st.integers(0, len(text))) if data else 800
    end = data.draw(st.integers(start, len(text))) if data else 805
    low, high = sentence_at(text, start, end)
    assert 0 <= low <= start <= end <= high <= len(text)


@pytest.mark.parametrize(
    ("text", "answer", "sentence"),
    [
        ("It rained. Dr. Wu left at 5 p.m. on Monday. We stayed.", "Wu", "Dr. Wu left at 5 p.m. on Monday."),
        ("Pay is 3.5 percent. Leave is 16 weeks.", "3.5", "Pay is 3.5 percent."),
        ("It is here. Room No. 5 is free. Go.", "5", "Room No. 5 is free."),
        ("It is so. See fig. 3 vs. Smith. Go.", "3", "See fig. 3 vs. Smith."),
        ("Is it so? He said no. Five left.", "said", "He said no."),
        ("See J. R. Smith, p. 4, for more. Then go.", "Smith", "See J. R. Smith, p. 4, for more."),
        ("He said “Stop.” Then he left.", "Stop", "He said “Stop.”"),
        ("- eggs\n- twelve lemons\n- salt", "twelve", "- twelve lemons"),
        ("Maya: who has the key?\nTom: Priya has it\nMaya: thanks", "Priya", "Tom: Priya has it"),
        ("# Leave\nSixteen weeks are paid.", "Sixteen", "Sixteen weeks are paid."),
        ("Name | Days\nAda | 12\nGrace | 14", "14", "Grace | 14"),
        (
            "A line that was wrapped by an editor at some seventy characters or so\ngoes on here. Next.",
            "goes on",
            "A line that was wrapped by an editor at some seventy characters or so\ngoes on here.",
        ),
        ("会議は三時に始まります。終わりは五時です。", "三時", "会議は三時に始まります。"),
        ("متى يبدأ الاجتماع؟ يبدأ في الثالثة.", "الثالثة", "يبدأ في الثالثة."),
        ("One. Two three four.", "Two", "Two three four."),
    ],
)
def test_the_sentence_around_an_answer_is_found(text, answer, sentence):
    start = text.index(answer)
    low, high = sentence_at(text, start, start + len(answer))
    assert text[low:high] == sentence


def quotable(text, answer):
    start = text.index(answer)
    place = start, start + len(answer)
    return is_quotable(text, *place, sentence_at(text, *place))


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("# Parental leave\nIt is paid.", "Parental leave"),
        ("Parental leave\n==============\nIt is paid.", "leave"),
        ("Parental leave:\n- it is paid", "Parental leave"),
        ("Dana Weber  10:32\nI have the key\n", "Dana Weber"),
        ("[Dana] 10:32 AM\nI have the key\n", "Dana"),
        ("Dana (10:32):\nI have the key\n", "Dana"),
        ("Who has the key? Dana.", "the key"),
    ],
)
def test_a_heading_a_speakers_name_and_a_question_are_no_answer(text, answer):
    assert not quotable(text, answer)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Dana: I have the key", "Dana"),
        ("Dana Weber", "Dana Weber"),
        ("Standup 10:30, room 4.12", "10:30"),
        ("Deadline: 3 March\nOwner: Dana", "Dana"),
        ("Breakfast 8:00\nLunch 12:30", "12:30"),
        ("- eggs\n- salt", "eggs"),
        ("Name | Days\nAda | 12", "12"),
    ],
)
def test_a_line_that_says_something_may_answer(text, answer):
    assert quotable(text, answer)


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("Who signed the lease?", set()),
        ("When does Ada Byron's lease end?", {"ada", "byron"}),
        ("what is the VPN for in 2026, on db-3", {"vpn", "2026", "3"}),
        ("When did Österreich sign?", {"osterreich"}),
    ],
)
def test_a_question_names_what_has_a_capital_or_a_number(question, found):
    assert names(question) == found


def test_a_text_without_a_stop_is_quoted_from_word_to_word():
    text = "word " * 1000
    low, high = sentence_at(text, 2500, 2504)
    assert text[low:high].split() == ["word"] * len(text[low:high].split())
    assert 500 < high - low < 1300


@given(TEXTS)
@example("Is it so? He said no. Five left!\n- eggs\n\n終わり。次。")
def test_the_sentences_of_a_text_hold_every_word_in_order(text):
    found = list(sentences(text))
    assert all(low < high for low, high in found)
    assert all(left[1] <= right[0] for left, right in pairwise(found))
    assert "".join("".join(text[low:high].split()) for low, high in found) == "".join(text.split())


@pytest.mark.parametrize("cluster", ["e\u0301", "👩‍👩‍👧‍👦", "👍🏽", "🇩🇪", "हि"])
def test_a_character_is_never_cut_in_two(cluster):
    text = f"a {cluster} b"
    for start in range(2, 2 + len(cluster)):
        assert whole_characters(text, start, start + 1, 0) == (2, 2 + len(cluster))


def test_the_passage_that_speaks_of_the_question_ranks_first():
    passages = cut("\n\n".join(f"Chapter {n} speaks of {n} geese and their lakes. " * 12 for n in range(40)))
    special = len(passages) // 2
    told = passages[special].text.replace("geese", "renewing badges", 1)
    passages[special] = type(passages[special])("d", passages[special].start, told)
    best = Index(passages).best("Who renewed the badge?", 3)
    assert best[0].start == passages[special].start
    assert best[0].relevance == 1.0
    assert len(best) == 3


@pytest.mark.parametrize("text", ["", "   ", "!!! ???", "the of and"])
def test_a_text_without_a_telling_word_is_ranked_all_the_same(text):
    assert len(Index(cut(text)).best("Who?", 5)) == len(cut(text))


def test_words_are_found_in_any_script():
    assert terms("Renewed badges!") == terms("renew BADGE")
    assert terms("会議") == ["会", "議"]
    assert terms("שלום עולם") == ["שלום", "עולם"]
    assert terms("Café") == terms("cafe\u0301") == terms("cafe")


@pytest.mark.parametrize("around", ["", " naïve", " – "])
def test_a_word_is_the_same_word_whatever_stands_around_it(around):
    assert terms("O'Brien’s" + around)[:2] == terms("o brien")


def test_equal_passages_rank_in_the_order_of_the_text():
    passages = [replace(passage, start=n) for n, passage in enumerate(cut("the badge") * 12)]
    assert [passage.start for passage in Index(passages).best("badge", 3)] == [0, 1, 2]
