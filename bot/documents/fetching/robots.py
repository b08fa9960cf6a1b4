"""What a site's robots.txt lets Wherein read again by the clock; pure.

https://www.rfc-editor.org/rfc/rfc9309. Of our own, since the libraries take minutes over half a megabyte of
agents and rules, and anybody may write one.
"""

import re
from collections.abc import Iterator
from urllib.parse import quote

LONGEST = 512 * 1024  # bytes: the standard asks for 500 KiB

_PRODUCT = re.compile(r"[a-zA-Z_-]+")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")


class Rules:
    """The rules for one product: those of its own groups, or where it has none, of those for all."""

    def __init__(self, text: str, product: str = "wherein") -> None:
        self.size = max(len(text), 1_000)  # characters, roughly what is held
        own: list[tuple[str, bool]] = []
        every: list[tuple[str, bool]] = []
        named, agents, ruled = False, set[str](), False
        for field, value in _lines(text):
            if field == "user-agent":
                agents = set() if ruled else agents
                ruled = False
                found = _PRODUCT.match(value)
                agent = value if value == "*" else found.group().lower() if found else ""
                agents.update({agent} & {"*", product})
                named |= agent == product
            elif field in ("allow", "disallow"):
                ruled = True
                rule = _spelled(value), field == "allow"
                if value and product in agents:
                    own.append(rule)
                if value and "*" in agents:
                    every.append(rule)
        self._rules = sorted(own if named else every, key=lambda rule: (len(rule[0]), rule[1]), reverse=True)

    def allow(self, path: str) -> bool:
        """Whether a path, with its query, may be read: the longest rule that fits it says so."""
        path = _spelled(path)
        if path == "/robots.txt":
            return True
        return next((allowed for pattern, allowed in self._rules if _fits(pattern, path)), True)


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in text.removeprefix("\ufeff").splitlines():
        field, _, value = line.partition("#")[0].partition(":")
        yield field.strip().lower(), value.strip()


def _spelled(path: str) -> str:
    """The same path in one spelling: escaped where it must be, and only there."""

    def plain(escape: re.Match[str]) -> str:
        character = chr(int(escape[1], 16))
        return character if _UNRESERVED.fullmatch(character) else escape[0].upper()

    return _ESCAPE.sub(plain, quote(path, safe="%/?:@!$&'()*+,;=-._~", errors="replace"))


def _fits(pattern: str, path: str) -> bool:
    """Whether the pattern fits: `*` is anything, a last `$` the end; each piece is looked for once."""
    anchored = pattern.endswith("$")
    first, *rest = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    place = len(first)
    if not rest:
        return not anchored or place == len(path)
    *middle, last = rest
    for piece in middle:
        found = path.find(piece, place)
        if found < 0:
            return False
        place = found + len(piece)
    return path.endswith(last) and len(path) - len(last) >= place if anchored else path.find(last, place) >= 0
