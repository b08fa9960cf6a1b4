"""Hand-written stand-ins that keep the contracts."""

import asyncio
import json
import threading
from collections.abc import Sequence

from aiohttp.web import Application, Request, Response

from bot.stores.memory import MemoryStore
from bot.types import Thread
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


class SlowReader(FakeReader):
    """Finds its word, but only when it is let go."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.go, self.cancelled = asyncio.Event(), 0

    async def read(self, question: str, passages: Sequence[Passage]) -> list[list[Span]]:
        found = await super().read(question, passages)
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return found


class SlowEngine:
    """Reads when it is let go, and keeps what it was asked, run by run."""

    def __init__(self, *, shares_runs: bool = False) -> None:
        self.shares_runs = shares_runs
        self.runs: list[list[str]] = []
        self.begun, self.go = threading.Event(), threading.Event()

    def read_many(self, asked: Sequence[tuple[str, Sequence[Passage]]]) -> list[list[list[Span]]]:
        if not asked:
            return []
        self.runs.append([question for question, _ in asked])
        self.begun.set()
        self.go.wait(timeout=30)
        if any(question == "raise" for question, _ in asked):
            raise RuntimeError("the network is broken")
        return [[[Span(0, 1, float(len(question)))] for _ in passages] for question, passages in asked]


class FakeSageMaker:
    """SageMaker's runtime on loopback: answers what it was told to, in turn, the last again and again."""

    def __init__(self, *answers: tuple[int, dict[str, str], object]) -> None:
        self.answers = list(answers)  # status, headers, body
        self.asked: list[tuple[str, object]] = []

    async def answer(self, request: Request) -> Response:
        self.asked.append((request.match_info["name"], await request.json()))
        status, headers, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if status == 0:  # it never answers
            await asyncio.sleep(3)
        text = body if isinstance(body, str) else json.dumps(body)
        return Response(status=status, headers=headers, text=text, content_type="application/json")

    def application(self) -> Application:
        served = Application()
        served.router.add_post("/endpoints/{name}/invocations", self.answer)
        return served


class ForgetfulStore(MemoryStore):
    """Lists documents whose texts are gone."""

    async def text(self, thread: Thread, document: str, version: str) -> str | None:
        return None


class TamperedStore(MemoryStore):
    """Gives every text but the first with its words changed."""

    def __init__(self) -> None:
        super().__init__(ttl_seconds=60)
        self.given = 0

    async def text(self, thread: Thread, document: str, version: str) -> str | None:
        found = await super().text(thread, document, version)
        self.given += 1
        return found if self.given == 1 or found is None else found.replace("Priya", "Nobody")


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
