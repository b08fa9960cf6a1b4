"""What this machine gives the process: how many cores, and what they multiply fast."""

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

ROOT = Path("/")
MATRIX_UNITS = {"amx_bf16"}  # bf16 in units of its own
BF16 = MATRIX_UNITS | {"avx512_bf16"}
SPARED_FROM = 4  # cores


def threads() -> int:
    """How many threads a network runs on.

    The event loop takes some two milliseconds of a question that costs a core ten or more. On two or three
    cores a core of its own would cost a third to half of what is read, and the loop gets by on turns; on
    more it costs a quarter at most, and keeps the threads, which wait for each other after each product,
    from waiting for one that the loop has pushed aside.
    """
    usable = cores()
    return usable - 1 if usable >= SPARED_FROM else usable


def cores(root: Path = ROOT) -> int:
    """How many cores the process may keep busy: those it may run on, or fewer by its quota; one at least.

    A broken quota is rounded down: with a thread more than it allows, all of them stand still for the
    rest of each period.
    """
    runs_on = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([runs_on, *map(int, _quotas(root))]))


def features(root: Path = ROOT) -> set[str]:
    """What the processor says that it can do, as Linux writes it; empty elsewhere."""
    try:
        lines = (root / "proc/cpuinfo").read_text().splitlines()
    except OSError:
        return set()
    return next((set(line.split(":")[1].split()) for line in lines if line.startswith("flags")), set())


def _quotas(root: Path) -> Iterator[float]:
    """The quota of each control group that the process is in, in cores."""
    for group in _groups(root):
        limit = _numbers(group / "cpu.max")  # version 2
        if not limit:  # version 1
            limit = _numbers(group / "cpu.cfs_quota_us") + _numbers(group / "cpu.cfs_period_us")
        match limit:
            case [quota, period] if quota > 0 and period > 0:  # -1: none
                yield quota / period


def _groups(root: Path) -> Iterator[Path]:
    """The process's own group and those around it; in a container its own is mounted as the root."""
    mounted = root / "sys/fs/cgroup"
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        own = PurePosixPath(path)
        for group in (own, *own.parents):
            yield mounted / ("cpu" if controllers else "") / group.relative_to("/")


def _numbers(file: Path) -> list[int]:
    """The numbers in a file; none where there is no such file, or it says “max”."""
    try:
        return [int(number) for number in file.read_text().split()]
    except (OSError, ValueError):
        return []
