"""What a browser asks of Gradio, looked at before Gradio does.

Of what does not fit that prints a traceback, with the words that somebody sent.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.replies.words import say
from web.answers import refuse

JOIN = "/gradio_api/queue/join"
Inputs = Mapping[str, Mapping[int, int]]
"""Of each page, by its path, how many arguments each handler takes."""

_SESSION = re.compile(r"\w{1,64}")


class Calls:
    """An ASGI application in front of Gradio's: a call that fits none of its handlers is refused."""

    def __init__(self, app: ASGIApp, inputs: Inputs) -> None:
        self._app, self._inputs = app, inputs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        page, joins, _ = scope.get("path", "").partition(JOIN)
        if scope["type"] != "http" or not joins or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            body = await request.body()
        except ClientDisconnect:
            return
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json" or not fits(body, self._inputs.get(page, {})):
            await refuse(send, 400, say("page.no_call"))
            return
        await self._app(scope, _again(body, receive), send)


def fits(body: bytes, inputs: Mapping[int, int]) -> bool:
    """Whether that calls one of these handlers with as many arguments as it takes, in text that is text."""
    try:
        told = json.loads(body)
        json.dumps(told, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return False
    if not isinstance(told, dict):
        return False
    number, data, session = told.get("fn_index"), told.get("data"), told.get("session_hash")
    known = type(number) is int and isinstance(data, list) and len(data) == inputs.get(number)
    return known and isinstance(session, str) and _SESSION.fullmatch(session) is not None


def _again(body: bytes, receive: Receive) -> Receive:
    """What gives a body that was read before, and then whatever comes after it."""
    given: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_one() -> Any:
        return given.pop() if given else await receive()

    return next_one
