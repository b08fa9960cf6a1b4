"""What the page shows of a reply."""

from dataclasses import replace

from bot import replies
from bot.types import Message, Reply, Skipped, Thread
from model.types import Answer, Document
from web.draw import drawn

QUOTED = Answer(
    text="<b>desk</b>",
    document=Document("d", "1", title="text"),
    start=14,
    end=25,
    sentence="The <i>front</i> <b>desk</b> renews & smiles.",
    sentence_start=-3,
    score=1.0,
    confidence=0.87,
    sure=True,
    reader="onnx",
)


def test_the_answer_is_marked_in_its_sentence_and_markup_is_shown_as_text():
    html = drawn(Reply("m", "answer", "", answer=QUOTED))
    assert "The &lt;i&gt;front&lt;/i&gt; <mark>&lt;b&gt;desk&lt;/b&gt;</mark> renews &amp; smiles." in html
    assert "Likely right (87%)" in html


def test_where_nothing_answers_the_nearest_sentence_is_shown():
    message = Message("m", Thread("page"), "ask", "Who?")
    nearest = replace(QUOTED, sentence="<script>Nearest</script>", confidence=0.2)
    html = drawn(replies.unsure(message, nearest, [QUOTED.document], []))
    assert "Nothing here answers that" in html
    assert "&lt;script&gt;Nearest" in html
    assert "<script>" not in html


def test_where_two_sources_say_otherwise_both_are_shown_the_newer_first():
    old = replace(QUOTED, document=replace(QUOTED.document, id="old", title="<old>", added_at=1.0))
    new = replace(QUOTED, document=replace(QUOTED.document, added_at=2.0), sentence="Now <b>desk</b>.")
    new = replace(new, sentence_start=new.start - 4)
    message = Message("m", Thread("page"), "ask", "Who?")
    html = drawn(replies.answered(message, old, [], [], rival=new))
    first, second = html.index("Now <mark>"), html.index("The &lt;i&gt;front")
    assert first < html.index("It says otherwise elsewhere:") < second < html.index("&lt;old&gt;")


def test_what_was_not_read_is_named_with_its_reason():
    message = Message("m", Thread("page"), "ask", "Who?")
    left = [Skipped("<a>.pdf", "it is damaged")]
    for html in (
        drawn(replies.answered(message, QUOTED, [QUOTED.document], left)),
        drawn(replies.unsure(message, QUOTED, [QUOTED.document], left)),
        drawn(replies.unsure(message, None, [], left)),
    ):
        assert "Not read: &lt;a&gt;.pdf (it is damaged)" in html


def test_any_other_reply_is_shown_in_its_words():
    assert "put in a text &amp; ask" in drawn(Reply("m", "info", "put in a text & ask"))


def test_a_reader_without_a_calibration_shows_no_number():
    assert "%" not in drawn(Reply("m", "answer", "", answer=replace(QUOTED, confidence=None)))
