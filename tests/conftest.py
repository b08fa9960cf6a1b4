"""What several tests share: the real reader, opened once, AWS and Slack on loopback, processes of ours."""

import contextlib
import functools
import itertools
import logging
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from random import Random

import hypothesis
import pytest
import structlog
from botocore.loaders import JSONFileLoader
from moto.server import ThreadedMotoServer

from bench.common import free_port
from bot import archive, stores
from model import readers
from model.answerer import Answerer
from model.ladder import Ladder
from model.readers import PROJECT, Reader
from tests import aws_stand_in
from tests.fake_slack import FakeSlack, Room
from tests.fakes import Clock
from tests.internet import Internet
from tests.slack_service import Acme, serving

DAY = 86_400.0

# A slow machine is no failure; the CI draws what it drew before, and everybody else looks for new examples.
hypothesis.settings.register_profile("untimed", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("untimed")
_numbers = itertools.count()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files in another order for each `SHUFFLE`, and tests within each: what a file shares is made once."""
    if "SHUFFLE" not in os.environ:
        return
    by_file: dict[Path, list[pytest.Item]] = {}
    for item in items:
        by_file.setdefault(item.path, []).append(item)
    chance, files = Random(os.environ["SHUFFLE"]), list(by_file.values())
    chance.shuffle(files)
    items[:] = [item for tests in files for item in chance.sample(tests, len(tests))]


@pytest.fixture(scope="session")
def reader() -> Iterator[Reader]:
    """The embedded reader, as shipped."""
    opened = readers.open_one("onnx:model/weights")
    yield opened
    opened.close()


@pytest.fixture
def answerer(reader: Reader) -> Answerer:
    """The real reader behind the real walk."""
    return Answerer(Ladder([reader]))


@pytest.fixture(scope="session", autouse=True)
def aws_is_described_once() -> Iterator[None]:
    """What boto3 reads for each client, a tenth of a second for SageMaker, is read for the first alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JSONFileLoader, "load_file", staticmethod(functools.cache(JSONFileLoader().load_file)))
        yield


@pytest.fixture(scope="session", autouse=True)
def logs_can_be_captured() -> Iterator[None]:
    """No logger keeps how it was set up by who used it first: structlog captures none that does."""
    with pytest.MonkeyPatch.context() as patch:
        configure, kept = structlog.configure, {"cache_logger_on_first_use": False}
        patch.setattr(structlog, "configure", lambda **given: configure(**given | kept))
        yield


@pytest.fixture(scope="session")
def amazon() -> Iterator[str]:
    """The address of a server that speaks as AWS does."""
    aws_stand_in.complete()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def table(amazon: str, aws: pytest.MonkeyPatch) -> str:
    """The name of a table that nobody used yet, with the environment that leads there."""
    aws.setenv("AWS_ENDPOINT_URL_DYNAMODB", amazon)
    return f"wherein-{next(_numbers)}"


@pytest.fixture
def clock() -> Clock:
    """A clock that is set by hand."""
    return Clock()


def url_of(request, folder):
    """Where the store of the kind that a fixture was asked for lies, with nothing in it yet."""
    if request.param == "dynamodb":
        return f"dynamodb://{request.getfixturevalue('table')}?region=eu-west-1"
    return f"{request.param}:{folder / 'test.db'}"


@pytest.fixture(params=["memory", "sqlite", "dynamodb"])
def store_url(request, tmp_path):
    """The address of each store in turn."""
    return url_of(request, tmp_path)


@pytest.fixture
async def store(store_url, clock):
    """Each store in turn."""
    opened = stores.open(store_url, clock=clock)
    yield opened
    await opened.close()


@pytest.fixture
def remembered(store, clock):
    """An archive over each store, that remembers threads for a day."""
    return archive.over(store, ttl_seconds=DAY, clock=clock)


@pytest.fixture(scope="session")
def served() -> Iterator[str]:
    """The address of `python -m model.serve`, a process of its own with the shipped model and `onnx`."""
    port = free_port()
    command = [sys.executable, "-m", "model.serve", "--runtime", "onnx", "--port", str(port)]
    process = subprocess.Popen(command, cwd=PROJECT, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    while not _pings(url):
        assert process.poll() is None
        time.sleep(0.02)
    yield url
    process.terminate()
    assert process.wait(timeout=30) == 0


def _pings(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/ping", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:  # nothing listens, or the model is not loaded yet
        return False


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """AWS's variables, with credentials that are none, and nothing of whoever runs the tests."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    return monkeypatch


@pytest.fixture
def endpoint(served: str, aws: pytest.MonkeyPatch) -> str:
    """The same process in SageMaker's place."""
    aws.setenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", served)
    return served


@pytest.fixture
def start(tmp_path):
    """Start `python -m bot` and wait for its three lines."""
    with starting(tmp_path) as begin:
        yield begin


@contextlib.contextmanager
def starting(folder):
    """Start `python -m bot` in a folder, and end it in the end; `errors` is a file for what it logs."""
    started = []

    def begin(lines=3, command="run", errors=subprocess.PIPE, **environment):
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(PROJECT),
            "WHEREIN_PORT": str(free_port()),
            "WHEREIN_WEB_PORT": "0",
        } | environment
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", command],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        started.append(process)
        process.said = [process.stdout.readline() for _ in range(lines)]
        process.url = f"http://127.0.0.1:{environment['WHEREIN_PORT']}"
        return process

    try:
        yield begin
    finally:
        for process in started:
            process.kill()
            process.communicate()


@pytest.fixture
async def net() -> AsyncIterator[Internet]:
    """A public internet on loopback, with nobody in it yet."""
    internet = Internet()
    yield internet
    await internet.close()


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    """A Slack on loopback, that installs nothing yet."""
    async with FakeSlack().running() as fake:
        yield fake


@pytest.fixture
def room(slack: FakeSlack) -> Room:
    """A public channel there."""
    return slack.team.room("general", people=("Ada", "Ben", "Cyd"))


@pytest.fixture
async def acme(slack: FakeSlack, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Acme]:
    """The service in its first workspace."""
    async with serving(slack, monkeypatch) as made:
        yield made
