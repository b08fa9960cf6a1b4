"""Question and passages to spans, by any network that gives start and end logits.

Shared by the readers in this process and by the endpoint's container: they differ only in `Network`.
"""

import string
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from model.passages import in_one_line, windows
from model.types import Passage, Span

Tokens = NDArray[np.int64]
Logits = NDArray[np.float32]
Network = Callable[[Tokens, Tokens, Tokens], tuple[Logits, Logits]]
"""input ids, attention mask, token types -> start and end logits; each batch x tokens."""

MAX_TOKENS = 512  # of one window, where the tokenizer does not say how many its network takes
QUESTION_SHARE = 3 / 8  # of a window: a longer question loses its end, so that a passage still fits beside it
OVERLAP_TOKENS = 64
MAX_ANSWER_TOKENS = 30
CANDIDATES = 20  # best starts x best ends looked at in each window
SPANS = 3  # kept of each passage
BATCH_TOKENS = 768  # of one run, padding included: more leaves the cache, and is slower and larger


@dataclass(frozen=True, slots=True)
class _Frame:
    """What stands around a question and a passage, as the network was taught it."""

    before: list[int]  # where the network says "no answer"
    between: list[int]
    after: list[int]
    passage_type: int
    pad: int
    tokens: int  # that a window may have


@dataclass(frozen=True, slots=True)
class _Window:
    question: int  # its place among those that are read together
    passage: int  # its place in that question's list
    text: str  # the passage's
    ids: list[int]
    offsets: list[tuple[int, int]]  # of the passage's tokens, in code points
    starts_word: NDArray[np.bool_]
    ends_word: NDArray[np.bool_]
    question_tokens: int  # with what stands around them: where the passage begins


