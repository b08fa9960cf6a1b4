"""What fuzzing found is found no more: each case of tests/corpus is sent again."""

import asyncio

import pytest

from tests.fuzz.__main__ import targets
from tests.fuzz.case import corpus

TARGETS = "slack", "teams", "ask", "invocations", "documents"


@pytest.fixture(scope="module")
def broken():
    """Of each target what its cases broke, all sent to one service."""

    async def send():
        async with targets(TARGETS) as known:
            return {name: await known[name].batch(list(corpus(name).values())) for name in TARGETS}

    return asyncio.run(send())


@pytest.mark.parametrize("name", TARGETS)
def test_what_was_found_once_breaks_nothing(broken, name):
    batch = broken[name]
    assert len(batch.statuses) == len(corpus(name))
    assert [(one.what, one.case.source) for one in batch.found] == []
    assert batch.loose == []


def test_there_is_a_case_of_everything_that_is_fuzzed():
    assert all(corpus(name) for name in TARGETS)
