"""What somebody wrote in Slack's markup, as they see it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.slack.written import links, mentioned, mentions, named, plain


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
        ("&amp;lt;", "&lt;"),
        ("<https://example.org/a?b=1&amp;c=2>", "https://example.org/a?b=1&c=2"),
        ("see <https://example.org/|the page>.", "see the page."),
        ("<https://example.org|example.org>", "https://example.org"),
        ("<mailto:a@example.org|a@example.org>", "a@example.org"),
        ("in <#C1|general> and <#C2> and <#C3|>", "in #general and #C2 and #C3"),
        ("<!date^1392734382^Posted {date_num}|18 February 2014>", "18 February 2014"),
        ("<!here> <!channel> <!subteam^S1|@group> <!subteam^S2>", "@here @channel @group @subteam"),
        ("<@U2> and <@U3|ben>", "@U2 and @ben"),
        ("<@UBOT> who?", "who?"),
        ("hey <@UBOT|wherein>, who?", "hey , who?"),
        ("<@UBOT>: who?", "who?"),
        ("who? <@UBOT>", "who?"),
        ("1 < 2 <unfinished", "1 < 2 <unfinished"),
        ("", ""),
    ],
)
def test_it_is_read_as_it_is_seen(written, seen):
    assert plain(written, "UBOT") == seen


def test_only_our_own_mention_is_taken_out():
    assert plain("<@UBOT> ask <@U2>", "UBOT") == "ask @U2"
    assert plain("<@UBOT> ask", "UOTHER") == "@UBOT ask"


def test_lines_stay_lines():
    assert plain("<@UBOT> one\n  two\n\nthree", "UBOT") == "one\ntwo\n\nthree"
    assert plain("one\n  two") == "one\n  two"


def test_a_link_behind_words_is_found_beside_them():
    assert links("<https://a.example|A>, <https://b.example>, <https://a.example|B>") == (
        "https://a.example",
    )
    assert links("<https://a.example|a.example>") == ()


def test_a_mention_is_one_whether_it_has_a_name_or_not():
    assert mentions("x <@UBOT> y", "UBOT")
    assert mentions("x <@UBOT|wherein>", "UBOT")
    assert not mentions("&lt;@UBOT&gt; <@UBOTTLE>", "UBOT")
    assert not mentions("<@>", "")


def test_people_are_named_where_their_names_are_known():
    text = plain("<@U222> told <@U333>")
    assert mentioned(text) == {"U222", "U333"}
    assert named(text, {"U222": "Ada"}.get) == "@Ada told @U333"


@given(st.text())
def test_any_text_that_is_escaped_is_read_as_it_was(text):
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert plain(escaped) == text.strip()
