"""What the page shows of a reply."""

import tomllib
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from bot.channels.slack import drawn as slack_drawn
from bot.replies import how_sure
from bot.replies.words import speaking
from bot.types import Receipt, Reply, Skipped
from model.readers import PROJECT
from model.types import Answer, Document
from web import activity, blockkit, chart, preview, prices
from web.draw import AROUND, conversation, drawn, text
from web.prices import Shape, per_thousand
from web.sessions import Asked

TEXT = "Once.\n\nThe <i>front</i> <b>desk</b> renews & smiles.\n\nTwice."
START = TEXT.index("The")
QUOTED = Answer(
    text="<b>desk</b>",
    document=Document("d", "1", title="text"),
    start=TEXT.index("<b>desk"),
    end=TEXT.index("<b>desk") + 11,
    sentence="The <i>front</i> <b>desk</b> renews & smiles.",
    sentence_start=START,
    score=1.0,
    confidence=0.87,
    sure=True,
    reader="onnx",
)
OTHER = replace(QUOTED, document=Document("o", "1", title="<memo>"), confidence=0.71)
SCRIPT = "<script>alert(1)</script>"


def test_the_answer_is_marked_in_its_sentence_and_markup_is_shown_as_text():
    html = drawn(Reply("m", "answer", "", answer=QUOTED))
    assert "The &lt;i&gt;front&lt;/i&gt; <mark>&lt;b&gt;desk&lt;/b&gt;</mark> renews &amp; smiles." in html
    assert "Likely right (87%)" in html
    assert '<meter min="0" max="1" value="0.87"' in html


def test_the_answer_is_marked_in_its_source_with_what_stands_around_it():
    html = drawn(Reply("m", "answer", "", answer=QUOTED), TEXT).split('class="source"')[1]
    assert html.index("Once.") < html.index("<mark>&lt;b&gt;desk&lt;/b&gt;</mark>") < html.index("Twice.")


def test_of_a_book_only_what_stands_around_the_answer_is_sent():
    before = "x" * 100_000
    moved = replace(
        QUOTED, start=QUOTED.start + 100_000, end=QUOTED.end + 100_000, sentence_start=START + 100_000
    )
    html = drawn(Reply("m", "answer", "", answer=moved), before + TEXT)
    assert len(html) < 2 * AROUND
    assert "more characters" in html


def test_where_two_texts_disagree_both_are_shown():
    html = drawn(
        Reply("m", "answer", "", answer=QUOTED, conflict=OTHER, otherwise="It says otherwise:"), TEXT, TEXT
    )
    assert html.count("<mark>") == 4
    assert "&lt;memo&gt;" in html
    assert "It says otherwise:" in html


def test_where_nothing_answers_the_nearest_sentence_is_shown():
    html = drawn(
        Reply("m", "unsure", "", nearest="<script>Nearest</script>", lead="Nothing here answers that.")
    )
    assert "Nothing here answers that" in html
    assert "&lt;script&gt;Nearest" in html
    assert "<script>" not in html


def test_any_other_reply_is_shown_in_its_words():
    assert "put in a text &amp; ask" in drawn(Reply("m", "info", "put in a text & ask"))


def test_a_reader_without_a_calibration_shows_no_number():
    assert "%" not in drawn(Reply("m", "answer", "", answer=replace(QUOTED, confidence=None)))


def test_complaint_16_a_number_says_what_it_means_and_under_which_one_nothing_is_claimed():
    receipt = Receipt("onnx", "1", line=0.47, stated=0.87, confidence=0.87, read=(), found=())
    html = drawn(Reply("m", "answer", "", answer=QUOTED, receipt=receipt))
    assert "What does 87% mean?" in html
    assert "Of 100 answers that I am as sure of, about 87 are right" in html
    assert "Under 47% I would have said that nothing here answers" in html
    assert "mean?" not in drawn(Reply("m", "answer", "", answer=replace(QUOTED, confidence=None)))


def test_what_came_next_and_what_was_not_read_are_there():
    of = replace(QUOTED, runners_up=(OTHER, OTHER))
    html = drawn(Reply("m", "answer", "", answer=of, notes=("Read: text.", "Not read: <b>.")))
    assert "The next candidates (2)" in html
    assert "Not read: &lt;b&gt;." in html


def test_only_links_to_the_web_can_be_followed():
    for where, followed in (
        ("https://example.org/a?b=1&c", True),
        ("javascript:alert(1)", False),
        ("//x", False),
    ):
        html = drawn(
            Reply("m", "answer", "", answer=replace(QUOTED, document=Document("d", "1", where=where)))
        )
        assert ("<a href" in html) == followed


