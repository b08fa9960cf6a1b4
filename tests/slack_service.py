"""The whole service with its Slack channel, over the fake Slack: what tests speak to, and look at."""

import asyncio
import base64
import contextlib
import html
import re
import secrets
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import yaml
from aiohttp import ClientSession, DummyCookieJar

from bench.common import free_port
from bot import app, channels
from bot.settings import Settings
from model.readers import PROJECT
from tests.fake_slack import FakeSlack, Room
from tests.fake_slack.people import People
from tests.fake_slack.screen import buttons, text
from tests.fake_slack.workspace import Json

PATIENCE_SECONDS, QUIET_SECONDS = 20.0, 0.6
READER = "onnx:model/weights"
MANIFEST = yaml.safe_load((PROJECT / "manifest.yml").read_text())


@contextlib.asynccontextmanager
async def serving(
    slack: FakeSlack,
    env: pytest.MonkeyPatch,
    *,
    socket: bool = False,
    many: bool = False,
    store: str = "memory:",
    model: str = READER,
    **more: Any,
) -> AsyncIterator["Acme"]:
    """The service, as `python -m bot` builds it, for the fake's first workspace, or for `many` by OAuth."""
    slack.install(MANIFEST)
    for name in ("BOT_TOKEN", "APP_TOKEN", "SIGNING_SECRET", "CLIENT_ID", "CLIENT_SECRET"):
        env.delenv(f"SLACK_{name}", raising=False)
    for name, value in slack.environment(socket=socket, many=many).items():
        env.setenv(name, value)
    port = free_port() if many else 0
    if many:
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        more |= {"public_url": f"http://127.0.0.1:{port}", "secret_key": key}
    settings = Settings(port=port, web_port=0, channels=("slack",), store=store, model=model, **more)
    stop, lines = asyncio.Event(), []
    opened = [channels.open("slack", settings)]
    running = asyncio.create_task(app.run(settings, stop, lines.append, opened))
    try:
        await until(lambda: lines or running.done())
        if running.done():
            running.result()
        address = lines[-1].split()[2].removesuffix("/readyz")
        if socket:
            await until(lambda: slack.deliveries.sockets)
        else:
            slack.deliveries.url = f"{address}/slack/events"
        yield Acme(slack, address, opened[0])
    finally:
        await slack.deliveries.settled()
        stop.set()
        await running


class Acme:
    """The workspace that Wherein serves, as people there see it."""

    def __init__(self, slack: FakeSlack, address: str, channel: Any) -> None:
        self.slack, self.address, self.channel = slack, address, channel
        self.events = f"{address}/slack/events"
        self.team, self.people = slack.team, slack.people

    def hurry(self, times: int = 5) -> None:
        """Let posts follow each other so many times as fast, on both sides, so that a test need not wait."""
        self.slack.rates.posts_per_second *= times
        self.channel.pace.seconds /= times

    def posts(self, room: Room, thread: str | None = None) -> list[Json]:
        """What Wherein posted there for all to see, oldest first."""
        ours = [m for m in room.messages.values() if m.get("bot_id") == self.team.bot_id]
        return ours if thread is None else [m for m in ours if m.get("thread_ts", "") == thread]

    def alone(self, who: str) -> list[Json]:
        """What Wherein shows to one person alone, oldest first."""
        id = self.team.person(who).id
        return [one.message for one in self.team.alone if one.user == id]

    def seen_by(self, who: str, *rooms: Room) -> list[Json]:
        """What Wherein posted in rooms, and what it shows to one person alone."""
        return [post for room in rooms for post in self.posts(room)] + self.alone(who)

    def dialogs(self, who: str) -> str:
        """What stands in the dialogs that somebody has open."""
        return " ".join(text(view["blocks"]) for view in self.team.person(who).modals)

    async def posted(self, room: Room, thread: str | None = None, *, count: int = 1) -> list[Json]:
        """Wait until Wherein posted so many messages, and a while for one too many."""
        await until(lambda: len(self.posts(room, thread)) >= count, lambda: self.words(room))
        await asyncio.sleep(QUIET_SECONDS)
        found = self.posts(room, thread)
        assert len(found) == count, self.words(room)
        return found

    async def shown(self, who: str, *, count: int = 1) -> list[Json]:
        """Wait until Wherein shows so many messages to one person, and a while for one too many."""
        await until(lambda: len(self.alone(who)) >= count, lambda: [seen(one) for one in self.alone(who)])
        await asyncio.sleep(QUIET_SECONDS)
        assert len(self.alone(who)) == count, [seen(one) for one in self.alone(who)]
        return self.alone(who)

    async def quiet(self, room: Room, *, posts: int = 0) -> None:
        """Wait a while in which nothing may come."""
        await asyncio.sleep(QUIET_SECONDS)
        assert len(self.posts(room)) == posts, self.words(room)

    def words(self, room: Room) -> list[str]:
        """All that Wherein posted there, in words."""
        return [seen(one) for one in self.posts(room)]

    async def asked(self, room: Room, said: str, question: str, who: str = "Ben") -> str:
        """Somebody says something, another one asks about it under it, and is answered; the thread's ts."""
        root = await self.people.says("Ada", room, said)
        await self.people.says(who, room, f"@Wherein {question}", thread=root)
        await self.posted(room, root)
        return root


async def install(slack: FakeSlack, address: str, name: str) -> People:
    """Somebody of a workspace installs the app, as a browser does; the workspace's people."""
    slack.oauth.team = name
    async with ClientSession(cookie_jar=DummyCookieJar()) as browser:
        async with browser.get(f"{address}/slack/install") as page:
            found = re.search(r'href="([^"]+)"', await page.text())
            assert found
            cookie = page.headers["Set-Cookie"].partition(";")[0]  # it is for https:// alone
        async with browser.get(html.unescape(found[1]), allow_redirects=False) as allowed:
            back = allowed.headers["Location"]
        async with browser.get(back, headers={"Cookie": cookie}) as done:
            assert done.status == 200, await done.text()
    return slack.of(name)


def seen(message: Json) -> str:
    """A message in words, with its buttons."""
    blocks = message.get("blocks", [])
    return f"{text(blocks) or message['text']} [{' | '.join(buttons(blocks))}]"


async def until(there: Callable[[], Any], now: Callable[[], Any] = lambda: "nothing") -> Any:
    """What is there, as soon as it is."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not (found := there()):
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"it did not come about; there is {now()}") from None
    return found
