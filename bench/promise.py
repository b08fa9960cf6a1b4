"""The promise, with real processes: acknowledgement, the whole walk, a killed task, what it all costs.

    python -m bench.promise                 every figure
    python -m bench.promise serve CHAT      one service with the loopback channel, set by its environment

A fake chat and, where it is the store, moto's DynamoDB are processes of their own; all of them, and the
clients, share this machine's cores.
"""

import asyncio
import itertools
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from bench.common import PARAGRAPH, QUESTIONS, free_port, percentile
from bench.processes import INSTANT, listening, set_up, used
from bot import app
from tests.fakes import Loopback

IN_FLIGHT = (50, 200, 1_000)
CONNECTIONS = 32  # over which the chat sends what is asked
KILLED = 200  # questions, of which a part is in hand when a task is killed
COUNTED = 2_000  # questions for the cost of one
WAIT_SECONDS = 300.0


async def main() -> None:
    """Print every figure."""
    for store in ("sqlite", "dynamodb"):
        print(f"-- the promise, store {store}" + (" (moto)" if store == "dynamodb" else ""))
        with place(store) as url:
            for questions in IN_FLIGHT:
                await _walk(url, questions)
        with place(store) as url:
            for reads_back in (True, False):
                _print_outcome(await ended(url, KILLED, reads_back=reads_back), reads_back=reads_back)
    with place("sqlite") as url:
        await _cost(url)


def _print_outcome(outcome: "Outcome", *, reads_back: bool) -> None:
    print(
        f"{outcome.asked} questions, one of two tasks killed (-9) after {outcome.ended_after:.1f} s,"
        f" the chat {'can' if reads_back else 'cannot'} be read back: {outcome.answered} answered,"
        f" {outcome.doubled} twice, {outcome.orphaned} orphaned placeholders,"
        f" the last after {outcome.last_after:.1f} s"
    )


# --------------------------------------------------------------------------- the measures


