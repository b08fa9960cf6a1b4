"""The service as a process, asked over HTTP: cold start, memory, questions a second.

    python -m bench.service

The clients are closed-loop: each asks, waits for its reply, and asks again. Clients and service share this
machine's cores.
"""

import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import aiohttp

from bench.common import PARAGRAPH, QUESTIONS, free_port, megabytes, percentiles, words
from bench.processes import started
from model import machine

BOOK, ENCYCLOPAEDIA = 50_000, 250_000  # words
SEED = 7
# Only a developer's environment holds SciPy (to fit calibrations), and bm25s imports it where it finds it:
# what is measured is the service as `make run` installs it.
START = "import runpy, sys; sys.modules['scipy'] = None; runpy.run_module('bot', run_name='__main__')"


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of question: what it sends, how many clients, how many questions in all."""

    name: str
    body: dict[str, str]
    clients: int
    questions: int


async def main() -> None:
    """Print every figure."""
    print(f"{machine.cores()} cores, Python {sys.version.split()[0]}; one process, reader onnx, no page")
    starts = [await _cold_start() for _ in range(5)]
    print(f"start to first answer     {statistics.median(starts):7.2f} s   (median of {len(starts)})")
    with Process() as process:
        await process.answers()
        for shape in _shapes():
            await _measure(process, shape)


def _shapes() -> list[Shape]:
    book = long_text(BOOK)
    return [
        Shape("120 words, one client", {"context": PARAGRAPH}, 1, 200),
        Shape("120 words, 16 clients", {"context": PARAGRAPH}, 16, 600),
        Shape("50,000 words, given each time", {"context": book}, 1, 20),
        Shape("50,000 words, in a thread", {"context": book, "thread": "book"}, 1, 40),
        Shape("250,000 words, in a thread", {"context": long_text(ENCYCLOPAEDIA), "thread": "more"}, 1, 40),
    ]


def long_text(length: int, seed: int = SEED) -> str:
    """The paragraph in the middle of so many English words at random, in sentences as people write."""
    chance, known = random.Random(seed), words()
    paragraphs = []
    left = length - len(PARAGRAPH.split())
    while left > 0:
        sentences = [chance.choices(known, k=chance.randint(6, 20)) for _ in range(6)]
        paragraphs.append(" ".join(" ".join(sentence).capitalize() + "." for sentence in sentences))
        left -= sum(map(len, sentences))
    paragraphs.insert(len(paragraphs) // 2, PARAGRAPH)
    return "\n\n".join(paragraphs)


async def _cold_start() -> float:
    began = time.perf_counter()
    with Process() as process:
        await process.answers()
        return time.perf_counter() - began


async def _measure(process: "Process", shape: Shape) -> None:
    """Ask until the questions are used up; where there is a thread, its text is given first, unmeasured."""
    body = shape.body
    if "thread" in body:
        await process.ask(body | {"question": QUESTIONS[0]})
        body = {"thread": body["thread"]}
    left, took = list(range(shape.questions)), []

    async def client() -> None:
        while left:
            question = QUESTIONS[left.pop() % len(QUESTIONS)]
            began = time.perf_counter()
            reply = await process.ask(body | {"question": question})
            took.append(time.perf_counter() - began)
            assert reply["kind"] in ("answer", "unsure"), reply["text"]

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(shape.clients)))
    rate = shape.questions / (time.perf_counter() - began)
    p50, p95 = percentiles(took)
    print(
        f"{shape.name:32} {rate:7.1f} questions/s   p50 {p50:6.1f} ms   p95 {p95:6.1f} ms"
        f"   then {process.megabytes():4.0f} MB resident"
    )


class Process:
    """`python -m bot` on a port and a database of its own."""

    def __enter__(self) -> "Process":
        """Start it; it may not answer yet."""
        self._held = ExitStack()
        folder = self._held.enter_context(tempfile.TemporaryDirectory())
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        settings = {
            "WHEREIN_PORT": str(port),
            "WHEREIN_WEB_PORT": "0",
            "WHEREIN_STORE": f"sqlite:{folder}/bench.db",
            "WHEREIN_LOG": "error",
            "MALLOC_ARENA_MAX": "2",  # as `make run` has it: threads share what they free
        }
        self._process = self._held.enter_context(started([sys.executable, "-c", START], settings))
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    async def answers(self) -> None:
        """Wait for the first answer to a question."""
        while self._process.poll() is None:
            try:
                reply = await self.ask({"question": QUESTIONS[0], "context": PARAGRAPH})
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.01)
            else:
                assert reply["answer"]["text"] == "Priya Nair"
                return
        raise SystemExit("the service ended before it answered")

    async def ask(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """One question, on a connection of its own."""
        async with aiohttp.ClientSession() as client, client.post(f"{self.url}/ask", json=body) as answer:
            reply: dict[str, Any] = await answer.json()
            return reply

    def megabytes(self) -> float:
        """What it holds in memory now."""
        return megabytes(self._process.pid)


if __name__ == "__main__":
    asyncio.run(main())
