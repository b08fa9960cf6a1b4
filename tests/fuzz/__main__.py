"""Make payloads, send them, and say what broke.

python -m tests.fuzz [--payloads 100000] [--seed N] [--only slack,teams] [--keep FOLDER]
"""

import argparse
import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import hypothesis
from hypothesis import HealthCheck, Phase, settings

from tests.fuzz.ask import Ask, endpoint
from tests.fuzz.case import Case, kept
from tests.fuzz.documents import Documents
from tests.fuzz.house import serving
from tests.fuzz.page import page
from tests.fuzz.slack import Slack
from tests.fuzz.target import Found, Target
from tests.fuzz.teams import Teams

SLOW_SECONDS = 5.0  # of a batch: said, so that a reader of the output sees what held it up
AT_ONCE = 250  # payloads of one batch
SHARES = {"slack": 0.4, "teams": 0.24, "ask": 0.18, "invocations": 0.12, "documents": 0.05, "page": 0.01}
LEAST = 0.15  # of the time, for each


def made(target: Target, count: int, seed: int) -> list[Case]:
    """So many cases, the same ones for the same seed."""
    cases: list[Case] = []

    @hypothesis.seed(seed)
    @settings(
        max_examples=count,
        database=None,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(target.cases)
    def draw(case: Case) -> None:
        cases.append(case)

    draw()
    return cases[:count]


async def fuzz(target: Target, payloads: int, seed: int, until: float) -> tuple[Counter[str], list[Found]]:
    """Send so many payloads; what they were answered with, and what broke."""
    statuses: Counter[str] = Counter()
    found: list[Found] = []
    chance = random.Random(f"{seed}/{target.name}")
    while (left := payloads - statuses.total()) > 0 and time.monotonic() < until:
        cases = made(target, min(AT_ONCE, left), chance.getrandbits(32))
        began = time.monotonic()
        batch = await target.batch(cases)
        if (took := time.monotonic() - began) > SLOW_SECONDS:
            print(
                f"  slow: {took:.0f} s; {'; '.join(sorted({one.what[:90] for one in batch.found}))}",
                flush=True,
            )
        statuses.update(map(str, batch.statuses))
        found += batch.found
        found += [Found(cases[0], f"one of {len(cases)}: {what}") for what in batch.loose]
    return statuses, found


async def main() -> int:
    """The command; its exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--payloads", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    parser.add_argument("--only", default=",".join(SHARES))
    parser.add_argument("--keep", type=Path, help="a folder for the cases that broke something")
    parser.add_argument("--seconds", type=float, default=1_500.0, help="that all of it may take")
    asked = parser.parse_args()
    names = asked.only.split(",")
    print(f"{asked.payloads} payloads; seed {asked.seed}", flush=True)
    broke, whole = 0, sum(SHARES[name] for name in names)
    async with targets(names) as known:
        for name in names:
            share = SHARES[name] / whole
            began, cpu = time.monotonic(), time.process_time()
            until = began + asked.seconds * max(share, LEAST)
            statuses, found = await fuzz(known[name], round(asked.payloads * share), asked.seed, until)
            took, spent = time.monotonic() - began, time.process_time() - cpu
            told = ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items()))
            print(
                f"{name:<12} {statuses.total():>7} in {took:4.0f} s, {spent:4.0f} s of processor   {told}",
                flush=True,
            )
            _tell(found, asked.keep)
            broke += len(found)
    print(f"{broke} broke something")
    return int(broke > 0)


@asynccontextmanager
async def targets(names: Collection[str]) -> AsyncIterator[dict[str, Target]]:
    """All that payloads are sent to."""
    async with AsyncExitStack() as held:
        house = await held.enter_async_context(serving())
        files = Documents()
        held.callback(files.close)
        invocations = await held.enter_async_context(endpoint(house))
        known: list[Target] = [Slack(house), Teams(house), Ask(house), invocations, files]
        if "page" in names:
            known.append(await held.enter_async_context(page(house)))
        yield {target.name: target for target in known}


def _tell(found: list[Found], folder: Path | None) -> None:
    kinds: dict[str, list[Found]] = {}
    for one in found:
        kinds.setdefault(one.what, []).append(one)
    for number, (what, of) in enumerate(sorted(kinds.items(), key=lambda kind: -len(kind[1]))):
        shortest = min(of, key=lambda one: len(one.case.body))
        print(f"  {len(of)} x {what[:600]}\n     {shortest.case.source}: {shortest.case.body[:200]!r}")
        if folder:
            place = folder / shortest.case.target
            place.mkdir(parents=True, exist_ok=True)
            (place / f"found-{number}.json").write_text(kept(shortest.case, what))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
