"""What people wrote, as plain text: out of HTML, and without the mention of us; pure."""

import html
import re
from collections.abc import Sequence
from html.parser import HTMLParser

_BREAKS = frozenset("p div br li tr h1 h2 h3 h4 h5 h6 blockquote pre table ul ol hr".split())
_AT = re.compile(r"<at\b[^>]*>(.*?)</at>", re.DOTALL | re.IGNORECASE)
_SPACES = re.compile(r"[ \t\u00a0]+")
_GAPS = re.compile(r"\n{3,}")


class _Reader(HTMLParser):
    """Collects the words, the links and the marks of files."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.links: list[str] = []
        self.files: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what begins."""
        given = dict(attrs)
        if tag in _BREAKS:
            self.parts.append("\n")
        elif tag in ("script", "style"):
            self._hidden += 1
        elif tag == "a" and (link := given.get("href")) and link.startswith(("http://", "https://")):
            self.links.append(link)
        elif tag == "attachment" and (file := given.get("id")):
            self.files.append(file)
        elif tag == "img" and (told := given.get("alt")) and given.get("itemtype", "").endswith("/Emoji"):  # type: ignore[union-attr]
            self.parts.append(told)

    def handle_endtag(self, tag: str) -> None:
        """Note what ends."""
        if tag in _BREAKS:
            self.parts.append("\n")
        elif tag in ("script", "style"):
            self._hidden = max(0, self._hidden - 1)

    def handle_data(self, data: str) -> None:
        """Keep words."""
        if not self._hidden:
            self.parts.append(data)


def read(markup: str) -> tuple[str, list[str], list[str]]:
    """The words of some HTML, its links, and the ids of the files that it mentions."""
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    return tidy("".join(reader.parts)), reader.links, reader.files


def plain(text: str, ours: Sequence[str]) -> str:
    """A message's text without the mentions of us, as they are written there; others keep their names."""
    for mention in ours:
        text = text.replace(mention, " ", 1)
    return tidy(html.unescape(_AT.sub(r"\1", text)))


def without(text: str, name: str) -> str:
    """A text out of HTML, where a mention is no more than a name, without ours."""
    return tidy(re.sub(rf"@?{re.escape(name)}[:,]?\s?", " ", text, count=1)) if name else text


def tidy(text: str) -> str:
    """A text with its lines kept, and no more space than it needs."""
    lines = (_SPACES.sub(" ", line).strip() for line in text.replace("\r", "\n").split("\n"))
    return _GAPS.sub("\n\n", "\n".join(lines)).strip()
