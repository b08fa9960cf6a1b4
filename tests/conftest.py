"""What several tests share: the real reader, opened once, and a real DynamoDB API on loopback."""

import itertools
import logging
from collections.abc import Iterator

import hypothesis
import pytest
from moto.server import ThreadedMotoServer

from model import readers
from model.answerer import Answerer
from model.readers import Reader

hypothesis.settings.register_profile("untimed", deadline=None)  # a slow machine is no failure
hypothesis.settings.load_profile("untimed")
_numbers = itertools.count()


@pytest.fixture(scope="session")
def reader() -> Iterator[Reader]:
    """The embedded reader, as shipped."""
    opened = readers.open("onnx:model/weights")
    assert opened.name == "onnx"
    yield opened
    opened.close()


@pytest.fixture
def answerer(reader: Reader) -> Answerer:
    """The real reader behind the real walk."""
    return Answerer(reader)


@pytest.fixture(scope="session")
def aws() -> Iterator[str]:
    """The address of a server that speaks as AWS does."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def table(aws: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a table that nobody used yet, with the environment that leads there."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", aws)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    return f"wherein-{next(_numbers)}"
