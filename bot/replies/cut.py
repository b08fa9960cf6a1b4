"""Long texts made short for people to see: never through an answer, never through a character."""

from collections.abc import Iterable

import regex

from model.types import Answer

ELLIPSIS = "…"
LABEL = 75  # of a button
_CHARACTER = regex.compile(r"\X")
_WORD_AT_END = regex.compile(r"(?<=\s)\S{1,30}$")  # or a part of one
_WORD_AT_BEGIN = regex.compile(r"^\S{1,30}(?=\s)")


def length(text: str) -> int:
    """As chats count: in UTF-16, never fewer than code points."""
    return len(text) + sum(character > "\uffff" for character in text)


def short(text: str, most: int) -> str:
    """A text of at most so many, its end cut where it is longer."""
    if length(text) <= most:
        return text
    return _first(text, most - 1).rstrip() + ELLIPSIS if most > 0 else ""


def around(answer: Answer, most: int) -> tuple[str, str, str]:
    """A quotation's sentence before, in and after its answer, cut at both ends to `most` and the answer."""
    begins = answer.start - answer.sentence_start
    before, after = answer.sentence[:begins], answer.sentence[begins + len(answer.text) :]
    spare = most - length(answer.text)
    if length(before) + length(after) <= spare:
        return before, answer.text, after
    half = max(0, spare // 2)
    if length(after) < half:
        before = _last(before, spare - length(after))
    elif length(before) < half:
        after = short(after, max(1, spare - length(before)))
    else:
        before, after = _last(before, half), short(after, max(1, half))
    return before, answer.text, after


def _first(text: str, most: int) -> str:
    """As many whole characters of its beginning as fit, to the end of a word where one is near."""
    kept = _whole((found[0] for found in _CHARACTER.finditer(text)), most)
    return _WORD_AT_END.sub("", kept) or kept


def _last(text: str, most: int) -> str:
    """Its end, of at most so many, its beginning cut where it is longer."""
    if length(text) <= most:
        return text
    kept = _whole(reversed(_CHARACTER.findall(text)), most - 1, backwards=True)
    return ELLIPSIS + (_WORD_AT_BEGIN.sub("", kept) or kept).lstrip()


def _whole(characters: Iterable[str], most: int, *, backwards: bool = False) -> str:
    kept, used = [], 0
    for one in characters:
        used += length(one)
        if used > most:
            break
        kept.append(one)
    return "".join(reversed(kept) if backwards else kept)
