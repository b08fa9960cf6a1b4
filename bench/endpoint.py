"""The endpoint's container as a process: throughput by the number of clients, and what it does with too many.

    python -m bench.endpoint

First the clients are closed-loop: each asks, waits for its reply, and asks again. Then questions come at a
fixed rate far above what can be read, replies or not. Clients and container share this machine's cores.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp

from bench.common import PARAGRAPH, QUESTIONS, percentiles
from bench.processes import Server
from model import machine
from model.serve import chosen

CLIENTS = {1: 300, 8: 800, 32: 1200, 128: 2000}  # and how many questions they ask in all
BODIES = [json.dumps({"question": question, "passages": [PARAGRAPH]}) for question in QUESTIONS]
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
    print(
        f"{machine.cores()} cores, Python {sys.version.split()[0]}; model.serve by {chosen('auto')},"
        " 120 words a question"
    )
    with Server([sys.executable, "-m", "model.serve", "--port", "{port}"]) as container:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            await container.answers(session, BODIES[0])
            rates = [await _closed(container, session, clients) for clients in CLIENTS]
            await _overload(container, session, rate=ABOVE * max(rates))
            await _closed(container, session, 1)


async def _ask(container: Server, session: aiohttp.ClientSession, number: int, since: float) -> Told:
    began = time.perf_counter()
    status = await container.ask(session, BODIES[number % len(BODIES)])
    return Told(began - since, status, time.perf_counter() - began)


async def _closed(container: Server, session: aiohttp.ClientSession, clients: int) -> float:
    """So many clients, each with one question in hand; the questions a second that they get answered."""
    left, took = list(range(CLIENTS[clients])), []

    async def client() -> None:
        while left:
            told = await _ask(container, session, left.pop(), since=0.0)
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


async def _overload(container: Server, session: aiohttp.ClientSession, rate: float) -> None:
    """Questions at that rate for some seconds; what was answered, what was refused, and how fast."""
    before, began = container.megabytes(), time.perf_counter()
    asked: list[asyncio.Task[Told]] = []
    while (now := time.perf_counter() - began) < SECONDS:
        while len(asked) < now * rate:
            asked.append(asyncio.create_task(_ask(container, session, len(asked), since=began)))
        await asyncio.sleep(0.005)
    during = container.megabytes()
    told = await asyncio.gather(*asked)
    print(f"overload: {rate:.0f} questions a second for {SECONDS:.0f} s")
    for name, among in (
        ("answered, first half", lambda one: one.status == 200 and one.at < SECONDS / 2),
        ("answered, second half", lambda one: one.status == 200 and one.at >= SECONDS / 2),
        ("refused with 503", lambda one: one.status == 503),
        ("anything else", lambda one: one.status not in (200, 503)),
    ):
        _say(name, told, among)
    print(f"  resident: {before:.0f} MB before, {during:.0f} MB during, {container.megabytes():.0f} MB after")


def _say(name: str, told: list[Told], among: Callable[[Told], bool]) -> None:
    of = [one.seconds for one in told if among(one)]
    p50, p95 = percentiles(of) if of else (0.0, 0.0)
    print(f"  {name:22} {100 * len(of) / len(told):5.1f} %   p50 {p50:7.1f} ms   p95 {p95:7.1f} ms")


if __name__ == "__main__":
    asyncio.run(main())
