"""The service as processes that are killed, told to end and started again, and the balancer before them."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector
from aiohttp.web import Request, Response

from bench.common import free_port
from tests.chaos.faults import HOP, Faults, listening

START_SECONDS, END_SECONDS = 60.0, 60.0
SHARES = {"reset": 0.02, "lost": 0.02}  # of what is delivered
PASSED_SECONDS = 16.0  # a chat hangs up sooner
FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)


class Task:
    """One `python -m bot`, on one port, whatever becomes of its process."""

    def __init__(self, name: str, folder: Path, environment: Mapping[str, str]) -> None:
        self.name, self.port = name, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.up = False
        self.starts = 0
        self.log = folder / f"{name}.log"
        self._clock = folder / f"{name}.clock"
        self._clock.write_text("+0")
        self._environment = {**environment, "WHEREIN_PORT": str(self.port)}
        if FAKETIME:
            self._environment |= {
                "LD_PRELOAD": str(FAKETIME),
                "FAKETIME_TIMESTAMP_FILE": str(self._clock),
                "FAKETIME_CACHE_DURATION": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # a clock that is put right moves no stopwatch
                "FAKETIME_FORCE_MONOTONIC_FIX": "0",  # which would have every thread wait for long
                "NO_FAKE_STAT": "1",
            }
        self.process: subprocess.Popen[bytes] | None = None

    async def start(self, client: ClientSession) -> None:
        """Start it, and wait until it is alive; one that ends by itself is started again."""
        ends = time.monotonic() + START_SECONDS
        self._spawn()
        while time.monotonic() < ends:
            assert self.process
            if self.process.poll() is not None:
                self._spawn()
            try:
                async with client.get(f"{self.url}/healthz", timeout=ClientTimeout(total=1)) as answer:
                    if answer.status == 200:
                        self.up = True
                        return
            except (ClientError, TimeoutError):
                pass
            await asyncio.sleep(0.1)
        raise SystemExit(f"{self.name} did not start: see {self.log}")

    def _spawn(self) -> None:
        self.starts += 1
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot"], env=self._environment, stdout=subprocess.DEVNULL, stderr=log
            )

    async def end(self, number: int) -> int:
        """Send it a signal, and wait until it has ended; its status."""
        assert self.process
        if number != signal.SIGKILL:
            self.up = False  # who tells it to end has sent nobody there any more
        self.process.send_signal(number)
        try:
            return await asyncio.to_thread(self.process.wait, END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return await asyncio.to_thread(self.process.wait)
        finally:
            self.up = False

    def jump(self, seconds: float) -> None:
        """Put its clock that far from the right time."""
        self._clock.write_text(f"{seconds:+.0f}")


class Balancer:
    """Leads each request to a process that lives, and sometimes loses what that answered."""

    def __init__(self, tasks: Sequence[Task], faults: Faults) -> None:
        self._tasks, self._faults, self._next = tasks, faults, 0
        self.url = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Balancer"]:
        """Listen."""
        async with (
            ClientSession(connector=TCPConnector(limit=0)) as self._client,
            listening(self._take) as self.url,
        ):
            yield self

    async def _take(self, request: Request) -> Response:
        body = await request.read()
        alive = [task for task in self._tasks if task.up]
        if not alive:
            return Response(status=503)
        self._next += 1
        task = alive[self._next % len(alive)]
        kind = self._faults.pick("balancer", SHARES)
        if kind == "reset":
            return Response(status=502)
        kept = {name: value for name, value in request.headers.items() if name.lower() not in HOP}
        try:
            async with self._client.request(
                request.method,
                f"{task.url}{request.raw_path}",
                data=body,
                headers=kept,
                timeout=ClientTimeout(total=PASSED_SECONDS),
            ) as answer:
                told, status = await answer.read(), answer.status
                headers = {name: value for name, value in answer.headers.items() if name.lower() not in HOP}
        except ClientError:
            return Response(status=502)
        except TimeoutError:
            return Response(status=504)
        if kind == "lost" and request.transport:  # who waits may have given up already
            request.transport.abort()
        return Response(status=status, body=told, headers=headers)


def environment(**settings: str) -> dict[str, str]:
    """This process's environment with these settings, and none that somebody left there."""
    ours = ("WHEREIN_", "SLACK_", "TEAMS_", "AWS_", "LD_PRELOAD", "FAKETIME")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | settings
