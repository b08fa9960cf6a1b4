"""`make chaos`: questions in Slack and Teams at once, two processes, and all that can go wrong.

    python -m tests.chaos [sqlite] [dynamodb]

`SEED`, `QUESTIONS` (of each store), `RATE` (a second) and `FAULTS` (which, with commas; `none`) say how.
"""

import asyncio
import contextlib
import os
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import yaml
from aiohttp import ClientSession

from bench.common import free_port, percentile
from bench.processes import listening
from model.readers import PROJECT
from tests.chaos import faults as kinds
from tests.chaos.faults import Faults, Proxy
from tests.chaos.in_slack import InSlack
from tests.chaos.in_teams import InTeams
from tests.chaos.ledger import Ledger
from tests.chaos.processes import FAKETIME, Balancer, Task, environment
from tests.chaos.trouble import Trouble
from tests.fake_slack import FakeSlack
from tests.fake_teams import FakeIdentity, FakeTeams
from tests.teams_house import environment as teams_environment

QUESTIONS, RATE = 2_000, 10.0
TASKS = 2
LATEST_SECONDS = 60.0  # after the last fault, nothing may be open any longer
QUIET_SECONDS = 5.0  # in which nothing comes that comes twice
LOOK_SECONDS = 0.25
MAKING_TABLES = ("CreateTable", "UpdateTimeToLive")  # which a service on AWS never does
ALL = "network", "processes", "clocks"
MANIFEST = yaml.safe_load((PROJECT / "manifest.yml").read_text())


@dataclass
class Stage:
    """All that a run needs, under way."""

    slack: InSlack
    teams: InTeams
    ledger: Ledger
    faults: Faults
    proxies: Sequence[Proxy]
    tasks: Sequence[Task]
    trouble: Trouble
    client: ClientSession


async def main(stores: Sequence[str]) -> int:
    """Run for each store; 1 where the promise was broken."""
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6))
    questions = int(os.environ.get("QUESTIONS") or QUESTIONS)
    rate = float(os.environ.get("RATE") or RATE)
    wanted = (os.environ.get("FAULTS") or ",".join(ALL)).split(",")
    folder = Path(os.environ.get("CHAOS_LOG") or tempfile.mkdtemp(prefix="chaos-"))
    print(f"SEED={seed} QUESTIONS={questions} RATE={rate:g} FAULTS={','.join(wanted)}; logs in {folder}")
    kept = True
    for store in stores:
        place = folder / store
        place.mkdir(parents=True, exist_ok=True)
        async with stage(store, place, Random(seed), wanted) as there:
            await play(there, questions, rate, wanted)
            kept &= report(store, there)
    if not FAKETIME:
        print("Clock jumps were not run: there is no libfaketime here (on Debian: apt-get install faketime).")
    return 0 if kept else 1


