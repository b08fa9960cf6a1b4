"""`python -m bench.rolling`: every task is replaced while Slack's events come, and nobody notices.

    python -m bench.rolling [--seconds 60] [--rate 100]

Two tasks on one SQLite file stand behind the balancer of `make rehearse`, which obeys listeners, rules and
registered targets as moto's elbv2 has them, and finds out by itself who is healthy. One after the other, as
ECS does it: a new task starts and is registered; once it is healthy an old one is taken from the balancer, is
told to end by SIGTERM, and ends with status 0. Nothing may be lost or doubled.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, ExitStack
from itertools import count
from subprocess import Popen
from typing import Any

import boto3

from bench.common import free_port
from bench.load import Load, Rate, head, staged
from bench.processes import listening
from tests.balancer import NOTHING, Balancer, created
from tests.stack import CREDENTIALS, REGION

RATE = 100.0
TASKS = 2
HURRY = 10  # times as often as AWS, health is looked at
ACKNOWLEDGED_SECONDS, ANSWERED_SECONDS = 3.0, 10.0  # the slowest
ENDING_SECONDS = 40.0  # longer than a task lingers and drains
DONE = "every task was replaced; nothing lost, nothing doubled, nobody had to wait"


class Fleet:
    """Tasks behind a balancer, started and ended as ECS does."""

    def __init__(self, elbv2: Any, group: str, start: Callable[[int], "Popen[bytes]"]) -> None:
        self._elbv2, self._group, self._start = elbv2, group, start
        self._addresses = count(2)  # moto tells targets apart by their address alone
        self._tasks: list[tuple[dict[str, Any], Popen[bytes]]] = []  # the oldest first

    async def grow(self) -> None:
        """Start one more task, and register it."""
        port = free_port()
        task = await asyncio.to_thread(self._start, port)
        target = {"Id": f"127.0.0.{next(self._addresses)}", "Port": port}
        self._tasks.append((target, task))
        await self._said("register_targets", target)

    async def shrink(self) -> int:
        """Take the oldest from the balancer and tell it to end; the status with which it does."""
        target, task = self._tasks.pop(0)
        await self._said("deregister_targets", target)
        task.terminate()
        return await asyncio.to_thread(task.wait, ENDING_SECONDS)

    async def replaced(self, proxy: Balancer) -> list[int]:
        """Replace every task, one after the other; with which statuses the old ones ended."""
        statuses = []
        for _ in range(TASKS):
            await self.grow()
            await proxy.healthy(TASKS + 1)
            statuses.append(await self.shrink())
        return statuses

    async def _said(self, what: str, target: dict[str, Any]) -> None:
        call = getattr(self._elbv2, what)
        await asyncio.to_thread(call, TargetGroupArn=self._group, Targets=[target])


async def main() -> int:
    """Print what became of the events; 1 where somebody noticed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=60.0, help="for which events come, at the least")
    parser.add_argument("--rate", type=float, default=RATE, help="events a second")
    wanted = parser.parse_args()
    async with AsyncExitStack() as held:
        stage = await held.enter_async_context(staged())
        folder = held.enter_context(tempfile.TemporaryDirectory())
        elbv2, balancer, group = _balancer(held.enter_context(ExitStack()))
        settings = stage.settings | {"WHEREIN_HOST": "0.0.0.0", "WHEREIN_STORE": f"sqlite:{folder}/load.db"}

        def start(port: int) -> "Popen[bytes]":
            command = [sys.executable, "-m", "bot"]
            return held.enter_context(listening(command, port, settings | {"WHEREIN_PORT": str(port)}))

        fleet, door = Fleet(elbv2, group, start), free_port()
        for _ in range(TASKS):
            await fleet.grow()
        proxy = await held.enter_async_context(Balancer(elbv2, balancer, {80: door}, hurry=HURRY))
        await proxy.healthy(TASKS)
        load = await held.enter_async_context(stage.led(f"http://127.0.0.1:{door}/slack/events", {}))
        return await _replaced(load, fleet, proxy, wanted.rate, wanted.seconds)


async def _replaced(load: Load, fleet: Fleet, proxy: Balancer, rate: float, seconds: float) -> int:
    sending, began = asyncio.create_task(load.at(rate, seconds)), time.monotonic()
    await asyncio.sleep(seconds / 12)
    statuses = await fleet.replaced(proxy)
    took = time.monotonic() - began - seconds / 12
    found = await sending
    print(f"-- rolling: {TASKS} tasks replaced in {took:.0f} s of {seconds:.0f}; they ended with {statuses}")
    print(f"{head(found.shares)}\n{found.row()}")
    wrong = _wrong(found, statuses)
    if took > seconds:
        wrong.append(f"the replacement outlasted the events by {took - seconds:.0f} s")
    print("\n".join(wrong) or DONE)
    return 1 if wrong else 0


def _wrong(found: Rate, statuses: Sequence[int]) -> list[str]:
    """What somebody noticed."""
    late, slow = found.slowest
    print(f"the slowest acknowledgement {late / 1000:.2f} s, the slowest answer {slow:.2f} s")
    checks = {
        f"acknowledged after {late / 1000:.1f} s": late > 1000 * ACKNOWLEDGED_SECONDS,
        f"answered after {slow:.1f} s": slow > ANSWERED_SECONDS,
        f"{found.refused:.2%} had to be brought again, {found.lost} were lost": found.refused or found.lost,
        f"{found.missing} without an outcome, {found.doubled} with two": found.missing or found.doubled,
        f"{found.away} turned away": found.away,
        f"tasks ended with {statuses}": any(statuses),
    }
    return [told for told, wrong in checks.items() if wrong]


def _balancer(held: ExitStack) -> tuple[Any, str, str]:
    """A balancer of moto's with one public path, its ARN, and its target group's."""
    os.environ |= CREDENTIALS
    port = free_port()
    held.enter_context(listening([sys.executable, "-m", "tests.aws_stand_in", str(port)], port))
    where = {"region_name": REGION, "endpoint_url": f"http://127.0.0.1:{port}"}
    elbv2, ec2 = boto3.client("elbv2", **where), boto3.client("ec2", **where)
    balancer, group = created(elbv2, ec2)
    (listener,) = elbv2.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": NOTHING}],
    )["Listeners"]
    elbv2.create_rule(
        ListenerArn=listener["ListenerArn"],
        Priority=1,
        Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/slack/*"]}}],
        Actions=[{"Type": "forward", "TargetGroupArn": group}],
    )
    return elbv2, balancer, group


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
