"""A reply as HTML: what people wrote is escaped, what answers is marked, where it stands."""

from collections.abc import Sequence
from html import escape

from bot.replies import how_sure, source
from bot.replies.words import many, number, percent, say
from bot.types import Reply
from model.types import Answer
from web.sessions import Asked

AROUND = 4_000  # code points that are shown before and after an answer
LINKED = "http://", "https://"


def conversation(turns: Sequence[Asked], previews: Sequence[str], waiting: str = "") -> str:
    """All that was asked, the newest first; `previews` are of the newest, `waiting` is a sign of work."""
    if not turns and not waiting:
        return note(say("page.hint"), "hint")
    newest = turns[-1:]
    drawn = [waiting, *(_turn(one, previews) for one in newest)]
    earlier = [_turn(one) for one in turns[-2::-1]]
    if earlier:
        title = escape(many("page.earlier", len(earlier)))
        drawn.append(f'<details class="earlier"><summary>{title}</summary>{"".join(earlier)}</details>')
    return f'<div class="talk">{"".join(drawn)}</div>'


def working(question: str, what: str) -> str:
    """A sign that an answer is on its way."""
    asked = f'<p class="asked">{text(question)}</p>' if question else ""
    bar = f'<progress class="bar"></progress><p class="about">{text(what)}</p>'
    return f'<div class="turn busy">{asked}{bar}</div>'


def _turn(asked: Asked, previews: Sequence[str] = ()) -> str:
    said = drawn(asked.reply, asked.source, asked.other)
    return f'<div class="turn"><p class="asked">{text(asked.question)}</p>{said}{"".join(previews)}</div>'


def drawn(reply: Reply, source_text: str | None = None, other_text: str | None = None) -> str:
    """A reply as HTML."""
    if reply.answer:
        return _answered(reply, reply.answer, source_text, other_text)
    if reply.nearest:
        sure = f" {text(reply.sure)}" if reply.sure else ""
        return (
            f'<p class="lead none">{text(reply.lead)}</p><p class="label">{escape(say("page.nearest"))}</p>'
            f'<blockquote class="quote faint"><p>{text(reply.nearest)}</p></blockquote>'
            f'<p class="about">{sure}</p>{_notes(reply)}'
        )
    kind = "error" if reply.kind == "error" else "none"
    return f'<p class="lead {kind}">{text(reply.text)}</p>{_notes(reply)}'


def _answered(reply: Reply, answer: Answer, source_text: str | None, other_text: str | None) -> str:
    lead = f'<p class="lead">{text(reply.lead)}</p>' if reply.lead else ""
    parts = [lead, _quote(answer), _sure(answer), _source(answer, source_text)]
    if reply.conflict:
        other = reply.otherwise or say("answer.otherwise")
        parts.append(f'<p class="lead conflict">{text(other)}</p>')
        parts += [_quote(reply.conflict), _sure(reply.conflict), _source(reply.conflict, other_text)]
    return "".join([*parts, _candidates(answer), _meaning(reply, answer), _notes(reply)])


def _quote(answer: Answer) -> str:
    """The sentence, the words that answer marked in it."""
    start = answer.start - answer.sentence_start
    end = start + len(answer.text)
    marked = _marked(answer.sentence, start, end)
    return f'<blockquote class="quote"><p>{marked}</p></blockquote>'


def _marked(sentence: str, start: int, end: int) -> str:
    return f"{text(sentence[:start])}<mark>{text(sentence[start:end])}</mark>{text(sentence[end:])}"


def _sure(answer: Answer) -> str:
    """How sure it is, in words, as a number and as a bar; and where it stands."""
    words = escape(_capital(how_sure(answer.confidence)))
    where = text(source(answer))
    if answer.document.where.startswith(LINKED):
        where = f'<a href="{escape(answer.document.where)}" target="_blank" rel="noopener">{where}</a>'
    bar = ""
    if answer.confidence is not None:
        share = f"{answer.confidence:.2f}"
        bar = f'<meter min="0" max="1" value="{share}" title="{words}">{words}</meter>'
    return f'<p class="about">{bar}<span class="sure">{words}</span> · <span class="where">{where}</span></p>'


def _source(answer: Answer, whole: str | None) -> str:
    """The source around the answer; a script of the page scrolls it to the mark."""
    if whole is None:
        return ""
    low = max(0, answer.sentence_start - AROUND)
    sentence_end = answer.sentence_start + len(answer.sentence)
    high = min(len(whole), sentence_end + AROUND)
    before, after = whole[low : answer.sentence_start], whole[sentence_end:high]
    said = _marked(answer.sentence, answer.start - answer.sentence_start, answer.end - answer.sentence_start)
    cut = [
        f'<span class="cut">{escape(say("page.cut", count=number(count)))}</span>' if count else ""
        for count in (low, len(whole) - high)
    ]
    title = escape(say("page.in_source"))
    return (
        f'<p class="label">{title}</p><div class="source" title="{title}"><p>{cut[0]}{text(before)}'
        f'<span class="here">{said}</span>{text(after)}{cut[1]}</p></div>'
    )


def _candidates(answer: Answer) -> str:
    others = "".join(
        f'<li>{_quote(other)}<p class="about">{text(source(other))}{_share(other)}</p></li>'
        for other in answer.runners_up
    )
    if not others:
        return ""
    title = escape(many("page.candidates", len(answer.runners_up)))
    return f'<details class="more"><summary>{title}</summary><ol>{others}</ol></details>'


def _share(answer: Answer) -> str:
    return "" if answer.confidence is None else f" · {escape(how_sure(answer.confidence))}"


def _meaning(reply: Reply, answer: Answer) -> str:
    """What the number means, and under which one nothing would have been claimed."""
    if answer.confidence is None:
        return ""
    sure = percent(answer.confidence)
    said = say("page.meaning", count=number(round(100 * answer.confidence)))
    least = reply.receipt.line if reply.receipt else None
    line = "" if least is None else say("page.meaning.line", line=percent(least))
    title = escape(say("page.meaning.title", sure=sure))
    means = f'<p class="about">{text(said)} {text(line)}</p>'
    return f'<details class="more"><summary>{title}</summary>{means}</details>'


def _notes(reply: Reply) -> str:
    return "".join(f'<p class="about notes">{text(note)}</p>' for note in reply.notes)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def note(words: str, kind: str = "empty") -> str:
    """A remark of ours as HTML."""
    return f'<p class="{kind}">{text(words)}</p>'


def head(title: str, sub: str, nav: str) -> str:
    """The top of a page: the mark and its name, what it is for, and where else one may go."""
    named = f'<h1><img src="/favicon.ico" alt="">{escape(title)}</h1><p class="sub">{escape(sub)}</p>'
    return f'<header class="head"><div>{named}</div><nav>{nav}</nav></header>'


def text(words: str) -> str:
    """Somebody's words as HTML on one line: a blank line would end the HTML within Markdown."""
    lines = words.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").split("\n")
    return "<br>".join(escape(line) for line in lines)