async def _walk(store: str, questions: int) -> None:
    """How soon each of so many questions, sent at once, is acknowledged and answered."""
    async with running(store, tasks=1) as (chat, (task,)):
        ids = [f"walk-{questions}-{n}" for n in range(questions)]
        began = time.perf_counter()
        acknowledged = await _send(ids, [task])
        answered = await _answers(chat, ids, began)
        accepted = [percentile(acknowledged, share) for share in (0.5, 0.99)]
        told = [percentile(answered.values(), share) for share in (0.5, 0.99)]
        print(
            f"{questions:5} in flight   accepted p50 {accepted[0]:6.1f} ms, p99 {accepted[1]:6.1f} ms"
            f"   answered p50 {told[0]:6.2f} s, p99 {told[1]:6.2f} s"
            f"   {questions / max(answered.values()):6.1f} questions/s"
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of questions to two tasks of which one ended."""

    asked: int
    answered: int
    doubled: int
    orphaned: int  # placeholders that no answer replaced
    ended_after: float  # seconds
    last_after: float  # seconds until the last answer
    status: int  # of the task that ended


async def ended(store: str, questions: int, *, reads_back: bool, signal_: int = signal.SIGKILL) -> Outcome:
    """What becomes of questions to two tasks on one store when one ends with them in hand."""
    async with running(store, tasks=2) as (chat, tasks):
        ids = [f"ended-{reads_back}-{n}" for n in range(questions)]
        began = time.perf_counter()
        sending = asyncio.create_task(_send(ids, tasks, reads_back=reads_back))
        while len(await _posted(chat)) < questions // 4:  # noqa: ASYNC110 - the chat tells nobody
            await asyncio.sleep(0.02)
        tasks[0].process.send_signal(signal_)
        at = time.perf_counter() - began
        await sending
        answered = await _answers(chat, ids, began)
        await asyncio.sleep(1.0)  # for whoever would answer again
        posts = await _posted(chat)
        status = await asyncio.to_thread(tasks[0].process.wait)
    told = [post["of"] for post in posts if post["kind"] != "info"]
    last = max(answered.values())
    doubled, orphaned = len(told) - len(set(told)), len(posts) - len(told)
    return Outcome(questions, len(answered), doubled, orphaned, at, last, status)


async def _cost(store: str) -> None:
    """The processor's time for one question, with a reader that costs nothing."""
    async with running(store, tasks=1, reader=INSTANT) as (chat, (task,)):
        service = psutil.Process(task.process.pid)
        for together in (30, COUNTED):
            await _asked([f"warm-{together}-{n}" for n in range(50)], chat, task)
            before = used(service)
            for first in range(0, COUNTED, together):
                await _asked([f"cost-{together}-{first + n}" for n in range(together)], chat, task)
            spent = used(service) - before
            print(
                f"processor time outside the reader, {together:5} sent at once:"
                f" {1000 * spent / COUNTED:5.2f} ms a question"
            )


async def _asked(ids: Sequence[str], chat: str, task: "Task") -> None:
    """Send questions, and wait for all their answers."""
    began = time.perf_counter()
    await _send(ids, [task])
    await _answers(chat, ids, began)


# --------------------------------------------------------------------------- the chat's side


async def _send(ids: Sequence[str], tasks: Sequence["Task"], *, reads_back: bool = True) -> list[float]:
    """Send each question until it is acknowledged, as chats do; the milliseconds that each took at last."""
    took: list[float] = []
    left = iter(enumerate(ids))
    async with aiohttp.ClientSession() as client:

        async def connection() -> None:
            for place, id in left:
                for task in itertools.islice(itertools.cycle(tasks), place, None):
                    began = time.perf_counter()
                    if await _acknowledged(client, task, id, place, reads_back=reads_back):
                        took.append(1000 * (time.perf_counter() - began))
                        break
                    await asyncio.sleep(0.1)

        await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return took


async def _acknowledged(
    client: aiohttp.ClientSession, task: "Task", id: str, place: int, *, reads_back: bool
) -> bool:
    said = {
        "id": id,
        "thread": f"thread-{id}",
        "text": QUESTIONS[place % len(QUESTIONS)],
        "reads_back": reads_back,
        "author": {"id": f"author-{id}"},
        "documents": [{"id": f"text-{id}", "version": "1", "text": PARAGRAPH}],
    }
    try:
        async with client.post(f"{task.url}/loopback", json=said) as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


async def _posted(chat: str) -> list[dict[str, Any]]:
    async with aiohttp.ClientSession() as client, client.get(f"{chat}/posts") as answer:
        posts: list[dict[str, Any]] = await answer.json()
        return posts


async def _answers(chat: str, ids: Sequence[str], began: float) -> dict[str, float]:
    """How many seconds after `began` each question's answer was there, as far as looking often tells."""
    found: dict[str, float] = {}
    wanted = set(ids)
    async with asyncio.timeout(WAIT_SECONDS):
        while len(found) < len(wanted):
            await asyncio.sleep(0.05)
            now = time.perf_counter() - began
            for post in await _posted(chat):
                if post["of"] in wanted and post["kind"] != "info":
                    assert post["kind"] in ("answer", "unsure"), post["text"]
                    found.setdefault(post["of"], now)
    return found


# --------------------------------------------------------------------------- processes


@dataclass(frozen=True, slots=True)
class Task:
    """One service in a process of its own."""

    url: str
    process: "subprocess.Popen[bytes]"


@contextmanager
def place(store: str) -> Iterator[str]:
    """A store that nobody used yet, as `WHEREIN_STORE` names it."""
    with ExitStack() as held:
        if store == "sqlite":
            yield f"sqlite:{held.enter_context(tempfile.TemporaryDirectory())}/bench.db"
            return
        port = free_port()
        command = [sys.executable, "-m", "tests.aws_stand_in", str(port)]
        held.enter_context(listening(command, port))
        os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = f"http://127.0.0.1:{port}"
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            os.environ.setdefault(name, "none")
        yield "dynamodb://bench?region=eu-west-1"


@asynccontextmanager
async def running(
    store: str, *, tasks: int, reader: str = "onnx:model/weights", log: Path | None = None
) -> AsyncIterator[tuple[str, list[Task]]]:
    """A chat and so many services on one store, all of them ready."""
    with ExitStack() as held:
        port = free_port()
        held.enter_context(listening([sys.executable, "-m", "tests.fakes", str(port)], port))
        chat = f"http://127.0.0.1:{port}"
        started = []
        for _ in range(tasks):
            port = free_port()
            settings = {
                "WHEREIN_STORE": store,
                "WHEREIN_MODEL": reader,
                "WHEREIN_PORT": str(port),
                "WHEREIN_WEB_PORT": "0",
                "WHEREIN_LOG": "debug:json" if log else "error",
                "MALLOC_ARENA_MAX": "2",
            }
            command = [sys.executable, "-m", "bench.promise", "serve", chat]
            process = held.enter_context(listening(command, port, settings, log))
            started.append(Task(f"http://127.0.0.1:{port}", process))
        yield chat, started


async def serve(chat: str) -> None:
    """The service with the loopback channel, until it is told to end."""
    settings, stop = set_up()
    loopback = Loopback(chat)
    try:
        await app.run(settings, stop, channels=[loopback])
    finally:
        await loopback.close()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[2]) if sys.argv[1:2] == ["serve"] else main())
