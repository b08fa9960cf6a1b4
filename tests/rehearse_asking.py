"""What was made is asked, by HTTP and by Slack, through its balancer; and broken while it is asked."""

import asyncio
import contextlib
import os
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from subprocess import Popen
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from bench.common import PARAGRAPH, QUESTIONS, free_port
from tests.balancer import Balancer
from tests.fake_slack import FakeSlack, Room
from tests.fake_slack.screen import text
from tests.made import NAME, Made
from tests.stack import CREDENTIALS
from tests.steps import PATIENCE_SECONDS, process, step

DOMAIN = "wherein.example.com"
KEY = "rehearsal-0123456789abcdef"
TASKS = 3
HURRY = 20  # times as often as AWS, health is looked at
CLIENTS = 8  # who ask at once by HTTP
LOAD, LESS = 400, 160  # questions, with the endpoint and without it
MENTIONS, EVERY_SECONDS = 24, 0.2  # questions in Slack meanwhile
RETRIES = [0.2, 1.0, 3.0, 3.0]  # Slack's, in a hurry: it waits for minutes
ENDING_SECONDS = 30.0
NOBODYS = ("/", "/metrics", "/readyz", "/healthz", "/slack", "/ask/", "/ASK", "/admin", "/gradio_api/info")


class Here(AbstractResolver):
    """Every name leads to this machine."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = ResolveResult(
            hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0
        )
        return [found]

    async def close(self) -> None:
        pass


async def serve(made: Made, amazon: str, slack: FakeSlack, log: Path) -> None:
    """Start what the stack describes; ask; break; end."""
    (group,) = made.elbv2.describe_target_groups(Names=[f"{NAME}-service"])["TargetGroups"]
    (balancer,) = made.elbv2.describe_load_balancers(Names=[NAME])["LoadBalancers"]
    registered = {"TargetGroupArn": group["TargetGroupArn"]}
    ports = {80: free_port(), 443: free_port()}
    async with AsyncExitStack() as held:
        with step("the endpoint's container and three tasks, started as their definition says"):
            container, tasks, targets = held.enter_context(_started(made, amazon, log))
            made.elbv2.register_targets(**registered, Targets=targets)
        proxy = await held.enter_async_context(
            Balancer(made.elbv2, balancer["LoadBalancerArn"], ports, hurry=HURRY)
        )
        await proxy.healthy(TASKS)
        names = aiohttp.TCPConnector(resolver=Here())
        client = await held.enter_async_context(
            aiohttp.ClientSession(f"http://{DOMAIN}:{ports[443]}", connector=names)
        )
        slack.deliveries.url, slack.deliveries._session = f"http://{DOMAIN}:{ports[443]}/slack/events", client
        await _ask(client)
        await _closed(client, ports)
        await _broken(client, slack, proxy, tasks[0], container)

        def end() -> None:  # as a new version does it
            made.elbv2.deregister_targets(**registered, Targets=targets[1:2])
            tasks[1].terminate()

        await _replaced(client, end, tasks[1])


@contextlib.contextmanager
def _started(made: Made, amazon: str, log: Path) -> Any:
    """The endpoint's container, the tasks, and where these are."""
    reading, ports = free_port(), [free_port() for _ in range(TASKS)]
    environment = os.environ | made.environment() | CREDENTIALS
    environment |= {
        "AWS_ENDPOINT_URL_DYNAMODB": amazon,
        "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": f"http://127.0.0.1:{reading}",
    }
    with ExitStack() as held:
        endpoint = ["model.serve", "serve", "--port", str(reading)]
        container = held.enter_context(process(endpoint, reading, log, os.environ))
        tasks = [
            held.enter_context(process(["bot"], port, log, environment | {"WHEREIN_PORT": str(port)}))
            for port in ports
        ]
        # Each task has an address of its own: moto tells targets apart by that alone.
        yield container, tasks, [{"Id": f"127.0.0.{n}", "Port": port} for n, port in enumerate(ports, 2)]


# --------------------------------------------------------------------------- asked


async def _ask(client: aiohttp.ClientSession) -> None:
    with step("a question through the balancer"):
        async with _asked(client, 0) as answer:
            reply = await answer.json()
        assert answer.status == 200
        assert (reply["answer"]["text"], reply["answer"]["reader"]) == ("Priya Nair", "sagemaker"), reply


