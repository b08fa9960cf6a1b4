"""Cuts long text into passages and picks the few worth reading; the one place where text is cut.

Every function is pure, counts in code points and works on the original string, so that an offset found
in a passage holds in the document.
"""

import re
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace

import bm25s
import regex
import Stemmer
from bm25s.stopwords import STOPWORDS_EN

from model.types import Document, Passage

SIZE = 800  # some 180 English word pieces: as good as longer ones on SQuAD, and cheaper to read
OVERLAP = 200  # longer than any answer that the reader gives

PARAGRAPH = "\n\n"  # between two paragraphs, where we write them
CELLS = " | "  # between two cells of a row, likewise
_PARAGRAPH_END = re.compile(r"\n[^\S\n]*\n\s*")
_SENTENCE_END = regex.compile(r"""(?:[.!?…؟۔।]["'”’»)\]]*(?=\s)|[。！？]["'”’»」』）]*)\s*""")
_SPACE = re.compile(r"\s+")
_GRAPHEME = regex.compile(r"\X")
_TERM = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]|[\p{L}\p{M}\p{N}]+")
_ASCII_TERM = re.compile(r"[a-z0-9]+")  # the same, faster
_ACCENTS = re.compile("[\u0300-\u036f]")
_STOPWORDS = frozenset(STOPWORDS_EN)
_of_this_thread = threading.local()  # a stemmer is not safe to share


def windows(length: int, size: int, overlap: int) -> Iterator[tuple[int, int]]:
    """Half-open ranges of at most `size` that cover `0..length`, neighbours sharing `overlap`."""
    start = 0
    while True:
        end = min(start + size, length)
        yield start, end
        if end == length:
            return
        start = end - overlap


def split(document: Document, size: int = SIZE, overlap: int = OVERLAP) -> list[Passage]:
    """Cut a document into passages of at most `size` code points, at the best place near each end.

    There is no gap between two passages, and a stretch no longer than `overlap` lies whole in one.
    """
    text = document.text
    passages, start = [], 0
    while start < len(text):
        end = len(text)
        if end - start > size:
            end = _break(text, start + size - overlap, start + size)
        passages.append(Passage(document.id, start, text[start:end]))
        if end == len(text):
            break
        start = _break(text, max(start, end - 2 * overlap), end - overlap)
    return passages


def pieces(text: str, size: int) -> list[str]:
    """A text in pieces of at most `size` bytes of UTF-8, none of them half a code point; for keeping it."""
    raw, start = text.encode(), 0
    found: list[str] = []
    while start < len(raw) or not found:
        end = min(start + size, len(raw))
        while end < len(raw) and raw[end] & 0xC0 == 0x80:  # inside a code point
            end -= 1
        found.append(raw[start:end].decode())
        start = end
    return found


def _break(text: str, low: int, high: int) -> int:
    """The last good place to cut in `(low, high]`: a paragraph's end, a sentence's, a word's, any."""
    near = text[low:high]
    for pattern in (_PARAGRAPH_END, _SENTENCE_END, _SPACE):
        ends = [match.end() for match in pattern.finditer(near)]
        if ends:
            return low + ends[-1]
    return high


# --------------------------------------------------------------------------- sentences

_TITLES = frozenset("mr mrs ms dr prof st gen col lt sgt capt rev hon sen rep gov vs cf".split())
_BEFORE_NUMBERS = frozenset("no nos nr fig figs vol pp sec ch art para approx".split())
_LINE_START = re.compile(r"\s*(?:[-*•·–>#|]|\d{1,3}[.)]\s|\w[\w .'-]{0,30}:\s)")
_STOP = regex.compile(r"""\n|[.!?…؟۔।]+["'”’»)\]]*(?=\s|$)|[。！？]["'”’»」』）]*""")
_CLOSING = "\"'”’»」』)]*_ "
_LAST_WORD = re.compile(r"(\w+)\.$")
_SHORT_LINE = 60  # a line shorter than this was ended on purpose, not wrapped


def is_row(text: str, start: int, end: int) -> bool:
    """Whether a sentence is a row of a table, its first one, which names the columns, aside."""
    above = text[max(0, start - 2_000) : start].rstrip("\n").rpartition("\n")[2]
    return CELLS in text[start:end] and CELLS in above


def sentence_at(text: str, start: int, end: int, reach: int = 600) -> tuple[int, int]:
    """The sentence around `text[start:end]`, looking at most `reach` code points each way.

    A line of a list, a table or a chat is a sentence; a line that was only wrapped is not.
    """
    low, high = max(0, start - reach), min(len(text), end + reach)
    first, last = low, high
    for stop in _STOP.finditer(text, low, high):
        if not _ends_sentence(text, stop.start(), stop.end()):
            continue
        if stop.end() <= start:
            first = stop.end()
        elif stop.end() >= end:
            last = stop.end()
            break
    if first == low > 0:  # nothing ended within reach: begin and end at a word
        first = _first_word(text, low, start)
    if last == high < len(text):
        last = _last_word(text, end, high)
    while first < start and text[first].isspace():
        first += 1
    while last > end and text[last - 1].isspace():
        last -= 1
    return first, last


def _first_word(text: str, low: int, high: int) -> int:
    """Where the first whole word of `low:high` begins; `low` where there is none."""
    found = _SPACE.search(text, low, high)
    return found.end() if found else low


def _last_word(text: str, low: int, high: int) -> int:
    """Where the last whole word of `low:high` ends; `high` where there is none."""
    starts = [match.start() for match in _SPACE.finditer(text, low, high)]
    return starts[-1] if starts else high


