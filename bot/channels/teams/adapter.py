"""The seam: the only place, with `sender`, that knows botbuilder.

In goes an activity as Teams sent it, checked; out go activities, updates, deletions and the sign of typing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import ClientError, ClientSession
from botbuilder.core import InvokeResponse, TurnContext
from botbuilder.integration.aiohttp import CloudAdapter
from botbuilder.schema import (
    Activity,
    ActivityTypes,
    ChannelAccount,
    ConversationAccount,
    ConversationReference,
    Entity,
    ErrorResponseException,
)
from botframework.connector.aio import ConnectorClient
from botframework.connector.auth import (
    AuthenticateRequestResult,
    BotFrameworkAuthentication,
    ClaimsIdentity,
    ConnectorFactory,
)
from botframework.connector.bot_framework_sdk_client_async import BotFrameworkConnectorConfiguration
from cachetools import LRUCache
from msrest.exceptions import ClientException, DeserializationError

from bot.channels.teams.sender import Sender, pipeline
from bot.channels.teams.tokens import Tokens
from bot.types import DeliveryError

CLIENTS = 64  # connectors, by their addresses: a tenant has one or two
GONE = 403, 404, 405, 410  # statuses after which nothing else helps
BUSY = (
    412,
    429,
    502,
    503,
    504,
)  # it was not taken; https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit
TOO_LARGE = 413
WAIT_SECONDS = 2.0  # where it is busy and does not say how long
REFUSED_CARD = 400, TOO_LARGE
LOST = ClientException, DeserializationError, ClientError, TimeoutError, asyncio.IncompleteReadError

Answered = tuple[int, Mapping[str, Any] | None]
"""The status and body with which an invoke is answered."""


class RefusedError(DeliveryError):
    """The connector does not take an activity as it is drawn; in plain words it might."""


class Cited(Entity):  # type: ignore[misc]
    """An entity with all that it was given: botbuilder's own drops what it has no name for."""

    _attribute_map = {  # noqa: RUF012
        "type": {"key": "type", "type": "str"},
        "kind": {"key": "@type", "type": "str"},
        "context": {"key": "@context", "type": "str"},
        "id": {"key": "@id", "type": "str"},
        "additional_type": {"key": "additionalType", "type": "[str]"},
        "citation": {"key": "citation", "type": "[object]"},
        "mentioned": {"key": "mentioned", "type": "object"},
        "text": {"key": "text", "type": "str"},
    }

    def __init__(self, given: Mapping[str, Any]) -> None:
        super().__init__(type=given.get("type"))
        for name, of in self._attribute_map.items():
            setattr(self, name, given.get(of["key"]))