def test_no_line_of_what_people_wrote_ends_the_html_within_markdown():
    wild = f"a\n\n{SCRIPT}\r\n\r\n<div>\f\n\n    code\n\n# head **bold** [x](javascript:alert(1))"
    html = conversation([Asked(wild, Reply("m", "answer", "", answer=QUOTED), TEXT)], ())
    assert "\n" not in html
    shown = MarkdownIt("commonmark").render(html)
    assert shown.strip() == html
    assert "<script" not in shown


@pytest.mark.parametrize("words", [SCRIPT, '" onmouseover="alert(1)', "'", "&lt;", "\0", "\u2028"])
def test_words_are_only_words(words):
    assert not set("<>\"'") & set(text(words).replace("<br>", ""))


def test_the_same_reply_is_shown_as_each_chat_shows_it():
    reply = replace(
        Reply("m", "answer", "x", answer=QUOTED, conflict=OTHER), sure=how_sure(0.87), otherwise="But:"
    )
    html = "".join(preview.all_of({"slack": slack_drawn.blocks}, reply))
    assert "&lt;b&gt;desk&lt;/b&gt;" in html
    assert "<b>" in html
    assert "The same in Slack" in html
    assert "<i>" not in html


MARKUP = "<https://example.org|a> *b* &lt;script&gt;"


def test_what_slack_is_sent_is_drawn_and_nothing_in_it_is_live():
    blocks = [
        {"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": [
            {"type": "text", "text": SCRIPT}, {"type": "text", "text": "x", "style": {"bold": True}}]}]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": MARKUP}]},
        {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "<i>"}}]},
        {"type": "unknown"},
    ]  # fmt: skip
    html = blockkit.draw(blocks)
    assert "<script" not in html
    assert "<b>x</b>" in html
    assert '<a href="https://example.org"' in html
    assert "<b>b</b>" in html
    assert "&lt;i&gt;" in html


def test_a_link_is_drawn_whatever_stands_in_its_address_and_title():
    link = {"type": "mrkdwn", "text": "<https://a.example/?a=1&amp;b='2'|Q&amp;A, “Ada's”>"}
    html = blockkit.draw([{"type": "context", "elements": [link]}])
    assert '<a href="https://a.example/?a=1&amp;b=&#x27;2&#x27;"' in html
    assert ">Q&amp;A, “Ada&#x27;s”</a>" in html


def test_what_teams_is_sent_is_drawn_and_nothing_in_it_is_live():
    card = {"contentType": "c", "content": {"actions": [{"type": "Action.Submit", "title": "<b>Why?"}]}}
    said = f"> “the **desk**” [1]\n\n{SCRIPT} <strong>so</strong> [x](javascript:alert(1))"
    html = activity.draw({"text": said, "attachments": [card]})
    assert "<strong>desk</strong>" in html
    assert "<strong>so</strong>" in html
    assert "<script" not in html
    assert 'href="javascript' not in html
    assert "&lt;b&gt;Why?" in html


def test_a_plot_has_a_bar_for_each_day_and_is_told_to_who_cannot_see_it():
    html = chart.stacked(["2026-11-01", "2026-11-02"], {"<a>": [3, 4], "b": [1, 0]}, "ab", "Questions")
    assert html.count('class="bar-a"') == html.count('class="bar-hit"') == 2
    assert 'aria-label="Questions"' in html
    assert "2026-11-01: &lt;a&gt; 3, b 1" in html
    assert chart.stacked([], {"a": []}, "a", "x") == ""


def test_what_a_thousand_questions_cost_is_what_runs_over_what_was_asked():
    shape = Shape(tasks=2, vcpu=0.5, gigabytes=1, endpoint="ml.c5.xlarge", instances=1)
    month = 730 * (2 * (0.5 * 0.03238 + 0.00356) + 0.204)
    assert shape.month == pytest.approx(month)
    assert per_thousand(shape, 10_000, prices.DAYS) == pytest.approx(month / 10)
    assert per_thousand(shape, 0, 30) is None


def test_the_pages_prices_are_those_of_the_table_that_all_other_costs_come_from():
    table = tomllib.loads((PROJECT / "bench" / "prices.toml").read_text())["price"]
    assert table["fargate_arm_core_hour"]["dollars"] == prices.VCPU_HOUR.dollars
    assert table["fargate_arm_gb_hour"]["dollars"] == prices.GB_HOUR.dollars
    for kind, price in table["instance_hour"].items():
        assert prices.ENDPOINT_HOUR[kind].dollars == price["dollars"]


def test_it_speaks_the_language_that_is_spoken():
    with speaking("de"):
        html = drawn(Reply("m", "answer", "", answer=QUOTED, skipped=(Skipped("a", "b"),)), TEXT)
    assert "In der Quelle" in html
