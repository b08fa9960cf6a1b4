"""Words as Teams' markdown: what people wrote shows as they wrote it, and does nothing; pure.

A character that could mean something is written as an entity. CommonMark takes no entity for markup
(https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references), and what comes of the text is
HTML, where an entity is the character again: neither mentions, links, pictures nor tags come of it.
"""

import unicodedata
from collections.abc import Collection, Mapping
from urllib.parse import quote, urldefrag, urlsplit

import regex

from bot.replies.words import say

_SPACE = regex.compile(r"[\s\p{Cc}]+")
_EDGE = regex.compile(r"^[\s\p{Cc}]+|[\s\p{Cc}]+$")
_LIVE = regex.compile(r"[&<>*_~`\[\]#|\\@:]|(?<=www)\.", regex.IGNORECASE)
_BEGINS = regex.compile(
    r"^(?:[-+=]|\d{1,9}(?=[.)]))"
)  # a list or the line under a heading, where a line begins
_TOLD = regex.compile(r"&#42;(\w(?:[\w ]{0,58}\w)?)&#42;")
_PERSON = regex.compile(r"<@([^<>|\s]+)>")
_PERCENT = regex.compile(r"%(?![0-9A-Fa-f]{2})")
_IN_LINKS = "%/:?#!$&'+,;=~-._@"  # beside letters and digits; what markdown reads as its own is not among it


def escaped(text: str) -> str:
    """A stretch of somebody's words; spaces and line breaks are one space."""
    return _LIVE.sub(_entity, _SPACE.sub(" ", text))


def _entity(found: regex.Match[str]) -> str:
    return f"&#{ord(found.group())};"


def words(text: str) -> str:
    """Somebody's words that may stand where a line begins."""
    text = _SPACE.sub(" ", text).strip()
    begins = _BEGINS.match(text)
    if not begins:
        return escaped(text)
    mark = begins.end() if begins.group().isdecimal() else 0
    return f"{text[:mark]}&#{ord(text[mark])};{escaped(text[mark + 1 :])}"


def said(line: str) -> str:
    """A line of what Wherein says: *help* is bold there."""
    return _TOLD.sub(r"**\1**", words(line))


def named(text: str, people: Collection[str], names: Mapping[str, str]) -> str:
    """A text with the people whom Wherein names in it as <@ID> under their names, or as somebody."""

    def name(found: regex.Match[str]) -> str:
        who: str = found.group(1)
        return (names.get(who) or say("somebody")) if who in people else str(found.group())

    return str(_PERSON.sub(name, text))


def bold(before: str, text: str, after: str) -> str:
    """A stretch in bold between two others, all of them somebody's words."""
    inner = _EDGE.sub("", text)
    if not inner:
        return escaped(before + text + after)
    at = text.index(inner)
    before, after = before + text[:at], text[at + len(inner) :] + after
    opens, closes = ("**", "**") if _flanked(before, inner, after) else ("<strong>", "</strong>")
    return f"{escaped(before)}{opens}{escaped(inner)}{closes}{escaped(after)}"


def _flanked(before: str, inner: str, after: str) -> bool:
    """Whether asterisks there are read as bold. https://spec.commonmark.org/0.31.2/#left-flanking-delimiter-run"""
    sides = (inner[0], before[-1:]), (inner[-1], after[:1])
    return all(_in_words(edge) or not beside or _between(beside) for edge, beside in sides)


def _in_words(character: str) -> bool:
    return unicodedata.category(character)[0] not in "PSZ"


def _between(character: str) -> bool:
    """Whether each edition of CommonMark takes that for a space or for punctuation."""
    category = unicodedata.category(character)
    return category[0] in "PZ" or category == "Cc" or (category[0] == "S" and character.isascii())


def address(where: str, room: int) -> str:
    """A link to the web as it may be followed, without its fragment where that is too long; empty: none."""
    for link in (where, urldefrag(where).url):
        try:
            parts = urlsplit(link)
        except ValueError:
            return ""
        if parts.scheme not in ("http", "https") or not parts.netloc:
            return ""
        followed = quote(_PERCENT.sub("%25", link), safe=_IN_LINKS, errors="replace")
        if len(followed) <= room:
            return followed
    return ""


def link(text: str, url: str) -> str:
    """Somebody's words that lead to an `address`, or lead nowhere."""
    return f"[{words(text)}]({url.replace('&', '&amp;')})" if url else words(text)
