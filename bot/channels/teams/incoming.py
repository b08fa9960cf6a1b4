"""An activity as Teams sends it, as far as it is looked at; pure.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference#activity-object
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.types import Address, Author, Thread, as_text, is_text

NAME = "teams"
CHAIN = ";messageid="
CHAT = "chat"


class BadActivityError(Exception):
    """It is no activity."""


class _Part(BaseModel):
    """A part of an activity; what is null is not there."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, given: object) -> object:
        if isinstance(given, dict):
            return {name: value for name, value in given.items() if value is not None}
        return given


def _characters(text: str) -> str:
    if not is_text(text):
        raise ValueError("it holds what is no character")
    return text


Id = Annotated[str, AfterValidator(_characters)]


class Account(_Part):
    """Somebody, or a bot."""

    id: Id = ""
    name: str = ""
    aad: Id = Field("", alias="aadObjectId")
    role: str = ""


class Conversation(_Part):
    """Where it was said."""

    id: Id = Field(min_length=1, max_length=1_000)
    kind: str = Field("", alias="conversationType")
    tenant: Id = Field("", alias="tenantId")


class Incoming(_Part):
    """An activity."""

    type: str = Field(min_length=1, max_length=100)
    id: Id = Field("", max_length=1_000)
    name: str = ""
    action: str = ""
    timestamp: Id = ""
    locale: str = ""
    channel: str = Field("", alias="channelId")
    service_url: Id = Field("", alias="serviceUrl")
    sender: Account = Field(Account(), alias="from")
    recipient: Account = Account()
    conversation: Conversation
    text: str = ""
    attachments: tuple[dict[str, Any], ...] = ()
    entities: tuple[dict[str, Any], ...] = ()
    data: dict[str, Any] = Field(default_factory=dict, alias="channelData")
    value: Any = None
    reply_to: Id = Field("", alias="replyToId")
    added: tuple[Account, ...] = Field((), alias="membersAdded")
    removed: tuple[Account, ...] = Field((), alias="membersRemoved")

    # ----------------------------------------------------------------------- where

    @property
    def tenant(self) -> str:
        """The id of the tenant that the conversation is in."""
        return text_at(self.data, "tenant", "id") or self.conversation.tenant

    @property
    def kind(self) -> str:
        """What kind of conversation it is: personal, groupChat or channel."""
        if self.conversation.kind:
            return self.conversation.kind
        return "channel" if CHAIN in self.conversation.id or "channel" in self.data else "personal"

    @property
    def room(self) -> str:
        """The id of the chat or the channel."""
        return self.conversation.id.partition(CHAIN)[0]

    @property
    def root(self) -> str:
        """The id of the message that a channel's reply chain hangs on; empty elsewhere."""
        if self.kind != "channel":
            return ""
        return self.conversation.id.partition(CHAIN)[2]

    @property
    def group(self) -> str:
        """The id of the team that a channel is in, as people say team; empty in a chat."""
        return text_at(self.data, "team", "id")

    def thread(self, root: str = "") -> Thread:
        """Where what is said here is remembered."""
        return thread(self.tenant, self.room, root or self.root)

    def base(self, id: str) -> str:
        """Our name for a message of this room."""
        return "/".join(quote(part, safe=":@.;=-_") for part in (self.tenant, self.room, id))

    def address(self, root: str = "", *, whole: bool = False) -> Address:
        """Where an answer goes; `whole`: what was said before it is the room's, not a reply chain's."""
        root = root or self.root
        conversation = {
            "id": f"{self.room}{CHAIN}{root}" if root else self.room,
            "conversationType": self.kind,
            "tenantId": self.tenant,
        }
        return Address(
            NAME,
            {
                "channelId": self.channel,
                "serviceUrl": self.service_url,
                "conversation": conversation,
                "bot": {"id": self.recipient.id, "name": self.recipient.name},
                "whole": whole,
            },
        )

    def envelope(self) -> dict[str, Any]:
        """The activity without what is in it, for botbuilder."""
        return {
            "type": self.type,
            "id": self.id,
            "name": self.name,
            "channelId": self.channel,
            "serviceUrl": self.service_url,
            "locale": self.locale,
            "conversation": {
                "id": self.conversation.id,
                "conversationType": self.kind,
                "tenantId": self.tenant,
            },
            "from": {"id": self.sender.id, "name": self.sender.name, "aadObjectId": self.sender.aad},
            "recipient": {"id": self.recipient.id, "name": self.recipient.name},
        }

    # ----------------------------------------------------------------------- who and when

    @property
    def author(self) -> Author:
        """Who did it."""
        who = self.sender
        bot = who.role == "bot" or who.id.startswith("28:")
        return Author(who.aad or who.id, who.name, bot=bot, locale=self._locale())

    def _locale(self) -> str:
        told = (text_at(one, "locale") for one in self.entities if one.get("type") == "clientInfo")
        return self.locale or next(told, "")

    @property
    def at(self) -> float:
        """When; seconds since the epoch, 0 where it is not told."""
        return moment(self.timestamp)

    @property
    def event(self) -> str:
        """What happened to a message, in Teams' own words."""
        return text_at(self.data, "eventType")


def incoming(given: Mapping[str, Any]) -> Incoming:
    """An activity; raises `BadActivityError`."""
    try:
        return Incoming.model_validate(given)
    except (ValidationError, RecursionError) as error:
        raise BadActivityError from error


def thread(tenant: str, room: str, root: str) -> Thread:
    """A reply chain; a chat is one thread, beside what is pinned to it."""
    return Thread(NAME, tenant, room, root or CHAT)


def moment(written: str) -> float:
    """A moment in ISO 8601 as seconds since the epoch; 0 where it is none."""
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return 0.0
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def at(given: Any, *names: str) -> Any:
    """What stands under these names, one in another; None where nothing does."""
    for name in names:
        if not isinstance(given, dict):
            return None
        given = given.get(name)
    return given


def text_at(given: Any, *names: str) -> str:
    """The text that stands there, with a mark for what is no character; empty where none does."""
    found = at(given, *names)
    return as_text(found) if isinstance(found, str) else ""
