"""What was said lately in Teams: kept for a while, followed when it changes, and bounded."""

import pytest

from bot.channels.teams.lately import ALL, EACH, LONGEST, SECONDS, Lately
from bot.types import Message, SourceError, Thread

CHAIN, OTHER = Thread("teams", "t", "room", "1"), Thread("teams", "t", "room", "2")


@pytest.fixture
def lately(clock):
    return Lately(clock)


def said(clock, id, text, where=CHAIN, intent="ask", about=""):
    return Message(id, where, intent, text, at=clock.now, about=about)


def texts(lately, where=CHAIN, *, whole=False):
    return [one.text for one in lately.told(where, whole=whole)]


def test_a_reply_chain_or_a_whole_room_is_told(lately, clock):
    lately.note(said(clock, "a", "one"))
    lately.note(said(clock, "b", "two", OTHER))
    assert texts(lately) == ["one"]
    assert texts(lately, whole=True) == ["one", "two"]


def test_where_nothing_was_told_it_says_so(lately):
    with pytest.raises(SourceError) as error:
        lately.told(CHAIN, whole=True)
    assert error.value.reason == "unseen"


def test_what_is_edited_deleted_and_restored_is_followed(lately, clock):
    for id in "ab":
        lately.note(said(clock, id, f"was {id}"))
    lately.note(said(clock, "e", "is a", intent="edited", about="a"))
    lately.note(said(clock, "f", "of nothing known", intent="edited", about="z"))
    lately.note(said(clock, "d", "", intent="deleted", about="b"))
    assert texts(lately) == ["is a"]
    lately.note(said(clock, "r", "b again", intent="restored", about="b"))
    assert texts(lately) == ["is a", "b again"]
    lately.note(said(clock, "d2", "", intent="deleted", about="b"))
    assert texts(lately) == ["is a"]


@pytest.mark.parametrize("intent", ["forget", "left"])
def test_what_is_forgotten_is_forgotten_here_too(intent, lately, clock):
    lately.note(said(clock, "a", "one"))
    lately.note(said(clock, "x", "", intent=intent))
    with pytest.raises(SourceError):
        lately.told(CHAIN, whole=True)


def test_it_is_kept_for_a_while_also_where_people_go_on_talking(lately, clock):
    lately.note(said(clock, "a", "old"))
    for later in range(4):
        clock.now += SECONDS / 3
        lately.note(said(clock, f"b{later}", "new"))
    assert "old" not in texts(lately)
    clock.now += SECONDS + 1
    with pytest.raises(SourceError):
        lately.told(CHAIN, whole=True)


def test_it_is_bounded(lately, clock):
    for number in range(3 * EACH):
        lately.note(said(clock, f"m{number}", "word"))
    assert len(texts(lately)) == EACH
    lately.note(said(clock, "long", "x" * (LONGEST + 1)))
    assert "x" not in texts(lately)[-1]
    for room in range(100):
        for number in range(EACH):
            where = Thread("teams", "t", f"room {room}", "1")
            lately.note(said(clock, f"{room} {number}", "x" * LONGEST, where))
    assert lately._rooms.currsize <= ALL
