"""What each way to ask reads is one table, and nothing is read beside it."""

from typing import get_args

import pytest

from bot.reach import READS, Part, home, reads
from bot.types import Message, Thread, Way
from tests.test_readme import table

THREAD = Thread("slack", "T", "C", "1")


def test_each_way_to_ask_is_in_the_table():
    assert set(READS) == set(get_args(Way))


def test_the_readme_tells_the_same():
    told = dict(table("What is read"))
    assert told == {reach.who: "; ".join(reach.reads) for reach in READS.values()}


@pytest.mark.parametrize("way", READS)
def test_what_comes_along_is_always_read_and_a_private_question_never_reads_a_threads_pins(way):
    assert Part.BROUGHT in READS[way].reads
    assert not (way == "message" and Part.PINS in READS[way].reads)


@pytest.mark.parametrize(
    ("thread", "way", "kept"),
    [
        (THREAD, "thread", True),
        (THREAD, "message", True),
        (THREAD, "room", True),  # a mention outside a thread begins one
        (THREAD.whole_room, "room", False),  # a slash command: nobody else saw what it brought
        (THREAD.whole_room, "conversation", True),
    ],
)
def test_a_room_keeps_nothing_but_its_pins(thread, way, kept):
    message = Message("m", thread, "ask", "Who?", way=way)
    assert (home(message) is not None) is kept
    assert reads(message) == READS[way].reads
    assert home(Message("m", thread, "ask", "Who?", way=way, remember=False)) is None
