"""Dialogs: what they ask for, what they show, and Slack's limits on them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.slack.dialogs import about_view, ask_view, info_view, reason_view, waiting_view
from bot.replies.words import speaking
from bot.types import QUESTION_LIMIT, Offer, Reply
from model.types import Answer, Document
from tests.slack_limits import check_view, live, words

METADATA = '{"room": "C1"}'
FOUND = Answer(
    "Ada", Document("d", "1", title="lease.pdf"), 0, 3, "Ada signed it.", 0, 1.0, 0.9, True, "onnx"
)
WHY = Reply(
    "m", "info", "…", lead="By onnx.", candidates=(FOUND,), notes=("I read: lease.pdf.", "Answer m1.")
)


def fields(view):
    """What somebody can put in: the name of each field, its kind, and whether it may be left empty."""
    inputs = [block for block in view["blocks"] if block["type"] == "input"]
    assert all(block["element"]["action_id"] == "value" for block in inputs)
    return [(block["block_id"], block["element"]["type"], block.get("optional", False)) for block in inputs]


def test_the_form_asks_for_a_question_and_takes_a_text_and_files():
    view = ask_view(METADATA)
    check_view(view)
    assert (view["callback_id"], view["private_metadata"]) == ("wherein_ask", METADATA)
    assert fields(view) == [
        ("question", "plain_text_input", False),
        ("given", "plain_text_input", True),
        ("files", "file_input", True),
    ]
    assert "initial_value" not in view["blocks"][0]["element"]


def test_a_question_that_was_begun_stands_in_the_form():
    view = ask_view(METADATA, "Who signed it?")
    assert view["blocks"][0]["element"]["initial_value"] == "Who signed it?"
    long = ask_view(METADATA, "x" * 5_000)["blocks"][0]["element"]
    assert len(long["initial_value"]) == long["max_length"] == QUESTION_LIMIT


def test_the_form_about_a_message_shows_its_beginning_and_calls_nobody():
    view = about_view(METADATA, "<@U9> signed\nthe lease. <!channel>")
    check_view(view)
    assert view["callback_id"] == "wherein_about"
    assert fields(view) == [("question", "plain_text_input", False)]
    assert words(view["blocks"][:1]) == "“<@U9> signed the lease. <!channel>”"
    assert live(view["blocks"]) == []


def test_about_a_message_without_words_nothing_is_shown_but_the_field():
    assert [block["type"] for block in about_view(METADATA, " \n")["blocks"]] == ["input"]


def test_a_reason_is_asked_for_in_one_field():
    view = reason_view(METADATA)
    check_view(view)
    assert view["callback_id"] == "wherein_reason"
    assert fields(view) == [("reason", "plain_text_input", False)]


def test_why_shows_what_was_found_what_was_read_and_the_answers_id():
    view = info_view(METADATA, "Why?", replace(WHY, offers=(Offer("delete", "Delete this answer", "m1"),)))
    check_view(view)
    shown = words(view["blocks"])
    assert view["callback_id"] == "wherein_info"
    assert "“*Ada* signed it.” —\u00a0lease.pdf" in shown
    assert "I read: lease.pdf." in shown
    assert "Answer m1." in shown
    assert view["blocks"][-1]["elements"][0]["action_id"] == "wherein_delete"


def test_while_there_is_nothing_to_show_it_says_that_it_looks():
    view = waiting_view()
    check_view(view)
    assert words(view["blocks"]) == "Looking …"


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_dialog_keeps_slacks_limits_in_every_language(language):
    with speaking(language):
        views = ask_view(METADATA, "?"), about_view(METADATA, "x"), reason_view(METADATA), waiting_view()
        for view in views:
            check_view(view)
            assert not view["title"]["text"].endswith("…")


def test_in_german_a_dialog_is_german():
    with speaking("de-DE"):
        view = ask_view(METADATA)
    assert (view["title"]["text"], view["submit"]["text"], view["close"]["text"]) == (
        "Wherein fragen",
        "Fragen",
        "Abbrechen",
    )


@given(st.text(), st.text().map(lambda text: text * 50))
def test_whatever_stands_in_them_dialogs_keep_slacks_limits(title, excerpt):
    check_view(about_view(METADATA, excerpt))
    check_view(info_view(METADATA, title, Reply("m", "info", excerpt)))
    assert live(about_view(METADATA, excerpt)["blocks"]) == []
