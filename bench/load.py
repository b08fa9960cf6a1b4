"""`python -m bench.load`: how many of Slack's events a second the service holds, and what it does beyond.

    python -m bench.load [--seconds 60] [--rates 50 200 500] [--picture FILE]

The service is `python -m bot` as it is shipped: the embedded reader, SQLite. Service, fake Slack and sender
are a process each, on this machine's cores. What is sent is sent when it is due, whatever becomes of it, and
all times count from then. A trickle of questions follows each rate: it tells when all is as before.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import psutil

from bench import load_plot
from bench.common import free_port, percentile
from bench.processes import listening, used
from bench.slack_events import settings, without_limits
from bot.replies.english import ENGLISH
from model import machine
from tests.fake_slack.workspace import Json

HELD = 200.0  # events a second that this machine must hold
ACKNOWLEDGED = 100.0  # milliseconds, p99, up to there
BACK_SECONDS = 10.0  # after a burst, until all is as before
SOON_SECONDS = 2.0  # an answer as before
PATIENCE_SECONDS = 60.0  # for the last outcome
AWAY = ENGLISH["error.crowded"]


@dataclass(frozen=True, slots=True)
class Rate:
    """What became of events at one rate."""

    rate: float
    acknowledged: tuple[float, float, float]  # p50, p95, p99 in milliseconds, of those taken at the first try
    late: float  # p99 of the sender's own lateness, in milliseconds
    refused: float  # the share that was to be brought again
    lost: int  # that nobody took, however often it was brought
    asked: int
    answered: tuple[float, float, float]  # seconds
    away: int  # who was told to ask again
    missing: int  # questions that were taken and have no outcome
    doubled: int
    back: float  # seconds after the burst
    slowest: tuple[float, float]  # acknowledgement in milliseconds, answer in seconds
    shares: dict[str, float]  # of a core

    def broken(self) -> list[str]:
        """The promises that were not kept."""
        found = []
        if self.rate <= HELD and self.acknowledged[2] > ACKNOWLEDGED:
            found.append(f"acknowledged p99 {self.acknowledged[2]:.0f} ms, over {ACKNOWLEDGED:.0f}")
        if self.rate <= HELD and (self.away or self.refused):
            found.append(f"{self.away} turned away, {self.refused:.1%} refused: it must hold {HELD:.0f}")
        if self.missing or self.doubled:
            found.append(f"{self.missing} without an outcome, {self.doubled} with two")
        if self.back > BACK_SECONDS:
            found.append(f"back {self.back:.0f} s after the burst, over {BACK_SECONDS:.0f}")
        return [f"{self.rate:.0f} a second: {one}" for one in found]

    def row(self) -> str:
        """A row of the report."""
        cells = [
            f"{self.rate:.0f}",
            " / ".join(f"{one:.0f}" for one in self.acknowledged),
            f"{self.refused:.1%}",
            f"{self.asked}",
            " / ".join(f"{one:.2f}" for one in self.answered),
            f"{self.away / max(1, self.asked):.1%}",
            f"{self.back:.0f}",
            *(f"{share:.0%}" for share in self.shares.values()),
            f"{self.late:.0f}",
        ]
        return f"| {' | '.join(cells)} |"


def head(shares: Iterable[str]) -> str:
    """The head of the report, with the processes whose shares it tells."""
    names = [
        "events/s",
        "acknowledged p50 / p95 / p99 ms",
        "brought again",
        "asked",
        "answered p50 / p95 / p99 s",
        "turned away",
        "back after s",
        *shares,
        "sent late p99 ms",
    ]
    return f"| {' | '.join(names)} |\n|{'---:|' * len(names)}"


async def main() -> int:
    """Print a row for each rate; 1 where a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=60.0, help="for each rate")
    parser.add_argument("--rates", type=float, nargs="+", default=[50.0, 200.0, 500.0])
    parser.add_argument("--picture", type=Path, help="where the plot goes")
    wanted = parser.parse_args()
    print(f"-- load; {machine.cores()} cores; shares are of one core", flush=True)
    print(head(["service", "fake Slack", "sender"]), flush=True)
    found: list[Rate] = []
    async with running() as load:
        for rate in wanted.rates:
            found.append(await load.at(rate, wanted.seconds))
            print(found[-1].row(), flush=True)
    if wanted.picture:
        wanted.picture.write_text(load_plot.drawn(found))
    wrong = [line for one in found for line in one.broken()]
    print("\n".join(wrong) or "every promise was kept")
    return 1 if wrong else 0


