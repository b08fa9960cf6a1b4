"""Question and documents to an answer: split, rank, read, choose, weigh."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from cachetools import LRUCache

from model.confidence import Evidence
from model.passages import Index, sentence_at, split, terms, whole_characters
from model.readers import Reader
from model.types import Answer, Document, Passage, Span

READ_AT_MOST = 10  # passages for one question
SPANS = 3  # looked at in each passage
RUNNERS_UP = 4
CACHE = 20_000_000  # code points of text whose index is kept

Load = Callable[[Document], Awaitable[str | None]]
"""A shelf's document to its text; None where it is gone."""


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
    """What one question found: the candidates, strongest first, and what was read for it."""

    candidates: list[Candidate]
    texts: dict[str, str]  # by document id
    passages: int  # how many were read

    @property
    def lead(self) -> float:
        """How much stronger the first candidate is than the best one in another sentence."""
        first, *others = self.candidates
        rivals = (other for other in others if not _same_sentence(first, other))
        return first.strength - next((rival.strength for rival in rivals), -float("inf"))


class Answerer:
    """Finds the answer to a question in documents, with one reader."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._indexed: LRUCache[tuple[tuple[str, str], ...], _Texts] = LRUCache(
            CACHE, getsizeof=lambda texts: 1 + sum(map(len, texts.by_id.values()))
        )

    @property
    def reader(self) -> str:
        """The name of the reader that answers."""
        return self._reader.name

    async def answer(self, question: str, shelf: Sequence[Document], load: Load) -> Answer | None:
        """The best answer on the shelf, sure or not; None where there is nothing that could answer."""
        reading = await self.read(question, shelf, load)
        return self._weigh(reading) if reading.candidates else None

    async def read(self, question: str, shelf: Sequence[Document], load: Load) -> Reading:
        """The candidates that the reader finds in the passages most worth reading."""
        texts = await self._texts(shelf, load)
        passages = await asyncio.to_thread(texts.index.best, question, READ_AT_MOST)
        found = await self._reader.read(question, passages)
        documents = {document.id: replace(document, text="") for document in shelf}

        def candidates() -> list[Candidate]:
            asked = set(terms(question))
            drawn = [
                self._candidate(
                    asked, documents[passage.document], texts.by_id[passage.document], passage, span
                )
                for passage, spans in zip(passages, found, strict=True)
                for span in spans[:SPANS]
            ]
            return list(_apart(sorted(drawn, key=lambda candidate: -candidate.strength)))

        return Reading(await asyncio.to_thread(candidates), texts.by_id, len(passages))

    async def _texts(self, shelf: Sequence[Document], load: Load) -> "_Texts":
        """The shelf's texts, cut and indexed; kept for the next question unless one was lent, or is gone."""
        lent = any(document.text for document in shelf)
        key = tuple((document.id, document.version) for document in shelf)
        if not lent and key in self._indexed:
            return self._indexed[key]
        loaded = [document.text or await load(document) for document in shelf]
        texts = await asyncio.to_thread(_Texts.of, shelf, [text or "" for text in loaded])
        if not lent and None not in loaded and self._indexed.getsizeof(texts) <= CACHE:
            self._indexed[key] = texts
        return texts

    def _candidate(
        self, asked: set[str], document: Document, text: str, passage: Passage, span: Span
    ) -> Candidate:
        start, end = passage.start + span.start, passage.start + span.end
        sentence = sentence_at(text, start, end)
        start, end = whole_characters(text, start, end, sentence[0])
        sentence = sentence[0], max(sentence[1], end)
        evidence = Evidence(
            span.margin,
            passage.relevance,
            _share(asked, text[slice(*sentence)]),
            _share(asked, passage.text),
        )
        calibration = self._reader.calibration
        strength = calibration.strength(evidence) if calibration else evidence.margin
        return Candidate(document, start, end, sentence, evidence, strength)

    def _weigh(self, reading: Reading) -> Answer:
        first, *others = reading.candidates
        calibration, confidence, sure = self._reader.calibration, None, first.evidence.margin > 0
        if calibration:
            confidence = calibration.probability(first.evidence, reading.lead, reading.passages)
            sure = confidence >= calibration.line
        runners_up = tuple(self._answer(other, reading.texts) for other in islice(others, RUNNERS_UP))
        return replace(
            self._answer(first, reading.texts), confidence=confidence, sure=sure, runners_up=runners_up
        )

    def _answer(self, candidate: Candidate, texts: dict[str, str]) -> Answer:
        text = texts[candidate.document.id]
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
            reader=self._reader.name,
        )


@dataclass(frozen=True, slots=True)
class _Texts:
    """What documents say, cut into passages and indexed; nothing of who put them where."""

    by_id: dict[str, str]
    index: Index

    @classmethod
    def of(cls, shelf: Sequence[Document], texts: Sequence[str]) -> "_Texts":
        whole = [replace(document, text=text) for document, text in zip(shelf, texts, strict=True)]
        passages = [passage for document in whole for passage in split(document)]
        return cls({document.id: document.text for document in whole}, Index(passages))


def _share(asked: set[str], text: str) -> float:
    return len(asked & set(terms(text))) / max(1, len(asked))


def _same_sentence(one: Candidate, other: Candidate) -> bool:
    return (
        one.document.id == other.document.id
        and one.sentence[0] < other.sentence[1]
        and other.sentence[0] < one.sentence[1]
    )


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
