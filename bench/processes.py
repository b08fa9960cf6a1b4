"""Processes that a measure starts, what they use, and the service as it is set by its environment."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

import aiohttp
import psutil

from bench.common import free_port, listens, megabytes
from bot import telemetry
from bot.settings import Settings, load
from model import ladder
from model.ladder import Ladder
from tests.fakes import FakeReader

INSTANT = "instant"  # the name of a reader that costs nothing


@contextmanager
def started(
    command: Sequence[str], settings: Mapping[str, str] | None = None, errors: IO[str] | int | None = None
) -> "Iterator[subprocess.Popen[bytes]]":
    """A process until it is told to end, with these settings of Wherein's and no others."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WHEREIN_")}
    process = subprocess.Popen(
        command, env=environment | dict(settings or {}), stdout=subprocess.DEVNULL, stderr=errors
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


@contextmanager
def listening(
    command: Sequence[str], port: int, settings: Mapping[str, str] | None = None, log: Path | None = None
) -> "Iterator[subprocess.Popen[bytes]]":
    """A process from when it listens on its port."""
    with (
        log.open("a") if log else open(os.devnull, "a") as errors,
        started(command, settings, errors) as process,
    ):
        while not listens(port):
            if process.poll() is not None:
                raise SystemExit(f"{command[2]} ended with status {process.returncode}")
            time.sleep(0.02)
        yield process


def used(process: psutil.Process) -> float:
    """The seconds of processors that a process used."""
    times = process.cpu_times()
    return float(times.user + times.system)


def set_up() -> tuple[Settings, asyncio.Event]:
    """A service's settings, its logs and its reader by its environment, and what is set when it is to end."""
    settings = load(Settings)
    telemetry.set_up_logs(settings.log)
    if settings.model == INSTANT:
        ladder.open = lambda urls: Ladder([FakeReader("Priya Nair")])
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    return settings, stop


class Server:
    """A process that answers `POST /invocations` on a port of its own, for as long as it is entered."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command  # with {port} where the port stands

    def __enter__(self) -> "Server":
        """Start it; it may not answer yet."""
        port = free_port()
        self._url = f"http://127.0.0.1:{port}"
        command = [part.format(port=port) for part in self._command]
        self._held = ExitStack()
        held = started(command, {"MALLOC_ARENA_MAX": "2"}, subprocess.DEVNULL)
        self._process = self._held.enter_context(held)
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    async def answers(self, session: aiohttp.ClientSession, body: str) -> None:
        """Wait until it answers a question."""
        while self._process.poll() is None:
            try:
                if await self.ask(session, body) == 200:
                    return
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(0.02)
        raise SystemExit(f"{' '.join(self._command[:3])} ended before it answered")

    async def ask(self, session: aiohttp.ClientSession, body: str) -> int:
        """One question; the status of its reply."""
        kinds = {"Content-Type": "application/json"}
        async with session.post(f"{self._url}/invocations", data=body, headers=kinds) as answer:
            await answer.read()
            return answer.status

    def megabytes(self) -> float:
        """What it holds in memory now."""
        return megabytes(self._process.pid)