class Load:
    """A service under load, and what is around it."""

    def __init__(
        self,
        client: aiohttp.ClientSession,
        slack: str,
        events: str,
        sender: asyncio.subprocess.Process,
        seen: dict[str, psutil.Process],
    ) -> None:
        self._client, self._slack, self._events, self._seen = client, slack, events, seen
        assert sender.stdin is not None
        assert sender.stdout is not None
        self._orders, self._told = sender.stdin, sender.stdout

    async def begin(self, told: Json) -> None:
        """Have the sender begin, and the service do what it does only once."""
        self._order(told)
        await self._heard()
        async with self._client.post(f"{self._slack}/_/set", json={"bot": self._events}) as answer:
            answer.raise_for_status()
        await self.at(20.0, 5.0)

    async def end(self) -> None:
        """Have the sender end."""
        self._orders.close()
        await self._orders.wait_closed()

    def _order(self, order: Json) -> None:
        self._orders.write(json.dumps(order).encode() + b"\n")

    async def _heard(self) -> Json:
        line: Json = json.loads(await self._told.readline())
        return line

    async def at(self, rate: float, seconds: float) -> Rate:
        """Send at a rate for so long, and see what becomes of it."""
        began, before = time.time(), self._used()
        self._order({"url": self._events, "rate": rate, "seconds": seconds})
        telling = asyncio.create_task(self._heard())
        await asyncio.sleep(seconds)
        shares = {name: (now - before[name]) / seconds for name, now in self._used().items()}
        run = await telling
        return _summed(rate, run, await self._outcomes(run, began), shares)

    async def _outcomes(self, run: Json, since: float) -> list[tuple[str, float, str]]:
        """What was posted for the questions asked; waited for, as far as they were taken."""
        wanted = ({*run["asked"]} | {*run["after"]}) - {*run["lost"]}
        ends = time.monotonic() + PATIENCE_SECONDS
        while True:
            async with self._client.get(f"{self._slack}/_/seen", params={"since": since}) as answer:
                told = (await answer.json())["outcomes"]
            if wanted <= {of for of, _, _ in told} or time.monotonic() > ends:
                return [(of, at, text) for of, at, text in told if of in wanted]
            await asyncio.sleep(0.5)

    def _used(self) -> dict[str, float]:
        return {name: used(process) for name, process in self._seen.items()}


def _summed(
    rate: float, run: Json, outcomes: Sequence[tuple[str, float, str]], shares: dict[str, float]
) -> Rate:
    asked, after = run["asked"], run["after"]
    posts = Counter(of for of, _, _ in outcomes)
    away = {of for of, _, text in outcomes if text == AWAY}
    took = {of: at - (asked | after)[of] for of, at, _ in outcomes}
    answered = [seconds for of, seconds in took.items() if of in asked and of not in away]
    late = [due for of, due in after.items() if of in away or took.get(of, PATIENCE_SECONDS) > SOON_SECONDS]
    return Rate(
        rate,
        _three(run["well"]),
        percentile(run["late"], 0.99),
        1 - len(run["well"]) / run["sent"],
        len(run["lost"]),
        len(asked),
        _three(answered),
        len(away & {*asked}),
        sum(of not in posts and of not in run["lost"] for of in asked | after),
        sum(count > 1 for count in posts.values()),
        max([0.0, *(due - run["ended"] for due in late)]),
        (max(run["well"]), max(answered)),
        shares | {"sender": run["share"]},
    )


def _three(values: Sequence[float]) -> tuple[float, float, float]:
    return percentile(values, 0.5), percentile(values, 0.95), percentile(values, 0.99)


@dataclass
class Stage:
    """A fake Slack, and what a service is started with to speak to it."""

    slack: str
    told: Json  # by the fake, of itself
    settings: dict[str, str]
    client: aiohttp.ClientSession
    fake: psutil.Process

    @asynccontextmanager
    async def led(self, events: str, seen: dict[str, psutil.Process]) -> AsyncIterator[Load]:
        """A sender to that address, once it has had its first answers; `seen`: whose shares are told."""
        sender = await asyncio.create_subprocess_exec(
            *[sys.executable, "-m", "bench.sender", self.slack],
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=2**28,
        )
        load = Load(self.client, self.slack, events, sender, seen | {"fake Slack": self.fake})
        try:
            await load.begin(self.told)
            yield load
        finally:
            await load.end()
            await sender.wait()


@asynccontextmanager
async def staged() -> AsyncIterator[Stage]:
    """A fake Slack without limits: they are not what is tried."""
    async with AsyncExitStack() as held:
        port = free_port()
        fake = held.enter_context(listening([sys.executable, "-m", "tests.fake_slack", str(port)], port))
        slack = f"http://127.0.0.1:{port}"
        client = await held.enter_async_context(aiohttp.ClientSession())
        told = await without_limits(client, slack)
        yield Stage(slack, told, settings(told), client, psutil.Process(fake.pid))


@asynccontextmanager
async def running() -> AsyncIterator[Load]:
    """One service as it is shipped, under what a sender sends."""
    async with AsyncExitStack() as held:
        stage, port = await held.enter_async_context(staged()), free_port()
        folder = held.enter_context(tempfile.TemporaryDirectory())
        own = {"WHEREIN_STORE": f"sqlite:{folder}/load.db", "WHEREIN_PORT": str(port)}
        service = held.enter_context(listening([sys.executable, "-m", "bot"], port, stage.settings | own))
        seen = {"service": psutil.Process(service.pid)}
        events = f"http://127.0.0.1:{port}/slack/events"
        yield await held.enter_async_context(stage.led(events, seen))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
