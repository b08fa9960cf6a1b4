"""Make payloads, send them, and say what broke.

    python -m tests.fuzz [--payloads 100000] [--seed N] [--only slack,teams] [--keep FOLDER]
"""

import argparse
import asyncio
import random
import sys
import time
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

import hypothesis
from hypothesis import HealthCheck, Phase, settings

from tests.fuzz.case import Case, kept
from tests.fuzz.house import serving
from tests.fuzz.slack import Slack
from tests.fuzz.target import Found, Target

SLOW_SECONDS = 5.0  # of a batch: said, so that a reader of the output sees what held it up
AT_ONCE = 250  # payloads of one batch
SHARES = {"slack": 0.4}


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


async def fuzz(target: Target, payloads: int, seed: int) -> tuple[Counter[str], list[Found]]:
    """Send so many payloads; what they were answered with, and what broke."""
    statuses: Counter[str] = Counter()
    found: list[Found] = []
    chance = random.Random(f"{seed}/{target.name}")
    while (left := payloads - statuses.total()) > 0:
        cases = made(target, min(AT_ONCE, left), chance.getrandbits(32))
        began = time.monotonic()
        batch = await target.batch(cases)
        if (took := time.monotonic() - began) > SLOW_SECONDS:
            print(f"  slow: {took:.0f} s; {'; '.join(sorted({one.what[:90] for one in batch.found}))}", flush=True)
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
    asked = parser.parse_args()
    print(f"seed {asked.seed}", flush=True)
    broke = 0
    names = asked.only.split(",")
    async with AsyncExitStack() as held:
        house = await held.enter_async_context(serving())
        targets = {"slack": Slack(house)}
        whole = sum(SHARES[name] for name in names)
        for name in names:
            began = time.monotonic()
            statuses, found = await fuzz(targets[name], round(asked.payloads * SHARES[name] / whole), asked.seed)
            took = time.monotonic() - began
            told = ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items()))
            print(f"{name:<10} {statuses.total():>7} in {took:5.0f} s   {told}   {len(found)} broke something", flush=True)
            _tell(found, asked.keep)
            broke += len(found)
        print(dict(house.log.counts.most_common(25)))
    return int(broke > 0)


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
