"""The real service with the Slack channel, beside a fake Slack."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from aiohttp.web import AppRunner, TCPSite

from bot.app import Service, build
from bot.channels.slack.chat import Slack
from bot.channels.slack.pace import Pace
from bot.channels.slack.settings import Settings as SlackSettings
from bot.settings import Settings
from tests.fake_slack import FakeSlack

MODEL = "onnx:model/weights"


@contextlib.asynccontextmanager
async def serving(
    slack: FakeSlack, *, socket: bool = False, model: str = MODEL, pace: float = 0.0, **settings: object
) -> AsyncIterator[Service]:
    """The service while it runs, with a store of its own; the fake Slack sends to it."""
    named = {name.lower().removeprefix("slack_"): v for name, v in slack.environment(socket=socket).items()}
    channel = Slack(SlackSettings(**named), 20_000_000, pace=Pace(pace))
    service = build(Settings(store="memory:", model=model, web_port=0, **settings), [channel])
    runner = AppRunner(service.http, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await TCPSite(runner, "127.0.0.1", 0).start()
    if not socket:
        slack.deliveries.url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    chores = asyncio.create_task(service.chores.run())
    await channel.start()
    try:
        yield service
    finally:
        chores.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await chores
        await service.inbox.drain(5)
        await runner.cleanup()
        await service.close()
