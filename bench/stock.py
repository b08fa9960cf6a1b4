"""The endpoint's container beside the stock Hugging Face container's own handler, on the same machine.

    python -m bench.stock [--clients N] [--seconds N] [--rounds N] [--python FILE]

The stock handler reads with a network of DistilBERT's size, and with one of ours, both in fp32. All are
started first, then take turns, round by round: what else the machine does meets all of them. Clients are
closed-loop and share the machine's cores. `make .venv-stock/stock.installed` makes the handler's environment.
"""

import argparse
import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from bench.common import QUESTIONS, percentiles, words
from bench.processes import Server
from model import machine
from model.readers import PROJECT

PYTHON = PROJECT / ".venv-stock" / "bin" / "python"
CLIENTS, SECONDS, ROUNDS = 32, 10.0, 5
TOKENS = 128, 384  # of a context
CONTEXTS = 256
SEED = 7
STOCK = {"distilbert": "stock, DistilBERT's size", "equal": "stock, a network of our size"}
OURS = ("onnx", "openvino")


@dataclass(slots=True)
class Side:
    """A server, and how it did in each round."""

    name: str
    server: Server
    bodies: list[str]
    rates: list[float] = field(default_factory=list)  # questions a second, round by round
    seconds: list[float] = field(default_factory=list)

    async def run(self, session: aiohttp.ClientSession, clients: int, seconds: float) -> None:
        """One round."""
        took: list[float] = []
        began = time.perf_counter()
        until = began + seconds

        async def client(number: int) -> None:
            while (asked := time.perf_counter()) < until:
                body = self.bodies[(number + len(took)) % len(self.bodies)]
                if (status := await self.server.ask(session, body)) != 200:
                    raise SystemExit(f"{self.name} answered {status}")
                took.append(time.perf_counter() - asked)

        await asyncio.gather(*(client(number * 7) for number in range(clients)))
        self.rates.append(len(took) / (time.perf_counter() - began))
        self.seconds += took


def texts() -> list[tuple[str, str]]:
    """Questions with contexts of words at random, each word one token, in sentences as people write."""
    chance, known = random.Random(SEED), words()
    asked = []
    for number in range(CONTEXTS):
        left, sentences = chance.randint(TOKENS[0] + 1, TOKENS[1]), []
        while left > 1:
            said = chance.choices(known, k=min(left - 1, chance.randint(6, 20)))
            left -= len(said) + 1  # with the full stop
            sentences.append(" ".join(said).capitalize() + ".")
        asked.append((QUESTIONS[number % len(QUESTIONS)], " ".join(sentences)))
    return asked


async def main(arguments: Sequence[str] | None = None) -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(prog="python -m bench.stock")
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each side in each round")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--python", type=Path, default=PYTHON, help="of the stock handler's environment")
    asked = parser.parse_args(arguments)
    if not asked.python.exists():
        print("the stock handler is not measured: `make .venv-stock/stock.installed` makes its environment")
        return
    print(
        f"{machine.cores()} cores, Python {sys.version.split()[0]}; {asked.clients} clients, contexts of"
        f" {TOKENS[0]} to {TOKENS[1]} tokens, {asked.rounds} rounds of {asked.seconds:g} s"
    )
    async with AsyncExitStack() as stack:
        connector = aiohttp.TCPConnector(limit=0)
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        sides = await _sides(stack, session, asked.python)
        for number in range(asked.rounds + 1):
            for side in sides:
                await side.run(session, asked.clients, asked.seconds if number else 2.0)
                if not number:  # to warm up
                    side.rates.clear()
                    side.seconds.clear()
    _say(sides)


async def _sides(stack: AsyncExitStack, session: aiohttp.ClientSession, python: Path) -> list[Side]:
    given = texts()
    stock = [json.dumps({"inputs": {"question": q, "context": text}}) for q, text in given]
    ours = [json.dumps({"question": q, "passages": [text]}) for q, text in given]
    sides = []
    for kind, name in STOCK.items():
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        command = [str(python), "-m", "bench.stock_server", "{port}", folder, kind]
        sides.append(Side(name, stack.enter_context(Server(command)), stock))
    for runtime in OURS:
        command = [sys.executable, "-m", "model.serve", "--runtime", runtime, "--port", "{port}"]
        sides.append(Side(f"ours, {runtime}", stack.enter_context(Server(command)), ours))
    for side in sides:
        await side.server.answers(session, side.bodies[0])
    return sides


def _say(sides: list[Side]) -> None:
    """Rates by the median round; a ratio is the median of the rounds' own."""
    for side in sides:
        p50, p95 = percentiles(side.seconds)
        rate = statistics.median(side.rates)
        print(f"{side.name:30} {rate:7.1f} questions/s   p50 {p50:6.0f} ms   p95 {p95:6.0f} ms")
    for side in sides[len(STOCK) :]:
        for other in sides[: len(STOCK)]:
            ratios = [a / b for a, b in zip(side.rates, other.rates, strict=True)]
            low, high = min(ratios), max(ratios)
            print(
                f"{side.name:15} is {statistics.median(ratios):5.2f} times as fast as {other.name}"
                f" ({low:.2f} to {high:.2f})"
            )


if __name__ == "__main__":
    asyncio.run(main())
