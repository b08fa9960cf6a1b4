"""Training examples from files in SQuAD's form, and the windows of tokens that the network sees."""

import gzip
import json
import random
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from statistics import median

from tokenizers import Tokenizer

from model.metrics import SquadFileError
from model.passages import sentence_at, windows

SHARED_WORDS = 13  # so many in a row, and a paragraph counts as seen in a file that is only measured on
SHORT = 250  # code points: paragraphs shorter than this are joined, a few of one article at a time
OVERLAP = 128  # tokens that neighbouring windows share
QUESTION = 64  # tokens kept of a question
ROUND = 32  # windows are padded to a multiple of this

_WORD = re.compile(r"\w+")

Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A question, a text, and where the text answers it: no span where it does not."""

    question: str
    context: str
    spans: Spans
    group: str  # the article, product or scene that the text is of
    kind: str  # the file that it comes from, or how it was made up

    @property
    def answers(self) -> set[str]:
        """The answers, in lower case."""
        return {self.context[start:end].lower() for start, end in self.spans}


@dataclass(frozen=True, slots=True)
class Window:
    """What the network sees at once: question and text as tokens, and the answers' places among them."""

    ids: list[int]
    text: int  # where the text's tokens begin
    answers: list[tuple[int, int]]  # first and last token; none: the place of [CLS] is the answer
    kind: str


# --------------------------------------------------------------------------- files


def read(file: Path, share: float, chance: random.Random) -> list[Example]:
    """A share of a file's questions, with the texts they are asked of."""
    try:
        raw = file.read_bytes()
        data = json.loads(gzip.decompress(raw) if file.suffix == ".gz" else raw)["data"]
        kind = file.name.split(".")[0]
        found = [
            Example(qa["question"].strip(), paragraph["context"], _spans(qa), entry["title"], kind)
            for entry in data
            for paragraph in entry["paragraphs"]
            for qa in paragraph["qas"]
        ]
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
        raise SquadFileError(f"{file} is not a file in SQuAD's form: {error!r}.") from error
    if found and median(len(context) for context in {one.context for one in found}) < SHORT:
        found = list(_joined(found, chance))
    return chance.sample(found, round(share * len(found)))


def _spans(qa: dict[str, object]) -> Spans:
    answers = qa["answers"]
    if qa.get("is_impossible") or not isinstance(answers, list):
        return ()
    return tuple((a["answer_start"], a["answer_start"] + len(a["text"])) for a in answers)


def _joined(examples: Iterable[Example], chance: random.Random) -> Iterator[Example]:
    """The same questions, each text joined with up to three others of its group."""
    for _, group in groupby(examples, key=lambda one: one.group):
        of: dict[str, list[Example]] = {}
        for one in group:
            of.setdefault(one.context, []).append(one)
        texts = chance.sample(list(of), len(of))
        while texts:
            taken = [texts.pop() for _ in range(min(len(texts), chance.randint(1, 4)))]
            whole = " ".join(taken)
            start = 0
            for text in taken:
                for one in of[text]:
                    yield replace(one, context=whole, spans=moved(one.spans, start))
                start += len(text) + 1


def moved(spans: Spans, by: int) -> Spans:
    """The same spans, further on."""
    return tuple((start + by, end + by) for start, end in spans)


def apart(examples: Sequence[Example], files: Sequence[Path]) -> list[Example]:
    """The examples whose texts share no thirteen words in a row with what the files hold."""
    seen: set[int] = set()
    for file in files:
        for text in {one.context for one in read(file, 1.0, random.Random(0))}:
            seen.update(_runs(text))
    clear = {text: seen.isdisjoint(_runs(text)) for text in {one.context for one in examples}}
    return [one for one in examples if clear[one.context]]


def _runs(text: str) -> Iterator[int]:
    words = _WORD.findall(text.lower())
    return (hash(tuple(words[i : i + SHARED_WORDS])) for i in range(len(words) - SHARED_WORDS + 1))


def parted(examples: Sequence[Example], share: float) -> tuple[list[Example], list[Example]]:
    """What to train on, and a share held out: whole groups where a file has any, whatever the seed."""
    groups: dict[str, set[str]] = {}
    for one in examples:
        groups.setdefault(one.kind, set()).add(one.group)
    lone = {kind for kind, of in groups.items() if len(of) == 1}
    kept: tuple[list[Example], list[Example]] = ([], [])
    for one in examples:
        name = one.context if one.kind in lone else one.group
        kept[zlib.crc32(name.encode()) % 10_000 < share * 10_000].append(one)
    return kept


def sentences(text: str) -> list[tuple[int, int]]:
    """Where each sentence of a text stands."""
    found, start = [], 0
    while start < len(text):
        if text[start].isspace():
            start += 1
            continue
        end = max(sentence_at(text, start, start + 1)[1], start + 1)
        found.append((start, end))
        start = end
    return found


# --------------------------------------------------------------------------- windows


def cut(examples: Iterable[Example], tokenizer: Tokenizer, size: int, chance: random.Random) -> list[Window]:
    """The windows to train on: all that hold an answer, and of those that hold none one for each question."""
    found = []
    for one in examples:
        with_answer: list[Window] = []
        without: list[Window] = []
        for window in _windows(one, tokenizer, size):
            (with_answer if window.answers else without).append(window)
        found += with_answer
        if without:
            found.append(chance.choice(without))
    return found


def _windows(example: Example, tokenizer: Tokenizer, size: int) -> Iterator[Window]:
    asked, text = (
        tokenizer.encode(part, add_special_tokens=False) for part in (example.question, example.context)
    )
    places = [place for span in example.spans if (place := _tokens(text.offsets, span))]
    if example.spans and not places:
        return
    first, last = (token(tokenizer, name) for name in ("[CLS]", "[SEP]"))
    head = [first, *asked.ids[:QUESTION], last]
    room = size - len(head) - 1
    for start, end in windows(len(text.ids), room, min(OVERLAP, room // 2)):
        within = [(a, b) for a, b in places if start <= a and b < end]
        answers = [(a - start + len(head), b - start + len(head)) for a, b in within]
        yield Window([*head, *text.ids[start:end], last], len(head), answers, example.kind)


def token(tokenizer: Tokenizer, name: str) -> int:
    """A special token's number."""
    found: int | None = tokenizer.token_to_id(name)
    if found is None:
        raise ValueError(f"the tokenizer has no {name}")
    return found


def _tokens(offsets: Sequence[tuple[int, int]], span: tuple[int, int]) -> tuple[int, int] | None:
    """The first and the last token that a span touches."""
    touched = [n for n, (start, end) in enumerate(offsets) if start < span[1] and end > span[0]]
    return (touched[0], touched[-1]) if touched else None


def batches(cut: Sequence[Window], size: int, chance: random.Random) -> list[list[Window]]:
    """All windows once, in batches of like length and chance order."""
    order = chance.sample(range(len(cut)), len(cut))
    found = []
    for start in range(0, len(order), 40 * size):
        alike = sorted(order[start : start + 40 * size], key=lambda n: len(cut[n].ids))
        found += [[cut[n] for n in alike[i : i + size]] for i in range(0, len(alike), size)]
    chance.shuffle(found)
    return found
