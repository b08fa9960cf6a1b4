"""Readers one below the other: a question goes to the first that can read it in time.

`WHEREIN_MODEL` names them, with commas; `lexical:`, which needs no weights, stands below them all.

A rung that fails again and again is left out for a while; then one question tries it, while the others still
go below (a circuit breaker with half-open; ours, because each rung's share of the time belongs to it).
"""

import asyncio
import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

from model import readers
from model.readers import Reader, ReaderBusyError, ReaderError, UnknownReaderError
from model.types import Passage, Span

log = logging.getLogger(__name__)

FAILURES = 3  # in a row, before a rung is left out
PAUSE, LONGEST_PAUSE = 5.0, 120.0  # seconds that it is left out; twice as long each time that its trial fails
KEPT_SHARE, KEPT_SECONDS = 0.25, 5.0  # of the time left, what is kept for the rungs below
FAIR = 1.0  # seconds: to miss a share shorter than this shows nothing


class _LateError(ReaderError):
    """A rung has not answered in its share of the time."""

    def __init__(self, url: str, share: float) -> None:
        super().__init__(f"The reader {url} has not answered in its share of the time.")
        self.share = share  # seconds


class Rung:
    """One reader of a ladder: opened when it is first needed, left out while it is broken."""

    def __init__(self, url: str, open: Callable[[], Reader]) -> None:
        self.url = url
        self.reader: Reader | None = None
        self._open, self._opening = open, threading.Lock()
        self._failures = 0
        self._pause = 0.0  # seconds; 0 while it is in use
        self._resumes = -math.inf
        self._trial = False  # whether a question tries it now

    @property
    def name(self) -> str:
        """Its reader's name, or its URL's while it is not open."""
        return self.reader.name if self.reader else self.url.partition(":")[0]

    def opened(self) -> Reader:
        """Its reader, opened by the first who asks; raises `ReaderError`."""
        with self._opening:
            if self.reader is None:
                self.reader = self._open()
            return self.reader

    def admits(self, now: float) -> bool:
        """Whether a question may go to it."""
        return not self._pause or (now >= self._resumes and not self._trial)

    def enter(self) -> bool:
        """Note that a question goes to it; whether that is its trial."""
        self._trial = self._pause > 0
        return self._trial

    def leave(self) -> None:
        """Note that its trial has ended, one way or another."""
        self._trial = False

    def succeeded(self) -> bool:
        """Note that it has read; whether it had been left out."""
        was_out = self._pause > 0
        self._failures, self._pause = 0, 0.0
        return was_out

    def failed(self, now: float, *, trial: bool = False) -> float:
        """Note that it has failed; for how many seconds it is left out from now on, 0 if nothing changes."""
        self._failures += 1
        if self._pause and not trial:
            return 0.0
        if not self._pause and self.reader and self._failures < FAILURES:
            return 0.0
        self._pause = min(2 * self._pause, LONGEST_PAUSE) or PAUSE
        self._resumes = now + self._pause
        return self._pause


class Ladder:
    """Readers, the best first; each answer comes with the one that gave it.

    The last one is never left out, and has all the time that its caller has.
    """

    def __init__(self, rungs: Sequence[Reader | Rung], clock: Callable[[], float] = time.monotonic) -> None:
        self._rungs = [rung if isinstance(rung, Rung) else _open_rung(rung) for rung in rungs]
        self._clock = clock

    @property
    def name(self) -> str:
        """The name of the reader that a question would go to now."""
        *upper, last = self._rungs
        now = self._clock()
        return next((rung.name for rung in upper if rung.admits(now)), last.name)

    def open(self) -> list[ReaderError]:
        """Open the first reader that can be opened; what kept those above it from that."""
        troubles: list[ReaderError] = []
        for rung in self._rungs:
            try:
                rung.opened()
            except UnknownReaderError:
                raise
            except ReaderError as error:
                rung.failed(self._clock())
                troubles.append(error)
            else:
                break
        return troubles

    def close(self) -> None:
        """Let go of every reader that is open."""
        for rung in self._rungs:
            if rung.reader:
                rung.reader.close()

    async def read(
        self, question: str, passages: Sequence[Passage], until: float | None = None
    ) -> tuple[Reader, list[list[Span]]]:
        """The reader that could read, and for each passage its best spans.

        `until` is a time on the monotonic clock: a rung has what is left till then, less what is kept for
        those below it. Raises what the last one raises.
        """
        *upper, last = self._rungs
        for rung in upper:
            if not rung.admits(self._clock()):
                continue
            try:
                return await self._tried(rung, question, passages, until)
            except ReaderBusyError:
                log.info("The reader %s is busy; a question goes further down.", rung.url)
            except ReaderError as error:
                log.warning("A question goes further down: %s", error)
        reader = await _opened(last)
        return reader, await reader.read(question, passages)

    async def _tried(
        self, rung: Rung, question: str, passages: Sequence[Passage], until: float | None
    ) -> tuple[Reader, list[list[Span]]]:
        share = self._share(until)
        trial = rung.enter()
        try:
            read = await _read(rung, question, passages, share)
        except ReaderBusyError:
            raise
        except ReaderError as error:
            if not (isinstance(error, _LateError) and error.share < FAIR):
                self._note_failure(rung, trial=trial)
            raise
        else:
            if rung.succeeded():
                log.info("The reader %s reads again.", rung.url)
            return read
        finally:
            if trial:
                rung.leave()

    def _share(self, until: float | None) -> float | None:
        """The seconds that a rung has from now on."""
        if until is None:
            return None
        left = max(0.0, until - self._clock())
        return left - min(KEPT_SHARE * left, KEPT_SECONDS)

    def _note_failure(self, rung: Rung, *, trial: bool) -> None:
        pause = rung.failed(self._clock(), trial=trial)
        if pause:
            log.warning("The reader %s is left out for %.0f seconds.", rung.url, pause)


def open(urls: str) -> Ladder:
    """The ladder of the readers that the URLs name, with `lexical:` at its foot.

    Only the first is opened now, or else those below it until one opens; the others when they are needed.
    """
    named = [url.strip() for url in urls.split(",")]
    for url in named:
        readers.scheme_of(url)
    if named[-1] != "lexical:":
        named.append("lexical:")
    ladder = Ladder([Rung(url, partial(readers.open_one, url)) for url in named])
    troubles = ladder.open()
    if troubles:
        log.warning("%s Questions are read by “%s” instead.", " ".join(map(str, troubles)), ladder.name)
    return ladder


def _open_rung(reader: Reader) -> Rung:
    rung = Rung(f"{reader.name}:", lambda: reader)
    rung.opened()
    return rung


async def _opened(rung: Rung) -> Reader:
    if rung.reader is None:
        return await asyncio.to_thread(rung.opened)
    return rung.reader


async def _read(
    rung: Rung, question: str, passages: Sequence[Passage], share: float | None
) -> tuple[Reader, list[list[Span]]]:
    try:
        async with asyncio.timeout(share):
            reader = await _opened(rung)
            return reader, await reader.read(question, passages)
    except TimeoutError as error:
        raise _LateError(rung.url, math.inf if share is None else share) from error
    except ReaderError:
        raise
    except Exception as error:  # a reader that breaks its contract is one that fails
        raise ReaderError(f"The reader {rung.url} failed: {type(error).__name__}.") from error
