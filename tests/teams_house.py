"""The whole service with Teams in front of it, for tests: nothing in it is a stand-in but Teams itself."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from aiohttp.test_utils import TestServer

from bot import app
from bot.channels import teams
from bot.settings import Settings
from tests.fake_teams import APP, ISSUER, SECRET, TENANT, FakeIdentity, FakeTeams


def environment(identity: str) -> dict[str, str]:
    """The settings with which the fake is Teams."""
    return {
        "TEAMS_APP_ID": APP,
        "TEAMS_APP_PASSWORD": SECRET,
        "TEAMS_TENANT_ID": TENANT,
        "TEAMS_ALLOW_UNSIGNED": "true",  # it is on loopback; with an app id, each activity is signed
        "TEAMS_OPENID_URL": f"{identity}/openid",
        "TEAMS_TOKEN_ISSUER": ISSUER,
        "TEAMS_LOGIN_URL": identity,
        "TEAMS_OAUTH_SCOPE": "https://api.example",
    }


@pytest.fixture
async def fake(monkeypatch):
    """Teams, and nothing yet that listens to it."""
    async with on_loopback(monkeypatch) as there:
        yield there


@pytest.fixture
async def house(fake):
    """The service, hearing it."""
    async with served(fake) as service:
        yield service


@asynccontextmanager
async def served(fake: FakeTeams, **settings):
    """The service, listening, with the fake's activities coming in."""
    settings = {"store": "memory:", "web_port": 0, "channels": ("teams",)} | settings
    own = Settings(**settings)
    channel = teams.open(own)
    service = app.build(own, [channel])
    server = TestServer(service.http)
    await server.start_server()
    fake.bot = str(server.make_url("/api/messages"))
    looking = asyncio.create_task(_look(service))
    try:
        yield service
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
        await service.inbox.drain(5)
        await server.close()
        await service.close()


async def _look(service):
    """What a chore does, and sooner: take up what nobody holds."""
    while True:
        await asyncio.sleep(0.1)
        await service.inbox.recover()


@asynccontextmanager
async def on_loopback(monkeypatch):
    """Teams on loopback, with the environment that leads there."""
    identity = FakeIdentity()
    for name, value in environment(await identity.start()).items():
        monkeypatch.setenv(name, value)
    fake = FakeTeams(identity)
    await fake.start()
    try:
        yield fake
    finally:
        await fake.close()
