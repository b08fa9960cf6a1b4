"""Question and documents to an answer: split, rank, read, choose, weigh."""

import asyncio
import math
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeVar

from cachetools import TTLCache

from model.confidence import Calibration, Evidence
from model.conflict import conflicting
from model.kinds import SELDOM, fits
from model.ladder import Ladder
from model.language import language
from model.passages import (
    PARAGRAPH,
    Index,
    is_quotable,
    is_row,
    names,
    sentence_at,
    split,
    terms,
    whole_characters,
)
from model.types import Answer, Document, Foreign, Passage, Span

READ_AT_MOST = 10  # passages for one question
RUNNERS_UP = 4
KEPT = 4_000_000  # code points of text that are kept, cut, for the next question; twice that of its index
KEPT_SECONDS = 600.0
CUT, INDEX = 1_000, 3_000  # code points that each counts for beside its text: what one of few words costs
AMPLE = 9 / 8  # of what one thread may hold, so that with what its texts count for it is kept whole
LONG = 100_000  # code points: what takes more than a moment to cut
LONG_IN_HAND = 40_000_000  # code points of long texts; what comes on top is told so at once

T = TypeVar("T")

Load = Callable[[Document], Awaitable[str | None]]
"""A shelf's document to its text; None where it is gone."""


async def no_text(_: Document) -> None:
    """The `Load` of a shelf whose texts are all lent: there is nothing to fetch."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span that may answer, in code points of its document, with what speaks for it."""

    document: Document
    start: int
    end: int
    sentence: tuple[int, int]
    evidence: Evidence
    strength: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What one question found: the candidates, strongest first, what was read for it, and by which rung."""

    candidates: list[Candidate]
    texts: dict[str, str]  # by document id
    passages: int  # how many were read
    reader: str
    calibration: Calibration | None
    revision: str = ""  # of reader and calibration
    foreign: tuple[Foreign, ...] = ()

    @property
    def lead(self) -> float:
        """How much stronger the first candidate is than the best one in another sentence."""
        first, *others = self.candidates
        rivals = (other for other in others if not _same_sentence(first, other))
        return first.strength - next((rival.strength for rival in rivals), -float("inf"))


class ForeignError(Exception):
    """A question, or all that is there to read, is in a language that the reader was not taught."""

    def __init__(self, language: str, known: Sequence[str], *, asked: bool) -> None:
        super().__init__(language, known, asked)
        self.language, self.known = language, tuple(known)  # ISO 639 codes
        self.asked = asked  # whether it is the question that is


class BusyError(Exception):
    """So many long texts wait to be read that another would not be read in time."""


class Answerer:
    """Finds the answer to a question in documents, with the readers of one ladder."""

    def __init__(self, ladder: Ladder, *, kept: int = KEPT) -> None:
        self._ladder = ladder
        self._cuts: TTLCache[_Key, _Cut] = TTLCache(
            AMPLE * kept, KEPT_SECONDS, getsizeof=lambda cut: CUT + len(cut.text)
        )
        self._indices: TTLCache[tuple[_Key, ...], Index] = TTLCache(
            2 * AMPLE * kept,
            KEPT_SECONDS,
            getsizeof=lambda index: INDEX + sum(len(p.text) for p in index.passages),
        )
        self._long = ThreadPoolExecutor(max_workers=1, thread_name_prefix="long")
        self._in_hand = 0  # code points of long texts
        self._forgettings = 0
        self.read_at = -math.inf  # when the reader last answered, on the monotonic clock

    @property
    def reader(self) -> str:
        """The name of the reader that a question would go to now."""
        return self._ladder.name

    def close(self) -> None:
        """Let go of the readers, and of the thread for long texts; what waits for them is dropped."""
        self._ladder.close()
        self._long.shutdown(wait=False, cancel_futures=True)

    def forget(self, document_ids: Iterable[str]) -> None:
        """Drop all that is kept of these documents, in any version, and keep no text that is being loaded."""
        gone = set(document_ids)
        self._forgettings += 1
        for cut in [key for key in self._cuts if key[1] in gone]:
            self._cuts.pop(cut, None)
        for index in [key for key in self._indices if any(id in gone for _, id in key)]:
            self._indices.pop(index, None)

    def expire(self) -> None:
        """Let go of what has been kept for its time; without it that happens with the next question."""
        self._cuts.expire()
        self._indices.expire()

    async def answer(
        self,
        question: str,
        shelf: Sequence[Document],
        load: Load,
        until: float | None = None,
        line: float | None = None,
    ) -> Answer | None:
        """The best answer on the shelf, sure or not; None where there is nothing that could answer.

        `until`, on the monotonic clock, is when it is wanted: near it, readers further down the ladder are
        asked. `line` is how probable it must be, where that is not to be the reader's own line.
        Raises `ReaderError` where none can read, `BusyError` where too much waits to be cut, and
        `ForeignError` where the reader would only be guessing.
        """
        reading = await self.read(question, shelf, load, until)
        return await asyncio.to_thread(_weighed, question, reading, line) if reading.candidates else None

    async def read(
        self, question: str, shelf: Sequence[Document], load: Load, until: float | None = None
    ) -> Reading:
        """The candidates that a reader finds in the passages most worth reading."""
        texts, index = await self._prepared(shelf, load)
        passages = await asyncio.to_thread(index.best, question, READ_AT_MOST)
        reader, found = await self._ladder.read(question, passages, until)
        name, calibration = reader.name, reader.calibration  # an endpoint's may change with its next reply
        revision = f"{reader.revision}.{calibration.revision}" if calibration else reader.revision
        self.read_at = time.monotonic()
        documents = {document.id: replace(document, text="") for document in shelf}

        def reading() -> Reading:
            foreign = _foreign(question, passages, calibration)
            asked, named = set(terms(question)), names(question)
            drawn: list[Candidate] = []
            for passage, spans in zip(passages, found, strict=True):
                if passage not in foreign:
                    document, text = documents[passage.document], texts[passage.document]
                    drawn += _candidates(asked, named, document, text, passage, spans, calibration)
            candidates = list(_apart(sorted(drawn, key=lambda candidate: -candidate.strength)))
            unread = dict.fromkeys(Foreign(documents[p.document], of) for p, of in foreign.items())
            return Reading(candidates, texts, len(passages), name, calibration, revision, tuple(unread))

        return await asyncio.to_thread(reading)

    async def _prepared(self, shelf: Sequence[Document], load: Load) -> tuple[dict[str, str], Index]:
        """The shelf's texts by document id, and their index.

        Both are kept for the next question, but for what was lent with this one: that leaves no trace.
        """
        cuts = [await self._cut(document, load) for document in shelf]
        texts = {document.id: cut.text for document, cut in zip(shelf, cuts, strict=True)}
        key = tuple(map(_key, shelf))
        index = self._indices.get(key)
        if index is None or index.passages != [passage for cut in cuts for passage in cut.passages]:
            index = await self._off_the_loop(_index, cuts, size=sum(len(cut.text) for cut in cuts))
            kept = all(self._cuts.get(one) is cut for one, cut in zip(key, cuts, strict=True))
            if kept and self._indices.getsizeof(index) <= self._indices.maxsize:
                self._indices[key] = index
        return texts, index

    async def _cut(self, document: Document, load: Load) -> "_Cut":
        """A document cut into passages; a text that is gone is empty."""
        if document.text:
            return await self._off_the_loop(_cut, document, size=len(document.text))
        key = _key(document)
        known = self._cuts.get(key)
        if known and known.version == document.version:
            return known
        forgettings = self._forgettings
        text = await load(document)
        cut = await self._off_the_loop(_cut, replace(document, text=text or ""), size=len(text or ""))
        small = self._cuts.getsizeof(cut) <= self._cuts.maxsize
        if text and small and forgettings == self._forgettings:
            self._cuts[key] = cut
        return cut

    async def _off_the_loop(self, work: Callable[..., T], subject: object, *, size: int) -> T:
        """`work(subject, go_on)` on a thread: long texts one by one, so that short ones are cut beside them.

        Where nobody waits for it any longer, `go_on` raises and the work ends.
        """
        given_up = threading.Event()

        def go_on() -> None:
            if given_up.is_set():
                raise asyncio.CancelledError

        loop, long = asyncio.get_running_loop(), size if size > LONG else 0
        if long and self._in_hand and self._in_hand + long > LONG_IN_HAND:
            raise BusyError
        self._in_hand += long
        try:
            return await loop.run_in_executor(self._long if long else None, work, subject, go_on)
        finally:
            self._in_hand -= long
            given_up.set()


_Key = tuple[str, str]
"""A document's shelf and id. Of each its last version is kept: talk makes a new one with every message."""


