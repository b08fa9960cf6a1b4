"""`python -m bench.sender SLACK`: sends events at an even rate, as a process of its own.

Its first line in is what the fake Slack tells of itself, as JSON. Each line after it is an order, and each is
answered with a line: how soon and with what the events were acknowledged, and when each question was due.
"""

import asyncio
import gc
import json
import sys
import time
from collections.abc import Sequence

import aiohttp
import psutil

from bench.arrivals import evenly
from bench.processes import used
from bench.slack_events import PLACES, Acme, Event
from tests.fake_slack.workspace import Json

PATIENCE = aiohttp.ClientTimeout(total=30.0)  # for one acknowledgement
EACH_SAID = 1.08  # events: a question is two
AFTER, TRICKLE = 30, 4.0  # questions after the events, and events a second of them
AGAIN_SECONDS = 0.5, 5.0, 15.0  # Slack's, in a hurry: at once, after a minute, after five


class Run:
    """Events at one rate, and a trickle after them; what is not taken is sent again, as Slack does."""

    def __init__(self, acme: Acme, client: aiohttp.ClientSession, url: str) -> None:
        self._acme, self._client, self._url = acme, client, url
        self._waiting: set[asyncio.Task[None]] = set()
        self._lost: list[str] = []  # the ids of what was never taken

    async def at(self, rate: float, events: Sequence[Event], after: Sequence[Event]) -> Json:
        """Send events, so many a second, then the trickle, and tell what became of them."""
        own = psutil.Process()
        before, began, lasts = used(own), time.time(), len(events) / rate
        due = {event.id: began + n / rate for n, event in enumerate(events) if event.asks}
        later = {event.id: began + lasts + n / TRICKLE for n, event in enumerate(after) if event.asks}
        shares: list[float] = []

        async def trickle() -> None:
            await asyncio.sleep(began + lasts - time.time())
            shares.append((used(own) - before) / lasts)
            await evenly(after, TRICKLE, self._take, lambda _: None)

        taken, _ = await asyncio.gather(evenly(events, rate, self._take, lambda _: None), trickle())
        while self._waiting:
            await asyncio.wait(self._waiting)
        times = {"began": began, "ended": began + lasts, "asked": due, "after": later, "lost": self._lost}
        return times | {
            "well": taken.well,
            "late": taken.late,
            "sent": len(taken.took),
            "share": shares[0],
        }

    async def _take(self, event: Event) -> int:
        status = await self._acme.send(self._client, self._url, event)
        if status != 200:
            task = asyncio.create_task(self._insist(event))
            self._waiting.add(task)
            task.add_done_callback(self._waiting.discard)
        return status

    async def _insist(self, event: Event) -> None:
        for number, pause in enumerate(AGAIN_SECONDS, 1):
            await asyncio.sleep(pause)
            if await self._acme.send(self._client, self._url, event, again=number) == 200:
                return
        self._lost.append(event.id)


async def serve(slack: str) -> None:
    """Take orders until there are none."""
    lines = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    acme, made = Acme(json.loads(await lines.readline())), 0
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=PATIENCE) as client:
        await acme.people(client, slack, PLACES)
        print(json.dumps("ready"), flush=True)
        while line := await lines.readline():
            order = json.loads(line)
            said = int(order["rate"] * order["seconds"] / EACH_SAID)
            events, after = acme.mixed(said, made), acme.questions(AFTER)
            made += said
            gc.collect()
            gc.freeze()
            told = await Run(acme, client, order["url"]).at(order["rate"], events, after)
            print(json.dumps(told), flush=True)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
