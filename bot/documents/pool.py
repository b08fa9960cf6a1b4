"""A few workers that read files, so that a file that ends one ends nothing else."""

import asyncio
import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor

import structlog

from bot.documents import Limits, Parsed, UnreadableError, Why
from bot.documents.file import File
from bot.documents.process import Process

log = structlog.get_logger(__name__)

_WAITING = 16  # files for each worker: of more, nobody waits for the last


class Pool:
    """Reads files in workers, which start when they are first needed, and anew after each that ended.

    It may be asked from any event loop.
    """

    def __init__(self, limits: Limits | None = None, *, workers: int = 2) -> None:
        self._limits, self._workers = limits or Limits(), workers
        self._reading = 0
        self._threads = ThreadPoolExecutor(workers, "documents")
        self._lock = threading.Lock()
        self._idle: list[Process] = []
        self._busy: set[Process] = set()
        self._closed = False

    async def read(self, name: str, media_type: str, data: bytes) -> Parsed:
        """What is read in a file; raises `UnreadableError`.

        `name` and `media_type` are what somebody says of it: its bytes decide.
        """
        if not data:
            raise UnreadableError(Why.EMPTY)
        if len(data) > self._limits.bytes:
            raise UnreadableError(Why.TOO_LARGE)
        self._enter()
        job = _Job(File(name, media_type, data))
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._run, job)
        except asyncio.CancelledError:  # nobody waits for it any more
            job.give_up()
            raise
        finally:
            with self._lock:
                self._reading -= 1

    def _enter(self) -> None:
        with self._lock:
            if self._closed or self._reading >= self._workers * (1 + _WAITING):
                raise UnreadableError(Why.BUSY)
            self._reading += 1

    def warm(self) -> None:
        """Start the workers now, so that the first files do not wait for them."""
        with contextlib.suppress(OSError):  # the first file tries again
            for _ in range(self._workers - len(self._idle) - len(self._busy)):
                self._rest(Process(self._limits))

    def close(self) -> None:
        """End the workers; what is being read is given up."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            for process in self._busy:
                process.kill()
        for process in idle:
            process.end()
        self._threads.shutdown(cancel_futures=True)

    def _run(self, job: "_Job") -> Parsed:
        """Have a worker read; on a thread of the pool."""
        try:
            process = self._take()
        except OSError as error:  # no memory or no processes left
            log.warning("no worker to read files", error=type(error).__name__)
            raise UnreadableError(Why.CRASHED) from error
        try:
            if not job.begin(process):
                raise UnreadableError(Why.BUSY)
            return process.read(job.file)
        finally:
            if process.ended:
                process.end()
                with contextlib.suppress(OSError):  # the next file tries again
                    self._rest(Process(self._limits), process)
            else:
                self._rest(process, process)

    def _take(self) -> Process:
        with self._lock:
            while self._idle and self._idle[-1].ended:
                self._idle.pop().end()
            process = self._idle.pop() if self._idle else Process(self._limits)
            self._busy.add(process)
            return process

    def _rest(self, process: Process, instead_of: Process | None = None) -> None:
        """Keep a worker for the next file."""
        with self._lock:
            self._busy -= {instead_of}
            if not self._closed:
                self._idle.append(process)
                return
        process.end()


class _Job:
    """A file on its way to a worker, which may be given up on any thread at any time."""

    def __init__(self, file: File) -> None:
        self.file = file
        self._lock, self._given_up = threading.Lock(), False
        self._process: Process | None = None

    def begin(self, process: Process) -> bool:
        """Say who reads it; false where nobody need."""
        with self._lock:
            self._process = process
            return not self._given_up

    def give_up(self) -> None:
        """End whoever reads it."""
        with self._lock:
            self._given_up = True
            if self._process:
                self._process.kill()
