"""What Slack sends, taken in: checked, recorded, and only then acknowledged."""

import asyncio
import hmac
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

import structlog
from aiohttp.web import Request, RequestPayloadError, Response
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.slack import leaving
from bot.channels.slack.bodies import is_body
from bot.channels.slack.logs import logger
from bot.channels.slack.tokens import Installation, Tokens

log = structlog.get_logger(__name__)

BODY_BYTES = 1_000_000
BODY_SECONDS = 10.0
AT_ONCE = 250  # events: with more in hand, the last would be acknowledged late; Slack brings it again
MENTION = b'"app_mention"'  # who asks comes first: of them there may be twice as many
SKEW_SECONDS = 300  # between Slack's clock and ours, both ways

Body = Mapping[str, Any]
Take = Callable[[Body, Installation], Awaitable[BoltResponse]]
"""Takes a body in, and says what is to be acknowledged; raises nothing."""


class Listening:
    """Bolt, with one listener for all that comes: it takes it in and does nothing else."""

    def __init__(self, client: AsyncWebClient, tokens: Tokens, take: Take, signing_secret: str) -> None:
        self._tokens, self._take = tokens, take
        self._in_hand = 0
        self._verifier = SignatureVerifier(signing_secret) if signing_secret else None
        self.app = AsyncApp(
            logger=logger(),
            name="wherein",
            process_before_response=True,
            client=client,
            authorize=_authorizing(tokens),  # type: ignore[arg-type]  # None where Wherein is not installed
            request_verification_enabled=False,  # it is done before: Bolt parses first
            ignoring_self_events_enabled=False,  # who is a bot is told when it is parsed
            ignoring_self_assistant_message_events_enabled=False,
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
        self.app.middleware(self._listen)

    async def _listen(
        self, body: dict[str, Any], context: Mapping[str, Any], next: Callable[[], Awaitable[None]]
    ) -> BoltResponse:
        """All that comes, of whatever kind: nothing is handed on to listeners of one kind."""
        team = context.get("team_id") or ""
        if leaving.gone(body):  # its token is worth nothing
            return await self._take(body, Installation(team))
        ours = await self._tokens.of(team, context.get("enterprise_id") or "")
        return await self._take(body, ours or Installation(team))

    # ----------------------------------------------------------------------- over HTTP

    async def post(self, request: Request) -> Response:
        """One request: its size, whether there is room for it, its signature, then what it says.

        Commands and what people press Slack brings once: for those there always is.
        """
        try:
            raw = await _read(request)
        except RequestPayloadError:
            return Response(status=400, text="the body cannot be read")
        except TimeoutError:
            return Response(status=408, text="the body did not come in time")
        if raw is None:
            return Response(status=413, text="the body is over 1 MB")
        most = 2 * AT_ONCE if MENTION in raw else AT_ONCE
        if self._in_hand >= most and request.content_type == "application/json":
            return Response(status=503, text="too much comes at once: bring it again")
        self._in_hand += 1
        try:
            return await self._taken(raw, request)
        finally:
            self._in_hand -= 1

    async def _taken(self, raw: bytes, request: Request) -> Response:
        if not self._is_slacks(raw, request.headers):
            if minutes := self._off(raw, request.headers):
                log.warning(
                    "signed by Slack, and at another time: it is sent anew, or this machine's clock is wrong",
                    minutes=minutes,
                )
            else:
                log.warning("not signed by Slack")
            return Response(status=401, text="the signature is wrong, or older or newer than five minutes")
        try:
            made = AsyncBoltRequest(
                body=raw.decode(),
                query=request.query_string,
                headers=dict(request.headers),
            )
            if not is_body(made.body):
                raise ValueError("it is no body of Slack's")
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            log.warning("a body cannot be read", error=type(error).__name__)
            return Response(status=400, text="the body cannot be read")
        answer = await self.app.async_dispatch(made)
        if answer.status == 404:  # nobody's business: an error would have Slack send it again
            log.info("ignored", kind=_kind(made.body))
            return Response(status=200)
        return await to_aiohttp_response(answer)

    def _is_slacks(self, raw: bytes, headers: Mapping[str, str]) -> bool:
        """Whether Slack signed that within five minutes of now.

        https://docs.slack.dev/authentication/verifying-requests-from-slack
        """
        at, signature = headers.get("X-Slack-Request-Timestamp"), headers.get("X-Slack-Signature")
        if self._verifier is None or not (at and signature and at.isdecimal() and at.isascii()):
            return False
        with suppress(UnicodeDecodeError, ValueError):
            return signature.isascii() and self._verifier.is_valid(raw, at, signature)
        return False

    def _off(self, raw: bytes, headers: Mapping[str, str]) -> int:
        """By how many minutes the time is off at which Slack signed that; 0 where it did not."""
        at, signature = headers.get("X-Slack-Request-Timestamp", ""), headers.get("X-Slack-Signature", "")
        with suppress(UnicodeDecodeError, ValueError):
            ours = self._verifier.generate_signature(timestamp=at, body=raw) if self._verifier else None
            if ours and signature.isascii() and hmac.compare_digest(ours, signature):
                return round((int(at) - time.time()) / 60)
        return 0


def _authorizing(tokens: Tokens) -> Callable[..., Awaitable[AuthorizeResult | None]]:
    """Whether Wherein is installed where something comes from, as Bolt asks it."""

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
        ours = await tokens.of(team_id or "", enterprise_id or "")
        if ours is None:
            return None
        return AuthorizeResult(
            enterprise_id=ours.enterprise,
            team_id=ours.team,
            bot_id=ours.bot_id,
            bot_user_id=ours.bot_user,
            bot_token=ours.token,
        )

    return authorize


async def _read(request: Request) -> bytes | None:
    """The body; None where it is over the limit."""
    if (request.content_length or 0) > BODY_BYTES:
        return None
    raw = bytearray()
    async with asyncio.timeout(BODY_SECONDS):
        async for chunk in request.content.iter_chunked(65_536):
            raw += chunk
            if len(raw) > BODY_BYTES:
                return None
    return bytes(raw)


def _kind(body: Body) -> str:
    """What kind of body it is, in a word of Slack's."""
    event = body.get("event")
    kind = event.get("type") if isinstance(event, Mapping) else body.get("type")
    return str(kind)[:50]
