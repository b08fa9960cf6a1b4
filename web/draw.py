"""A reply as HTML: what people wrote is escaped, what answers is marked."""

from html import escape

from bot.replies import NOTHING, how_sure
from bot.types import Reply
from model.types import Answer


def drawn(reply: Reply) -> str:
    """A reply as HTML; what people wrote is escaped."""
    if reply.answer:
        about = f"{how_sure(reply.answer.confidence).capitalize()}"
        return f'<div class="quote"><p>{_marked(reply.answer)}</p></div><p class="about">{about}</p>'
    if reply.nearest:
        nearest = f'<div class="quote"><p>{escape(reply.nearest)}</p></div>'
        return f"<p>{NOTHING} The nearest sentence:</p>{nearest}"
    return note(reply.text)


def _marked(answer: Answer) -> str:
    start = answer.start - answer.sentence_start
    end = start + len(answer.text)
    before, after = answer.sentence[:start], answer.sentence[end:]
    return f"{escape(before)}<mark>{escape(answer.text)}</mark>{escape(after)}"


def note(text: str) -> str:
    """A remark of ours as HTML."""
    return f'<p class="empty">{escape(text)}</p>'
