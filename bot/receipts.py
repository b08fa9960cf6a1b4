"""An answer's receipt: what it rests on, and what of that still stands; pure but for the texts it loads."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.archive.threads import MESSAGE
from bot.types import Receipt, Turn
from model.answerer import Load
from model.passages import sentence_at
from model.types import Answer, Document

SAME = 1e-4  # of a probability: what threads on a processor do to the last digits


@dataclass(frozen=True, slots=True)
class Quote:
    """A stretch of a document, as it was found and still stands there."""

    document: Document  # without its text
    start: int
    end: int
    text: str
    sentence: str
    sentence_start: int

    def says(self, answer: str, sentence: str) -> bool:
        """Whether these words stand there, and what was shown around them."""
        return self.text == answer and sentence in self.sentence

    @property
    def answer(self) -> Answer:
        """The same as a quotation that nobody claims."""
        of = self.sentence, self.sentence_start
        return Answer(self.text, self.document, self.start, self.end, *of, 0.0, None, False, "")


@dataclass(frozen=True, slots=True)
class Why:
    """How a turn came to its answer, as far as its texts are still there."""

    turn: Turn
    asked: str  # its question as it was understood
    read: tuple[Document, ...]  # of what was read, what is still as it was
    gone: int  # how many documents are not
    found: tuple[Quote, ...]  # the answer or the nearest, then what came next


def mark(document: Document) -> str:
    """What tells a document in one version from any other, and says nothing of it once it is gone."""
    return hashlib.blake2b(f"{document.id}\0{document.version}".encode(), digest_size=6).hexdigest()


def receipt(answer: Answer, read: Sequence[Document]) -> Receipt:
    """The receipt of an answer that was found in these documents."""
    found = (answer, *answer.runners_up)
    return Receipt(
        answer.reader,
        answer.revision,
        answer.line,
        answer.stated,
        answer.confidence,
        tuple(map(mark, read)),
        tuple((mark(one.document), one.start, one.end) for one in found),
    )


def left(receipt: Receipt, shelf: Sequence[Document]) -> list[Document]:
    """What was read, of what lies there now; whatever came or changed since was not."""
    there = {mark(document): document for document in reversed(shelf)}
    return [there[name] for name in receipt.read if name in there]


def agree(one: Receipt, other: Receipt) -> bool:
    """Whether the same reader found the same stretches of the same texts, and was as sure of it."""
    was, now = (replace(of, line=None, stated=None, confidence=None) for of in (one, other))
    return was == now and abs((one.stated or 0) - (other.stated or 0)) < SAME


async def why(turn: Turn, asked: str, shelf: Sequence[Document], load: Load) -> Why:
    """How a turn came to its answer."""
    if turn.receipt is None:
        return Why(turn, asked, (), 0, ())
    read = left(turn.receipt, shelf)
    known = {mark(document): document for document in read}
    quotes = []
    for name, start, end in turn.receipt.found:
        text = await load(known[name]) if name in known else None
        if text is not None:
            low, high = sentence_at(text, start, end)
            if known[name].kind == MESSAGE:  # who says it stands before it, and is not quoted
                body = text.find(": ") + 2
                low = max(low, body) if start >= body else low
            bare = replace(known[name], text="", places="")
            quotes.append(Quote(bare, start, end, text[start:end], text[low:high], low))
    return Why(turn, asked, tuple(read), len(turn.receipt.read) - len(read), tuple(quotes))
