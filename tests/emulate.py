"""`python -m tests.emulate`: Wherein against emulate's Slack, which nobody here wrote, step by step.

It wants Node and `npm ci` in tests/node; people act with tokens of their own, by Slack's own SDK.
"""

import asyncio
import base64
import contextlib
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from slack_sdk.web.async_client import AsyncWebClient

from bench.common import free_port
from model.readers import PROJECT

NODE = PROJECT / "tests" / "node"
PATIENCE_SECONDS = 30.0
NOT_RUN = (
    "slash commands, shortcuts, buttons, dialogs, Socket Mode and rate limits, which emulate 0.12.2 lacks"
)
PEOPLE = "ada", "ben"
LEASE = "The lease of the Leeds office was signed by Grace Hopper on 3 May 2026."
SCOPES = "chat:write,channels:history,channels:read,files:read,users:read,app_mentions:read"
CLIENT_ID, CLIENT_SECRET = "12345.67890", secrets.token_hex(12)
SIGNING_SECRET = secrets.token_hex(16)


def is_here() -> bool:
    """Whether Node and the package are."""
    return (NODE / "node_modules" / "emulate").is_dir() and not subprocess.call(
        ["node", "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


class Walk:
    """The walk through one workspace."""

    def __init__(self, url: str, tell: Callable[[str], None]) -> None:
        self.url, self._tell = url, tell
        self._people = {name: AsyncWebClient(f"xoxp-{name}", base_url=f"{url}/api/") for name in PEOPLE}
        self.bot = self.room = ""

    async def find_room(self) -> None:
        """Find the channel."""
        listed = await self._people["ada"].conversations_list()
        self.room = next(one["id"] for one in listed["channels"] if one["name"] == "office")

    async def install(self, authorize: str) -> str:
        """Somebody allows the app on Slack's page: where that sends them."""
        async with ClientSession() as session:
            async with session.get(authorize) as page:
                html = await page.text()
            form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', html))
            form = {name: value.replace("&amp;", "&") for name, value in form.items()}
            sent = f"{self.url}/oauth/v2/authorize/callback"
            async with session.post(sent, data=form, allow_redirects=False) as answer:
                return str(answer.headers["Location"])

    async def says(self, who: str, text: str, thread: str | None = None) -> str:
        """Somebody says something."""
        said = await self._people[who].chat_postMessage(channel=self.room, text=text, thread_ts=thread)
        return str(said["ts"])

    async def edits(self, who: str, ts: str, text: str) -> None:
        """Somebody edits what they said."""
        await self._people[who].chat_update(channel=self.room, ts=ts, text=text)

    async def gives(self, who: str, name: str, data: str, comment: str) -> str:
        """Somebody puts in a file with a comment; the message's ts."""
        await self._people[who].files_upload_v2(
            filename=name, content=data, channel=self.room, initial_comment=comment
        )
        history = await self._people[who].conversations_history(channel=self.room, limit=5)
        return str(next(one["ts"] for one in history["messages"] if one.get("files")))

    async def find_bot(self) -> None:
        """Find who Wherein is there."""
        listed = await self._people["ada"].users_list()
        self.bot = next(one["id"] for one in listed["members"] if one.get("is_bot"))
        self._tell("install: as it should be")

    async def sees(self, step: str, thread: str, *words: str, count: int = 1) -> None:
        """Wait until so many posts of Wherein's stand in a thread, one of them with these words."""
        posts: list[str] = []

        def right() -> bool:
            return len(posts) == count and any(all(word in post for word in words) for post in posts)

        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not right():
                    await asyncio.sleep(0.1)
                    found = await self._people["ada"].conversations_replies(channel=self.room, ts=thread)
                    posts = [
                        json.dumps(m, ensure_ascii=False)
                        for m in found["messages"]
                        if m.get("user") == self.bot
                    ]
        if not right():
            raise AssertionError(f"{step}: {words} in {count} posts; there is {posts}")
        self._tell(f"{step}: as it should be")


@contextlib.asynccontextmanager
async def emulated(seed: dict[str, Any]) -> AsyncIterator[tuple[str, Callable[[str], None]]]:
    """The address of emulate's Slack, and what has it tell an app of events."""
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "seed.json"
        written.write_text(json.dumps(seed))
        process = await asyncio.create_subprocess_exec(
            "node", "slack.js", str(free_port()), str(written), cwd=NODE,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdin
        assert process.stdout
        stdin = process.stdin
        url = (await process.stdout.readline()).decode().strip()
        try:
            yield url, lambda app: stdin.write(f"{app}\n".encode())
        finally:
            stdin.close()
            await process.wait()


@contextlib.asynccontextmanager
async def wherein(folder: str, port: int, environment: dict[str, str]) -> AsyncIterator[str]:
    """The service as a person runs it."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(PROJECT),
        "WHEREIN_PORT": str(port),
        "WHEREIN_WEB_PORT": "0",
        "WHEREIN_CHANNELS": "slack",
        "WHEREIN_LOG": "error",
        "WHEREIN_STORE": f"sqlite:{folder}/wherein.db",
        "WHEREIN_MODEL": f"onnx:{PROJECT}/model/weights",
    } | environment
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", cwd=folder, env=environment, stdout=subprocess.PIPE
    )
    assert process.stdout
    while b"/readyz" not in (line := await process.stdout.readline()):
        assert line, "the service did not start"
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


def seed(port: int) -> dict[str, Any]:
    """The workspace as it is at first."""
    return {
        "slack": {
            "team": {"name": "Acme", "domain": "acme"},
            "signing_secret": SIGNING_SECRET,
            "strict_scopes": True,
            "users": [{"name": name, "real_name": name.title()} for name in PEOPLE],
            "channels": [{"name": "office"}],
            "tokens": [{"token": f"xoxp-{name}", "user": name, "type": "user"} for name in PEOPLE],
            "oauth_apps": [
                {
                    "client_id": CLIENT_ID,
                    "client_secret": CLIENT_SECRET,
                    "name": "Wherein",
                    "redirect_uris": [f"http://127.0.0.1:{port}/slack/oauth_redirect"],
                    "scopes": SCOPES.split(","),
                }
            ],
        }
    }


async def play(tell: Callable[[str], None] = print) -> None:
    """The whole walk; raises `AssertionError` at the first step that goes wrong."""
    port = free_port()
    async with contextlib.AsyncExitStack() as held:
        folder = held.enter_context(tempfile.TemporaryDirectory())
        url, subscribe = await held.enter_async_context(emulated(seed(port)))
        environment = {
            "SLACK_API_URL": f"{url}/api/",
            "SLACK_CLIENT_ID": CLIENT_ID,
            "SLACK_CLIENT_SECRET": CLIENT_SECRET,
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "WHEREIN_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "WHEREIN_SECRET_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        }
        service = await held.enter_async_context(wherein(folder, port, environment))
        subscribe(f"{service}/slack/events")
        walk = Walk(url, tell)
        await walk.find_room()
        await _installed(walk, service)
        await _walked(walk)


async def _installed(walk: Walk, service: str) -> None:
    async with ClientSession() as session:
        async with session.get(f"{service}/slack/install", allow_redirects=False) as answer:
            page = await answer.text()
            found = re.search(r'href="([^"]*/oauth/v2/authorize[^"]*)"', page)
            authorize = answer.headers.get("Location") or (found[1] if found else "")
            kept = "; ".join(f"{name}={cookie.value}" for name, cookie in answer.cookies.items())
        back = await walk.install(authorize.replace("&amp;", "&"))
        async with session.get(back, headers={"Cookie": kept}) as answer:
            assert answer.status == 200, await answer.text()
    await walk.find_bot()


async def _walked(walk: Walk) -> None:
    root = await walk.says("ada", LEASE)
    bot = f"<@{walk.bot}>"
    await walk.says("ben", f"{bot} who signed the lease of the Leeds office?", root)
    await walk.sees("thread", root, "Grace Hopper")
    await walk.says("ben", "and when?", root)
    await walk.sees("follow-up", root, "3 May 2026", count=2)
    await walk.edits("ada", root, LEASE.replace("Grace Hopper", "Edith Clarke"))
    await walk.sees("edit", root, "Edith Clarke", count=2)
    asked = await walk.says("ben", f"{bot} who signed the lease of the Leeds office?")
    await walk.sees("mention", asked, "Edith Clarke")
    offer = "The offer of Kessler Plumbing comes to 1,840 euros, pipes included."
    given = await walk.gives("ben", "offer.txt", offer, f"{bot} how much is the offer of Kessler Plumbing?")
    await walk.sees("file", given, "1,840 euros", "offer.txt")


def main() -> None:
    """The command."""
    if not is_here():
        sys.exit("not run: Node, or `npm ci` in tests/node, is missing")
    asyncio.run(play())
    print(f"not run: {NOT_RUN}")


if __name__ == "__main__":
    main()
