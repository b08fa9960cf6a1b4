"""How botbuilder's requests go out: by aiohttp, once each, with the one token.

The sender that it comes with keeps a thread waiting for each call, and posts again by itself what was lost.
"""

from collections.abc import Callable
from typing import Any

from aiohttp import ClientSession, ClientTimeout
from msrest.exceptions import DeserializationError
from msrest.pipeline import AsyncHTTPSender, AsyncPipeline, Request, Response
from msrest.pipeline.universal import RawDeserializer
from msrest.universal_http import HTTPClientResponse

from bot.channels.teams.tokens import Tokens

CALL_SECONDS = 9.0  # just under what a delivery waits for


class _Answer(HTTPClientResponse):  # type: ignore[misc]
    """What the connector answered, whole."""

    def __init__(self, request: Any, status: int, headers: Any, reason: str | None, body: bytes) -> None:
        super().__init__(request, self)
        self.status_code, self.headers, self.reason, self._body = status, headers, reason, body

    def body(self) -> bytes:
        """Its body."""
        return self._body


class Sender(AsyncHTTPSender):  # type: ignore[misc]
    """Sends one request as botbuilder made it."""

    def __init__(self, session: Callable[[], ClientSession], tokens: Tokens) -> None:
        self._session, self._tokens = session, tokens

    async def __aexit__(self, *_: object) -> None:
        """Nothing is held here: the session is the channel's."""

    async def send(self, request: Request, **_: Any) -> Response:
        """The connector's answer to a request."""
        asked = request.http_request
        token = await self._tokens.get()
        headers = dict(asked.headers) | ({"Authorization": f"Bearer {token}"} if token else {})
        async with self._session().request(
            asked.method,
            asked.url,
            data=asked.data,
            headers=headers,
            allow_redirects=False,  # the token is for this host alone
            timeout=ClientTimeout(total=CALL_SECONDS),
        ) as answer:
            body = await answer.read()
            if answer.status == 401:
                self._tokens.drop(token)
            given = _Answer(asked, answer.status, answer.headers, answer.reason, body)
        return Response(request, given)


class _Reading(RawDeserializer):  # type: ignore[misc]
    """Reads the connector's JSON. Of a refusal its status counts, whatever a proxy wrote into its body."""

    def on_response(self, request: Request, response: Response, **options: Any) -> None:
        """Read an answer's body."""
        try:
            super().on_response(request, response, **options)
        except (DeserializationError, UnicodeDecodeError):
            if response.http_response.status_code < 400:
                raise
            response.context[self.CONTEXT_NAME] = None


def pipeline(sender: Sender) -> Callable[[Any], AsyncPipeline]:
    """What makes a client's pipeline: its name, what reads the answer, and the sender."""

    def made(config: Any) -> AsyncPipeline:
        return AsyncPipeline([config.user_agent_policy, _Reading()], sender)

    return made
