"""`python -m bench.scaling [--picture FILE]`: a working day of questions against each way to scale.

A queue in steps of one second: who asks does not wait for others to be answered, a company asks in bursts,
and new capacity comes as late as it comes on AWS. What is measured stands under `SERVED`, what is assumed
under `STARTS`.
"""

import argparse
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from bench.common import percentile
from bench.costs import HOURS, TABLE, price

SERVED = {  # questions a second and seconds for one, by the README's benches of 120 words
    "instance": (110.0, 0.010),  # the endpoint's container on two cores
    "task": (45.0, 0.012),  # one core of the bot with the embedded reader: half of 95
}
STARTS = {  # seconds from the alarm to the first question; assumed
    "task": 60,  # Fargate about 40, and two health checks of the balancer
    "instance": 240,  # SageMaker 3 to 5 minutes for our image of some hundred megabytes
    "stock": 480,  # several gigabytes
    "serverless": 5,  # the first question of one more
}
PATIENCE = 2.0  # seconds of waiting, beyond which the ladder's next rung had better read
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Policy:
    """A way to scale: what it looks at, at what it aims, and what it pays for."""

    name: str
    unit: str  # of SERVED
    starts: str  # of STARTS
    by: str  # cpu, concurrency, both; serverless needs none
    fewest: int
    most: int
    aims: float = 2.0  # calls at once
    cpu: float = 60.0  # percent
    cores: int = 1  # of a task


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a day came to."""

    p50: float
    p95: float
    p999: float
    late: float  # share of the questions
    units: float  # on the average
    dollars: float  # a month
    ready: tuple[int, ...] = ()  # units, minute by minute


def arrivals(workspaces: int, seed: int, seconds: int = DAY) -> list[int]:
    """Questions in each second of a working day: two humps, each hour's rush, companies that ask at once."""
    chance = Random(seed)
    total = workspaces * TABLE["assumed"]["questions_a_day"]
    shape = [_wish(second % DAY) for second in range(seconds)]
    rate = 0.7 * total / sum(shape)
    expected = [rate * wish for wish in shape]
    for _ in range(_poisson(chance, 0.3 * total / 30)):  # 30 within two minutes: a meeting, an outage
        start = _pick(chance, seconds)
        for second in range(start, min(start + 120, seconds)):
            expected[second] += 30 / 120
    noon = 11 * 3600
    for second in range(noon, min(noon + 600, seconds)):  # everybody's: a product that many use is down
        expected[second] *= 4
    return [_poisson(chance, wanted) for wanted in expected]


def _wish(second: int) -> float:
    hour = second / 3600
    humps = math.exp(-(((hour - 10.5) / 1.5) ** 2)) + 0.8 * math.exp(-(((hour - 14.5) / 1.8) ** 2)) + 0.02
    return humps * (1.5 if second % 3600 < 300 else 1.0)


def _pick(chance: Random, seconds: int) -> int:
    while True:
        second = chance.randrange(seconds)
        if chance.random() * 2 < _wish(second % DAY):
            return second


def _poisson(chance: Random, mean: float) -> int:
    if mean > 50:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    limit, count, product = math.exp(-mean), 0, chance.random()
    while product > limit:
        count += 1
        product *= chance.random()
    return count