@asynccontextmanager
async def stage(store: str, folder: Path, chance: Random, wanted: Sequence[str]) -> AsyncIterator[Stage]:
    """Chats, endpoint, store, proxies before all of them, and the processes."""
    faults, ledger = Faults(chance), Ledger()
    async with AsyncExitStack() as held:
        slack = await held.enter_async_context(FakeSlack().running())
        slack.install(MANIFEST)
        identity = FakeIdentity()
        teams = FakeTeams(identity)
        login = await identity.start()
        await teams.start()
        held.push_async_callback(teams.close)
        reads = held.enter_context(_endpoint())
        proxies = [
            Proxy("slack", slack.url, faults, kinds.slack),
            Proxy("teams", teams.url.rstrip("/"), faults, kinds.teams),
            Proxy("login", login, faults, kinds.teams),
            Proxy("endpoint", reads, faults, kinds.sagemaker),
        ]
        settings = {"WHEREIN_STORE": f"sqlite:{folder}/wherein.db"}
        if store == "dynamodb":
            table = held.enter_context(_table())
            proxies.append(Proxy("store", table, faults, kinds.dynamodb, spared=_makes_tables))
            settings["WHEREIN_STORE"] = "dynamodb://chaos?region=eu-west-1"
        for proxy in proxies:
            await held.enter_async_context(proxy.running())
        by = {proxy.name: proxy.url for proxy in proxies}
        slack.url = slack.team.address = by["slack"]
        teams.url = f"{by['teams']}/"
        settings |= slack.environment() | teams_environment(by["login"])
        settings |= {
            "WHEREIN_CHANNELS": "slack,teams",
            "WHEREIN_MODEL": "sagemaker://chaos?region=eu-west-1",
            "WHEREIN_WEB_PORT": "0",
            "WHEREIN_LOG": "info:json",
            "MALLOC_ARENA_MAX": "2",
            "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": by["endpoint"],
            "AWS_ENDPOINT_URL_DYNAMODB": by.get("store", ""),
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        tasks = [Task(f"task{n}", folder, environment(**settings)) for n in range(TASKS)]
        held.callback(_killed, tasks)
        client = await held.enter_async_context(ClientSession())
        await asyncio.gather(*(task.start(client) for task in tasks))
        balancer = await held.enter_async_context(Balancer(tasks, faults).running())
        slack.deliveries.url = f"{balancer.url}/slack/events"
        teams.bot = f"{balancer.url}/api/messages"
        people = InSlack(slack, ledger, chance), InTeams(teams, ledger, chance)
        trouble = Trouble(tasks, faults, chance, clocks="clocks" in wanted)
        yield Stage(*people, ledger, faults, proxies, tasks, trouble, client)


@contextlib.contextmanager
def _endpoint():
    port = free_port()
    with listening(
        [sys.executable, "-m", "model.serve", "--port", str(port)], port, {"MALLOC_ARENA_MAX": "2"}
    ):
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def _table():
    port = free_port()
    with listening([sys.executable, "-m", "tests.aws_stand_in", str(port)], port):
        yield f"http://127.0.0.1:{port}"


def _makes_tables(request) -> bool:
    return request.headers.get("X-Amz-Target", "").endswith(MAKING_TABLES)


def _killed(tasks: Sequence[Task]) -> None:
    for task in tasks:
        if task.process and task.process.poll() is None:
            task.process.kill()
            task.process.wait()


# --------------------------------------------------------------------------- a run


async def play(there: Stage, questions: int, rate: float, wanted: Sequence[str]) -> None:
    """Ask, make trouble, put all right, and wait for what is open."""
    await there.slack.settle_in()
    await there.teams.settle_in()
    there.faults.on = "network" in wanted
    over, stop = asyncio.Event(), asyncio.Event()
    looking = asyncio.create_task(_look(there, over))
    making = asyncio.create_task(there.trouble.go_on(there.client, stop)) if "processes" in wanted else None
    began = time.monotonic()
    for n in range(questions):
        await asyncio.sleep(max(0.0, began + n / rate - time.monotonic()))
        if n % 2 or there.teams.ask() is None:
            there.slack.ask()
    there.faults.on = False
    stop.set()
    if making:
        await making
    there.ledger.healed = max(there.faults.last, began)
    print(
        f"    asked in {time.monotonic() - began:.0f} s, {len(there.ledger.open())} open when all was right"
    )
    while there.ledger.open() or there.slack.waiting() or there.teams.waiting():
        if time.monotonic() > there.ledger.healed + LATEST_SECONDS + QUIET_SECONDS:
            break
        await asyncio.sleep(LOOK_SECONDS)
    await asyncio.sleep(QUIET_SECONDS)
    over.set()
    await looking


async def _look(there: Stage, over: asyncio.Event) -> None:
    """Note what comes."""
    while True:
        last = over.is_set()
        there.slack.look()
        there.teams.look()
        if last:
            return
        await asyncio.sleep(LOOK_SECONDS)


# --------------------------------------------------------------------------- the report


def report(store: str, there: Stage) -> bool:
    """Print the table; whether the promise was kept."""
    ledger, faults = there.ledger, there.faults
    print(f"-- {store}")
    for chat in ("slack", "teams"):
        asked = ledger.of(chat)
        told = [one for one in asked if one.outcomes]
        took = [one.took for one in told] or [0.0]
        accepted = sum(one.accepted > 0 for one in asked)
        good = sum(one.code in one.outcomes[0].words for one in told)
        print(
            f"    {chat}: {len(asked)} asked, {accepted} acknowledged, {len(told)} with a reply,"
            f" {good} of them the answer; seconds to it"
            f" p50 {percentile(took, 0.5):.1f}, p95 {percentile(took, 0.95):.1f},"
            f" p99 {percentile(took, 0.99):.1f}, at most {max(took):.1f}"
        )
    by: dict[str, list[str]] = {}
    for (place, kind), count in sorted(faults.done.items()):
        by.setdefault(place, []).append(f"{kind} {count}")
    for place, told_ in by.items():
        print(f"    faults, {place}: {', '.join(told_)}")
    print(f"    calls: {', '.join(f'{proxy.name} {proxy.calls}' for proxy in there.proxies)}")
    starts = sum(task.starts for task in there.tasks)
    print(f"    {starts} starts of a process; told to end, they ended with {dict(there.trouble.statuses)}")
    for words, count in ledger.words().most_common(8):
        print(f"    {count:5} said: {words}")
    orphans, broken = there.teams.orphans(), _broken_posts(there.proxies)
    killed = there.trouble.done["SIGKILL"] + there.trouble.done["SIGTERM"]
    print(
        f"    {len(orphans)} orphaned placeholders in Teams ({broken} posts were taken whose answer never"
        f" arrived, {killed} processes ended); {there.teams.spare_buttons()} spare messages of buttons"
    )
    wrong = {
        "lost": ledger.lost(),
        "doubled": ledger.doubled(),
        "in a wrong place": ledger.astray(),
        f"later than {LATEST_SECONDS:.0f} s after the last fault": ledger.late(LATEST_SECONDS),
        "ended with another status than 0 when told to": [
            f"{count} with {status}" for status, count in there.trouble.statuses.items() if status
        ],
        "orphaned placeholders beyond one for each broken post": orphans
        if len(orphans) > broken + killed
        else [],
    }
    for what, ids in wrong.items():
        print(f"    {len(ids):5} {what}")
        for id in ids[:20]:
            print(f"          {id}")
    return not any(wrong.values())


def _broken_posts(proxies: Sequence[Proxy]) -> int:
    teams = next(proxy for proxy in proxies if proxy.name == "teams")
    return sum(count for call, count in teams.broken.items() if call.startswith("POST"))


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:] or ["sqlite", "dynamodb"])))
