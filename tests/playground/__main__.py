"""`make teams-playground`: the service against `@microsoft/m365agentsplayground`, headless, step by step.

It sends no token and speaks as one person; what it calls a message's id in HTTP is not its activity's, so
what is edited here is sent as an activity of ours.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

from bench.common import free_port

PROGRAM = Path(__file__).parent / "node_modules" / ".bin" / "agentsplayground"
SECONDS = 40.0
FACT, QUESTION = "The lease of the Leeds office was signed by Grace Hopper.", "Who signed the lease of Leeds?"

Found = Callable[[], Any]


class Playground:
    """The stand-in, as its web client speaks to it."""

    def __init__(self, client: aiohttp.ClientSession, port: int) -> None:
        self._client, self._at = client, f"http://127.0.0.1:{port}"
        self.messages: dict[str, dict[str, Any]] = {}  # of the bot's, by their ids, as they stand
        self.typing = 0

    async def start(self) -> None:
        """Wait until it is there, and look on."""
        await there(lambda: self._config(), "the playground starts")
        stream = await self._client.ws_connect(f"{self._at}/_ws_conversation/v1/conversations/stream")
        self._looking = asyncio.create_task(self._look(stream))

    async def _config(self) -> dict[str, Any] | None:
        try:
            async with self._client.get(f"{self._at}/_internal/v1/testConfig") as answer:
                self.config: dict[str, Any] = (await answer.json())["config"]
                return self.config
        except aiohttp.ClientError:
            return None

    async def _look(self, stream: aiohttp.ClientWebSocketResponse) -> None:
        async for event in stream:
            told = json.loads(event.data)
            if told["action"] == "typing":
                self.typing += 1
            elif "message" in told and "Message" in told["action"]:
                message = told["message"]
                id = str(message["messageId"])
                where = message.get("postConversationId") or told["actionConversationId"]
                before = self.messages.get(id, {})
                self.messages[id] = {"conversation": where, **before, "told": message}

    async def says(self, conversation: str, text: str, *, mention: bool = False) -> str:
        """Say something; the conversation that it is in, which in a channel is a new reply chain."""
        bot = self.config["bot"]
        at = f"<at>{bot['name']}</at>"
        body: dict[str, Any] = {"from": {"id": self.config["currentUser"]["id"]}, "textFormat": "plain"}
        body["text"] = f"{at} {text}" if mention else text
        if mention:
            body["mentions"] = [{"mentioned": {"id": bot["id"]}, "text": at}]
        made = await self._post(f"/_conversation/v1/conversations/{conversation}/messages", body)
        return str(made.get("postConversationId") or conversation)

    async def invoke(self, name: str, conversation: str, value: Any, **more: Any) -> Any:
        """Press a button, vote, or pick a message action: what the bot answers."""
        who = {"id": self.config["currentUser"]["id"]}
        body = {"name": name, "from": who, "conversation": {"id": conversation}, "value": value, **more}
        return await self._post("/_conversation/v1/invoke", body)

    async def sends(self, activity: dict[str, Any]) -> None:
        """Send the bot an activity as it is."""
        await self._post("/_internal/v1/customActivities", activity)

    def activity(self, conversation: str, kind: str, **more: Any) -> dict[str, Any]:
        """An activity in a personal chat."""
        who, tenant = self.config["currentUser"], self.config["tenantId"]
        return {
            "type": "message",
            "id": str(uuid.uuid4()),
            "timestamp": datetime.now(UTC).isoformat(),
            "channelId": "msteams",
            "serviceUrl": f"{self._at}/_connector",
            "from": {name: who[name] for name in ("id", "name", "aadObjectId")},
            "recipient": self.config["bot"],
            "conversation": {"id": conversation, "conversationType": kind, "tenantId": tenant},
            "channelData": {"tenant": {"id": tenant}},
            "locale": "en-US",
        } | more

    async def _post(self, path: str, body: Any) -> Any:
        async with self._client.post(self._at + path, json=body) as answer:
            text = await answer.text()
            if answer.status >= 400:
                raise SystemExit(f"{path}: status {answer.status}: {text[:500]}")
            return json.loads(text) if text else {}

    def shown(self, conversation: str, words: str) -> dict[str, Any] | None:
        """The bot's last message there that says that."""
        found = [
            one
            for one in self.messages.values()
            if one["conversation"].startswith(conversation) and words in json.dumps(one["told"])
        ]
        return found[-1] if found else None


async def there(found: Found, what: str) -> Any:
    """What comes about, printed as a step."""
    began = time.monotonic()
    while True:
        given = found()
        if asyncio.iscoroutine(given):
            given = await given
        if given:
            print(f"ok  {what}  ({time.monotonic() - began:.1f} s)", flush=True)
            return given
        if time.monotonic() - began > SECONDS:
            raise SystemExit(f"NO  {what}")
        await asyncio.sleep(0.05)


