"""A reply as HTML: what people wrote is escaped, what answers is marked."""

from html import escape

from bot.replies import how_sure
from bot.types import Reply
from model.types import Answer


def drawn(reply: Reply) -> str:
    """A reply as HTML; what people wrote is escaped."""
    if reply.answer:
        about = how_sure(reply.answer.confidence).capitalize()
        about += f" · {reply.answer.place}" if reply.answer.place else ""
        quote = f'<div class="quote"><p>{_marked(reply.answer)}</p></div>'
        return f'{quote}<p class="about">{escape(about)}</p>{_skipped(reply)}'
    if reply.nearest:
        nearest = f'<div class="quote"><p>{escape(reply.nearest)}</p></div>'
        return f"<p>{escape(reply.lead)} The nearest sentence:</p>{nearest}"
    return note(reply.text)


def _skipped(reply: Reply) -> str:
    return "".join(note(f"Not read: {one.title} ({one.why})") for one in reply.skipped)


def _marked(answer: Answer) -> str:
    start = answer.start - answer.sentence_start
    end = start + len(answer.text)
    before, after = answer.sentence[:start], answer.sentence[end:]
    return f"{escape(before)}<mark>{escape(answer.text)}</mark>{escape(after)}"


def note(text: str) -> str:
    """A remark of ours as HTML."""
    return f'<p class="empty">{escape(text)}</p>'
