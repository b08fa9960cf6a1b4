"""Who may do what, where Wherein answers, how often one may ask."""

import pytest

from bot.policy import RIGHTS, RoomSettings, answers_here, known, may, spend
from bot.types import Author
from tests.fakes import said

ROOM, OPEN = RoomSettings(), RoomSettings(guests=True)
PEOPLE = {
    "member": Author("u"),
    "admin": Author("u", admin=True),
    "guest": Author("u", guest=True),
    "outsider": Author("u", outside=True),
    "outside admin": Author("u", outside=True, admin=True),
    "bot": Author("u", bot=True),
    "admin bot": Author("u", bot=True, admin=True),
}
OWN = {"ask", "sources", "pin", "unpin", "forget"}
MAY = {
    "member": (OWN, OWN),
    "admin": (set(RIGHTS), set(RIGHTS)),
    "guest": ({"forget"}, {"ask", "sources", "forget"}),
    "outsider": ({"forget"}, {"ask", "sources", "forget"}),
    "outside admin": ({"forget"}, {"ask", "sources", "forget"}),
    "bot": (set(), set()),
    "admin bot": (set(), set()),
}


@pytest.mark.parametrize("who", PEOPLE)
def test_the_table_of_rights_is_this(who):
    for room, rights in zip((ROOM, OPEN), MAY[who], strict=True):
        assert {right for right in RIGHTS if may(PEOPLE[who], right, room)} == rights


def test_the_settings_name_admins_by_id_or_address():
    admins = ("U1", "ada@example.org")
    assert known(Author("U1"), admins).admin
    assert known(Author("U2", email="Ada@Example.org"), admins).admin
    assert not known(Author("U2"), admins).admin
    assert not known(Author(""), ("",)).admin
    assert known(Author("U2", admin=True), ()).admin
    assert not may(known(Author("U1", guest=True), admins), "export", OPEN)


@pytest.mark.parametrize(
    ("follow", "has_asked", "muted", "answers"),
    [
        ("own", True, False, True),
        ("own", False, False, False),
        ("own", True, True, False),
        ("always", False, False, True),
        ("always", False, True, False),
        ("never", True, False, False),
    ],
)
def test_a_message_without_a_mention_is_answered_as_the_room_wants_it(follow, has_asked, muted, answers):
    room = RoomSettings(follow=follow)
    message = said("m", "Who?", addressed=False)
    assert answers_here(message, room, has_asked=has_asked, muted=muted) is answers
    assert answers_here(said("m", "Who?"), room, has_asked=has_asked, muted=muted)


def test_bots_are_never_answered():
    for addressed in (True, False):
        message = said("m", "Who?", author={"id": "b", "bot": True}, addressed=addressed)
        assert not answers_here(message, RoomSettings(follow="always"), has_asked=True, muted=False)


def test_a_bucket_lets_some_through_at_once_and_then_so_many_a_minute():
    room, now, full_at, through = RoomSettings(per_minute=20, at_once=5), 1e9, 0.0, []
    for tick in range(600):  # somebody who asks ten times a second, for a minute
        spent = spend(full_at, now + tick / 10, room)
        through.append(spent.wait == 0)
        full_at = spent.full_at
    assert through[:6] == [True] * 5 + [False]
    assert sum(through) in (24, 25)


def test_what_was_not_let_through_is_told_when_to_come_back():
    room, now = RoomSettings(per_minute=60, at_once=1), 1e9
    spent = spend(0.0, now, room)
    again = spend(spent.full_at, now + 0.25, room)
    assert again.wait == pytest.approx(0.75)
    assert again.full_at == spent.full_at
    assert spend(again.full_at, now + 0.25 + again.wait, room).wait == 0


def test_a_bucket_that_a_wrong_clock_filled_does_not_lock_anybody_out():
    room, now = RoomSettings(per_minute=600, at_once=10), 1e9
    assert spend(now + 36_000, now, room).wait == pytest.approx(0.1)
