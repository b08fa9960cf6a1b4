"""The page's door: who somebody is, before Gradio hears of them; and that they come from the page itself."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, urlsplit

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from bot import mark
from bot.replies.words import say, speaking
from bot.settings import is_loopback
from bot.types import Author
from web.answers import answer, redirect, refuse
from web.handed import Handed
from web.limits import language
from web.login import form
from web.sign_on import Anybody
from web.sign_on.password import SESSION_SECONDS, Password, TriedTooOftenError, cookie_of

log = structlog.get_logger(__name__)

FORM_BYTES = 10_000
ICON_PIXELS = 64
OWN = {  # files of ours, for whoever comes
    "/page.js": b"text/javascript; charset=utf-8",
    "/page.css": b"text/css; charset=utf-8",
    "/favicon.ico": b"image/png",
}
_STATIC = Path(__file__).parent / "static"
_FILES = {path: (_STATIC / path.strip("/")).read_bytes() for path in ("/page.js", "/page.css")}
_FILES["/favicon.ico"] = mark.color(ICON_PIXELS)


class Door:
    """An ASGI application in front of another; behind it, `scope["state"]["author"]` is who asks."""

    def __init__(self, app: ASGIApp, handed: Handed) -> None:
        self._app, self._sign_on, self._office = app, handed.sign_on, handed.office
        self._url = urlsplit(handed.public_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = self._plain(scope)
        request, path = Request(scope, receive), scope["path"]
        with speaking(language(request)):
            if path == "/healthz":
                await answer(send, 200, b"ok\n", b"text/plain")
            elif path in OWN:
                await answer(send, 200, _FILES[path], OWN[path], (b"cache-control", b"max-age=3600"))
            elif not self._comes_from_here(request):
                log.warning("a request from elsewhere", address=scope["state"]["address"])
                await refuse(send, 403, say("page.elsewhere"))
            elif path in ("/login", "/logout"):
                await self._sign(request, send)
            else:
                await self._let_in(request, scope, receive, send)

    def _plain(self, scope: Scope) -> Scope:
        """The request without what a client may say of where it is; where the page is, a setting says."""
        headers = scope["headers"]
        own = [(name, value) for name, value in headers if not name.startswith(b"x-forwarded-")]
        address = scope["client"][0] if scope.get("client") else ""
        origin = dict(headers).get(b"host", b"").decode("latin-1")
        if self._url.netloc and origin == self._url.netloc:  # it came by way of the balancer
            own.append((b"x-forwarded-proto", self._url.scheme.encode()))
            scope = {**scope, "scheme": self._url.scheme}
            address = _last(dict(headers).get(b"x-forwarded-for", b"")) or address
        return {
            **scope,
            "headers": own,
            "state": {**scope.get("state", {}), "host": origin, "address": address},
        }

    def _comes_from_here(self, request: Request) -> bool:
        """Whether a request comes from the page itself, not from another page in the same browser.

        Where nobody signs in, it must also call this machine by its name: any other can be made to lead here.
        """
        asked = _address(f"//{request.scope['state']['host']}")
        if isinstance(self._sign_on, Anybody) and not is_loopback(asked.hostname or ""):
            return False
        origin = request.headers.get("origin")
        if origin is None or request.method in ("GET", "HEAD"):
            return request.headers.get("sec-fetch-site", "same-origin") != "cross-site" or (
                request.method in ("GET", "HEAD") and request.headers.get("sec-fetch-mode") == "navigate"
            )
        return _address(origin).netloc == asked.netloc != ""

    async def _let_in(self, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        author = await self._sign_on.who(request)
        path = scope["path"]
        if author is None:
            if (
                self._sign_on.asks
                and request.method == "GET"
                and "text/html" in request.headers.get("accept", "")
            ):
                await redirect(send, "/login")
            else:
                await refuse(send, 401, say("page.unknown"))
        elif path == "/":
            await redirect(send, f"/{language(request)}/")
        elif path.split("/")[2:3] == ["admin"] and not await self._office.admits(author):
            log.warning("no admin", author=author.id)
            await refuse(send, 403, say("refused"))
        else:
            scope["state"]["author"] = author
            await self._app(scope, receive, send)

    # ----------------------------------------------------------------------- the password

    async def _sign(self, request: Request, send: Send) -> None:
        door = self._sign_on
        if not isinstance(door, Password):
            await redirect(send, "/")
        elif request.url.path == "/logout":
            await self._sign_off(door, request, send)
        elif request.method != "POST":
            await self._form(send, 200)
        else:
            await self._try(door, request, send)

    async def _try(self, door: Password, request: Request, send: Send) -> None:
        address = request.scope["state"]["address"]
        try:
            cookie = await door.sign(await _password(request), address)
        except TriedTooOftenError:
            log.warning("sign-on refused", reason="too many tries", address=address)
            await self._form(send, 429, say("page.login.often"))
            return
        if cookie is None:
            log.warning("sign-on refused", reason="another password", address=address)
            await self._form(send, 401, say("page.login.wrong"))
            return
        log.info("signed on", address=address)
        await redirect(send, "/", (b"set-cookie", _cookie(request, cookie, SESSION_SECONDS)))

    async def _sign_off(self, door: Password, request: Request, send: Send) -> None:
        if request.headers.get("sec-fetch-site") == "cross-site":  # a link elsewhere puts nobody out
            await refuse(send, 403, say("page.elsewhere"))
            return
        log.info("signed off", address=request.scope["state"]["address"])
        door.sign_off(request.cookies.get(cookie_of(request), ""))
        await redirect(
            send, "/login", (b"set-cookie", _cookie(request, "", 0)), (b"clear-site-data", b'"cache"')
        )

    async def _form(self, send: Send, status: int, told: str = "") -> None:
        await answer(send, status, form(told).encode(), b"text/html; charset=utf-8")


def _address(url: str) -> SplitResult:
    """The parts of an address; of what is none, none."""
    try:
        parts = urlsplit(url)
        _ = parts.hostname  # it is looked at only now
    except ValueError:
        return urlsplit("")
    return parts


def _cookie(request: Request, value: str, seconds: int) -> bytes:
    secure = "; Secure" if request.url.scheme == "https" else ""
    return (
        f"{cookie_of(request)}={value}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Strict{secure}".encode()
    )


def _last(forwarded: bytes) -> str:
    """The address that the balancer itself saw: what stands before it, anybody may have written."""
    return forwarded.decode("latin-1").rpartition(",")[2].strip()


async def _password(request: Request) -> str:
    """What was typed into the form; empty where that cannot be read."""
    body = b""
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > FORM_BYTES:
                return ""
    except ClientDisconnect:
        return ""
    fields: Mapping[str, list[str]] = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return fields.get("password", [""])[0]


def author_of(state: Mapping[str, object]) -> Author:
    """Who asks, as the door noted; whom it did not let in, nobody asks for."""
    author = state.get("author")
    return author if isinstance(author, Author) else Author(bot=True)
