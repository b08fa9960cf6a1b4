"""POST /api/messages: who may come in, and what is acknowledged how."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from aiohttp.web import HTTPException, Request, RequestPayloadError, Response

from bot.channels.teams import signed
from bot.channels.teams.adapter import Adapter, Answered
from bot.channels.teams.incoming import BadActivityError, Incoming, incoming
from bot.channels.teams.settings import Settings, is_among
from bot.channels.teams.signed import Keys, NoKeysError, UnsignedError
from bot.settings import is_called_here
from bot.types import NotAcceptedError

log = structlog.get_logger(__name__)

CHANNEL = "msteams"
LARGEST = 1_000_000  # bytes of an activity
READ_SECONDS = 10.0


class RefusedError(Exception):
    """An activity does not come in; the text says why, for the log and for whoever sent it."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Door:
    """Lets in what Teams sent, and nothing else."""

    def __init__(
        self,
        settings: Settings,
        keys: Keys,
        adapter: Adapter,
        act: Callable[[Incoming], Awaitable[Answered | None]],
    ) -> None:
        self._settings, self._keys, self._adapter, self._act = settings, keys, adapter, act

    async def post(self, request: Request) -> Response:
        """The answer to one activity."""
        try:
            answered = await self._take(request)
        except RefusedError as refused:
            log.info("activity refused", status=refused.status, reason=str(refused))
            headers = {"WWW-Authenticate": "Bearer"} if refused.status == 401 else None
            return _json({"error": str(refused)}, refused.status, headers)
        except NotAcceptedError:
            return _json({"error": "not recorded: send it again"}, 503)
        except Exception as error:  # what nobody thought of is no reason to stop
            log.error("activity failed", error=type(error).__name__, exc_info=error)
            return _json({"error": "failed: send it again"}, 503)
        if answered is None:
            return Response(status=200)
        status, body = answered
        return Response(status=status) if body is None else _json(body, status)

    async def _take(self, request: Request) -> Answered | None:
        authorization = request.headers.get("Authorization", "")
        if self._settings.app_id and not authorization:
            raise RefusedError(401, "there is no token")
        if not self._settings.app_id:
            _check_sender(request)
        activity = _object(await _body(request))
        try:
            given = incoming(activity)
        except BadActivityError as error:
            raise RefusedError(400, "that is no activity") from error
        claims = await self._claims(authorization, given)
        self._check_origin(given)

        async def act() -> Answered | None:
            return await self._act(given)

        return await self._adapter.take(given.envelope(), claims, act)

    async def _claims(self, authorization: str, given: Incoming) -> Mapping[str, Any]:
        if not self._settings.app_id:  # the settings say that this is for development on this machine
            return {}
        try:
            return await signed.check(
                authorization,
                given.service_url,
                given.channel,
                app_id=self._settings.app_id,
                issuer=self._settings.endpoints.issuer,
                keys=self._keys,
            )
        except UnsignedError as error:
            raise RefusedError(401, str(error)) from error
        except NoKeysError as error:
            raise RefusedError(503, "the keys cannot be had just now") from error

    def _check_origin(self, given: Incoming) -> None:
        settings = self._settings
        if given.channel != CHANNEL:
            raise RefusedError(403, "it is not from Teams")
        if not is_among(given.service_url, settings.endpoints.hosts, settings.allow_unsigned):
            raise RefusedError(403, "its service URL is not allowed")
        if settings.tenant_id and given.tenant != settings.tenant_id:
            raise RefusedError(403, "it is of another tenant")


def _check_sender(request: Request) -> None:
    """Where nothing is signed, a page in a browser on this machine must not be able to send it either."""
    if not is_called_here(request.host):
        raise RefusedError(403, "unsigned is for localhost and 127.0.0.1 alone")
    if request.content_type != "application/json":  # any other a page may send without asking
        raise RefusedError(415, "it is not sent as JSON")


async def _body(request: Request) -> bytes:
    if (request.content_length or 0) > LARGEST:
        raise RefusedError(413, "it is over 1 MB")
    data = bytearray()
    try:
        async with asyncio.timeout(READ_SECONDS):
            async for piece in request.content.iter_any():
                data += piece
                if len(data) > LARGEST:
                    raise RefusedError(413, "it is over 1 MB")
    except TimeoutError as error:
        raise RefusedError(408, "it did not come in time") from error
    except (HTTPException, RequestPayloadError, ConnectionError, ValueError) as error:
        raise RefusedError(400, "it cannot be read") from error
    return bytes(data)


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RefusedError(400, "the body is no JSON") from error
    if not isinstance(found, dict):
        raise RefusedError(400, "the body is no object")
    return found


def _json(body: Mapping[str, Any], status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(text=json.dumps(body), status=status, content_type="application/json", headers=headers)
