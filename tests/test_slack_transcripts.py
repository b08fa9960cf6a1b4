"""Conversations as people see them, in Slack: the whole service over HTTP, and over Socket Mode."""

import pytest

from tests.fake_slack import FakeSlack
from tests.slack_service import serving
from tests.slack_stage import SlackStage
from tests.stage import all_transcripts, play, read


@pytest.mark.parametrize("way", ["http", "socket"])
@pytest.mark.parametrize("path", list(all_transcripts()), ids=lambda path: path.stem)
async def test_it_goes_as_it_is_written(path, way):
    async with FakeSlack().running() as slack, serving(slack, socket=way == "socket"):
        await play(read(path), SlackStage(slack))
