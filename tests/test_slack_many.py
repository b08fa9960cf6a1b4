"""Wherein in many workspaces: installed by OAuth, asked in each, and put out of one."""

import asyncio
import base64
import os
import re
from html import unescape

import pytest
from aiohttp import ClientSession, DummyCookieJar

from bench.common import free_port
from bot import app, channels
from bot.settings import Settings
from tests.fake_slack import FakeSlack
from tests.slack_service import Acme, until

LEASE, WHO = "The lease of the Leeds office was signed by Grace Hopper.", "Who signed the lease?"


@pytest.fixture
async def slack():
    async with FakeSlack().running() as fake:
        for name in ("Acme", "Brandt"):
            fake.workspace(name).installed = False
        yield fake


@pytest.fixture
async def address(slack, monkeypatch):
    """Where the service listens, that serves every workspace that installs it."""
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    id, secret = slack.client
    given = {"CLIENT_ID": id, "CLIENT_SECRET": secret, "SIGNING_SECRET": slack.signing_secret}
    for name, value in (given | {"API_URL": slack.api_url}).items():
        monkeypatch.setenv(f"SLACK_{name}", value)
    port = free_port()
    public, key = f"http://127.0.0.1:{port}", base64.b64encode(os.urandom(32)).decode()
    settings = Settings(
        port=port,
        web_port=0,
        channels=("slack",),
        store="memory:",
        model="onnx:model/weights",
        public_url=public,
        secret_key=key,
    )
    stop, lines = asyncio.Event(), []
    opened = [channels.open("slack", settings)]
    running = asyncio.create_task(app.run(settings, stop, lines.append, opened))
    await until(lambda: lines or running.done())
    slack.deliveries.url = f"{public}/slack/events"
    yield public
    await slack.deliveries.settled()
    stop.set()
    await running


async def install(slack, address, name):
    """Somebody installs Wherein into a workspace, in their browser."""
    slack.oauth.team = name
    async with ClientSession(cookie_jar=DummyCookieJar()) as browser:
        async with browser.get(f"{address}/slack/install") as page:
            link = unescape(re.search(r'href="([^"]+)"', await page.text())[1])
            cookie = page.headers["Set-Cookie"].partition(";")[0]  # it is for https:// alone
        async with browser.get(link, allow_redirects=False) as asked:
            back = asked.headers["Location"]
        async with browser.get(back, headers={"Cookie": cookie}) as done:
            assert done.status == 200


async def test_each_workspace_is_answered_with_its_own_token_and_one_may_put_it_out(slack, address):
    for name in ("Acme", "Brandt"):
        await install(slack, address, name)
    made = {}
    for name in ("Acme", "Brandt"):
        people = slack.of(name)
        acme = Acme(slack, address, None)
        acme.team, acme.people = people.team, people
        made[name] = acme, people.team.room("general")
    for acme, room in made.values():
        await acme.asked(room, LEASE, WHO)
        assert "*Grace Hopper*" in acme.words(room)[0]
    gone, room = made["Brandt"]
    await gone.people.uninstalls()
    acme, there = made["Acme"]
    await acme.asked(there, "The boiler was repaired by Otto Kern.", "Who repaired the boiler?")
    assert len(gone.posts(room)) == 1
