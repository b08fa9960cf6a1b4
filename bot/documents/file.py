"""A file as it was given, and its text where it is one."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from bot.documents import UnreadableError, Why

if TYPE_CHECKING:
    from charset_normalizer import CharsetMatch

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?([\w.:-]{2,40})""", re.IGNORECASE)
_CONTROLS = bytes({*range(0x09), *range(0x0E, 0x20)} - {0x1B})  # ISO-2022-JP has escapes
_USUAL = (  # what old programs still write; of two that fit as well, the first
    "cp1252 cp1250 cp1251 cp1253 cp1254 cp1255 cp1256 koi8_r euc_jp cp932 cp949 gb18030 big5 cp874"
).split()
_KANA, _NARROW = re.compile("[\u3040-\u30ff]"), re.compile("[\uff61-\uff9f]")
_SAMPLE = 50_000  # bytes: more make no encoding clearer


@dataclass(frozen=True)
class File:
    """Its name and media type are what somebody says of it; its bytes are what it is."""

    name: str
    media_type: str
    data: bytes

    @property
    def extension(self) -> str:
        """What the name ends in: pdf."""
        return self.name.lower().rpartition(".")[2] if "." in self.name else ""

    @property
    def said(self) -> str:
        """The media type without its parameters: text/html."""
        return self.media_type.partition(";")[0].strip().lower()

    @cached_property
    def text(self) -> str:
        """The bytes as text, whatever they were encoded in; raises `UnreadableError` where they are none."""
        for mark, encoding in _BOMS:
            if self.data.startswith(mark):
                return self.data.decode(encoding, "replace")
        if encoding := _wide(self.data[:4096]):
            return self.data.decode(encoding, "replace")
        head = self.data[:_SAMPLE]
        if len(head.translate(None, _CONTROLS)) < len(head) * 0.995:
            raise UnreadableError(Why.UNKNOWN_TYPE)
        escaped = ("iso2022_jp",) if b"\x1b$" in head else ()
        for encoding in (*escaped, "utf-8", *self._declared()):
            try:
                return self.data.decode(encoding)
            except (UnicodeDecodeError, LookupError):
                continue
        return self.data.decode(_guess(self.data), "replace")

    def _declared(self) -> list[str]:
        """What the media type says that it is encoded in, or it says itself."""
        found = [*_DECLARED.findall(self.media_type.encode()), *_DECLARED.findall(self.data[:2048])]
        names = [name.decode("ascii", "replace").lower() for name in found]
        return ["cp1252" if name in ("iso-8859-1", "latin-1", "us-ascii") else name for name in names]


def _wide(head: bytes) -> str:
    """UTF-16 without a mark, by where its zeros stand."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) < len(head) * 0.2 or min(even, odd) > len(head) * 0.02:
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _guess(data: bytes) -> str:
    """The most likely encoding of a text that is no UTF-8 and says none."""
    from charset_normalizer import from_bytes

    first = next(at for at, byte in enumerate(data) if byte > 0x7F)
    start = data.rfind(b"\n", 0, first) + 1
    sample = data[start : start + _SAMPLE]
    if len(sample) == _SAMPLE:
        sample = sample[: sample.rfind(b"\n") + 1] or sample
    found = from_bytes(sample, cp_isolation=_USUAL, threshold=0.3)
    best = min(found, key=_strangeness, default=None)
    return best.encoding if best else "cp1252"


def _strangeness(match: "CharsetMatch") -> tuple[float, float, int, int]:
    """How unlikely a guess is; Japanese has many kana, and nobody writes the narrow ones of old printers."""
    text = str(match)
    return (
        match.chaos,
        -match.coherence,
        len(_NARROW.findall(text)) - len(_KANA.findall(text)),
        _USUAL.index(match.encoding),
    )
