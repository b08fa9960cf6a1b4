"""What waits for one network, from all callers: a bounded queue, read by one thread.

Shared by the readers in this process and by the endpoint's container.
"""

import asyncio
import math
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from model.engine import Engine
from model.types import Passage, Span

TOGETHER = 24_000  # code points of questions that are read together: enough to find windows of like length
EACH = 100  # code points that a question costs beside its own: nothing waits for nothing


class FullError(Exception):
    """As much waits as may wait, or a question has waited for as long as it may."""


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    question: str
    passages: Sequence[Passage]
    found: Future[list[list[Span]]] = field(default_factory=Future)
    since: float = field(default_factory=time.monotonic)

    @property
    def size(self) -> int:
        return EACH + len(self.question) + sum(len(passage.text) for passage in self.passages)


class Batches:
    """Questions to one engine, in the order in which they came.

    At most `bound` code points wait, and none longer than `patience` seconds: on a slow machine all would
    else be read for callers who have gone. What nobody waits for any longer is not read.
    """

    def __init__(self, engine: Engine, name: str, bound: int, patience: float = math.inf) -> None:
        self._engine, self._bound, self._patience = engine, bound, patience
        self._waiting: deque[_Asked] = deque()
        self._held = 0  # code points that wait
        self._lock = threading.Lock()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    @property
    def held(self) -> int:
        """How many code points wait to be read."""
        return self._held

    async def read(self, question: str, passages: Sequence[Passage]) -> list[list[Span]]:
        """For each passage its best spans, best first.

        Raises `FullError`, or what the engine raises; RuntimeError where it has been closed.
        """
        asked = _Asked(question, passages)
        with self._lock:
            if self._waiting and self._held + asked.size > self._bound:
                raise FullError
            self._thread.submit(self._read_some)
            self._waiting.append(asked)
            self._held += asked.size
        try:
            return await asyncio.wrap_future(asked.found)
        except asyncio.CancelledError:
            if asked.found.cancel():
                self._leave(asked)
            raise

    def close(self) -> None:
        """End the reading thread; what waits for it is told so."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        for asked in self._taken(everything=True):
            asked.found.set_exception(RuntimeError("closed"))

    def _leave(self, asked: _Asked) -> None:
        with self._lock:
            if asked in self._waiting:
                self._waiting.remove(asked)
                self._held -= asked.size

    def _read_some(self) -> None:
        """Read what is next, if anything is: called once for each question, though some are read together."""
        taken = self._taken()
        try:
            answers = self._engine.read_many([(asked.question, asked.passages) for asked in taken])
        except Exception as error:  # whatever it is, it is for those who wait, and the thread goes on
            for asked in taken:
                asked.found.set_exception(error)
        else:
            for asked, answer in zip(taken, answers, strict=True):
                asked.found.set_result(answer)

    def _taken(self, *, everything: bool = False) -> list[_Asked]:
        """The next questions to read together: more than one only where they may share runs."""
        taken: list[_Asked] = []
        size = 0
        with self._lock:
            while self._waiting:
                following = self._waiting[0].size
                alone = not self._engine.shares_runs or size + following > TOGETHER
                if taken and alone and not everything:
                    break
                asked = self._waiting.popleft()
                self._held -= following
                if not asked.found.set_running_or_notify_cancel():
                    continue
                if time.monotonic() - asked.since > self._patience:
                    asked.found.set_exception(FullError())
                    continue
                taken.append(asked)
                size += following
        return taken
