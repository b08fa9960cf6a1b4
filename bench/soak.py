"""The service for half an hour: whether memory, open files, tasks or threads grow while people go on as ever.

    python -m bench.soak [--minutes 30] [--rate 15]

The service is `python -m bot`, as `make run` starts it; both chats are fakes. It ends with 1 where anything
is not flat (it surely grows, and not surely by as little as `MOST` says), not acknowledged or not answered.
The first part, in which what is kept at hand fills up, is left out; so are, of files and tasks, those of
connections that the chats keep open.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import psutil
from prometheus_client.parser import text_string_to_metric_families

from bench.arrivals import Taken, evenly
from bench.common import free_port, percentile
from bench.processes import listening
from bench.soak_acts import GENERAL, Acts
from bench.trend import BLOCKS, trend
from model import machine
from tests.fake_slack.workspace import Json
from tests.fake_teams import FakeIdentity, FakeTeams
from tests.teams_house import environment

WARM_SHARE, WARM_MINUTES = 0.4, 12.0  # what is left out: of a short soak that share, of a long one so much
EVERY_SECONDS = 2.0
PATIENCE_SECONDS = 60.0  # for what was asked last
# An hour: what still is flat. One file or task left by each thousandth thing done would be over it.
MOST = {"memory, MB": 20.0, "open files": 20.0, "tasks": 20.0, "threads": 5.0}
SHOWN = 12  # samples that are printed


async def main(minutes: float, rate: float) -> int:
    """Print how each went; 0 where all is flat."""
    print(f"-- soak: {minutes:g} minutes, {rate:g} acts a second, Slack and Teams; {machine.cores()} cores")
    async with running() as service:
        watching = asyncio.create_task(service.watch())
        acts = range(int(60 * minutes * rate))
        taken = await evenly(acts, rate, service.acts.act, lambda _: None)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        left = await service.at_rest()
    return _told(service, taken, left, minutes)


def _told(service: "Service", taken: Taken, left: float, minutes: float) -> int:
    warm = 60 * min(WARM_SHARE * minutes, WARM_MINUTES)
    kinds = ", ".join(f"{number:,} {kind}" for kind, number in service.acts.done.most_common())
    refused = sum(number for status, number in service.statuses.items() if status != 200)
    failed = len(taken.took) - taken.accepted + refused
    print(
        f"{kinds}; Slack's events acknowledged p50 {1000 * percentile(service.acknowledged, 0.5):.1f} ms,"
        f" p99 {1000 * percentile(service.acknowledged, 0.99):.1f} ms; {failed} not acknowledged at once,"
        f" {left:.0f} not answered; settled: {service.outcomes}"
    )
    print(f"left out: the first {warm / 60:.1f} minutes; then blocks, least squares over their means")
    bad = bool(failed or left)
    for name, most in MOST.items():
        values = service.samples[name]
        some = values[:: max(1, len(values) // SHOWN)]
        kept = [place for place, at in enumerate(service.at) if at >= warm]
        blocks = min(BLOCKS, len(kept) // 4)
        seen = trend([service.at[place] for place in kept], [values[place] for place in kept], blocks)
        flat = seen.flat(most) or not seen.grows()
        bad |= not flat
        told = "flat" if seen.flat(most) else "flat, as far as such a time can tell"
        verdict = told if flat else "not flat"
        print(
            f"{name}: {' '.join(f'{value:.0f}' for value in some)}; {seen.slope:+.2f} an hour, 95 % between"
            f" {seen.low:+.2f} and {seen.high:+.2f} (neighbours correlate {seen.correlation:.2f}); {verdict}:"
            f" at most {most:+g} an hour is"
        )
    return int(bad)


@dataclass
class Service:
    """The service's process, who works with it, and what was seen of it."""

    process: psutil.Process
    url: str
    slack: str
    client: aiohttp.ClientSession
    acts: Acts
    at: list[float] = field(default_factory=list)  # seconds since the beginning
    samples: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in MOST})
    statuses: Counter[int] = field(default_factory=Counter)
    acknowledged: list[float] = field(default_factory=list)  # seconds
    outcomes: str = ""

    async def watch(self) -> None:
        """Take samples until cancelled."""
        began = time.perf_counter()
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            told = await self._counted()
            with self.process.oneshot():
                held = self._held_open()
                seen = (
                    self.process.memory_info().rss / 1e6,
                    self.process.num_fds() - held,
                    told["wherein_tasks"] - held,
                    self.process.num_threads(),
                )
            self.at.append(time.perf_counter() - began)
            for values, value in zip(self.samples.values(), seen, strict=True):
                values.append(float(value))
            async with self.client.get(f"{self.slack}/_/seen?clear=1") as answer:
                acknowledged: Json = await answer.json()
            self.statuses.update(acknowledged["statuses"])
            self.acknowledged += acknowledged["seconds"]

    def _held_open(self) -> int:
        """How many connections the chats keep to the service: a file and a task each."""
        port = int(self.url.rpartition(":")[2])
        return sum(
            bool(one.laddr and one.laddr.port == port and one.raddr)
            for one in self.process.net_connections("tcp")
        )

    async def at_rest(self) -> float:
        """How many messages have no outcome yet once all had the time to get one."""
        ends = time.perf_counter() + PATIENCE_SECONDS
        while time.perf_counter() < ends:
            told = await self._counted()
            if not told["wherein_in_hand"] and not told["wherein_waiting"]:
                break
            await asyncio.sleep(0.5)
        ended = {name: int(value) for name, value in told.items() if name.startswith("outcome ")}
        self.outcomes = ", ".join(f"{value:,} {name[8:]}" for name, value in ended.items())
        return told["wherein_in_hand"] + told["wherein_waiting"]

    async def _counted(self) -> dict[str, float]:
        """What the service counts of itself."""
        async with self.client.get(f"{self.url}/metrics") as answer:
            families = text_string_to_metric_families(await answer.text())
        told: dict[str, float] = {}
        for sample in (sample for family in families for sample in family.samples):
            if sample.name == "wherein_settled_seconds_count":
                outcome = f"outcome {sample.labels['outcome']}"
                told[outcome] = told.get(outcome, 0.0) + sample.value
            elif not sample.labels:
                told[sample.name] = sample.value
        return told