class _Fleet:
    """Units that are there, and those that are on their way."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.ready = policy.fewest
        self._coming: list[tuple[int, int]] = []
        self._calm, self._asked = 0, -DAY

    @property
    def wanted(self) -> int:
        return self.ready + sum(count for _, count in self._coming)

    def pass_to(self, second: int) -> None:
        """Have those start whose time has come."""
        self.ready += sum(count for due, count in self._coming if due <= second)
        self._coming = [(due, count) for due, count in self._coming if due > second]

    def aim(self, second: int, loads: list[float], every: int) -> None:
        """Target tracking: out after three figures over the aim, in after fifteen minutes well under it."""
        recent = loads[-3:]
        if len(recent) == 3 and min(recent) > 1 and second - self._asked >= 60:
            wanted = min(self.policy.most, math.ceil(self.ready * recent[-1]))
            if wanted > self.wanted:
                self._coming.append((second + STARTS[self.policy.starts], wanted - self.wanted))
                self._asked = second
        self._calm = self._calm + every if loads[-1] < 0.9 else 0
        if self._calm >= 900 and self.ready > self.policy.fewest and not self._coming:
            self.ready = max(self.policy.fewest, math.ceil(self.ready * max(loads[-1], 0.5)))
            self._calm = 600  # five minutes more to the next


def simulate(policy: Policy, asked: list[int]) -> Outcome:
    """A day of one policy."""
    speed, service = SERVED[policy.unit]
    speed *= policy.cores
    fleet, backlog, used = _Fleet(policy), 0.0, 0.0
    waits: list[tuple[float, int]] = []
    busy: list[float] = []
    calls: list[float] = []
    ready: list[int] = []
    by_cpu: list[float] = []
    by_calls: list[float] = []
    for second, count in enumerate(asked):
        fleet.pass_to(second)
        able = fleet.ready * speed
        rho = min(0.99, count / able)
        queueing = rho / (2 * (1 - rho)) / speed  # of a queue with one server, which each unit is
        waits.append((service + queueing + (backlog + max(0.0, count - able) / 2) / able, count))
        work = backlog + count
        backlog = max(0.0, work - able)
        busy.append(min(1.0, work / able))
        calls.append(backlog / fleet.ready + rho + rho * rho / (2 * (1 - rho)))
        used += fleet.ready
        if second % 60 == 0:
            ready.append(fleet.ready)
        if policy.by in ("concurrency", "both") and second % 10 == 9:
            by_calls.append(sum(calls[-10:]) / 10 / policy.aims)
            fleet.aim(second, by_calls, 10)
        if policy.by in ("cpu", "both") and second % 60 == 59:
            by_cpu.append(100 * sum(busy[-60:]) / 60 / policy.cpu)
            fleet.aim(second, by_cpu, 0 if by_calls else 60)
    average = used / len(asked)
    return replace(_outcome(waits, average, _dollars(policy, average)), ready=tuple(ready))


def serverless(asked: list[int], most: int) -> Outcome:
    """A day without instances: one more takes seconds, none is kept for long, and a ceiling refuses."""
    service: float = TABLE["assumed"]["reading_seconds"]
    warm, waits = 0.0, []
    for count in asked:
        needed = min(float(most), math.ceil(count * service)) if count else 0.0
        cold = max(0, math.ceil(needed) - math.ceil(warm))
        over = max(0.0, count * service - most)
        if count:
            chilled = min(count, cold)
            waits.append((STARTS["serverless"] + service, chilled))
            waits.append((service + over, count - chilled))
        warm = max(needed, warm - warm / 600)
        warm = 0.0 if warm < 0.5 else warm
    seconds = sum(asked) * TABLE["assumed"]["working_days"] * service
    return _outcome(waits, 0.0, seconds * 3 * price("serverless_gb_second"))


def _outcome(waits: list[tuple[float, int]], units: float, dollars: float) -> Outcome:
    # Where many ask, a sample of them.
    every = [wait for wait, count in waits for _ in range(min(count, 1 + count // 20))]
    total = sum(count for _, count in waits) or 1
    late = sum(count for wait, count in waits if wait > PATIENCE) / total
    p50, p95, p999 = (percentile(every, share) for share in (0.5, 0.95, 0.999))
    return Outcome(p50, p95, p999, late, units, dollars)


def _dollars(policy: Policy, units: float) -> float:
    share: float = TABLE["assumed"]["working_days"] / 30.4
    average = units * share + policy.fewest * (1 - share)
    if policy.unit == "instance":
        return HOURS * average * price("instance_hour", "ml.c7i.large")
    one = price("fargate_arm_core_hour") + 2 * price("fargate_arm_gb_hour")
    return HOURS * average * policy.cores * one


def offered(fewest: int = 2, most: int = 30) -> list[Policy]:
    """What may be chosen, the aims of the seed among them."""
    return [
        Policy("embedded, CPU 60 %", "task", "task", "cpu", fewest, most),
        Policy("embedded, CPU 60 %, 4 tasks of 2 cores", "task", "task", "cpu", 4, most, cores=2),
        Policy("endpoint, CPU 60 % (the seed's)", "instance", "instance", "cpu", fewest, most),
        Policy("endpoint, 4 calls at once", "instance", "instance", "concurrency", fewest, most, aims=4),
        Policy("endpoint, 2 calls at once", "instance", "instance", "concurrency", fewest, most, aims=2),
        Policy("endpoint, both, 2 calls", "instance", "instance", "both", fewest, most, aims=2),
        Policy("endpoint, both, 3 at least", "instance", "instance", "both", fewest + 1, most, aims=2),
        Policy("the seed's, as late as the stock container", "instance", "stock", "cpu", fewest, most),
    ]


def measured(workspaces: int, seed: int = 7) -> Iterator[tuple[str, Outcome]]:
    """Each policy on the same day."""
    asked = arrivals(workspaces, seed)
    for policy in offered():
        yield policy.name, simulate(policy, asked)
    yield "serverless, 200 at once", serverless(asked, 200)


def row(name: str, day: Outcome) -> str:
    """A row of the report, in milliseconds."""
    p50, p95, p999 = (f"{1000 * wait:,.0f}" for wait in (day.p50, day.p95, day.p999))
    return (
        f"| {name} | {p50} | {p95} | {p999} | {100 * day.late:.2f} % | {day.units:.2f} | {day.dollars:,.0f} |"
    )


def picture(workspaces: int, seed: int = 7) -> str:
    """Questions a second around the day's worst hour, and what three policies keep ready for them, as SVG."""
    asked = arrivals(workspaces, seed)
    lines = {"#94a3b8": [float(max(asked[60 * at : 60 * at + 60])) for at in range(*_WINDOW)]}
    for policy in offered():
        if policy.name in _COLOURS:
            speed = SERVED[policy.unit][0] * policy.cores
            ready = simulate(policy, asked).ready[slice(*_WINDOW)]
            lines[_COLOURS[policy.name]] = [count * speed for count in ready]
    top = 1.35 * max(max(values) for values in lines.values())
    return _frame([_line(values, top, colour) for colour, values in lines.items()], top, workspaces)