async def walk(play: Playground) -> None:
    """Every step."""
    personal = play.config["personalChat"]["id"]
    group = play.config["groupChats"][0]["id"]
    channel = play.config["teams"][0]["channels"][0]["id"]

    await play.says(personal, FACT)
    await there(lambda: play.shown(personal, "othing"), "personal chat: what is put in is taken")
    await play.says(personal, QUESTION)
    await there(lambda: play.shown(personal, "**Grace Hopper**"), "personal chat: it is answered")
    await there(lambda: play.typing, "it shows that it types")
    await _buttons(play, personal)

    await play.says(group, FACT, mention=True)
    await asyncio.sleep(1)
    await play.says(group, QUESTION, mention=True)
    await there(lambda: play.shown(group, "**Grace Hopper**"), "group chat: a mention is answered")

    chain = await play.says(channel, FACT, mention=True)
    await there(lambda: play.shown(channel, "othing"), "channel: a mention is taken in its reply chain")
    await play.says(chain, QUESTION, mention=True)
    await there(lambda: play.shown(chain, "**Grace Hopper**"), "channel: its reply chain is read")

    said = play.activity(personal, "personal", text="The fire drill is on Tuesday.")
    await play.sends(said)
    await asyncio.sleep(1)
    await play.says(personal, "When is the fire drill?")
    await there(lambda: play.shown(personal, "**Tuesday**"), "edit: before, it says Tuesday")
    edited = said | {"type": "messageUpdate", "text": "The fire drill is on Thursday."}
    edited["channelData"] = said["channelData"] | {"eventType": "editMessage"}
    await play.sends(edited)
    await there(lambda: play.shown(personal, "**Thursday**"), "edit: the answer is corrected")
    await _asks_about(play, personal)


async def _buttons(play: Playground, conversation: str) -> None:
    """Press Why? on the card below an answer, and vote."""

    def below() -> Any:
        cards = [one["told"] for one in play.messages.values() if one["told"].get("attachments")]
        return cards[-1] if cards else None

    told = await there(below, "card: it stands below the answer")
    id = str(told["messageId"])
    buttons = {one["title"]: one for card in told["attachments"] for one in card["content"]["actions"]}
    why = buttons["Why?"]
    value = {"action": {name: why[name] for name in ("type", "verb", "data")}, "trigger": "manual"}

    async def card() -> Any:
        return await play.invoke("adaptiveCard/action", conversation, value, replyToId=id)

    shown = await there(card, "card: Why? is answered with a card")
    assert shown["value"]["type"] == "AdaptiveCard", shown
    said = json.dumps({"feedbackText": "It was Ada."})
    vote = {"actionName": "feedback", "actionValue": {"reaction": "dislike", "feedback": said}}
    await play.invoke("message/submitAction", conversation, vote, replyToId=id)
    print("ok  feedback: a vote with a reason is taken")


async def _asks_about(play: Playground, conversation: str) -> None:
    who = play.config["currentUser"]
    payload = {
        "id": "1700000000000",
        "createdDateTime": datetime.now(UTC).isoformat(),
        "from": {"user": {"id": who["aadObjectId"], "displayName": who["name"]}},
        "body": {"contentType": "html", "content": "<p>Release 2.4 needs <b>2 GB</b> of memory.</p>"},
    }
    value: dict[str, Any] = {"commandId": "ask", "commandContext": "message", "messagePayload": payload}
    opened = await play.invoke("composeExtension/fetchTask", conversation, value)
    card = opened["task"]["value"]["card"]["content"]
    print("ok  “Ask about this”: a dialog opens")
    value["data"] = card["actions"][0]["data"] | {"question": "How much memory does release 2.4 need?"}
    answered = await play.invoke("composeExtension/submitAction", conversation, value)
    assert "2 GB" in json.dumps(answered["task"]), answered
    print("ok  “Ask about this”: it is answered there")


async def main() -> None:
    """The service and the stand-in, each a process, and the walk."""
    if not PROGRAM.exists() or not shutil.which("node"):
        raise SystemExit("It wants Node 20 or newer, and `npm ci --prefix tests/playground`.")
    bot, port = free_port(), free_port()
    settings = {
        "WHEREIN_PORT": str(bot),
        "WHEREIN_WEB_PORT": "0",
        "WHEREIN_CHANNELS": "teams",
        "WHEREIN_STORE": "memory:",
        "WHEREIN_LOG": "warning",
        "TEAMS_ALLOW_UNSIGNED": "true",
    }
    kept = {name: of for name, of in os.environ.items() if not name.startswith(("TEAMS_", "WHEREIN_"))}
    playground = [
        *("node", str(PROGRAM), "-e", f"http://127.0.0.1:{bot}/api/messages", "-c", "msteams"),
        *("-p", str(port), "--su", f"http://127.0.0.1:{port}/_connector", "--disable-telemetry"),
    ]
    node = {"TEAMSAPPTESTER_BROWSER": "none"}
    with (
        tempfile.TemporaryDirectory() as folder,  # the stand-in leaves its traces there
        _process([sys.executable, "-m", "bot"], kept | settings),
        _process(playground, kept | node, folder),
    ):
        async with aiohttp.ClientSession() as client:

            async def ready() -> bool:
                try:
                    async with client.get(f"http://127.0.0.1:{bot}/readyz") as answer:
                        return answer.status == 200
                except aiohttp.ClientError:
                    return False

            await there(ready, "the service starts")
            play = Playground(client, port)
            await play.start()
            await walk(play)
            print("All of it came about.")


@contextmanager
def _process(command: list[str], environment: dict[str, str], folder: str | None = None) -> Iterator[None]:
    """A process as long as this lasts; what it writes beside errors nobody reads."""
    process = subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    asyncio.run(main())
