"""The whole way without AWS: made, deployed to, asked, broken and unmade, against a stand-in on loopback.

    python -m tests.rehearse

Terraform and its AWS provider are the real ones, and so are the bot, the endpoint's container and
`model.deploy`; AWS is `tests.aws_stand_in`, its balancer `tests.balancer`. TF_PLUGIN_DIR names a folder of
providers where their registry cannot be reached. Where there is no provider, the last line says so.
"""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp

from bench.common import PARAGRAPH, QUESTIONS, free_port
from model.deployment import archive
from model.readers import PROJECT
from tests.balancer import Balancer
from tests.made import NAME, Made
from tests.stack import ACCOUNT, CREDENTIALS, REGION, NoTerraformError, Stack

DOMAIN = "wherein.example.com"
SECRETS = {
    "SLACK_BOT_TOKEN": "xoxb-rehearsal",
    "SLACK_SIGNING_SECRET": "rehearsal-0123456789",
    "WHEREIN_API_KEY": "rehearsal-0123456789abcdef",
}
ROLES = {
    "execution": ["ecr", "logs", "secretsmanager"],
    "task": ["dynamodb", "sagemaker"],
    "endpoint": ["cloudwatch", "ec2", "ecr", "logs", "s3"],
    "flow": ["logs"],
}
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{NAME}"
BOT, ENDPOINT, NEXT = (f"sha256:{digit * 64}" for digit in "012")
HURRY = 20  # times as often as AWS, health is looked at
CLIENTS, LOAD = 8, 400  # who ask at once; questions
PATIENCE_SECONDS = 60.0
ENDING_SECONDS = 30.0


def main() -> int:
    """Rehearse, a line for each step."""
    began = time.monotonic()
    with TemporaryDirectory(prefix="wherein-rehearsal-") as folder:
        log = Path(os.environ.get("REHEARSAL_LOG", f"{folder}/log"))
        try:
            asyncio.run(_rehearse(Path(folder), log))
        except NoTerraformError as error:
            print(f"not rehearsed: {error}")
            return 0
        except BaseException:
            print(log.read_text()[-6000:] if log.exists() else "", file=sys.stderr)
            raise
    print(f"rehearsed in {time.monotonic() - began:.0f} s")
    return 0


async def _rehearse(folder: Path, log: Path) -> None:
    port = free_port()
    with ExitStack() as held:
        held.enter_context(_process(["tests.aws_stand_in", str(port)], port, log, os.environ))
        amazon = f"http://127.0.0.1:{port}"
        stack, made = Stack(folder, amazon, log), Made(amazon)
        with _step("terraform init"):
            stack.init()
        _first(stack, made)
        _second(stack, made)
        _deploy(stack, made, amazon, log)
        await _serve(made, amazon, log)
        with _step("destroy"):
            stack.destroy()
            assert stack.left() == []
            made.nothing_is_left()


# --------------------------------------------------------------------------- made


def _first(stack: Stack, made: Made) -> None:
    zone = made.route53.create_hosted_zone(Name=DOMAIN, CallerReference="rehearsal")["HostedZone"]["Id"]
    with _step("first apply, without images"):
        stack.apply(
            region=REGION,
            domain=DOMAIN,
            zone_id=zone.rpartition("/")[2],
            channels=["http", "slack"],
            public_ask=True,
            nat="one",
            protect=False,
            reader="endpoint",
            endpoint_instance="ml.c5.xlarge",
            alarm_emails=["somebody@example.com"],
        )
        made.nothing_runs_yet()
        made.the_table_is_as_the_store_says()
        made.nobody_reaches_a_task_but_the_balancer()


def _second(stack: Stack, made: Made) -> None:
    with _step("second apply, with images by digest and the weights in their bucket"):
        with TemporaryDirectory() as out:
            packed = Path(out) / archive.NAME
            key = f"models/{archive.pack(PROJECT / 'model' / 'weights', packed)}/{archive.NAME}"
            made.s3.put_object(Bucket=stack.outputs()["models_bucket"], Key=key, Body=packed.read_bytes())
        stack.apply(
            bot_image=f"{REGISTRY}-bot@{BOT}",
            endpoint_image=f"{REGISTRY}-endpoint@{ENDPOINT}",
            model_data=key,
            secrets=SECRETS,
        )
        made.the_listener_leads(DOMAIN, ["/slack/*", "/ask", "/openapi.json"])
        made.the_balancer_asks_for_health()
        made.roles_may(ROLES)
        made.it_scales(endpoint_cpu=240.0)
        made.secrets_are(SECRETS)
        made.it_is_watched()


