"""Hand-written stand-ins that keep the contracts."""

import json
from collections.abc import Sequence
from dataclasses import replace

from bot.stores import StoreError
from bot.stores.memory import MemoryStore
from model.confidence import Calibration
from model.types import Document, Passage, Span


class FakeReader:
    """Finds a given word wherever it stands, as surely as it was told to be."""

    name = "fake"
    calibration: Calibration | None = None

    def __init__(self, word: str, margin: float = 5.0) -> None:
        self.word, self.margin = word, margin
        self.asked: list[tuple[str, list[Passage]]] = []

    async def read(self, question: str, passages: Sequence[Passage]) -> list[list[Span]]:
        self.asked.append((question, list(passages)))
        return [
            [Span(place, place + len(self.word), self.margin)]
            if (place := p.text.find(self.word)) >= 0
            else []
            for p in passages
        ]

    def close(self) -> None:
        pass


class BrokenReader(FakeReader):
    """Raises what it was given instead of reading."""

    def __init__(self, error: Exception) -> None:
        super().__init__("")
        self.error = error

    async def read(self, question: str, passages: Sequence[Passage]) -> list[list[Span]]:
        raise self.error


class Clock:
    """A clock that is set by hand."""

    now = 1_000_000_000.0

    def __call__(self) -> float:
        return self.now


class ForgetfulStore(MemoryStore):
    """Lists documents whose texts are gone."""

    async def query(self, pk, prefix="", *, limit=None, newest_first=False):
        if prefix.startswith("text#"):
            return []
        return await super().query(pk, prefix, limit=limit, newest_first=newest_first)


class TamperedStore(MemoryStore):
    """Gives every text but the first with its words changed."""

    given = 0

    async def query(self, pk, prefix="", *, limit=None, newest_first=False):
        found = await super().query(pk, prefix, limit=limit, newest_first=newest_first)
        self.given += prefix.startswith("text#")
        if self.given < 2:
            return found
        return [replace(item, body=item.body.replace("Priya", "Nobody")) for item in found]


class FullStore(MemoryStore):
    """Takes documents and no turns."""

    async def put(self, *items):
        if any(item.sk.startswith("turn#") for item in items):
            raise StoreError("the disk is full")
        await super().put(*items)


def document(text: str, id: str = "d", version: str = "1") -> Document:
    """A document with that text."""
    return Document(id, version, text, title=f"title of {id}")


PEOPLE = ["Ada", "Grace", "Mary", "Alan", "Edsger", "Barbara", "Donald", "Radia"]
THINGS = [
    "lease",
    "parser",
    "report",
    "letter",
    "treaty",
    "poem",
    "bridge",
    "clock",
    "statue",
    "violin",
    "sermon",
    "garden",
    "cheque",
    "kettle",
    "lantern",
    "harbour",
    "engine",
    "compass",
    "quilt",
    "ledger",
    "pillar",
    "ballad",
    "canoe",
    "mirror",
    "orchard",
    "saddle",
    "tunnel",
    "whistle",
    "carpet",
    "furnace",
    "hammock",
    "spindle",
]
EACH = len(THINGS) // len(PEOPLE)


def squad_file(folder, *, impossible):
    """A small file: who made what, article by article; where asked, with questions that nothing answers."""
    articles = []
    for place, person in enumerate(PEOPLE):
        things = THINGS[place * EACH : (place + 1) * EACH]
        context = " ".join(f"{person} made the {thing} in the spring." for thing in things)
        qas = [
            {"question": f"Who made the {thing}?", "answers": [{"text": person, "answer_start": 0}]}
            | ({"is_impossible": False} if impossible else {})
            for thing in things
        ]
        if impossible:
            qas.append({"question": "How tall is the tower in Paris?", "answers": [], "is_impossible": True})
        articles.append({"title": f"Article of {person}", "paragraphs": [{"context": context, "qas": qas}]})
    file = folder / "small.json"
    file.write_text(json.dumps({"data": articles}))
    return file
