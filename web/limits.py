"""What the page's server lets in: the paths that the page uses, bodies up to a size, files up to a number."""

import contextlib
import re
from typing import Literal

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.replies import megabytes
from bot.replies.words import say, speaking
from web.answers import refuse
from web.uploads import MOST_FILES, Uploads

log = structlog.get_logger(__name__)

LANGUAGES = "de", "en"
METHODS = "GET", "HEAD", "POST"
HEAD_BYTES = 100_000  # of a request, beside the text or the files in it

_OURS = re.compile(r"/|/login|/logout|/healthz|/favicon\.ico|/page\.(js|css)|/(de|en)/admin/export")
_GRADIO = re.compile(
    r"/(?:de|en)(?:/admin)?"
    r"(?:|/|/theme\.css|/config|/(?:assets|static|svelte)/[\w./-]+"
    r"|/gradio_api/(?:queue/(?:join|data)|startup-events|heartbeat/\w+|reset/?|cancel))"
)
_UPLOAD = re.compile(r"/(?:de|en)/gradio_api/(upload|upload_progress)")


def is_used(path: str) -> bool:
    """Whether the page uses that path; all others of Gradio's (its API, files, logs) are shut."""
    known = _OURS.fullmatch(path) or _GRADIO.fullmatch(path) or _UPLOAD.fullmatch(path)
    return known is not None and ".." not in path


def language(request: Request) -> str:
    """The language of a path, else the first of ours that the browser asks for."""
    first = request.scope["path"].split("/")[1]
    if first in LANGUAGES:
        return str(first)
    for wanted in request.headers.get("accept-language", "").split(","):
        name = wanted.split(";")[0].strip().partition("-")[0].casefold()
        if name in LANGUAGES:
            return name
    return "en"


class Limits:
    """An ASGI application in front of another; a refusal is a status and a sentence."""

    def __init__(self, app: ASGIApp, uploads: Uploads) -> None:
        self._app, self._uploads = app, uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] != "http":  # a web socket: the page has none
            await send({"type": "websocket.close", "code": 1008})
        else:
            with speaking(language(Request(scope))):
                await self._served(scope, receive, send)

    async def _served(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not is_used(scope["path"]):
            await refuse(send, 404, say("page.no_path"))
        elif scope["method"] not in METHODS:
            await refuse(send, 405, say("page.no_method"))
        else:
            await self._limited(scope, receive, send)

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = _UPLOAD.fullmatch(scope["path"])
        is_upload = bool(found) and found is not None and found[1] == "upload"
        most = self._uploads.max_bytes * (1 if is_upload else 2) + HEAD_BYTES  # JSON doubles a text at most
        headers = dict(scope["headers"])
        stated = headers.get(b"content-length", b"0")
        if not stated.isdigit() or {b"content-length", b"transfer-encoding"} <= headers.keys():
            await refuse(
                send, 400, say("page.no_length"), (b"connection", b"close")
            )  # who knows where it ends
        elif int(stated) > most:
            await refuse(send, 413, say("page.large", most=megabytes(self._uploads.max_bytes)))
        elif is_upload and self._uploads.is_full:
            await refuse(send, 503, say("page.full"))
        else:
            parts = Parts(headers.get(b"content-type", b"")) if is_upload else None
            with self._uploads.coming() if is_upload else contextlib.nullcontext():
                await self._pass_on(scope, Bounded(receive, most, parts), send, is_form=is_upload)

    async def _pass_on(self, scope: Scope, body: "Bounded", send: Send, *, is_form: bool) -> None:
        """Let the request in; where its body turns out too much, what is answered is our sentence.

        So it is where Gradio fails at a form: it trusts that this holds what its own page sends.
        """
        started = failed = False

        async def sent(message: Message) -> None:
            nonlocal started, failed
            failed = failed or (is_form and message.get("status") == 500)
            if not (body.broken or failed) or started:
                started = True
                await send(message)

        try:
            await self._app(scope, body, sent)
        except ClientDisconnect:  # a form that ended in the middle
            if not body.broken:
                return
        except Exception as error:
            if not failed:
                raise
            log.info("a form cannot be read", error=type(error).__name__)
        if failed:
            await refuse(send, 400, say("page.no_form"))
        elif body.broken and not started:
            many = body.broken == "many"
            most = MOST_FILES if many else megabytes(self._uploads.max_bytes)
            await refuse(send, 413, say(f"page.{body.broken}", most=most))


class Bounded:
    """A body as it comes in; where it turns out too much, the connection is as if broken there."""

    def __init__(self, receive: Receive, most: int, parts: "Parts | None" = None) -> None:
        self._receive, self._left, self._parts = receive, most, parts
        self.broken: Literal["", "large", "many"] = ""

    async def __call__(self) -> Message:
        """The next piece."""
        message = await self._receive()
        body = message.get("body", b"")
        self._left -= len(body)
        if self._left < 0:
            self.broken = "large"
        elif self._parts and not self._parts.fit(body):
            self.broken = "many"
        return {"type": "http.disconnect"} if self.broken else message


class Parts:
    """Counts the files in a form as it comes in."""

    def __init__(self, content_type: bytes) -> None:
        _, _, boundary = content_type.partition(b"boundary=")
        self._mark = b"--" + boundary.partition(b";")[0].strip(b' "')
        self._tail, self._count = b"", 0

    def fit(self, body: bytes) -> bool:
        """Whether with this piece there are still few enough."""
        text = self._tail + body
        self._count += text.count(self._mark)
        self._tail = text[max(len(text) - len(self._mark) + 1, 0) :]
        return self._count <= MOST_FILES + 1  # the last mark closes the form
