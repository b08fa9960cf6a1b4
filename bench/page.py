"""The page beside the bot: how soon it is there, what it adds to a question, what many visitors do to a chat.

    python -m bench.page                 every figure; fails where one is not kept
    python -m bench.page serve CHAT      one service with its page, /ask and the loopback channel

Page, service, chat and visitors share this machine's cores; a visitor speaks as a browser does, by Gradio's
queue.
"""

import asyncio
import itertools
import json
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import Any

import aiohttp

from bench.common import PARAGRAPH, QUESTIONS, free_port, percentile
from bench.processes import set_up, started
from bot import app
from bot.channels import http
from model import machine
from tests.fakes import Loopback

HEALTHY_SECONDS = 2.0  # whether the page is there or not
READY_SECONDS = 15.0
MORE_SECONDS = 0.050  # a question on the page may take so much longer than the same by /ask
ACKNOWLEDGED_SECONDS = 0.100
SESSIONS, EACH = 50, 4  # visitors at once, and questions of each
ASKED = 60
PAUSE_SECONDS = 0.1  # between two questions of the chat, while visitors ask


class Process:
    """`python -m bot` with its page, on ports and a database of its own."""

    def __enter__(self) -> "Process":
        """Start it."""
        self._held = ExitStack()
        folder = self._held.enter_context(tempfile.TemporaryDirectory())
        port, page, chat = free_port(), free_port(), free_port()
        self.url, self.page = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{page}"
        settings = {
            "WHEREIN_PORT": str(port),
            "WHEREIN_WEB_PORT": str(page),
            "WHEREIN_STORE": f"sqlite:{folder}/bench.db",
            "WHEREIN_LOG": "error",
            "MALLOC_ARENA_MAX": "2",
        }
        for command in (["tests.fakes", str(chat)], ["bench.page", "serve", f"http://127.0.0.1:{chat}"]):
            self._held.enter_context(started([sys.executable, "-m", *command], settings))
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()


class Visitor:
    """An open page."""

    def __init__(self, client: aiohttp.ClientSession, page: str) -> None:
        self._client, self._page, self._name = client, f"{page}/en", uuid.uuid4().hex[:11]

    async def handlers(self) -> dict[str, int]:
        """The numbers of the page's handlers."""
        async with self._client.get(f"{self._page}/config") as answer:
            return {one["api_name"]: one["id"] for one in (await answer.json())["dependencies"]}

    async def call(self, index: int, *data: Any) -> list[Any]:
        """What a handler shows in the end."""
        told = {"data": data, "fn_index": index, "session_hash": self._name}
        async with self._client.post(f"{self._page}/gradio_api/queue/join", json=told) as joined:
            assert joined.status == 200, await joined.text()
        shown: list[Any] = []
        params = {"session_hash": self._name}
        async with self._client.get(f"{self._page}/gradio_api/queue/data", params=params) as stream:
            async for line in stream.content:
                if line.startswith(b"data: "):
                    message = json.loads(line[6:])
                    if message["msg"] == "process_completed":
                        shown = message["output"]["data"]
                    if message["msg"] in ("process_completed", "close_stream"):
                        break
        return shown


async def main() -> None:
    """Print every figure, and fail where one is not kept."""
    print(
        f"{machine.cores()} cores, Python {sys.version.split()[0]}; one process, reader onnx, with its page"
    )
    with Process() as process:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:
            healthy, ready = await asyncio.gather(
                _until(client, f"{process.url}/healthz"), _until(client, f"{process.page}/en/")
            )
            _kept("start to healthy", healthy, HEALTHY_SECONDS, "s")
            _kept("start to page", ready, READY_SECONDS, "s")
            ask = (await Visitor(client, process.page).handlers())["ask"]
            await _open_up(client, process)
            await _beside_ask(client, process, ask)
            await _many(client, process, ask)


async def _until(client: aiohttp.ClientSession, url: str) -> float:
    began = time.perf_counter()
    while time.perf_counter() - began < 4 * READY_SECONDS:
        try:
            async with client.get(url, timeout=aiohttp.ClientTimeout(60)) as answer:
                if answer.status == 200:
                    return time.perf_counter() - began
        except aiohttp.ClientConnectionError:
            pass
        await asyncio.sleep(0.02)
    raise SystemExit(f"{url} did not answer")


