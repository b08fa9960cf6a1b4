"""Links: those in what somebody wrote, and those that an answer leads to; pure."""

import re
from urllib.parse import urldefrag

from bot.documents.fragments import directive

MOST = 5  # links of one message that are read

_LINK = re.compile(
    r"""(?<![A-Za-z0-9+.-])https?://[^\s<>"`|\\^\x00-\x1f\x7f“”«»„。、，；！？]+""", re.IGNORECASE
)
_TRAILING = ".,;:!?'*~…’"
_BRACKETS = {")": "(", "]": "[", "}": "{", "）": "（", "】": "【", "」": "「", "』": "『", "》": "《"}


def found(text: str, most: int = MOST) -> list[str]:
    """The links that stand in a text, each once and in their order, without what closes the sentence."""
    links = dict.fromkeys(_bare(match.group()) for match in _LINK.finditer(text))
    return [link for link in links if link.partition("://")[2].strip("/")][:most]


def _bare(link: str) -> str:
    """A link without the punctuation and the brackets around it; a bracket opened within it is its own."""
    surplus = {close: link.count(close) - link.count(open) for close, open in _BRACKETS.items()}
    end = len(link)
    while end:
        last = link[end - 1]
        if surplus.get(last, 0) > 0:
            surplus[last] -= 1
        elif last not in _TRAILING:
            break
        end -= 1
    return link[:end]


def to_page(url: str, page: int) -> str:
    """A link that opens a PDF at a page, counted from 1. https://www.rfc-editor.org/rfc/rfc8118#section-3."""
    return f"{urldefrag(url).url}#page={page}"


def to_sentence(url: str, text: str, start: int, end: int) -> str:
    """A link that opens a page at `start:end` of its text, or at its top where no words tell that apart."""
    plain, words = urldefrag(url).url, directive(text, start, end)
    return f"{plain}#:~:{words}" if words else plain