def _key(document: Document) -> _Key:
    return document.shelf, document.id


@dataclass(frozen=True, slots=True)
class _Cut:
    """What a version of a document says, cut into passages, and their words; nothing of who put it where."""

    version: str
    text: str
    passages: list[Passage]
    words: list[list[str]]


def _cut(document: Document, go_on: Callable[[], None]) -> _Cut:
    passages, words = split(document), []
    for passage in passages:
        go_on()
        words.append(terms(passage.text))
    return _Cut(document.version, document.text, passages, words)


def _index(cuts: Sequence[_Cut], go_on: Callable[[], None]) -> Index:
    go_on()
    passages = [passage for cut in cuts for passage in cut.passages]
    return Index(passages, [words for cut in cuts for words in cut.words])


def _foreign(
    question: str, passages: Sequence[Passage], calibration: Calibration | None
) -> dict[Passage, str]:
    """The passages in languages that the reader was not taught; raises `ForeignError` where all are."""
    known = calibration.languages if calibration else ()
    if not known:
        return {}
    asked_in = language(question)
    if asked_in and asked_in not in known:
        raise ForeignError(asked_in, known, asked=True)
    found = {p: of for p in passages if (of := language(p.text)) and of not in known}
    if passages and len(found) == len(passages):
        raise ForeignError(found[passages[0]], known, asked=False)
    return found


