"""The endpoint's container as a process: throughput by the number of clients, and what it does with too many.

    python -m bench.endpoint

First the clients are closed-loop: each asks, waits for its reply, and asks again. Then questions come at a
fixed rate far above what can be read, replies or not. Clients and container share this machine's cores.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp

from bench.common import PARAGRAPH, QUESTIONS, free_port, megabytes, percentiles

CLIENTS = {1: 300, 8: 800, 32: 1200, 128: 2000}  # and how many questions they ask in all
ABOVE = 6  # times what it can read
SECONDS = 12.0


@dataclass(frozen=True, slots=True)
class Told:
    """How one request ended."""

    at: float  # seconds from the start of the load
    status: int
    seconds: float


async def main() -> None:
    """Print every figure."""
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}; model.serve, 120 words a question")
    with Container() as container:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            await container.answers(session)
            rates = [await _closed(container, session, clients) for clients in CLIENTS]
            await _overload(container, session, rate=ABOVE * max(rates))
            await _closed(container, session, 1)


async def _closed(container: "Container", session: aiohttp.ClientSession, clients: int) -> float:
    """So many clients, each with one question in hand; the questions a second that they get answered."""
    left, took = list(range(CLIENTS[clients])), []

    async def client() -> None:
        while left:
            told = await container.ask(session, left.pop(), since=0.0)
            assert told.status == 200
            took.append(told.seconds)

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    rate = len(took) / (time.perf_counter() - began)
    p50, p95 = percentiles(took)
    print(
        f"{clients:3} clients   {rate:7.1f} questions/s   p50 {p50:7.1f} ms   p95 {p95:7.1f} ms"
        f"   then {container.megabytes():4.0f} MB resident"
    )
    return rate


async def _overload(container: "Container", session: aiohttp.ClientSession, rate: float) -> None:
    """Questions at that rate for some seconds; what was answered, what was refused, and how fast."""
    before, began = container.megabytes(), time.perf_counter()
    asked: list[asyncio.Task[Told]] = []
    while (now := time.perf_counter() - began) < SECONDS:
        while len(asked) < now * rate:
            asked.append(asyncio.create_task(container.ask(session, len(asked), since=began)))
        await asyncio.sleep(0.005)
    during = container.megabytes()
    told = await asyncio.gather(*asked)
    print(f"overload: {rate:.0f} questions a second for {SECONDS:.0f} s")
    for name, chosen in (
        ("answered, first half", lambda one: one.status == 200 and one.at < SECONDS / 2),
        ("answered, second half", lambda one: one.status == 200 and one.at >= SECONDS / 2),
        ("refused with 503", lambda one: one.status == 503),
        ("anything else", lambda one: one.status not in (200, 503)),
    ):
        _say(name, told, chosen)
    print(f"  resident: {before:.0f} MB before, {during:.0f} MB during, {container.megabytes():.0f} MB after")


def _say(name: str, told: list[Told], chosen: Callable[[Told], bool]) -> None:
    of = [one.seconds for one in told if chosen(one)]
    p50, p95 = percentiles(of) if of else (0.0, 0.0)
    print(f"  {name:22} {100 * len(of) / len(told):5.1f} %   p50 {p50:7.1f} ms   p95 {p95:7.1f} ms")


class Container:
    """`python -m model.serve` on a port of its own."""

    def __enter__(self) -> "Container":
        """Start it; it may not answer yet."""
        port = free_port()
        self._url = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "model.serve", "--port", str(port)],
            env=os.environ | {"MALLOC_ARENA_MAX": "2"},
            stderr=subprocess.DEVNULL,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    async def answers(self, session: aiohttp.ClientSession) -> None:
        """Wait until it can be asked."""
        while self._process.poll() is None:
            try:
                async with session.get(f"{self._url}/ping") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(0.02)
        raise SystemExit("the container ended before it answered")

    async def ask(self, session: aiohttp.ClientSession, number: int, since: float) -> Told:
        """One question."""
        body = {"question": QUESTIONS[number % len(QUESTIONS)], "passages": [PARAGRAPH]}
        began = time.perf_counter()
        async with session.post(f"{self._url}/invocations", json=body) as answer:
            await answer.read()
        return Told(began - since, answer.status, time.perf_counter() - began)

    def megabytes(self) -> float:
        """What it holds in memory now."""
        return megabytes(self._process.pid)


if __name__ == "__main__":
    asyncio.run(main())
