"""What several tests share: the real reader, opened once."""

from collections.abc import Iterator

import hypothesis
import pytest

from model import readers
from model.answerer import Answerer
from model.readers import Reader

hypothesis.settings.register_profile("untimed", deadline=None)  # a slow machine is no failure
hypothesis.settings.load_profile("untimed")


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
