"""Microsoft Teams: a bot by the Bot Framework's protocol.

Acknowledged at once and answered later. A bot cannot read back what it posted, so a placeholder is posted
first and the answer takes its place. `adapter` and `sender` alone know botbuilder.
"""

import asyncio
from collections.abc import Sequence

from aiohttp import ClientSession, DummyCookieJar

from bot import settings
from bot.channels.teams.adapter import Adapter, Answered
from bot.channels.teams.door import Door, RefusedError
from bot.channels.teams.files import Files
from bot.channels.teams.incoming import CHAIN, NAME, Incoming, thread
from bot.channels.teams.invoked import Invokes
from bot.channels.teams.lately import Lately
from bot.channels.teams.parsed import to_message
from bot.channels.teams.posting import Posting
from bot.channels.teams.pressed import is_of, submitted
from bot.channels.teams.settings import Settings, load
from bot.channels.teams.signed import Keys
from bot.channels.teams.tokens import Tokens, UnreachedError
from bot.types import (
    UNKNOWN,
    Address,
    Attachment,
    DeliveryError,
    House,
    Message,
    Ref,
    Reply,
    Routes,
    Unknown,
)

PATH = "/api/messages"


class Teams:
    """The channel: one route, and what its parts do."""

    name = NAME

    def __init__(self, own: Settings, max_bytes: int) -> None:
        self._settings = own
        self._held: ClientSession | None = None
        self._tokens = Tokens(own, self._session)
        self._keys = Keys(own.endpoints, self._session, here=own.allow_unsigned)
        self._adapter = Adapter(own.app_id, self._session, self._tokens)
        self._posting = Posting(self._adapter, own)
        self._lately = Lately()
        of = own.endpoints, self._session, self._tokens.get
        self._files = Files(*of, most=max_bytes, here=own.allow_unsigned)
        self._house: House
        self._invokes: Invokes | None = None

    def _session(self) -> ClientSession:
        if self._held is None:
            self._held = ClientSession(cookie_jar=DummyCookieJar())
        return self._held

    def mount(self, routes: Routes, house: House) -> None:
        """Add /api/messages."""
        self._house = house
        self._invokes = Invokes(house, self._lately, self._posting)
        door = Door(self._settings, self._keys, self._adapter, self._act)
        routes.add_route("POST", PATH, door.post)

    def invitation(self, address: str) -> str:
        """Where Teams is to send what people say."""
        return f"Or ask in Teams: its messages come to {address}{PATH}"

    async def check(self) -> list[str]:
        """Whether we are known, and can know who speaks."""
        if not self._settings.app_id:
            return ["TEAMS_APP_ID is not set: everybody on this machine may speak as Teams does."]
        found = await asyncio.gather(self._check_token(), self._check_keys())
        return [line for line in found if line]

    async def _check_token(self) -> str:
        try:
            await self._tokens.get()
        except UnreachedError as error:
            return f"{self._settings.endpoints.login} cannot be reached, and so there is {error}."
        except DeliveryError as error:
            by = "TEAMS_CERTIFICATE" if self._settings.certificate else "TEAMS_APP_PASSWORD"
            return f"TEAMS_APP_ID, TEAMS_TENANT_ID or {by} is not right, or out of date: {error}."
        return ""

    async def _check_keys(self) -> str:
        there = self._settings.endpoints.openid
        known = await self._keys.are_there()
        return "" if known else f"The keys behind {there} cannot be had: {self._keys.missing}."

    # ----------------------------------------------------------------------- in

    async def _act(self, given: Incoming) -> Answered | None:
        """Take an activity in; what to answer to an invoke. Raises `NotAcceptedError`, `RefusedError`."""
        if given.type == "invoke":
            assert self._invokes
            return await self._invokes.answer(given)
        message = submitted(given) or to_message(given)
        if message is None:
            return None
        if given.value is not None and message.about and not is_of(given, message):
            raise RefusedError(403, "it is a button of another conversation")
        self._note(given, message)
        await self._house.accept(message)
        return None

    def _note(self, given: Incoming, message: Message) -> None:
        self._posting.meet(message)
        cleared = message.intent in ("forget", "left")
        if cleared or not (given.kind == "personal" or message.addressed or message.author.bot):
            self._lately.note(message)

    # ----------------------------------------------------------------------- out

    async def send(self, reply: Reply, address: Address, replacing: Ref | None) -> Ref:
        """Post a reply, or put it in the place of one posted before."""
        return await self._posting.send(reply, address, replacing)

    def reads_back(self, address: Address) -> bool:
        """Never: a bot cannot read what stands there."""
        return False

    async def find(self, message: str, address: Address) -> Ref | Unknown | None:
        """Unknown, always."""
        return UNKNOWN

    async def retract(self, ref: Ref, address: Address) -> None:
        """Take away a reply that was posted."""
        await self._posting.retract(ref, address)

    def room(self, address: Address) -> Address:
        """The channel or chat that an address lies in."""
        return self._posting.room(address)

    async def working(self, address: Address) -> None:
        """Show that somebody writes."""
        await self._posting.working(address)

    # ----------------------------------------------------------------------- what was given and said

    async def fetch(self, attachment: Attachment, address: Address) -> bytes:
        """The bytes of a file."""
        return await self._files.fetch(attachment)

    async def history(self, address: Address, most: int) -> Sequence[Message]:
        """What was told to us lately, where all is; nothing in a personal chat: there all was for us."""
        conversation = address.data["conversation"]
        if conversation["conversationType"] == "personal":
            return ()
        room, _, root = conversation["id"].partition(CHAIN)
        where = thread(conversation["tenantId"], room, root)
        return self._lately.told(where, whole=bool(address.data.get("whole")))[-most:]

    async def close(self) -> None:
        """Let go of connections and of what is under way."""
        if self._invokes:
            await self._invokes.close()
        for part in (self._posting, self._keys, self._tokens):
            await part.close()
        if self._held:
            await self._held.close()


def open(service: settings.Settings) -> Teams:
    """The channel, with its settings from the environment."""
    return Teams(load(service), int(service.max_bytes))
