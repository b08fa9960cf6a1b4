"""The service's end of one worker."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from bot.documents import Limits, Parsed, UnreadableError, Why, wire
from bot.documents.file import File

_PROJECT = Path(__file__).parents[2]


class Process:
    """One worker: a fresh interpreter, never a fork of a process that has threads."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._slow = self._killed = False
        path = os.pathsep.join(filter(None, (str(_PROJECT), os.environ.get("PYTHONPATH"))))
        self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
            [sys.executable, "-P", "-W", "ignore", "-m", "bot.documents.worker", str(limits.memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={"PYTHONPATH": path, "LANG": "C.UTF-8"},  # no token, no key: it reads what anybody sent
        )

    def read(self, file: File) -> Parsed:
        """What the worker reads in a file; raises `UnreadableError`, also where it takes too long or dies."""
        assert self._process.stdin
        assert self._process.stdout
        timer = threading.Timer(self._limits.last_second, self._end_slow)
        timer.start()
        try:
            wire.send_file(self._process.stdin, file, self._limits)
            answer, last = wire.take_answer(self._process.stdout)
        except (OSError, EOFError, ValueError, TypeError, KeyError, RecursionError) as error:
            self.end()
            raise UnreadableError(self._why_ended()) from error
        finally:
            timer.cancel()
            timer.join()
        if last:
            self.end()
        if isinstance(answer, UnreadableError):
            raise answer
        return answer

    @property
    def ended(self) -> bool:
        """Whether it reads no more."""
        return self._killed or self._process.poll() is not None

    def kill(self) -> None:
        """Make it read no more; on any thread, for whoever waits for it tidies up."""
        self._killed = True
        self._process.kill()

    def end(self) -> None:
        """Make it read no more, and tidy up."""
        self.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _end_slow(self) -> None:
        self._slow = True
        self.kill()

    def _why_ended(self) -> Why:
        slow = self._slow or self._process.returncode == -signal.SIGXCPU
        return Why.TOO_SLOW if slow else Why.CRASHED