class _Connectors(ConnectorFactory):  # type: ignore[misc]
    """One client for each connector's address, kept."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._clients: LRUCache[str, ConnectorClient] = LRUCache(CLIENTS)

    async def create(self, service_url: str, audience: str) -> ConnectorClient:
        """The client of that address."""
        client = self._clients.get(service_url)
        if client is None:
            config = BotFrameworkConnectorConfiguration(
                object(), service_url, pipeline_type=pipeline(self._sender)
            )
            client = self._clients[service_url] = ConnectorClient(None, custom_configuration=config)
        return client


class _Trusted(BotFrameworkAuthentication):  # type: ignore[misc]
    """What botbuilder asks about who speaks: that was checked before, so it only hands out the connectors."""

    def __init__(self, connectors: _Connectors) -> None:
        self.connectors = connectors

    async def authenticate_request(self, activity: Activity, auth_header: str) -> AuthenticateRequestResult:
        """Never: an activity comes with its result."""
        raise PermissionError

    async def authenticate_streaming_request(
        self, auth_header: str, channel_id_header: str
    ) -> AuthenticateRequestResult:
        """Never: nothing is streamed."""
        raise PermissionError

    async def authenticate_channel_request(self, auth_header: str) -> ClaimsIdentity:
        """Never: there are no skills."""
        raise PermissionError

    def create_connector_factory(self, claims_identity: ClaimsIdentity) -> ConnectorFactory:
        """The one factory."""
        return self.connectors

    async def create_user_token_client(self, claims_identity: ClaimsIdentity) -> None:
        """None: nobody signs in."""

    def create_bot_framework_client(self) -> None:
        """None: there are no skills."""

    def get_originating_audience(self) -> str:
        """Nobody asks."""
        return ""


class Adapter:
    """Turns to and from Teams."""

    def __init__(self, app_id: str, session: Callable[[], ClientSession], tokens: Tokens) -> None:
        self._app_id = app_id
        self._connectors = _Connectors(Sender(session, tokens))
        self._cloud = CloudAdapter(_Trusted(self._connectors))

    async def take(
        self,
        activity: Mapping[str, Any],
        claims: Mapping[str, Any],
        act: Callable[[], Awaitable[Answered | None]],
    ) -> Answered | None:
        """Run one turn for an activity, whose token has these claims; for an invoke, what `act` answers."""
        who = AuthenticateRequestResult()
        who.claims_identity = ClaimsIdentity(dict(claims), True)
        who.connector_factory = self._connectors

        async def turn(context: TurnContext) -> None:
            answered = await act()
            if answered:
                given = InvokeResponse(status=answered[0], body=answered[1])
                await context.send_activity(Activity(type=ActivityTypes.invoke_response, value=given))

        result = await self._cloud.process_activity(who, _envelope(activity), turn)
        return (int(result.status), result.body) if isinstance(result, InvokeResponse) else None

    async def post(self, reference: Mapping[str, Any], drawn: Mapping[str, Any]) -> str:
        """Post an activity; its id. Raises `DeliveryError`."""

        async def turn(context: TurnContext) -> str:
            posted = await context.send_activity(_activity(drawn))
            return str(posted.id or "") if posted else ""

        return str(await self._speak(reference, turn))

    async def update(self, reference: Mapping[str, Any], ref: str, drawn: Mapping[str, Any]) -> None:
        """Put an activity in the place of one that was posted. Raises `DeliveryError`."""

        async def turn(context: TurnContext) -> None:
            activity = _activity(drawn)
            activity.id = ref
            await context.update_activity(activity)

        await self._speak(reference, turn)

    async def delete(self, reference: Mapping[str, Any], ref: str) -> None:
        """Take away an activity that was posted. Raises `DeliveryError`."""

        async def turn(context: TurnContext) -> None:
            await context.delete_activity(ref)

        await self._speak(reference, turn)

    async def _speak(
        self, reference: Mapping[str, Any], turn: Callable[[TurnContext], Awaitable[Any]]
    ) -> Any:
        outcome: list[Any] = []

        async def act(context: TurnContext) -> None:
            context.activity.id = None  # it is no message of anybody: what is posted is no reply to it
            outcome.append(await turn(context))

        try:
            await self._cloud.continue_conversation(_reference(reference), act, self._app_id)
        except ErrorResponseException as error:
            raise _undelivered(error) from error
        except LOST as error:
            raise DeliveryError(type(error).__name__) from error
        return outcome[0]


def _undelivered(error: ErrorResponseException) -> DeliveryError:
    answer = error.response
    status, reason = int(answer.status_code), f"status {answer.status_code}"
    if status in REFUSED_CARD:
        return RefusedError(reason, refused=True)
    if status in BUSY:
        return DeliveryError(reason, wait=_wait(answer.headers.get("Retry-After", "")), refused=status < 500)
    return DeliveryError(reason, final=status in GONE, refused=status < 500)


def _wait(told: str) -> float:
    try:
        return max(0.0, float(told))
    except ValueError:
        return WAIT_SECONDS


def _account(given: Mapping[str, Any]) -> ChannelAccount:
    return ChannelAccount(id=given.get("id"), name=given.get("name"), aad_object_id=given.get("aadObjectId"))


def _conversation(given: Mapping[str, Any]) -> ConversationAccount:
    return ConversationAccount(
        id=given.get("id"),
        conversation_type=given.get("conversationType"),
        tenant_id=given.get("tenantId"),
        is_group=given.get("isGroup"),
    )


def _envelope(activity: Mapping[str, Any]) -> Activity:
    """An activity without what is in it: that is ours to read."""
    return Activity(
        type=activity["type"],
        id=activity.get("id"),
        name=activity.get("name"),
        channel_id=activity.get("channelId"),
        service_url=activity.get("serviceUrl"),
        locale=activity.get("locale"),
        conversation=_conversation(activity["conversation"]),
        from_property=_account(activity["from"]),
        recipient=_account(activity["recipient"]),
    )


def _reference(given: Mapping[str, Any]) -> ConversationReference:
    return ConversationReference(
        channel_id=given["channelId"],
        service_url=given["serviceUrl"],
        locale=given.get("locale"),
        conversation=_conversation(given["conversation"]),
        bot=_account(given["bot"]),
        user=_account(given.get("user", {})),
    )


def _activity(drawn: Mapping[str, Any]) -> Activity:
    """An activity as it is drawn, whole."""
    plain = {name: value for name, value in drawn.items() if name != "entities"}
    activity = Activity.deserialize({"type": "message"} | plain)
    if drawn.get("entities"):
        activity.entities = [Cited(one) for one in drawn["entities"]]
    return activity
