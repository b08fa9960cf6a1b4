"""The whole service over its fakes: Slack, Teams and /ask on one port, with a reader that costs nothing."""

import asyncio
import base64
import secrets
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from aiohttp.web import AppRunner, Request, StreamResponse, TCPSite, middleware
from structlog.contextvars import bound_contextvars

from bot import app
from bot.archive import keys
from bot.archive.keys import word
from bot.channels import http, slack, teams
from bot.settings import Settings
from bot.types import Author, Message, Thread
from model.ladder import Ladder
from tests.fake_slack import FakeSlack
from tests.fake_teams import TENANT, FakeIdentity, FakeTeams
from tests.fakes import FakeReader
from tests.fuzz.watched import Beat, Log, Seen
from tests.fuzz.wire import NUMBER
from tests.slack_service import MANIFEST
from tests.teams_house import environment

QUIET_SECONDS = 60.0  # longer than the longest wait between two goes at a message
ROOT = Author("root", admin=True)
METHODS = (
    "chat.postMessage chat.update chat.postEphemeral chat.delete conversations.replies conversations.history"
    " conversations.info conversations.open users.info views.open views.update views.publish reactions.add"
    " reactions.remove assistant.threads.setStatus assistant.threads.setSuggestedPrompts files.info auth.test"
)
OFTEN = {"per_minute": 600, "at_once": 600}


class House:
    """A running service, and what stands around it."""

    def __init__(self, service: app.Service, port: int, log: Log, chats: dict[str, Seen]) -> None:
        self.service, self.port, self.log, self.chats = service, port, log, chats
        self.beat = Beat()
        self.slack: FakeSlack
        self.teams: FakeTeams

    async def quiet(self) -> bool:
        """Wait until nothing is in hand; False where that does not come about."""
        ends = time.monotonic() + QUIET_SECONDS
        while time.monotonic() < ends:
            at_work = [*self.service.inbox._at_work, *self.chats["slack"]._taking._at_work]
            messages = self.service.archive.messages
            waits = await messages.overdue(1) or await messages.signs(1)
            if not at_work and not waits:
                return True
            if waits:
                await self.service.inbox.recover()
            await asyncio.sleep(0.005)
        return False

    async def unanswered(self, chat: Seen) -> list[str]:
        """The ids of what a chat brought that wants an answer, and has none."""
        left = chat.unanswered(self.log)
        return [id for id in left if not await self._is_forgotten(chat.taken[id], chat.at[id])]

    async def _is_forgotten(self, message: Message, at: float) -> bool:
        """Whether a payload had it forgotten before anybody took it up: nobody sees what becomes of it."""
        archive, item = self.service.archive, f"message#{word(message.id)}"
        if await archive.store.get(keys.thread(message.thread), item):
            return False
        return await archive.threads.is_forgotten(message.thread, at, message.author.id)

    async def freshen(self) -> None:
        """Forget what was seen, and let people ask often again: a payload may have had a team forgotten."""
        for chat in self.chats.values():
            chat.forget()
        self.log.traces.clear()
        self.beat.stood.clear()
        self.log.unseen.clear()
        self.log.noted.clear()
        self.slack.calls.clear()
        self.slack.team.alone.clear()
        self.teams.posts.clear()
        self.teams.calls.clear()
        for team in (Thread("slack", self.slack.team.id), Thread("teams", TENANT), Thread("http")):
            await self.service.desk.set(ROOT, team, OFTEN)


@middleware
async def numbered(request: Request, handler: Any) -> StreamResponse:
    """Have all that is logged of a request, and of what it begins, carry the number of its case."""
    with bound_contextvars(case=request.headers.get(NUMBER, "")):
        response: StreamResponse = await handler(request)
        return response


@asynccontextmanager
async def serving() -> AsyncIterator[House]:
    """The service, as `python -m bot` builds it, on loopback."""
    log, env = Log(), pytest.MonkeyPatch()
    async with AsyncExitStack() as held:
        held.callback(env.undo)
        folder = held.enter_context(tempfile.TemporaryDirectory())
        identity = FakeIdentity()
        microsoft = FakeTeams(identity)
        for name, value in environment(await identity.start()).items():
            env.setenv(name, value)
        await microsoft.start()
        held.push_async_callback(microsoft.close)
        workspace = FakeSlack()
        workspace.rates.per_minute = dict.fromkeys(METHODS.split(), 10**9)
        workspace.rates.posts_per_second = 1e9
        await held.enter_async_context(workspace.running())
        workspace.install(MANIFEST)
        for name in ("APP_TOKEN", "CLIENT_ID", "CLIENT_SECRET"):
            env.delenv(f"SLACK_{name}", raising=False)
        for name, value in workspace.environment().items():
            env.setenv(name, value)
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        settings = Settings(
            store=f"sqlite:{folder}/fuzz.db", model="lexical:", web_port=0, secret_key=key, channels=()
        )
        chats = {"slack": Seen(slack.open(settings)), "teams": Seen(teams.open(settings))}
        chats["slack"].pace.seconds = 0.0
        channels: list[Any] = [*chats.values(), http.open(settings)]
        log.begin()
        service = app.build(settings, channels)
        service.answerer._ladder = Ladder([FakeReader("front desk")])
        held.push_async_callback(service.close)
        service.http.middlewares.append(numbered)
        runner = AppRunner(service.http, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        held.push_async_callback(runner.cleanup)
        await TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        await chats["slack"].start()
        house = House(service, port, log, chats)
        house.slack, house.teams = workspace, microsoft
        microsoft.bot = f"http://127.0.0.1:{port}/api/messages"
        workspace.deliveries.url = f"http://127.0.0.1:{port}/slack/events"
        workspace.deliveries.keep = False
        yield house
        house.beat.close()
        await service.inbox.drain(1.0)
