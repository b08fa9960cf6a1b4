"""Windows that open when somebody presses or picks something: within three seconds, or not at all."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import structlog

from bot.channels.slack import dialogs, pressed, rooms, written
from bot.channels.slack.bodies import id_in
from bot.channels.slack.clients import Clients
from bot.channels.slack.errors import SlackError, as_delivery
from bot.channels.slack.home import home_view
from bot.channels.slack.people import People
from bot.channels.slack.places import team
from bot.channels.slack.tokens import Installation
from bot.replies.words import say, speaking
from bot.types import Author, House, Message, Reply, Thread

log = structlog.get_logger(__name__)

SOON_SECONDS = 1.5  # of the three in which a window can be opened; then it opens and is filled in later
NAMES_SECONDS = 0.5
METADATA = 3_000  # characters
PROMPTS, TITLE, PROMPT = 3, 60, 200

Body = Mapping[str, Any]
Block = dict[str, Any]


class Dialogues:
    """Opens what a body asks for."""

    def __init__(self, house: House, clients: Clients, people: People) -> None:
        self._house, self._clients, self._people = house, clients, people

    def opens(self, body: Body, ours: Installation, message: Message | None) -> Awaitable[None] | None:
        """The work that a body without a message to accept makes; None where it makes none."""
        if message is not None:
            return self._shows(body, ours, message)
        try:
            if "command" in body:
                to = {"channel": id_in(body, "channel_id"), "response_url": body.get("response_url") or ""}
                return self._asks(body, ours, id_in(body, "user_id"), to)
            match body.get("type"):
                case "shortcut":
                    return self._asks(body, ours, id_in(body["user"], "id"), {})
                case "message_action":
                    return self._asks_about(body, ours)
                case "block_actions" if body["actions"][0].get("action_id") == f"{pressed.PREFIX}ask":
                    return self._asks(body, ours, id_in(body["user"], "id"), {})
                case "event_callback":
                    return self._opened(body, ours)
        except (KeyError, IndexError, TypeError, AttributeError):
            log.info("nothing to open", kind=str(body.get("type"))[:50])
        return None

    def beside(self, body: Body, ours: Installation, message: Message) -> Awaitable[None] | None:
        """The work that a press makes whose outcome is seen where it was pressed; None for another."""
        if body.get("type") != "block_actions":
            return None
        if (body.get("view") or {}).get("type") == "home":
            return self._acts_at_home(body, ours, message)
        if message.intent == "feedback" and message.text == "down" and "view" not in body:
            return self._asks_why(body, ours, message)
        return None

    # ----------------------------------------------------------------------- questions

    async def _asks(self, body: Body, ours: Installation, user: str, to: dict[str, str]) -> None:
        """The dialog that takes a question; asked from nowhere, the answer comes to who asks alone."""
        to = to or {"channel": await self._direct(ours, user)}
        await self._open(body, ours, user, lambda: dialogs.ask_view(_metadata(to)))

    async def _direct(self, ours: Installation, user: str) -> str:
        with as_delivery():
            told = await self._clients.of(ours.token).conversations_open(users=user)
        return str(told["channel"]["id"])

    def _asks_about(self, body: Body, ours: Installation) -> Awaitable[None]:
        message, ts = body["message"], id_in(body["message"], "ts")
        to = {
            "channel": id_in(body["channel"], "id"),
            "thread_ts": message.get("thread_ts") or ts,
            "ts": ts,
            "response_url": body.get("response_url") or "",
        }
        said = written.plain(message.get("text") or "", ours.bot_user)
        said = written.named(said, lambda user: self._people.known(ours.team, user).name)
        user = id_in(body["user"], "id")
        return self._open(body, ours, user, lambda: dialogs.about_view(_metadata(to), said))

    async def _asks_why(self, body: Body, ours: Installation, message: Message) -> None:
        """A vote counts without its reason too."""
        data = message.address.data
        to = {"channel": data["channel"], "thread_ts": data.get("thread", ""), "about": message.about}
        to["response_url"] = data.get("response_url", "")
        votes = asyncio.create_task(self._ask(ours, message))
        await self._open(body, ours, message.author.id, lambda: dialogs.reason_view(_metadata(to)))
        await votes

    async def _open(self, body: Body, ours: Installation, user: str, view: Callable[[], Block]) -> None:
        with speaking(await self._locale(ours, user)), as_delivery():
            await self._clients.of(ours.token).views_open(trigger_id=_trigger(body), view=view())

    # ----------------------------------------------------------------------- why, and next best

    async def _shows(self, body: Body, ours: Installation, message: Message) -> None:
        """What stands behind an answer, in a window: at once, or where that takes long, in a moment."""
        client, data = self._clients.of(ours.token), message.address.data
        to = {"channel": data["channel"], "thread_ts": data.get("thread", "")}
        to["response_url"] = data.get("response_url", "")
        asking = asyncio.create_task(self._ask(ours, message))
        with speaking(await self._locale(ours, message.author.id)):
            within = body.get("view") or {}
            view_id = str(within.get("id") or "")
            done, _ = await asyncio.wait({asking}, timeout=SOON_SECONDS)
            if not done and not view_id:
                with as_delivery():
                    opened = await client.views_open(trigger_id=_trigger(body), view=dialogs.waiting_view())
                view_id = str(opened["view"]["id"])
            reply = await asking
            names = await self._names(ours, reply)
            title = say(f"offer.{message.intent}")
            view = dialogs.info_view(_metadata(to), title, reply, names)
            with as_delivery():
                if view_id:
                    await client.views_update(view_id=view_id, view=view)
                else:
                    await client.views_open(trigger_id=_trigger(body), view=view)

    async def _ask(self, ours: Installation, message: Message) -> Reply:
        author = await self._people.of(ours, message.author)
        return await self._house.ask(replace(message, author=author))

    async def _names(self, ours: Installation, reply: Reply) -> dict[str, str]:
        try:
            async with asyncio.timeout(NAMES_SECONDS):
                return await self._people.names(ours, reply.people)
        except TimeoutError:
            return {}

    async def _locale(self, ours: Installation, user: str) -> str:
        """The language of somebody, as soon as it is told."""
        try:
            async with asyncio.timeout(NAMES_SECONDS):
                return (await self._people.of(ours, Author(user))).locale
        except TimeoutError:
            return ""

    # ----------------------------------------------------------------------- Home and the agent pane

    def _opened(self, body: Body, ours: Installation) -> Awaitable[None] | None:
        event = body["event"]
        if event["type"] == "assistant_thread_started":
            thread = event["assistant_thread"]
            where = id_in(thread, "channel_id"), id_in(thread, "thread_ts")
            return self._prompts(body, ours, id_in(thread, "user_id"), *where)
        if event["type"] != "app_home_opened":
            return None
        if event.get("tab") == "home":
            return self._home(body, ours, id_in(event, "user"))
        return self._prompts(body, ours, id_in(event, "user"), id_in(event, "channel"), "")

    async def _home(self, body: Body, ours: Installation, user: str) -> None:
        """What Wherein remembers, for who looks."""
        author = await self._people.of(ours, Author(user))
        with speaking(author.locale):
            client, own = self._clients.of(ours.token), team(body)[0]
            overview = await self._house.desk.overview(author, Thread("slack", own))
            if not overview.admin:
                overview = await rooms.as_open(client, own, user, overview)
            with as_delivery():
                await client.views_publish(user_id=user, view=home_view(overview))

    async def _acts_at_home(self, body: Body, ours: Installation, message: Message) -> None:
        """What is done at Home is seen there; what cannot be done is said in a window."""
        reply = await self._ask(ours, message)
        if reply.kind == "error":
            refused = partial(dialogs.info_view, "", dialogs.NAME, reply)
            await self._open(body, ours, message.author.id, refused)
        await self._home(body, ours, message.author.id)

    async def _prompts(self, body: Body, ours: Installation, user: str, channel: str, thread: str) -> None:
        """Questions to begin with, made from what is there."""
        own = team(body)[0]
        author = await self._people.of(ours, Author(user))
        where = Thread("slack", own, channel, thread)
        asked = Message(f"{own}/{channel}/prompts", where, "sources", "", author=author, way="conversation")
        with speaking(author.locale):
            reply = await self._house.ask(asked)
            titles = [one.title for one in reply.read if one.title][-PROMPTS:]
            prompts = [_prompt("about", title) for title in titles]
            prompts += [_prompt("sources"), _prompt("help")]
            told = {"channel_id": channel, "prompts": prompts} | ({"thread_ts": thread} if thread else {})
            try:
                with as_delivery():
                    client = self._clients.of(ours.token)
                    await client.api_call("assistant.threads.setSuggestedPrompts", json=told)
            except SlackError as error:
                log.info("no prompts", error=error.name)


def _prompt(name: str, title: str = "") -> dict[str, str]:
    shown = say(f"prompt.{name}", title=title)
    sent = shown if title else name
    return {"title": shown[:TITLE], "message": sent[:PROMPT]}


def _metadata(to: Mapping[str, str]) -> str:
    """Where a dialog was opened, as it is given back: what is too long for Slack is left out."""
    kept = {name: value for name, value in to.items() if value}
    told = json.dumps(kept)
    while len(told) > METADATA:
        longest = max(kept, key=lambda name: len(kept[name]))
        del kept[longest]
        told = json.dumps(kept)
    return told


def _trigger(body: Body) -> str:
    """What lets a window open for who pressed; of a body without it Slack says that it has expired."""
    return str(body.get("trigger_id") or "")