async def _open_up(client: aiohttp.ClientSession, process: Process) -> None:
    """Let everybody ask as often as they like, as an admin would: on the admin's page."""
    admin = Visitor(client, process.page)
    admin._page = f"{process.page}/en/admin"
    saved = (await admin.handlers())["saved"]
    said = await admin.call(saved, "page///", "", "own", False, 600, 600, False, False)
    assert "Saved" in said[0], said
    await asyncio.sleep(11)  # settings are known everywhere after ten seconds


async def _beside_ask(client: aiohttp.ClientSession, process: Process, index: int) -> None:
    """The same question by /ask and on the page, in turns."""
    visitor, by_ask, on_page = Visitor(client, process.page), [], []

    async def ask(question: str) -> None:
        body = {"question": question, "context": PARAGRAPH}
        async with client.post(f"{process.url}/ask", json=body) as answer:
            assert (await answer.json())["kind"] == "answer"

    async def show(question: str) -> None:
        assert "<mark>" in (await visitor.call(index, question, PARAGRAPH))[0]

    for n in range(ASKED):
        question = QUESTIONS[n % len(QUESTIONS)]
        by_ask.append(await _took(lambda: ask(question)))  # noqa: B023
        on_page.append(await _took(lambda: show(question)))  # noqa: B023
    print(f"a question by /ask             {1000 * statistics.median(by_ask):7.1f} ms (median of {ASKED})")
    print(f"the same on the page           {1000 * statistics.median(on_page):7.1f} ms")
    more = statistics.median(on_page) - statistics.median(by_ask)
    _kept("so the page adds", 1000 * more, 1000 * MORE_SECONDS, "ms")


async def _many(client: aiohttp.ClientSession, process: Process, index: int) -> None:
    """Many visitors ask at once; meanwhile a chat asks too, and waits for its acknowledgement."""
    acknowledged: list[float] = []
    took: list[float] = []
    done = asyncio.Event()

    async def say(n: int) -> None:
        body = {"id": f"m{n}", "text": QUESTIONS[n % len(QUESTIONS)], "thread": f"t{n}"}
        async with client.post(f"{process.url}/loopback", json=body) as answer:
            assert (await answer.json()) == {"taken": True}

    async def chat() -> None:
        for n in itertools.count():
            if done.is_set():
                return
            acknowledged.append(await _took(lambda: say(n)))  # noqa: B023
            await asyncio.sleep(PAUSE_SECONDS)

    async def visit() -> None:
        visitor = Visitor(client, process.page)
        for n in range(EACH):
            question = QUESTIONS[n % len(QUESTIONS)]
            took.append(await _took(lambda: visitor.call(index, question, PARAGRAPH)))  # noqa: B023

    talking = asyncio.create_task(chat())
    await asyncio.gather(*(visit() for _ in range(SESSIONS)))
    done.set()
    await talking
    p50, p95 = (1000 * percentile(took, share) for share in (0.5, 0.95))
    print(f"{SESSIONS} visitors at once: {len(took)} questions, p50 {p50:.0f} ms, p95 {p95:.0f} ms")
    p99 = 1000 * percentile(acknowledged, 0.99)
    _kept(f"{len(acknowledged)} acknowledgements, p99", p99, 1000 * ACKNOWLEDGED_SECONDS, "ms")


async def _took(work: Callable[[], Awaitable[Any]]) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


def _kept(what: str, value: float, most: float, unit: str) -> None:
    print(f"{what:30} {value:7.2f} {unit} (at most {most:g})")
    if value > most:
        raise SystemExit(f"{what}: {value:.2f} {unit} is over {most:g}")


async def serve(chat: str) -> None:
    """The service, until it is told to end."""
    settings, stop = set_up()
    loopback = Loopback(chat)
    try:
        await app.run(settings, stop, channels=[loopback, http.open(settings)])
    finally:
        await loopback.close()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[2]) if sys.argv[1:2] == ["serve"] else main())
