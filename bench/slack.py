"""Slack: events a second beside a bare Bolt app, how soon they are acknowledged, what a redelivery costs.

    python -m bench.slack                          every figure
    python -m bench.slack serve echo|mentions|ours PORT     an app, set by its environment

The app, the fake Slack and the one who sends the events are a process each; all of them share this machine's
cores. Both apps are there in each round, one after the other, and are compared within it.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import psutil
from aiohttp.web import AppRunner, TCPSite
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.say.async_say import AsyncSay
from slack_sdk.web.async_client import AsyncWebClient

from bench.arrivals import Taken, at_once, evenly, slope
from bench.common import free_port, megabytes, percentile
from bench.processes import INSTANT, listening, set_up, used
from bench.slack_events import PLACES, Acme, Event, settings, without_limits
from bot import app
from model import machine
from tests.fake_slack.workspace import Json

ROUNDS = 5
CONNECTIONS = 16
RATE, SAID = 200.0, 10_000  # things said a second, and how many in all
SAMPLES = 20  # of memory
REDELIVERED = 500
PATIENCE_SECONDS = 60.0  # for answers


async def main() -> None:
    """Print every figure."""
    print(f"-- Slack; {machine.cores()} cores, on which app, fake Slack and sender are a process each")
    print("events a second: until all are acknowledged, and until all answers are there; ours beside Bolt's")
    for reader in (INSTANT, "onnx:model/weights"):
        async with running("echo", "mentions", "ours", reader=reader) as slack:
            for name, other, made in _streams(slack.acme):
                await _beside(slack, f"{name}; reader {reader.partition(':')[0]}", other, made)
            if reader == INSTANT:
                await _redelivered(slack)
    for reader in (INSTANT, "onnx:model/weights"):
        async with running("ours", reader=reader) as slack:
            await _stream(slack, f"reader {reader.partition(':')[0]}")


# --------------------------------------------------------------------------- the measures


@dataclass
class Round:
    """What one app did with some events."""

    accepted: float  # events a second, until the last was acknowledged
    answered: float  # the same until the last answer was there, too
    processor: float  # milliseconds an event


def _streams(acme: Acme) -> list[tuple[str, str, Callable[[], list[Event]]]]:
    """What both get, and which Bolt app it is that does so too."""
    return [
        ("mixed, Bolt says all back", "echo", lambda: acme.mixed(1_000)),
        ("mixed, Bolt says mentions back", "mentions", lambda: acme.mixed(1_000)),
        ("questions, Bolt says them back", "mentions", lambda: acme.questions(PLACES)),
        ("overheard, Bolt says nothing", "mentions", lambda: acme.overheard(1_000)),
    ]


async def _beside(slack: "Slack", name: str, other: str, made: Callable[[], list[Event]]) -> None:
    """The same events to both apps, as fast as each takes them."""
    bolt, ours = [], []
    for _ in range(ROUNDS):
        bolt.append(await slack.round(other, made()))
        ours.append(await slack.round("ours", made()))
    print(name)
    for what in ("accepted", "answered"):
        mine, theirs = ([getattr(one, what) for one in rounds] for rounds in (ours, bolt))
        ratios = [one / two for one, two in zip(mine, theirs, strict=True)]
        print(f"    {what}   {_middle(mine):22} Bolt {_middle(theirs):22} {_middle(ratios, 2)} of it")
    mine, theirs = ([one.processor for one in rounds] for rounds in (ours, bolt))
    print(f"    processor  {_middle(mine, 2):22} Bolt {_middle(theirs, 2)} ms an event")


async def _redelivered(slack: "Slack") -> None:
    """What it costs to be told again, one by one: of questions, and of messages that are kept."""
    for name, some in (
        ("a question", [event for event in slack.acme.questions(PLACES) if event.asks]),
        ("an overheard message that is kept", slack.acme.kept(PLACES)),
    ):
        await slack.round("ours", some)
        took, before = [], slack.processor("ours")
        for n in range(REDELIVERED):
            began = time.perf_counter()
            assert await slack.send("ours", some[n % len(some)], again=1) == 200
            took.append(1000 * (time.perf_counter() - began))
        spent = 1000 * (slack.processor("ours") - before) / REDELIVERED
        print(
            f"{name} told again: p50 {percentile(took, 0.5):.2f} ms, p95 {percentile(took, 0.95):.2f} ms;"
            f" {spent:.2f} ms of processor"
        )


async def _stream(slack: "Slack", told: str) -> None:
    """Events at an even rate, whatever becomes of them: acknowledgements, answers, memory."""
    await slack.direct("ours")
    made, sizes = slack.acme.mixed(SAID), []
    every = len(made) // SAMPLES
    asked, posted = sum(event.asks for event in made), await slack.posts()

    def beside(number: int) -> None:
        if number % every == 0:
            sizes.append(slack.megabytes("ours"))

    began, before = time.perf_counter(), slack.used()
    taken = await evenly(made, RATE * len(made) / SAID, lambda event: slack.send("ours", event), beside)
    shares = {name: (now - before[name]) / taken.lasted for name, now in slack.used().items()}
    answered, at = await slack.answered(posted, asked, began)
    half = sizes[len(sizes) // 2 :]
    grows = slope(half) * SAMPLES
    print(
        f"{told}: {len(made)} events, {len(made) / taken.lasted:.0f} a second: {taken.accepted} accepted"
        f" ({taken.accepted / taken.lasted:.0f} a second), {len(made) - taken.accepted} not;"
        f" acknowledged p50 {taken.within(0.5):.1f} ms, p95 {taken.within(0.95):.1f} ms, p99"
        f" {taken.within(0.99):.1f} ms, at most {taken.within(1.0):.0f} ms, from when each was due (sent p99"
        f" {percentile(taken.late, 0.99):.1f} ms after it); {answered} of {asked} questions answered"
        f" ({answered / at:.1f} a second), the last {at - taken.lasted:.1f} s after the last event"
    )
    print(
        "of a core: " + ", ".join(f"{name} {share:.0%}" for name, share in shares.items()) + "; memory at"
        f" {sizes[0]:.0f}, half way {half[0]:.0f}, at the end {sizes[-1]:.0f} MB, and in the second half"
        f" {grows:+.1f} MB for each {SAID} things said"
    )


def _middle(values: Sequence[float], digits: int = 0) -> str:
    """The median, and between what they lie."""
    low, high = min(values), max(values)
    return f"{statistics.median(values):.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


# --------------------------------------------------------------------------- processes


@dataclass
class Slack:
    """A fake Slack, apps, and what is sent from here."""

    url: str
    acme: Acme
    client: aiohttp.ClientSession
    processes: dict[str, psutil.Process]
    apps: dict[str, str] = field(default_factory=dict)  # where each takes events

    async def send(self, to: str, event: Event, *, again: int = 0) -> int:
        """Post an event to an app."""
        return await self.acme.send(self.client, self.apps[to], event, again=again)

    async def round(self, to: str, some: Sequence[Event]) -> Round:
        """Send events as fast as they are taken, and wait for the answers."""
        await self.direct(to)
        asked = sum(event.said if to == "echo" else event.asks for event in some)
        posted, spent = await self.posts(), self.processor(to)
        began = time.perf_counter()
        taken: Taken = await at_once(some, CONNECTIONS, lambda event: self.send(to, event))
        assert taken.accepted == len(some), taken.statuses
        answered, at = await self.answered(posted, asked, began)
        assert answered == asked, f"{to} answered {answered} of {asked}"
        await asyncio.sleep(0.2)  # for what comes after the last answer
        spent = self.processor(to) - spent
        number = len(some)
        return Round(number / taken.lasted, number / max(taken.lasted, at), 1000 * spent / number)

    async def direct(self, to: str) -> None:
        """Have the fake tell that app of what it posts itself."""
        async with self.client.post(f"{self.url}/_/set", json={"bot": self.apps[to]}) as answer:
            answer.raise_for_status()

    async def posts(self) -> int:
        """How many messages of an app's there are."""
        async with self.client.get(f"{self.url}/_/seen") as answer:
            told: Json = await answer.json()
            return int(told["posts"])

    async def answered(self, before: int, wanted: int, began: float) -> tuple[int, float]:
        """How many answers came on top of those before, and how many seconds after `began` the last did."""
        found, at, ends = 0, time.perf_counter(), time.perf_counter() + PATIENCE_SECONDS
        while found < wanted and time.perf_counter() < ends:
            now = await self.posts() - before
            if now > found:
                found, at = now, time.perf_counter()
            await asyncio.sleep(0.05)
        return found, at - began

    def processor(self, name: str) -> float:
        """The seconds of processors that a process used."""
        return used(self.processes[name])

    def used(self) -> dict[str, float]:
        """The same of all of them."""
        return {name: self.processor(name) for name in self.processes}

    def megabytes(self, name: str) -> float:
        """What a process holds in memory."""
        return megabytes(self.processes[name].pid)


