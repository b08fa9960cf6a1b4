"""The channel: Slack, as the rest of the house sees it."""

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog

from bot.channels.slack import leaving, written
from bot.channels.slack.checks import SetUp, problems
from bot.channels.slack.clients import Clients
from bot.channels.slack.dialogues import Dialogues
from bot.channels.slack.errors import UNREACHED
from bot.channels.slack.files import Download
from bot.channels.slack.installing import App, Installing
from bot.channels.slack.listening import Listening
from bot.channels.slack.pace import Pace
from bot.channels.slack.people import People
from bot.channels.slack.posting import Posting, reads_back
from bot.channels.slack.queues import Queues
from bot.channels.slack.reading import Reading
from bot.channels.slack.settings import Settings
from bot.channels.slack.signs import Signs
from bot.channels.slack.socket_mode import Connection
from bot.channels.slack.taking import Taking
from bot.channels.slack.tokens import Installation, OneWorkspace, Tokens
from bot.types import (
    Address,
    Attachment,
    House,
    Message,
    Ref,
    Reply,
    Routes,
    SourceError,
    Unknown,
    Vault,
)

log = structlog.get_logger(__name__)

PATH = "/slack/events"
PAIR_SECONDS, PAIR_LOOKS = 0.25, 5  # for the other event of a mention
BESIDE_SECONDS = 2.0  # for files that an event did not tell of
DRAIN_SECONDS = 3.0


