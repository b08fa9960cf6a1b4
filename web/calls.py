"""What a browser asks of Gradio, looked at before Gradio does.

Of what does not fit that prints a traceback, with the words that somebody sent. And what looks like a file it
takes for one, in every field: it fetches the link, or copies what lies at that path on this machine.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from gradio import FileData
from pydantic import ValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.replies.words import say
from web.answers import refuse
from web.uploads import Uploads

JOIN = "/gradio_api/queue/join"
AS_IT_COMES: dict[str, Any] = {  # of every handler: what Gradio would check was there when the page was made
    "preprocess": False,
    "api_visibility": "private",
    "show_progress": "hidden",
}
Fields = Mapping[int, Sequence[str]]
"""Of each handler of a page the kinds of the fields whose values it takes."""

_SESSION = re.compile(r"[\w-]{1,64}")
_VALUES: Mapping[str, type | tuple[type, ...]] = {
    "textbox": str,
    "dropdown": (str, int, float),
    "number": (int, float),
    "slider": (int, float),
    "checkbox": bool,
}


class Calls:
    """An ASGI application in front of Gradio's: a call that fits none of its handlers is refused."""

    def __init__(self, app: ASGIApp, fields: Mapping[str, Fields], uploads: Uploads) -> None:
        self._app, self._fields, self._uploads = app, fields, uploads

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
        if kind != "application/json" or not fits(body, self._fields.get(page, {}), self._uploads):
            await refuse(send, 400, say("page.no_call"))
            return
        await self._app(scope, _again(body, receive), send)


def fits(body: bytes, fields: Fields, uploads: Uploads) -> bool:
    """Whether that calls one of these handlers with what its fields can hold, in text that is text."""
    try:
        told = json.loads(body)
        json.dumps(told, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return False
    if not isinstance(told, dict):
        return False
    number, data, session = told.get("fn_index"), told.get("data"), told.get("session_hash")
    kinds = fields.get(number) if type(number) is int else None
    if kinds is None or not isinstance(data, list) or len(data) != len(kinds):
        return False
    known = isinstance(session, str) and _SESSION.fullmatch(session) is not None
    return known and all(_holds(kind, value, uploads) for kind, value in zip(kinds, data, strict=True))


def _holds(kind: str, value: Any, uploads: Uploads) -> bool:
    """Whether a field of that kind can have that value."""
    if value is None:
        return True
    if kind == "checkboxgroup":
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if kind == "file":
        return isinstance(value, list) and all(_is_file(one, uploads) for one in value)
    return isinstance(value, _VALUES.get(kind, ()))


def _is_file(value: Any, uploads: Uploads) -> bool:
    """Whether that is a file that somebody put in here, as Gradio tells of it."""
    if not isinstance(value, dict) or value.get("meta") != {"_type": "gradio.FileData"}:
        return False
    try:
        return uploads.knows(FileData.model_validate(value).path)
    except ValidationError:
        return False


def _again(body: bytes, receive: Receive) -> Receive:
    """What gives a body that was read before, and then whatever comes after it."""
    given: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_one() -> Any:
        return given.pop() if given else await receive()

    return next_one