@asynccontextmanager
async def running(*names: str, reader: str = INSTANT) -> AsyncIterator[Slack]:
    """A fake Slack with apps; each was asked once in every place."""
    with ExitStack() as held:
        folder = held.enter_context(tempfile.TemporaryDirectory())
        port = free_port()
        fake = held.enter_context(listening([sys.executable, "-m", "tests.fake_slack", str(port)], port))
        url = f"http://127.0.0.1:{port}"
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as client:
            told = await without_limits(client, url)
            acme = Acme(told)
            await acme.people(client, url, PLACES)
            here = {"fake Slack": psutil.Process(fake.pid), "sender": psutil.Process()}
            slack = Slack(url, acme, client, here)
            for name in names:
                at = free_port()
                own = {
                    "WHEREIN_STORE": f"sqlite:{folder}/bench.db",
                    "WHEREIN_MODEL": reader,
                    "WHEREIN_PORT": str(at),
                    "WHEREIN_LOG": "error",
                }
                command = [sys.executable, "-m", "bench.slack", "serve", name, str(at)]
                process = held.enter_context(listening(command, at, settings(told) | own))
                slack.processes[name] = psutil.Process(process.pid)
                slack.apps[name] = f"http://127.0.0.1:{at}/slack/events"
                await slack.round(name, acme.questions(PLACES))
            yield slack


async def serve(name: str, port: int) -> None:
    """An app, until it is told to end."""
    if name != "ours":
        await _bolt(port, mentions=name == "mentions")
        return
    await app.run(*set_up())


async def _bolt(port: int, *, mentions: bool) -> None:
    """A Bolt app as its documentation has it: it says back what is said, or mentions alone."""
    token, api = os.environ["SLACK_BOT_TOKEN"], os.environ["SLACK_API_URL"]
    secret = os.environ["SLACK_SIGNING_SECRET"]
    bolt = AsyncApp(signing_secret=secret, client=AsyncWebClient(token, api))

    async def back(event: Json, say: AsyncSay) -> None:
        await say(event["text"], thread_ts=event.get("thread_ts"))

    async def heard() -> None:
        pass

    bolt.event("app_mention")(back if mentions else heard)
    bolt.event({"type": "message", "subtype": "message_changed"})(heard)
    bolt.event("message")(heard if mentions else back)
    runner = AppRunner(bolt.web_app("/slack/events", port=port), access_log=None)
    await runner.setup()
    await TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[2], int(sys.argv[3])) if sys.argv[1:2] == ["serve"] else main())
