"""The four things that reading is about."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Document:
    """What somebody gave us, and where to check it.

    `text` and `places` are empty in a shelf's listing: they are fetched when they are needed. An id is one on
    its shelf, not over all of them.
    """

    id: str
    version: str
    text: str = ""
    title: str = ""
    where: str = ""  # a link that opens it; empty where there is none
    kind: str = "text"
    added_by: str = ""
    added_at: float = 0.0  # seconds since the epoch
    shelf: str = field(default="", compare=False)  # the key of where it lies; empty: lent
    size: int = field(default=0, compare=False)  # code points of its text, where it is kept
    pages: int = 0  # or slides or sheets; 0 where there are none
    left: tuple[tuple[str, str, str], ...] = ()  # parts that were not read: what, why, and a detail
    again: str = ""  # of a link: what its server wants to know to say whether it has changed
    places: str = ""  # from offsets to pages, rows, headings; packed
    loose: bool = False  # each paragraph is a word of its own: one may say otherwise than another


@dataclass(frozen=True, slots=True)
class Passage:
    """A window on a document: `document.text[start:start + len(text)] == text`, always."""

    document: str  # its id
    start: int  # code points from the document's start
    text: str
    relevance: float = 0.0  # BM25 against the question over the best passage's, 0 to 1


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a passage that may answer, in code points from the passage's start.

    `score` is start logit + end logit; `null_score` is the same two logits where "no answer" is said, so
    that `score - null_score` is the evidence for an answer here. A reader without logits leaves
    `null_score` at 0.
    """

    start: int
    end: int
    score: float
    null_score: float = 0.0

    @property
    def margin(self) -> float:
        """The evidence for this span over "no answer", in logits."""
        return self.score - self.null_score


@dataclass(frozen=True, slots=True)
class Foreign:
    """A document with passages in a language that the reader was not taught: those were not read."""

    document: Document  # without its text
    language: str  # an ISO 639 code


@dataclass(frozen=True, slots=True)
class Answer:
    """A quotation: `text` stands at `start:end` of the document, inside `sentence`, word for word."""

    text: str
    document: Document  # without its text
    start: int
    end: int
    sentence: str
    sentence_start: int
    score: float  # what candidates are ordered by; comparable within one reader only
    confidence: float | None  # probability that this is right; None where the reader is not calibrated
    sure: bool  # whether it stands above the line under which nothing is claimed
    reader: str
    revision: str = ""  # of the reader, and of how it is weighed
    line: float | None = None  # the least confidence with which something is claimed here
    stated: float | None = None  # the confidence as the reader's own calibration has it
    runners_up: tuple["Answer", ...] = ()
    rival: "Answer | None" = None  # from another document, as sure, and it says otherwise
    foreign: tuple["Foreign", ...] = ()  # what was there in languages that the reader was not taught
    place: str = ""  # where in the document, as people say it: page 3

    def stands_in(self, text: str) -> bool:
        """Whether the quotation is word for word what the document's text says there."""
        sentence_end = self.sentence_start + len(self.sentence)
        return (
            text[self.start : self.end] == self.text
            and text[self.sentence_start : sentence_end] == self.sentence
            and self.sentence_start <= self.start <= self.end <= sentence_end
        )
