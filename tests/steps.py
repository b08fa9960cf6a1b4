"""A rehearsal's steps, each with its time, and its processes."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.common import listens
from model.readers import PROJECT

PATIENCE_SECONDS = 60.0


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print what is done, and how long it took."""
    began = time.monotonic()
    print(f"-- {name}", flush=True)
    yield
    print(f"   {time.monotonic() - began:.1f} s", flush=True)


@contextmanager
def process(
    command: Sequence[str], port: int, log: Path, environment: Mapping[str, str]
) -> "Iterator[subprocess.Popen[bytes]]":
    """`python -m …` from when it listens on its port."""
    with log.open("a") as written:
        started = subprocess.Popen(
            [sys.executable, "-m", *command], cwd=PROJECT, env=environment, stdout=written, stderr=written
        )
    try:
        ends = time.monotonic() + PATIENCE_SECONDS
        while not listens(port):
            assert started.poll() is None, f"{command[0]} ended with status {started.returncode}"
            assert time.monotonic() < ends, f"{command[0]} does not listen"
            time.sleep(0.05)
        yield started
    finally:
        started.kill()
        started.wait()
