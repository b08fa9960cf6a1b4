"""Replies to draw, plain ones and hostile ones, and what Teams makes of markdown."""

from dataclasses import replace

import regex
from hypothesis import strategies as st
from lxml import html
from markdown_it import MarkdownIt

from bot import replies
from bot.replies import doing
from bot.types import Author, Message, Offer, Reply, Skipped, Thread
from model.types import Answer, Document

ASKED = Message("m1", Thread("teams", "T", "R", "1"), "ask", "Who renews badges?", author=Author("29:ada"))
WHERE = "https://wiki.example/badges?a=1&b=2#:~:text=The%20front"
HOSTILE = [
    "<at>Everyone</at>", "[free](https://evil.example)", "![p](https://evil.example/p.png)", "# big",
    "<b>bold</b>", "<script>x</script>", "<https://evil.example>", "www.evil.example", "*a*", "__b__",
    "https://evil.example/x", "~~c~~", "`d`", "> e", "1. f", "- g", "===", "&lt;at&gt;", "&#42;", "\\*",
    "\n", "\n\n", "\n    code", "\t", "|a|b|\n|-|-|", "[1]", "[1]: https://evil.example", "<!-- h -->",
    "👩‍👩‍👧", "e\u0301", "العربية", "日本語", '"', "<@29:eve>", "mailto:a@evil.example", " ",
    "the front desk", "renews", "**", "_", "<", "&", "{", "$x$", ":)",
]  # fmt: skip


def answer(sentence, text, *, title="Badges", where=WHERE, place="page 3", confidence=0.83, kind="pdf"):
    document = Document("d1", "1", title=title, where=where, kind=kind)
    start = sentence.index(text)
    span = 100 + start, 100 + start + len(text)
    return Answer(text, document, *span, sentence, 100, 1.0, confidence, True, "onnx", place=place)


SAID = answer("The front desk renews badges until noon.", "front desk")


PLAN = Skipped("plan.png", "it is a picture")


def answered(said=SAID, *, skipped=(PLAN,), rival=None, message=ASKED):
    reply = replies.answered(message, said, [said.document], skipped, rival)
    return doing.offered(message, reply)


def markdown(text):
    """What Teams makes of a text: CommonMark with tags let through, and what GitHub adds to it."""
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text)


def shown(text):
    """The same as a tree."""
    return html.fragment_fromstring(markdown(text), create_parent="div")


def even(text):
    """A text with every run of spaces, line breaks and controls as one space."""
    return regex.sub(r"[\s\p{Cc}]+", " ", text).strip()


_characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
_pieces = st.one_of(st.sampled_from(HOSTILE), st.text(_characters, max_size=8))
texts = st.builds(
    lambda parts, times: "".join(parts) * times,
    st.lists(_pieces, max_size=12),
    st.sampled_from([1, 1, 1, 9, 80]),
)
short_texts = st.lists(_pieces, max_size=4).map("".join)
wheres = st.one_of(
    st.sampled_from(
        [
            "",
            WHERE,
            "javascript:alert(1)",
            "https://",
            "https://x.example/(a)[b]?<c>",
            "http://[",
            "ftp://x.example",
        ]
    ),
    short_texts.map("https://x.example/".__add__),
    st.just("https://x.example/" + "é" * 3_000 + "#" + "b" * 500),
    st.just("https://x.example/page#:~:text=" + "b" * 5_000),
)


@st.composite
def answers(draw):
    before, after = draw(texts), draw(texts)
    said = draw(short_texts.filter(lambda text: any(map(str.isalnum, text[:200]))))[:200]
    document = Document(
        "d", "1", title=draw(texts), where=draw(wheres), kind=draw(st.sampled_from(["pdf", "text"]))
    )
    confidence = draw(st.one_of(st.none(), st.floats(0, 1)))
    start = 7 + len(before)
    span = start, start + len(said), before + said + after, 7
    return Answer(said, document, *span, 1.0, confidence, True, "onnx", place=draw(short_texts))


@st.composite
def hostile_replies(draw):
    offers = tuple(
        Offer(
            intent,
            draw(texts),
            draw(st.text(_characters, max_size=80)),
            draw(st.sampled_from(["", "2", "up"])),
        )
        for intent in draw(
            st.lists(st.sampled_from(["feedback", "next", "why", "share", "keep", "delete", "unpin"]))
        )
    )
    kind = draw(st.sampled_from(["answer", "unsure", "info", "error"]))
    skipped = tuple(draw(st.lists(st.builds(Skipped, texts, texts), max_size=3)))
    notes = (draw(texts), draw(texts))
    if kind == "answer":
        rival = draw(st.one_of(st.none(), answers()))
        message = Message("m", ASKED.thread, "ask", draw(short_texts), author=Author("29:ada"))
        reply = replies.answered(message, draw(answers()), [], skipped, rival)
    elif kind == "unsure":
        reply = Reply(
            "m",
            kind,
            draw(texts),
            nearest=draw(texts) or None,
            notes=notes,
            lead=draw(texts),
            sure=draw(short_texts),
        )
    else:
        best = tuple(draw(st.lists(answers(), max_size=7)))
        reply = Reply("m", kind, draw(texts), people=("29:eve",), candidates=best, notes=notes)
    changes = {"offers": offers, "skipped": skipped, "lead": draw(texts) if kind == "answer" else reply.lead}
    return replace(reply, **changes)