_WINDOW = (630, 721)  # minutes of the day
_COLOURS = {
    "embedded, CPU 60 %, 4 tasks of 2 cores": "#0f766e",
    "endpoint, CPU 60 % (the seed's)": "#dc2626",
    "endpoint, both, 3 at least": "#1d4ed8",
}


def _line(values: list[float], top: float, colour: str) -> str:
    points = " ".join(f"{70 + at * 9.6:.1f},{330 - 270 * value / top:.1f}" for at, value in enumerate(values))
    drawn = f'stroke="{colour}" stroke-width="2.5" stroke-linejoin="round"'
    return f'<polyline points="{points}" fill="none" {drawn}/>'


def _frame(lines: list[str], top: float, workspaces: int) -> str:
    marks = [
        f'<text x="{70 + 144 * at}" y="350" text-anchor="middle">'
        f"{(630 + 15 * at) // 60}:{(30 + 15 * at) % 60:02}</text>"
        for at in range(7)
    ]
    step = 10 ** math.floor(math.log10(top)) / 5
    for value in range(0, int(top), max(1, int(step))):
        y = 330 - 270 * value / top
        marks.append(f'<line x1="70" x2="934" y1="{y:.1f}" y2="{y:.1f}" stroke="#e2e8f0"/>')
        marks.append(f'<text x="62" y="{y + 4:.1f}" text-anchor="end">{value:,}</text>')
    said = [("questions a second, the most of each minute", "#94a3b8")]
    said += [(f"ready: {name}", colour) for name, colour in _COLOURS.items()]
    legend = [
        f'<rect x="80" y="{62 + 19 * at}" width="18" height="4" fill="{colour}"/>'
        f'<text x="106" y="{69 + 19 * at}">{text}</text>'
        for at, (text, colour) in enumerate(said)
    ]
    return "\n".join(
        [
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 370"'
            ' font-family="Helvetica, Arial, sans-serif" font-size="12" fill="#334155">',
            '<rect width="960" height="370" fill="#ffffff"/>',
            f'<text x="70" y="30" font-size="17" font-weight="bold">The worst hour of'
            f" {workspaces:,} workspaces, and what is ready for it</text>",
            *marks,
            *lines,
            *legend,
            "</svg>\n",
        ]
    )


def main() -> None:
    """Print each scale's table, or draw the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--picture", type=Path)
    wanted = parser.parse_args()
    if wanted.picture:
        wanted.picture.write_text(picture(100_000))
        return
    for workspaces in (10, 1_000, 100_000):
        sys.stdout.write(f"\n{workspaces:,} workspaces\n\n")
        sys.stdout.write("| policy | p50 ms | p95 ms | p99.9 ms | over 2 s | units | dollars a month |\n")
        sys.stdout.write("|---|---:|---:|---:|---:|---:|---:|\n")
        for name, day in measured(workspaces):
            sys.stdout.write(row(name, day) + "\n")


if __name__ == "__main__":
    main()