def _candidates(
    asked: set[str],
    named: set[str],
    document: Document,
    text: str,
    passage: Passage,
    spans: Sequence[Span],
    calibration: Calibration | None,
) -> Iterator[Candidate]:
    """Those of a passage's spans that may be quoted, with what speaks for each."""
    words = set(terms(passage.text))
    around, unnamed = _share(asked, words), len(named - words)
    for span in spans:
        start, end = passage.start + span.start, passage.start + span.end
        sentence = sentence_at(text, start, end)
        if not is_quotable(text, start, end, sentence):
            continue
        start, end = whole_characters(text, start, end, sentence[0])
        sentence = sentence[0], max(sentence[1], end)
        shared = _share(asked, set(terms(text[slice(*sentence)])))
        evidence = Evidence(span.margin, passage.relevance, shared, around, unnamed)
        strength = calibration.strength(evidence) if calibration else evidence.margin
        if calibration and is_row(text, *sentence):  # the rows above and below are about others
            strength += calibration.shared * shared
        yield Candidate(document, start, end, sentence, evidence, strength)


def _weighed(question: str, reading: Reading, line: float | None) -> Answer:
    first, *others = reading.candidates
    calibration, confidence = reading.calibration, None
    sure = first.evidence.margin > 0 and _fits(question, reading)
    rival = None
    found = _answer(first, reading)
    if calibration:
        line = calibration.line if line is None else line
        confidence = _probability(question, reading, calibration)
        sure = confidence >= line
        rival = _rival(question, found, reading, calibration, line) if sure else None
    return replace(
        found,
        confidence=confidence,
        stated=confidence,
        line=line if calibration else None,
        sure=sure,
        runners_up=tuple(_answer(other, reading) for other in islice(_elsewhere(first, others), RUNNERS_UP)),
        rival=rival,
        foreign=reading.foreign,
    )


def _probability(question: str, reading: Reading, calibration: Calibration) -> float:
    """How probable it is that the first candidate is right."""
    first = reading.candidates[0]
    stated = calibration.probability(first.evidence, reading.lead, reading.passages)
    return stated if _fits(question, reading) else min(stated, SELDOM)


def _fits(question: str, reading: Reading) -> bool:
    first = reading.candidates[0]
    text = reading.texts[first.document.id][first.start : first.end]
    return fits(question, text, opens=first.start == first.sentence[0])


def _rival(
    question: str, found: Answer, reading: Reading, calibration: Calibration, line: float
) -> Answer | None:
    """What is surely said elsewhere, by itself, and otherwise; the strongest one."""
    seen = {_voice(found.document, found.start, reading)}
    for place, candidate in enumerate(reading.candidates):
        voice = _voice(candidate.document, candidate.start, reading)
        if voice in seen:
            continue
        seen.add(voice)
        alone = replace(reading, candidates=reading.candidates[place:])
        confidence = _probability(question, alone, calibration)
        other = replace(_answer(candidate, reading), confidence=confidence, sure=True)
        if confidence >= line and conflicting(question, found, other):
            return other
    return None


def _voice(document: Document, start: int, reading: Reading) -> tuple[str, int]:
    """What is of one mind: a document, or of a loose one a paragraph."""
    text = reading.texts[document.id]
    return document.id, text.rfind(PARAGRAPH, 0, start) if document.loose else 0


def _answer(candidate: Candidate, reading: Reading) -> Answer:
    text = reading.texts[candidate.document.id]
    return Answer(
        text=text[candidate.start : candidate.end],
        document=candidate.document,
        start=candidate.start,
        end=candidate.end,
        sentence=text[slice(*candidate.sentence)],
        sentence_start=candidate.sentence[0],
        score=candidate.strength,
        confidence=None,
        sure=False,
        reader=reading.reader,
        revision=reading.revision,
    )


def _share(asked: set[str], words: set[str]) -> float:
    return len(asked & words) / max(1, len(asked))


def _same_sentence(one: Candidate, other: Candidate) -> bool:
    return (
        one.document.id == other.document.id
        and one.sentence[0] < other.sentence[1]
        and other.sentence[0] < one.sentence[1]
    )


def _elsewhere(first: Candidate, others: Iterable[Candidate]) -> Iterator[Candidate]:
    """The best of each other sentence: another word of one that was shown says nothing new."""
    shown = [first]
    for other in others:
        if not any(_same_sentence(one, other) for one in shown):
            shown.append(other)
            yield other


def _apart(candidates: Iterable[Candidate]) -> Iterable[Candidate]:
    """Those that overlap none before them."""
    kept: list[Candidate] = []
    for candidate in candidates:
        overlaps = any(
            candidate.document.id == better.document.id
            and candidate.start < better.end
            and better.start < candidate.end
            for better in kept
        )
        if not overlaps:
            kept.append(candidate)
            yield candidate
