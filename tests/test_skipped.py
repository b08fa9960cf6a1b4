"""Whatever was not read has a sentence that says why, in words that anybody understands."""

import re
from typing import get_args

import pytest

from bot.documents import Why
from bot.documents.fetching.refused import Reason, RefusedError
from bot.documents.kinds import _UNREAD
from bot.replies import skipped
from bot.replies.english import ENGLISH
from bot.types import Skipped, SourceReason
from model.types import Document

EVERY = [
    *(skipped.unreadable("a.pdf", why, detail) for why in Why for detail in ("", "picture")),
    *(
        skipped.refused("http://a.example/", RefusedError(reason, detail))
        for reason in get_args(Reason)
        for detail in ("", "a.example")
    ),
    *(skipped.not_handed_over("a.pdf", reason) for reason in get_args(SourceReason)),
    *skipped.left(Document("d", "1", title="a.pdf", left=tuple(("page 4", why, "") for why in Why))),
    skipped.too_large("a.pdf", "20 MB"),
    skipped.too_many("links", 3, 5),
    skipped.full("a.pdf", 2_000_000),
    skipped.still_reading("a.pdf"),
    skipped.files_of_the_room(1),
    skipped.gone(Document("d", "1", title="a.pdf")),
]


def test_there_are_words_for_each_reason():
    told = {name for name in ENGLISH if re.fullmatch(r"(link|source)\.\w+|why\.[A-Z_]+", name)}
    reasons = {f"why.{why.name}" for why in Why} | {f"link.{reason}" for reason in get_args(Reason)}
    assert told == reasons | {f"source.{reason}" for reason in get_args(SourceReason)}


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.why[:40])
def test_each_says_why_in_words(one):
    assert one.title
    assert len(one.why.split()) >= 3
    assert not set("{}_") & set(one.why)
    assert not one.why.endswith(".")  # it stands in a sentence
    assert one.why[0].islower() or one.why[0].isdigit() or one.why.startswith("I ") or "example" in one.why


def test_each_kind_of_file_that_is_not_read_has_its_name():
    known = {name.removeprefix("kind.") for name in ENGLISH if name.startswith("kind.")}
    assert set(_UNREAD) - {"PostScript"} == known - {"old Office file", "OpenDocument"}


def test_of_very_many_the_first_are_listed_and_the_others_counted():
    many = [Skipped(f"{n}.pdf", "it is damaged") for n in range(30)]
    listed = skipped.listed([*many, *many])
    assert len(listed) == skipped.LISTED
    assert listed[-1].title == f"{30 - skipped.LISTED + 1} more"


def test_of_a_document_with_many_unread_parts_a_few_are_named():
    document = Document("d", "1", title="a.pdf", left=tuple((f"page {n}", "pictures", "") for n in range(9)))
    assert [one.title for one in skipped.left(document)][-1] == f"a.pdf, {9 - skipped.PARTS} more parts"
