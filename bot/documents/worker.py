"""A process that reads files one after the other, with little memory and nothing to lose."""

import contextlib
import os
import resource
import sys
from pathlib import Path

from bot.documents import Limits, Parsed, UnreadableError, Why, wire
from bot.documents.file import File
from bot.documents.parse import parse

LIVES = 200  # files: what a library leaks is given back then
_GROWN = 200_000_000  # bytes: after a large file it is better to start small again
_FINAL = (Why.TOO_LARGE, Why.TOO_DEEP)  # it may have been shaken


def main(memory: int) -> None:
    """Read files from standard input until there are no more."""
    _confine(memory)
    asked, answers = os.fdopen(0, "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    for life in range(LIVES):
        try:
            file, limits = wire.take_file(asked)
        except EOFError:
            return
        _end_if_slower(limits.last_second)
        answer = _read(file, limits)
        last = life == LIVES - 1 or _is_worn(answer)
        if isinstance(answer, UnreadableError):
            wire.send_reason(answers, answer, last=last)
        else:
            wire.send_parsed(answers, answer, last=last)
        if last:
            return


def _read(file: File, limits: Limits) -> Parsed | UnreadableError:
    try:
        return parse(file, limits)
    except UnreadableError as error:
        return UnreadableError(error.why, error.detail)
    except MemoryError:
        return UnreadableError(Why.TOO_LARGE)


def _is_worn(answer: Parsed | UnreadableError) -> bool:
    if isinstance(answer, UnreadableError) and answer.why in _FINAL:
        return True
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:  # not every system tells; getrusage tells of the process that started this one
        return False
    return pages * resource.getpagesize() > _GROWN


def _confine(memory: int) -> None:
    """Give up what reading needs none of: memory, files to write, processes to start."""
    limits = [
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
    ]
    for what, most in limits:
        with contextlib.suppress(ValueError, OSError):  # not every system has every limit
            resource.setrlimit(what, (most, most))
    sys.modules["numpy"] = None  # type: ignore[assignment]  # a spreadsheet's library takes it where it is there


def _end_if_slower(seconds: float) -> None:
    """End even where whoever started this process is gone and can end it no more."""
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    with contextlib.suppress(ValueError, OSError):
        soft = int(used + seconds) + 2
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else Limits().memory)
