"""A reply as HTML: what people wrote is escaped, what answers is marked."""

from html import escape

from bot.replies import how_sure, source
from bot.types import Reply
from model.types import Answer


def drawn(reply: Reply) -> str:
    """A reply as HTML; what people wrote is escaped."""
    if reply.answer:
        about = how_sure(reply.answer.confidence).capitalize()
        about += f" · {reply.answer.place}" if reply.answer.place else ""
        shown = f'{_quote(_marked(reply.answer))}<p class="about">{escape(about)}</p>'
        return shown + _conflict(reply) + _skipped(reply)
    if reply.nearest:
        lead = f"<p>{escape(reply.lead)} The nearest sentence:</p>"
        return lead + _quote(escape(reply.nearest)) + _skipped(reply)
    return note(reply.text)


def _conflict(reply: Reply) -> str:
    if reply.conflict is None:
        return ""
    about = f'<p class="about">{escape(source(reply.conflict))}</p>'
    return f"<p>{escape(reply.otherwise)}</p>{_quote(_marked(reply.conflict))}{about}"


def _quote(html: str) -> str:
    return f'<div class="quote"><p>{html}</p></div>'


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
