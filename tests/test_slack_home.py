"""App Home: what people see of it, what admins see besides, and Slack's limits."""

import json

import pytest

from bot.channels.slack.home import home_view
from bot.replies.words import speaking
from bot.types import Overview, Remembered, Thread
from model.types import Document
from tests.slack_limits import check_view, live, words

DAY = 1_795_514_400.0
HANDBOOK = Document("d1", "1", title="handbook.pdf", where="https://x.slack.com/f/1", added_at=DAY)


def room(id, threads=1, *pinned):
    return Remembered(Thread("slack", "T1", id), threads, pinned)


def test_who_asked_nothing_yet_is_told_how_to_ask():
    view = home_view(Overview())
    check_view(view)
    assert view["type"] == "home"
    assert "mention me with your question" in words(view["blocks"])
    assert "Nothing yet." in words(view["blocks"])
    (ask,) = [one for block in view["blocks"] if block["type"] == "actions" for one in block["elements"]]
    assert ask["action_id"] == "wherein_ask"


def test_what_is_remembered_is_counted_by_room_and_conversations_alone_are_one():
    view = home_view(Overview((room("C1", 3, HANDBOOK), room("D1"), room("D2", 2)), more=4))
    check_view(view)
    shown = words(view["blocks"])
    assert "What I remember where you asked" in shown
    assert "Alone with me: 3 threads" in shown
    assert ": 3 threads, 1 pinned" in shown
    assert "And 4 more." in shown
    assert live(view["blocks"])[0] == "C1"
    assert "D1" not in live(view["blocks"])


def test_each_pinned_source_has_a_button_that_knows_its_room():
    view = home_view(Overview((room("C1", 1, HANDBOOK),)))
    (pin,) = [block for block in view["blocks"] if block["type"] == "section"]
    assert pin["text"]["text"] == "<https://x.slack.com/f/1|handbook.pdf>\n<#C1> · 24 November 2026"
    button = pin["accessory"]
    assert button["action_id"] == "wherein_unpin"
    assert json.loads(button["value"]) == {"about": "d1", "text": "d1", "room": "C1"}
    assert button["accessibility_label"] == "Unpin handbook.pdf"


def test_what_is_pinned_calls_nobody_whatever_it_is_called():
    nasty = Document(
        "d" * 3_000, "1", title="<!channel> <@U9> https://evil.example " * 50, where="javascript:x"
    )
    view = home_view(Overview((room("C1", 1, nasty, Document("e", "1")),)))
    check_view(view)
    assert set(live(view["blocks"])) == {"C1", "#C1"}


def test_an_admin_sees_the_set_up_and_the_settings_and_nobody_else_does():
    settings = {"follow": "own", "line": None}
    admin = Overview(admin=True, wrong=("slack: the scope files:read is missing",), settings=settings)
    view = home_view(admin)
    check_view(view)
    shown = words(view["blocks"])
    assert "1 thing is to be changed:" in shown
    assert "slack: the scope files:read is missing" in shown
    assert "follow = own" in shown
    assert "line = unset" in shown
    assert "All is set up right." in words(home_view(Overview(admin=True))["blocks"])
    assert "Set-up" not in words(home_view(Overview())["blocks"])


@pytest.mark.parametrize("language", ["en", "de"])
def test_many_rooms_and_pins_keep_slacks_limits(language):
    pins = [
        Document(f"d{n}", "1", title="t" * 300, where="https://x.example/" + "y" * 500) for n in range(60)
    ]
    rooms = tuple(room(f"C{n}", n, *pins) for n in range(20))
    wrong = tuple(f"part {n}: a sentence that names the line to change" for n in range(30))
    with speaking(language):
        view = home_view(Overview(rooms, 3_980, admin=True, wrong=wrong, settings={"follow": "own"}))
    check_view(view)
    assert len([block for block in view["blocks"] if "accessory" in block]) == 25


def test_in_german_home_is_german():
    with speaking("de-DE"):
        shown = words(home_view(Overview((room("C1", 2, HANDBOOK),), admin=True))["blocks"])
    assert "Was ich behalte" in shown
    assert "2 Threads, 1 angeheftet" in shown
    assert "24. November 2026" in shown
    assert "Alles ist richtig eingerichtet." in shown
