"""What the load's report says of a run, and how it is drawn."""

from dataclasses import replace
from xml.etree import ElementTree

from bench import load, load_plot, rolling
from bench.load import AWAY

RUN = {
    "began": 100.0,
    "ended": 102.0,
    "asked": {"a": 100.0, "b": 100.5, "c": 101.0},
    "after": {"d": 102.0, "e": 103.0},
    "lost": [],
    "well": [10.0, 20.0, 30.0],
    "late": [1.0, 2.0, 3.0, 4.0],
    "sent": 4,
    "share": 0.1,
}
POSTS = [
    ("a", 100.25, "“x”"),
    ("b", 100.6, AWAY),
    ("c", 102.0, "“x”"),
    ("d", 105.0, "“x”"),
    ("e", 103.2, "“x”"),
]


def summed(posts=POSTS, **run):
    return load._summed(200.0, RUN | run, posts, {"service": 0.5})


def test_an_answer_counts_from_when_its_question_was_due_and_who_is_turned_away_is_counted_apart():
    found = summed()
    assert (found.asked, found.away, found.missing, found.doubled) == (3, 1, 0, 0)
    assert found.answered[0] == 0.25
    assert found.slowest == (30.0, 1.0)
    assert found.refused == 0.25
    assert found.back == 0.0  # the last that was not answered as before was due when the burst ended
    assert found.shares == {"service": 0.5, "sender": 0.1}


def test_all_is_as_before_when_the_last_that_was_late_or_turned_away_was_due():
    assert summed([*POSTS[:4], ("e", 103.2, AWAY)]).back == 1.0
    assert summed(POSTS[:4]).back == 1.0


def test_each_promise_that_is_broken_is_named():
    held = replace(summed(), away=0, refused=0.0)
    assert held.broken() == []
    assert "100" in replace(held, acknowledged=(1, 2, 150)).broken()[0]
    assert "turned away" in replace(held, away=1).broken()[0]
    assert replace(held, rate=500.0, away=1, refused=0.5, acknowledged=(1, 2, 150)).broken() == []
    assert "1 without an outcome" in summed([*POSTS[1:]]).broken()[-1]
    assert "1 with two" in summed([*POSTS, POSTS[0]]).broken()[-1]
    assert summed(POSTS[1:], lost=["a"]).missing == 0  # it was never taken
    assert "back" in replace(held, back=11.0).broken()[0]


def test_a_rolling_restart_that_somebody_notices_is_told():
    held = replace(summed(), away=0, refused=0.0)
    assert rolling._wrong(held, [0, 0]) == []
    assert rolling._wrong(held, [0, -9]) == ["tasks ended with [0, -9]"]
    assert len(rolling._wrong(replace(held, slowest=(3100.0, 10.5), refused=0.1), [0, 0])) == 3


def test_the_plot_has_a_line_for_each_figure_within_its_frame():
    drawn = ElementTree.fromstring(load_plot.drawn([summed(), replace(summed(), rate=500.0)]))
    lines = [one for one in drawn if one.tag.endswith("polyline")]
    assert len(lines) == len(load_plot.LINES)
    for line in lines:
        for point in line.get("points").split():
            x, y = map(float, point.split(","))
            assert load_plot.LEFT <= x <= load_plot.RIGHT
            assert load_plot.TOP <= y <= load_plot.BOTTOM
