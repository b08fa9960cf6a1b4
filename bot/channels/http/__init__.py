"""POST /ask: the question as JSON, and the reply as JSON, in one request."""

import asyncio
import hmac
import json
import time
import uuid
import zlib
from collections.abc import Sequence

from aiohttp.http_exceptions import ContentEncodingError
from aiohttp.web import HTTPException, HTTPRequestEntityTooLarge, Request, RequestPayloadError, Response
from pydantic import BaseModel, Field
from pydantic_settings import BaseSettings

from bot import settings
from bot.channels.http.asked import RefusedError, to_files, to_message, to_question
from bot.channels.http.drawn import RefusalOut, draw, openapi
from bot.replies import megabytes
from bot.types import Address, Attachment, House, Message, Routes, SourceError

HTTP_STATUS = {"error": 503}  # of a reply's kind; any other is 200
EXAMPLE = {
    "question": "Who renews badges?",
    "context": "Badges end in May. The front desk renews badges until noon.",
}


class Settings(BaseSettings):
    """The settings of this channel."""

    model_config = settings.CONFIG

    api_key: settings.Secret = Field("", repr=False)


class Http:
    """The channel: two routes."""

    name = "http"

    def __init__(self, api_key: str, max_bytes: int, deadline: float, *, alone: bool = True) -> None:
        self._alone = alone  # whether only this machine reaches it
        self._api_key, self._max_bytes, self._deadline = api_key, max_bytes, deadline
        self._house: House
        self._files: dict[str, bytes] = {}  # of the questions in hand

    def mount(self, routes: Routes, house: House) -> None:
        """Add /ask and /openapi.json."""
        self._house = house
        routes.add_route("POST", "/ask", self._ask)
        routes.add_route("GET", "/openapi.json", self._openapi)

    def invitation(self, address: str) -> str:
        """A `curl` that works as printed."""
        key = '-H "Authorization: Bearer $WHEREIN_API_KEY" ' if self._api_key else ""
        asked = json.dumps(EXAMPLE)
        return f"Or ask:  curl {address}/ask {key}-H 'Content-Type: application/json' -d '{asked}'"

    async def check(self) -> list[str]:
        """Whether what others must show at /ask can be guessed."""
        length = len(self._api_key)
        if self._alone or length >= settings.GUESSABLE:
            return []
        return [f"WHEREIN_API_KEY has {length} characters: give it {settings.GUESSABLE} or more."]

    async def fetch(self, attachment: Attachment, address: Address) -> bytes:
        """The bytes of a file that came with a question in hand."""
        try:
            return self._files[attachment.url]
        except KeyError as error:
            raise SourceError("gone") from error

    async def history(self, address: Address, most: int) -> Sequence[Message]:
        """Nothing is said here but questions."""
        return ()

    async def _ask(self, request: Request) -> Response:
        try:
            self._let_in(request.headers.get("Authorization", ""), request.host)
            question = to_question(await self._body(request), request.content_type)
            files = to_files(question)
        except RefusedError as refused:
            out = RefusalOut(text=refused.sentence, field=refused.field)
            headers = {"WWW-Authenticate": "Bearer"} if refused.status == 401 else None
            return _json(out, refused.status, headers)
        message = to_message(question, id=uuid.uuid4().hex, at=time.time(), files=files)
        held = {file.url: data for file, data in files.items()}
        self._files |= held
        try:
            reply = await self._house.ask(message)
        finally:
            for url in held:
                self._files.pop(url, None)
        return _json(draw(reply), HTTP_STATUS.get(reply.kind, 200))

    def _let_in(self, authorization: str, host: str) -> None:
        """Let in who holds the key; without one, only who calls this machine as it calls itself."""
        scheme, _, key = authorization.partition(" ")
        expected = self._api_key.encode()
        if not expected and not settings.is_called_here(host):
            raise RefusedError(
                403, "Without WHEREIN_API_KEY only this machine may ask, as localhost or 127.0.0.1."
            )
        right = hmac.compare_digest(key.strip().encode("utf-8", "surrogateescape"), expected)
        if expected and not (scheme.lower() == "bearer" and right):
            raise RefusedError(401, "The `Authorization` header does not hold the bearer of WHEREIN_API_KEY.")

    async def _body(self, request: Request) -> bytes:
        try:
            async with asyncio.timeout(self._deadline):
                return await request.read()
        except HTTPRequestEntityTooLarge as error:
            limit = megabytes(self._max_bytes)
            sentence = f"`context` is too large: the request is over {limit} (WHEREIN_MAX_BYTES)."
            raise RefusedError(413, sentence, "context") from error
        except TimeoutError as error:
            raise RefusedError(408, "The body did not come in time: send it again.") from error
        except (HTTPException, RequestPayloadError, ContentEncodingError, zlib.error) as error:
            raise RefusedError(
                400, "The body cannot be read: it is cut short or badly compressed."
            ) from error

    async def _openapi(self, _: Request) -> Response:
        return Response(text=json.dumps(openapi()), content_type="application/json")


def _json(out: BaseModel, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(
        text=out.model_dump_json(), status=status, content_type="application/json", headers=headers
    )


def open(service: settings.Settings) -> Http:
    """The channel, with its settings from the environment."""
    api_key = settings.load(Settings).api_key
    alone = settings.is_loopback(service.host)
    if not api_key and not alone:
        raise settings.SettingsError(
            f"WHEREIN_API_KEY is not set, and WHEREIN_HOST={service.host} lets others reach /ask: set it,"
            " or take http out of WHEREIN_CHANNELS."
        )
    return Http(api_key, int(service.max_bytes), service.deadline, alone=alone)