class Engine:
    """A tokenizer and a network, ready to read.

    All that tells one kind of network from another is in the tokenizer's file: what stands around question
    and passage and their types (its template for pairs), how many tokens its network takes (its truncation)
    and what fills a shorter window (its padding).

    `shares_runs` says that the network's answer to a window is the same whatever else is in its run; only
    then do questions share one. It is not so of int8 networks that scale their activations by the whole run:
    in runs of four questions the shipped one found another best span for 57 of 400, and at most a fifth more
    questions a second. There the windows of one question share its runs, and no others.

    `step` is for networks of which it is so among windows of one length: each is then filled up to a
    multiple of so many tokens, and shares runs with those of that length alone.
    """

    def __init__(
        self, tokenizer: Path, network: Network, *, shares_runs: bool = False, step: int | None = None
    ) -> None:
        self.shares_runs = shares_runs
        self._step = step
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.encode_special_tokens = True  # "[SEP]" in a text is five characters, not an order
        self._frame = _frame(self._tokenizer)
        self.network = network

    def read(self, question: str, passages: Sequence[Passage]) -> list[list[Span]]:
        """For each passage its best spans, best first; empty where it holds no word."""
        return self.read_many([(question, passages)])[0]

    def read_many(self, asked: Sequence[tuple[str, Sequence[Passage]]]) -> list[list[list[Span]]]:
        """The same of several questions, each with its own passages."""
        cut = [list(self._windows(place, *one)) for place, one in enumerate(asked)]
        found: list[list[list[Span]]] = [[[] for _ in passages] for _, passages in asked]
        nulls = [[np.inf] * len(passages) for _, passages in asked]
        groups = [list(chain.from_iterable(cut))] if self.shares_runs else cut
        for batch in chain.from_iterable(map(self._batches, groups)):
            starts, ends = self._run(batch)
            for row, window in enumerate(batch):
                spans, null = _decode(window, starts[row], ends[row])
                found[window.question][window.passage] += spans
                lowest = nulls[window.question]
                lowest[window.passage] = min(lowest[window.passage], null)
        return [list(map(_distinct, *one)) for one in zip(found, nulls, strict=True)]

    def _windows(self, place: int, question: str, passages: Sequence[Passage]) -> Iterator[_Window]:
        frame = self._frame
        texts = [question, *(passage.text for passage in passages)]
        asked, *encoded = self._tokenizer.encode_batch(texts, add_special_tokens=False)
        head = [*frame.before, *asked.ids[: int(frame.tokens * QUESTION_SHARE)], *frame.between]
        room = frame.tokens - len(head) - len(frame.after)
        for number, encoding in enumerate(encoded):
            text, ids, offsets = passages[number].text, encoding.ids, encoding.offsets
            starts_word, ends_word = _word_edges(text, encoding)
            for start, end in windows(len(ids), room, OVERLAP_TOKENS):
                if start < end:
                    yield _Window(
                        place,
                        number,
                        text,
                        [*head, *ids[start:end], *frame.after],
                        offsets[start:end],
                        starts_word[start:end],
                        ends_word[start:end],
                        len(head),
                    )

    def _batches(self, cut: list[_Window]) -> Iterator[list[_Window]]:
        """Windows of like length together, the longest first, so that little is spent on padding."""
        batch: list[_Window] = []
        for window in sorted(cut, key=lambda window: -len(window.ids)):
            length = self._length(batch[0]) if batch else 0
            apart = self._step and self._length(window) != length
            if batch and (apart or (len(batch) + 1) * length > BATCH_TOKENS):
                yield batch
                batch = []
            batch.append(window)
        if batch:
            yield batch

    def _length(self, window: _Window) -> int:
        """A window's tokens, filled up to a whole step."""
        step = self._step or 1
        return min(-(-len(window.ids) // step) * step, self._frame.tokens)

    def _run(self, batch: Sequence[_Window]) -> tuple[Logits, Logits]:
        shape = len(batch), self._length(batch[0])
        ids, mask, types = (np.full(shape, value, np.int64) for value in (self._frame.pad, 0, 0))
        for row, window in enumerate(batch):
            ids[row, : len(window.ids)] = window.ids
            mask[row, : len(window.ids)] = 1
            types[row, window.question_tokens : len(window.ids)] = self._frame.passage_type
        return self.network(ids, mask, types)


def _frame(tokenizer: Tokenizer) -> _Frame:
    """What a tokenizer's file says of its network; cutting and filling are ours from here on."""
    truncation, padding = tokenizer.truncation or {}, tokenizer.padding or {}
    tokenizer.no_truncation()
    tokenizer.no_padding()
    pair = tokenizer.encode("a", "a")
    parts = pair.sequence_ids
    if [part for at, part in enumerate(parts) if not at or part != parts[at - 1]] != [None, 0, None, 1, None]:
        raise ValueError("the tokenizer does not set a question and a passage apart")
    question, passage = parts.index(0), parts.index(1)
    between, after = parts.index(None, question), parts.index(None, passage)
    return _Frame(
        pair.ids[:question],
        pair.ids[between:passage],
        pair.ids[after:],
        pair.type_ids[passage],
        padding.get("pad_id", 0),
        truncation.get("max_length", MAX_TOKENS),
    )


def _word_edges(text: str, encoding: Encoding) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which tokens begin and which end a word: an answer is never half a word."""
    words = np.array([-1 if word is None else word for word in encoding.word_ids] or [-1])
    changes = words[1:] != words[:-1]
    joined = np.flatnonzero(~changes[: len(encoding.ids) - 1]).tolist()
    for place in joined:  # some tokenizers cut at spaces only: "May." is one
        left, right = encoding.offsets[place][1], encoding.offsets[place + 1][0]
        changes[place] = _parts_words(text[max(left - 1, 0) : left]) or _parts_words(text[right : right + 1])
    return np.concatenate([[True], changes]), np.concatenate([changes, [True]])


def _parts_words(character: str) -> bool:
    return any(c.isspace() or c in string.punctuation or unicodedata.category(c)[0] == "P" for c in character)


def _decode(window: _Window, start: Logits, end: Logits) -> tuple[list[Span], float]:
    """The spans worth keeping of one window, best first, and its no-answer score."""
    null = float(start[0] + end[0])
    first, count = window.question_tokens, len(window.offsets)
    start = np.where(window.starts_word, start[first : first + count], -np.inf)
    end = np.where(window.ends_word, end[first : first + count], -np.inf)
    best_starts = np.argsort(-start)[:CANDIDATES]
    best_ends = np.argsort(-end)[:CANDIDATES]
    scores = start[best_starts][:, None] + end[best_ends][None, :]
    tokens = best_ends[None, :] - best_starts[:, None]
    scores[(tokens < 0) | (tokens >= MAX_ANSWER_TOKENS)] = -np.inf
    spans: list[Span] = []
    for place in np.argsort(-scores, axis=None)[: SPANS * CANDIDATES]:
        row, column = divmod(int(place), len(best_ends))
        score = float(scores[row, column])
        if score == -np.inf or len(spans) == SPANS:
            break
        first_token, last_token = window.offsets[best_starts[row]], window.offsets[best_ends[column]]
        span = Span(*_trimmed(window.text, first_token[0], last_token[1]), score)
        if span.start >= span.end or any(_overlap(span, kept) for kept in spans):
            continue
        if in_one_line(window.text, span.start, span.end):  # else it would hide the answers that it spans
            spans.append(span)
    return spans, null


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A stretch without the spaces at its edges, which some tokenizers count to a word."""
    piece = text[start:end]
    return end - len(piece.lstrip()), start + len(piece.rstrip())


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _distinct(spans: list[Span], null: float) -> list[Span]:
    """A passage's spans over all its windows: best first, none overlapping a better one."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: -span.score):
        if len(kept) < SPANS and not any(_overlap(span, better) for better in kept):
            kept.append(Span(span.start, span.end, span.score, null))
    return kept