async def _closed(client: aiohttp.ClientSession, ports: Mapping[int, int]) -> None:
    with step("what is not public is nothing, whoever asks"):
        for path in NOBODYS:
            async with client.get(path) as answer:
                assert (answer.status, await answer.text()) == (404, "There is nothing here."), path
        for path in ("/ask", "/openapi.json", "/slack/events"):
            async with client.get(path, headers={"Host": "10.0.0.1"}) as answer:
                assert answer.status == 404, path
        async with client.post("/ask", json={"question": "Who?"}) as answer:
            assert answer.status == 401  # without the key
        async with client.post("/slack/events", json={"type": "url_verification"}) as answer:
            assert answer.status == 401  # without the signature
        async with client.get(f"http://{DOMAIN}:{ports[80]}/ask?a=b", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (301, f"https://{DOMAIN}:443/ask?a=b")


@contextlib.asynccontextmanager
async def _asked(client: aiohttp.ClientSession, number: int) -> AsyncIterator[aiohttp.ClientResponse]:
    said = {"question": QUESTIONS[number % len(QUESTIONS)], "context": PARAGRAPH}
    async with client.post("/ask", json=said, headers={"Authorization": f"Bearer {KEY}"}) as answer:
        await answer.read()
        yield answer


# --------------------------------------------------------------------------- broken


async def _broken(
    client: aiohttp.ClientSession,
    slack: FakeSlack,
    proxy: Balancer,
    task: "Popen[bytes]",
    container: "Popen[bytes]",
) -> None:
    """A task is killed, then the endpoint, while people ask; who gets no answer by HTTP asks again."""
    with step(f"{LOAD} questions by HTTP, {MENTIONS} in Slack; one task is killed, then the endpoint"):
        faults = {LOAD * 3 // 4: task.kill, LOAD // 2: container.kill}
        mentions = asyncio.create_task(_mentions(slack))
        readers, again, slowest, took = await _by_http(client, LOAD, faults)
        assert sum(readers.values()) == LOAD
        assert readers["sagemaker"], readers
        assert readers["onnx"], "the ladder reads by itself where the endpoint is gone"
        await proxy.healthy(TASKS - 1)
        asked = ", ".join(f"{count} after {status}" for status, count in again.items()) or "none"
        read = ", ".join(f"{count} by {name or 'nobody: unsure'}" for name, count in readers.items())
        print(f"   by HTTP all answered in {took:.1f} s: {read}; asked again: {asked};", end=" ")
        print(f"the slowest {slowest:.1f} s")
        last, brought = await mentions
        print(f"   in Slack each answered once, the last after {last:.1f} s; brought again: {brought}")


async def _replaced(client: aiohttp.ClientSession, end: Callable[[], None], task: "Popen[bytes]") -> None:
    """A task is taken from the balancer and told to end while people ask: nobody asks twice."""
    with step(f"{LESS} questions by HTTP; another task is told to end, and does with status 0"):
        readers, again, slowest, _ = await _by_http(client, LESS, {LESS * 3 // 4: end})
        assert (sum(readers.values()), sum(again.values())) == (LESS, 0), again
        assert await asyncio.to_thread(task.wait, ENDING_SECONDS) == 0
        print(f"   all answered, none asked again; the slowest {slowest:.1f} s")


async def _by_http(client: aiohttp.ClientSession, load: int, faults: Mapping[int, Any]) -> Any:
    """Which readers answered, what was asked again after which status, the slowest answer, the whole time."""
    readers: Counter[str] = Counter()
    again: Counter[int] = Counter()
    took, left = [0.0], list(range(load))

    async def person() -> None:
        while left:
            question, began = left.pop(), time.monotonic()
            if fault := faults.get(len(left)):
                fault()
            while True:
                async with _asked(client, question) as answer:
                    if answer.status == 200:
                        break
                    again[answer.status] += 1
                assert time.monotonic() - began < PATIENCE_SECONDS
                await asyncio.sleep(0.2)
            reply = await answer.json()
            assert reply["kind"] in ("answer", "unsure"), reply
            readers[reply["answer"]["reader"] if reply["answer"] else ""] += 1
            took.append(time.monotonic() - began)

    began = time.monotonic()
    await asyncio.gather(*(person() for _ in range(CLIENTS)))
    return readers, again, max(took), time.monotonic() - began


async def _mentions(slack: FakeSlack) -> tuple[float, int]:
    """Ask in Slack, under a text in a thread; how long the last took, and what Slack brought again."""
    slack.rates.on = False  # that is not what is tried here
    slack.deliveries.retry_after = RETRIES
    room, threads, began = slack.team.room("general"), [], time.monotonic()
    for number in range(MENTIONS):
        root = await slack.people.says("Ada", room, PARAGRAPH)
        await slack.people.says(f"Ben {number}", room, f"@Wherein {QUESTIONS[0]}", thread=root)
        threads.append(root)
        await asyncio.sleep(EVERY_SECONDS)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not all(_answers(slack, room, root) for root in threads):
            await asyncio.sleep(0.05)
    last = time.monotonic() - began
    await asyncio.sleep(1.0)  # for whoever would answer twice
    for root in threads:
        (answer,) = _answers(slack, room, root)
        assert "Priya Nair" in answer, answer
    return last, sum(len(delivery.statuses) > 1 for delivery in slack.deliveries.all)


def _answers(slack: FakeSlack, room: Room, root: str) -> Sequence[str]:
    """What Wherein says under a message now, in words."""
    said = [one for one in room.thread(root) if one.get("bot_id") == slack.team.bot_id]
    return [text(one.get("blocks", [])) or one["text"] for one in said]