@asynccontextmanager
async def running() -> AsyncIterator[Service]:
    """`python -m bot` between a fake Slack, a process of its own, and a fake Teams, which is here."""
    identity = FakeIdentity()
    teams_settings = environment(await identity.start())
    teams = FakeTeams(identity)
    await teams.start()
    with ExitStack() as held:
        folder = held.enter_context(tempfile.TemporaryDirectory())
        port, at = free_port(), free_port()
        held.enter_context(listening([sys.executable, "-m", "tests.fake_slack", str(port)], port))
        slack = f"http://127.0.0.1:{port}"
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:
            url = f"http://127.0.0.1:{at}"
            knobs = {"rates": False, "bot": f"{url}/slack/events"}
            async with client.post(f"{slack}/_/set", json=knobs) as answer:
                told: Json = await answer.json()
            settings = teams_settings | {
                "SLACK_API_URL": told["api_url"],
                "SLACK_BOT_TOKEN": told["bot_token"],
                "SLACK_SIGNING_SECRET": told["signing_secret"],
                "WHEREIN_CHANNELS": "slack,teams",
                "WHEREIN_STORE": f"sqlite:{folder}/soak.db",
                "WHEREIN_MODEL": os.environ.get("WHEREIN_MODEL", "onnx:model/weights"),
                "WHEREIN_PORT": str(at),
                "WHEREIN_WEB_PORT": "0",
                "WHEREIN_LOG": "error",
                "MALLOC_ARENA_MAX": "2",
            }
            log = os.environ.get("SOAK_LOG")  # where errors go
            process = held.enter_context(
                listening([sys.executable, "-m", "bot"], at, settings, Path(log) if log else None)
            )
            teams.bot = f"{url}/api/messages"
            teams.consent.add(GENERAL)
            yield Service(psutil.Process(process.pid), url, slack, client, Acts(client, slack, teams))
    await teams.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--rate", type=float, default=15.0)
    asked = parser.parse_args()
    if asked.minutes < 1:
        parser.error("--minutes: less than one tells nothing")
    sys.exit(asyncio.run(main(asked.minutes, asked.rate)))