def _ends_sentence(text: str, start: int, end: int) -> bool:
    if text[start] == "\n":
        return _ends_line(text, start)
    before, after = text[max(0, start - 20) : start + 1], text[end : end + 40].lstrip()
    if text[start] != "." or not after:
        return True
    word = _LAST_WORD.search(before)
    return not (word and _abbreviates(word[1].lower(), after)) and not after[0].islower()


def _abbreviates(word: str, after: str) -> bool:
    if len(word) == 1:
        return word.isalpha()
    return word in _TITLES or (word in _BEFORE_NUMBERS and after[0].isdigit())


def _ends_line(text: str, newline: int) -> bool:
    line_start = text.rfind("\n", max(0, newline - 200), newline) + 1
    line, following = text[line_start:newline].strip(), text[newline + 1 : newline + 60]
    if not line or not following.strip() or following[0] == "\n":
        return True
    if line[-1] in ".!?:;…。！？؟" or line[0] in "#|" or _LINE_START.match(following):
        return True
    return len(line) < _SHORT_LINE and not following.lstrip()[0].islower()


_HEADING = re.compile(r"#{1,6}\s|[^\n]*:$")
_UNDERLINE = re.compile(r"\n(?:={3,}|-{3,})[^\S\n]*(?:\n|$)")
_SPEAKER = regex.compile(
    r"""(?P<name>[\[<(]?\p{Lu}[\w.'’-]*(?:\s\p{Lu}[\w.'’-]*){0,3})[\])>:]*  # as a chat gives it
        [\s,\[(–-]*\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:\s?[AaPp][Mm])?[\])>:]*  # and when it was""",
    regex.VERBOSE,
)


def is_quotable(text: str, start: int, end: int, sentence: tuple[int, int]) -> bool:
    """Whether `text[start:end]` may answer: it lies within one line, whose sentence says something.

    A question says nothing, nor does a heading, nor the name in a line of a chat that is only who speaks.
    """
    if not in_one_line(text, start, end):
        return False
    said = text[slice(*sentence)]
    if said.rstrip(_CLOSING).endswith(("?", "؟", "？")):
        return False
    if _HEADING.match(said) or _UNDERLINE.match(text, sentence[1]):
        return False
    speaker = _SPEAKER.fullmatch(said)
    return not (speaker and end - sentence[0] <= speaker.end("name"))


def in_one_line(text: str, start: int, end: int) -> bool:
    """Whether no line ends in `text[start:end]`, but where it was only wrapped."""
    breaks = (place for place in range(start, end) if text[place] == "\n")
    return not any(_ends_line(text, place) for place in breaks)


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Every sentence of a passage, in order."""
    place = 0
    while (place := _next_word(text, place)) < len(text):
        start, end = sentence_at(text, place, place + 1)
        yield max(start, place), end
        place = end


def _next_word(text: str, place: int) -> int:
    while place < len(text) and text[place].isspace():
        place += 1
    return place


def whole_characters(text: str, start: int, end: int, anchor: int) -> tuple[int, int]:
    """Widen `start:end` so that it cuts no character as a reader sees it (an accent, an emoji's parts).

    `anchor` is a place at or before `start` where a character surely begins, such as the sentence's start.
    """
    for match in _GRAPHEME.finditer(text, anchor, min(len(text), end + 64)):
        if match.start() < start < match.end():
            start = match.start()
        if match.start() < end < match.end():
            return start, match.end()
        if match.start() >= end:
            break
    return start, end


# --------------------------------------------------------------------------- ranking


def terms(text: str) -> list[str]:
    """The stemmed words of a text, without case, accents and the commonest English ones."""
    folded = text.casefold()
    if folded.isascii():
        words = _ASCII_TERM.findall(folded)
    else:
        words = _TERM.findall(_ACCENTS.sub("", unicodedata.normalize("NFKD", folded)))
    return _stem([word for word in words if word not in _STOPWORDS])


_NAME = regex.compile(r"\p{Lu}[\p{L}\p{M}\p{N}]*|\p{N}[\p{L}\p{N}]*")


def names(text: str, *, first: bool = False) -> set[str]:
    """The stemmed words with a capital or a number; `first`: the first word, too, that has one anyway."""
    return set(terms(" ".join(match[0] for match in _NAME.finditer(text) if first or match.start())))


def _stem(words: list[str]) -> list[str]:
    if not hasattr(_of_this_thread, "stemmer"):
        _of_this_thread.stemmer = Stemmer.Stemmer("english")
    stemmed: list[str] = _of_this_thread.stemmer.stemWords(words)
    return stemmed


class Index:
    """Passages that can be ranked against a question by BM25 (Lucene's variant).

    `words` are the passages' terms, where they are known already.
    """

    def __init__(self, passages: Sequence[Passage], words: Sequence[list[str]] | None = None) -> None:
        self.passages = passages
        corpus = [terms(passage.text) for passage in passages] if words is None else words
        self._bm25 = bm25s.BM25() if any(corpus) else None
        if self._bm25:
            self._bm25.index(corpus, show_progress=False)

    def best(self, question: str, count: int) -> list[Passage]:
        """The `count` passages most worth reading, best first."""
        asked = self._bm25 and [term for term in terms(question) if term in self._bm25.vocab_dict]
        if not self._bm25 or not asked:
            return list(self.passages[:count])
        scores = self._bm25.get_scores(asked)
        order = (-scores).argsort(kind="stable")[:count]
        highest = float(scores[order[0]]) or 1.0
        return [replace(self.passages[i], relevance=float(scores[i]) / highest) for i in order]