def _deploy(stack: Stack, made: Made, amazon: str, log: Path) -> None:
    """Another image to the endpoint; what Terraform would do next leaves it there."""
    asked = [*stack.outputs()["deploy"].split(), "--image", f"{REGISTRY}-endpoint@{NEXT}"]
    environment = os.environ | CREDENTIALS | {"AWS_ENDPOINT_URL": amazon}
    before = made.sagemaker.describe_endpoint(EndpointName=NAME)["EndpointConfigName"]
    with _step("python -m model.deploy, twice"):
        for last in ("done", "nothing to do"):
            done = subprocess.run(
                [sys.executable, "-m", "model.deploy", *asked],
                cwd=PROJECT,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            with log.open("a") as written:
                written.write(done.stdout + done.stderr)
            assert done.returncode == 0, done.stderr
            assert last in done.stdout.splitlines(), done.stdout
    serves = made.sagemaker.describe_endpoint(EndpointName=NAME)["EndpointConfigName"]
    assert serves != before
    _same_kind(made, before, serves)
    with _step("plan: the next apply, with a newer image too, leaves the endpoint's configuration as it is"):
        stack.given(endpoint_image=f"{REGISTRY}-endpoint@{NEXT}")
        for change in stack.plan():
            ours = change["type"] in ("aws_sagemaker_model", "aws_sagemaker_endpoint_configuration")
            assert not ours, f"{change['address']} would be {change['change']['actions']}"
            if change["type"] == "aws_sagemaker_endpoint":
                was, will = change["change"]["before"], change["change"]["after"]
                assert change["change"]["actions"] == ["update"], change
                assert will["endpoint_config_name"] == was["endpoint_config_name"] == serves


def _same_kind(made: Made, *configurations: str) -> None:
    """Terraform's configuration and model.deploy's differ by their model alone, and that by its image."""
    hosted, models = [], []
    for name in configurations:
        (variant,) = made.sagemaker.describe_endpoint_config(EndpointConfigName=name)["ProductionVariants"]
        model = made.sagemaker.describe_model(ModelName=variant.pop("ModelName"))
        assert not variant.pop("EnableSSMAccess", False)  # Terraform writes the usual out
        hosted.append(variant)
        container = model["PrimaryContainer"]
        network = {part: sorted(ids) for part, ids in model["VpcConfig"].items()}
        models.append(
            (container["ModelDataUrl"], model["ExecutionRoleArn"], network, model["EnableNetworkIsolation"])
        )
    assert hosted[0] == hosted[1], hosted
    assert models[0] == models[1], models


# --------------------------------------------------------------------------- asked, and broken


async def _serve(made: Made, amazon: str, log: Path) -> None:
    (group,) = made.elbv2.describe_target_groups(Names=[f"{NAME}-service"])["TargetGroups"]
    (balancer,) = made.elbv2.describe_load_balancers(Names=[NAME])["LoadBalancers"]
    ports = {80: free_port(), 443: free_port()}
    reading, tasks = free_port(), [free_port(), free_port()]
    environment = os.environ | made.environment() | CREDENTIALS
    environment |= {
        "AWS_ENDPOINT_URL_DYNAMODB": amazon,
        "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": f"http://127.0.0.1:{reading}",
        "WHEREIN_CHANNELS": _here(environment["WHEREIN_CHANNELS"]),
    }
    with ExitStack() as held:
        with _step("the endpoint's container and two tasks, started as their definition says"):
            container = held.enter_context(
                _process(["model.serve", "serve", "--port", str(reading)], reading, log, os.environ)
            )
            started = [
                held.enter_context(_process(["bot"], port, log, environment | {"WHEREIN_PORT": str(port)}))
                for port in tasks
            ]
            # Each task has an address of its own: moto tells targets apart by that alone.
            targets = [{"Id": f"127.0.0.{n}", "Port": port} for n, port in enumerate(tasks, 2)]
            made.elbv2.register_targets(TargetGroupArn=group["TargetGroupArn"], Targets=targets)
        async with Balancer(made.elbv2, balancer["LoadBalancerArn"], ports, hurry=HURRY) as proxy:
            await proxy.healthy(2)
            async with aiohttp.ClientSession(f"http://127.0.0.1:{ports[443]}") as client:
                await _ask(client)
                await _closed(client, ports)
                await _broken(client, proxy, started[0], container)
            with _step("the other task is told to end, and does with status 0"):
                began = time.monotonic()
                made.elbv2.deregister_targets(TargetGroupArn=group["TargetGroupArn"], Targets=targets[1:])
                started[1].terminate()
                assert await asyncio.to_thread(started[1].wait, ENDING_SECONDS) == 0
                print(f"   it took {time.monotonic() - began:.1f} s")


def _here(wanted: str) -> str:
    """Of the stack's channels those that this copy of the bot has."""
    return ",".join(name for name in wanted.split(",") if (PROJECT / "bot" / "channels" / name).exists())


async def _ask(client: aiohttp.ClientSession) -> None:
    with _step("a question through the balancer"):
        async with _asked(client, 0) as answer:
            reply = await answer.json()
        assert answer.status == 200
        assert (reply["answer"]["text"], reply["answer"]["reader"]) == ("Priya Nair", "sagemaker"), reply


async def _closed(client: aiohttp.ClientSession, ports: Mapping[int, int]) -> None:
    with _step("what is not public is nothing, whoever asks"):
        for path in (
            "/",
            "/metrics",
            "/readyz",
            "/healthz",
            "/slack",
            "/ask/",
            "/ASK",
            "/admin",
            "/gradio_api/info",
        ):
            async with client.get(path, headers={"Host": DOMAIN}) as answer:
                assert (answer.status, await answer.text()) == (404, "There is nothing here."), path
        for path in ("/ask", "/openapi.json", "/slack/events"):
            async with client.get(path, headers={"Host": "10.0.0.1"}) as answer:
                assert answer.status == 404, path
        async with client.post("/ask", json={"question": "Who?"}, headers={"Host": DOMAIN}) as answer:
            assert answer.status == 401  # without the key
        plain = f"http://127.0.0.1:{ports[80]}/ask?a=b"
        async with client.get(plain, headers={"Host": DOMAIN}, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (301, f"https://{DOMAIN}:443/ask?a=b")


async def _broken(
    client: aiohttp.ClientSession, proxy: Balancer, task: "subprocess.Popen[bytes]", container: Any
) -> None:
    """A task is killed, then the endpoint, while people ask; who gets no answer asks again."""
    with _step(f"{LOAD} questions of {CLIENTS} at once; one task is killed, then the endpoint"):
        readers: Counter[str] = Counter()
        again: Counter[int] = Counter()
        slowest, left = 0.0, list(range(LOAD))

        async def person() -> None:
            nonlocal slowest
            while left:
                question, began = left.pop(), time.monotonic()
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
                slowest = max(slowest, time.monotonic() - began)
                if len(left) == LOAD * 3 // 4:
                    task.kill()
                if len(left) == LOAD // 2:
                    container.kill()

        began = time.monotonic()
        await asyncio.gather(*(person() for _ in range(CLIENTS)))
        took = time.monotonic() - began
        assert sum(readers.values()) == LOAD
        assert readers["sagemaker"], readers
        assert readers["onnx"], "the ladder reads by itself where the endpoint is gone"
        await proxy.healthy(1)
        asked = ", ".join(f"{count} after {status}" for status, count in again.items()) or "none"
        read = ", ".join(f"{count} by {name or 'nobody: unsure'}" for name, count in readers.items())
        print(
            f"   all {LOAD} answered in {took:.1f} s: {read};"
            f" asked again: {asked}; the slowest {slowest:.1f} s"
        )


@contextlib.asynccontextmanager
async def _asked(client: aiohttp.ClientSession, number: int) -> AsyncIterator[aiohttp.ClientResponse]:
    headers = {"Host": DOMAIN, "Authorization": f"Bearer {SECRETS['WHEREIN_API_KEY']}"}
    said = {"question": QUESTIONS[number % len(QUESTIONS)], "context": PARAGRAPH}
    async with client.post("/ask", json=said, headers=headers) as answer:
        await answer.read()
        yield answer


# --------------------------------------------------------------------------- steps and processes


@contextmanager
def _step(name: str) -> Iterator[None]:
    began = time.monotonic()
    print(f"-- {name}", flush=True)
    yield
    print(f"   {time.monotonic() - began:.1f} s", flush=True)


@contextmanager
def _process(
    command: list[str], port: int, log: Path, environment: Mapping[str, str]
) -> "Iterator[subprocess.Popen[bytes]]":
    """`python -m …` from when it listens on its port."""
    with log.open("a") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], cwd=PROJECT, env=environment, stdout=written, stderr=written
        )
    try:
        ends = time.monotonic() + PATIENCE_SECONDS
        while not _listens(port):
            assert process.poll() is None, f"{command[0]} ended with status {process.returncode}"
            assert time.monotonic() < ends, f"{command[0]} does not listen"
            time.sleep(0.05)
        yield process
    finally:
        process.kill()
        process.wait()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