class Slack:
    """Hears by HTTP or by Socket Mode, and answers by the Web API."""

    name = "slack"

    def __init__(
        self, settings: Settings, most: int, *, app: App | None = None, public_url: str = ""
    ) -> None:
        self._settings, self._app, self._public_url = settings, app, public_url
        self._vault: Vault | None = None
        self.clients = Clients(settings.api_url)
        self.people = People(self.clients.of)
        self._download = Download(lambda: self.clients.session, settings.api_url, most)
        self._speak_with(OneWorkspace(self.clients.of, settings.bot_token))
        self._installing: Installing | None = None
        self._taking: Taking | None = None
        self._listening: Listening | None = None
        self._connection: Connection | None = None

    def _speak_with(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.pace = Pace()
        queues = Queues()
        self._posting = Posting(self.clients, tokens, self.pace, queues)
        self._signs = Signs(self._posting)
        self._reading = Reading(self.clients, tokens, self.people, self._download, queues)

    # ----------------------------------------------------------------------- a channel

    def mount(self, routes: Routes, house: House) -> None:
        """Add the one address to which Slack posts events, commands and what people press."""
        self._vault = house.vault
        if self._app and house.vault:
            self._installing = Installing(self._app, house.vault)
            self._speak_with(self._installing.tokens)
            self._installing.mount(routes)

        async def leave(body: Mapping[str, Any]) -> None:
            if self._installing:
                await self._installing.leave(body, house.accept)
            else:
                await leaving.leave(body, house.accept, None)

        dialogues = Dialogues(house, self.clients, self.people)
        self._taking = Taking(house, self.people, dialogues, self._say, leave)
        if self._settings.signing_secret:
            routes.add_route("POST", PATH, self._post)

    async def _post(self, request: object) -> object:
        return await self._listener().post(request)  # type: ignore[arg-type]

    def _listener(self) -> Listening:
        assert self._taking is not None, "it is mounted"
        if self._listening is None:
            client = self.clients.of("")
            secret = self._settings.signing_secret
            self._listening = Listening(client, self.tokens, self._taking.take, secret)
        return self._listening

    def invitation(self, address: str) -> str:
        """How to ask in Slack."""
        if self._settings.app_token:
            return "In Slack:  @Wherein, or /wherein and a question   (by Socket Mode)"
        return f"In Slack:  @Wherein, or /wherein and a question   (events come to {address}{PATH})"

    async def check(self) -> list[str]:
        """What is wrong with the token, the manifest, and the way in which Slack reaches us."""
        own = self._settings
        tokens = own.bot_token, own.app_token, own.signing_secret, own.config_token
        return await problems(SetUp(own.api_url, *tokens, self._public_url), self._vault)

    async def start(self) -> None:
        """Learn who we are before anybody speaks to us, and connect where nobody can reach us."""
        if self._settings.bot_token:
            try:
                await self.tokens.of("", "")
            except UNREACHED as error:
                log.error("Slack does not know us yet", error=type(error).__name__)
        listening = self._listener()
        if self._settings.app_token:
            self._connection = Connection(listening.app, self._settings.app_token, self.clients.of(""))
            await self._connection.open()

    async def close(self) -> None:
        """Hear no more, finish what was begun, and let go of the connections."""
        if self._connection:
            await self._connection.close()
        if self._taking:
            await self._taking.drain(DRAIN_SECONDS)
        self._signs.close()
        await self.clients.close()

    # ----------------------------------------------------------------------- a chat

    async def send(self, reply: Reply, address: Address, replacing: Ref | None) -> Ref:
        """Post a reply, or put it in the place of one posted before."""
        await self._signs.settled(address)
        ref = await self._posting.send(reply, address, replacing)
        if self._taking and self._signs.has_eyes(address):
            self._taking.begin(self._signs.hide(address))
        return ref

    def reads_back(self, address: Address) -> bool:
        """Whether a post there can be read back."""
        return reads_back(address)

    async def find(self, message: str, address: Address) -> Ref | Unknown | None:
        """The post that carries that message's id."""
        return await self._posting.find(message, address)

    async def retract(self, ref: Ref, address: Address) -> None:
        """Take away what was posted."""
        await self._posting.retract(ref, address)

    def room(self, address: Address) -> Address:
        """The channel that an address lies in."""
        kept = "team", "enterprise", "channel"
        return Address(self.name, {name: address.data[name] for name in kept if name in address.data})

    async def working(self, address: Address) -> None:
        """Show that an answer is on its way; the answer does not wait for that."""
        self._signs.show(address)

    # ----------------------------------------------------------------------- what an event left out

    async def complete(self, message: Message) -> Message:
        """A message with who says it, people's names, and files that its event did not tell of."""
        data = message.address.data
        try:
            ours = await self.tokens.of(data.get("team", ""), data.get("enterprise", ""))
        except UNREACHED:
            return message
        if ours is None:
            return message
        author = await self.people.of(ours, message.author)
        found = message.attachments
        if data.get("thin") and message.intent == "ask" and not found:
            found = await self._beside(message, ours)
        mentioned = written.all_mentioned(message)
        names = await self.people.names(ours, mentioned) if mentioned else {}
        whole = written.all_named(message, lambda user: names.get(user, ""))
        return replace(whole, author=author, attachments=found)

    async def _beside(self, message: Message, ours: Installation) -> tuple[Attachment, ...]:
        """The files that came with a mention: told by its other event, or by Slack if asked."""
        assert self._taking is not None, "it is mounted"
        for _ in range(PAIR_LOOKS):
            if (found := self._taking.whole.get(message.id)) is not None:
                return found
            await asyncio.sleep(PAIR_SECONDS / PAIR_LOOKS)
        with contextlib.suppress(SourceError, TimeoutError):
            async with asyncio.timeout(BESIDE_SECONDS):
                return await self._reading.beside(message, ours)
        return ()

    # ----------------------------------------------------------------------- a source

    async def fetch(self, attachment: Attachment, address: Address) -> bytes:
        """The bytes of a file."""
        return await self._reading.fetch(attachment, address)

    async def history(self, address: Address, most: int) -> Sequence[Message]:
        """What people said there last."""
        return await self._reading.history(address, most)

    async def _say(self, address: Address, text: str) -> None:
        """A word to one person, beside any promise."""
        said = Reply(f"said-{time.time()}", "info", text)
        await self._posting.send(said, replace(address, data={**address.data, "private": True}), "said")
