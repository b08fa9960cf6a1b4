"""What every answer of the page tells the browser: run nothing but the page's own, speak to nobody else."""

import base64
import hashlib
import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"
POLICY = (
    "default-src 'none'; script-src 'self'{scripts}; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; manifest-src 'self';"
    " worker-src 'self' blob:; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)
SAFE = {
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": PERMISSIONS.encode(),
}
YEAR = 31_536_000
GRADIO = b"<script data-gradio-mode>"
OURS = b'<script src="/page.js"></script>'  # before Gradio's own begin, which put in all else that is ours

_SCRIPT = re.compile(rb"<script(?P<of>[^>]*)>(?P<code>.*?)</script>", re.DOTALL | re.IGNORECASE)


def hashes(html: bytes) -> list[str]:
    """What names the scripts that stand in a page itself: these may run, and no other that comes into it."""
    codes = [found["code"] for found in _SCRIPT.finditer(html) if not re.search(rb"\bsrc\s*=", found["of"])]
    return [base64.b64encode(hashlib.sha256(code).digest()).decode() for code in codes if code]


def policy(html: bytes = b"") -> bytes:
    """The Content-Security-Policy for a page."""
    scripts = "".join(f" 'sha256-{name}'" for name in dict.fromkeys(hashes(html)))
    return POLICY.format(scripts=scripts).encode()


class Headers:
    """An ASGI application in front of another, whose answers it makes safe to show."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._safe = dict(SAFE)
        if https:
            self._safe[b"strict-transport-security"] = f"max-age={YEAR}; includeSubDomains".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        await self._app(scope, receive, _Sent(send, self._safe))


class _Sent:
    """Sends an answer with our headers; a page is held back until all of it is there, to be hashed."""

    def __init__(self, send: Send, safe: dict[bytes, bytes]) -> None:
        self._send, self._safe = send, safe
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [(name, value) for name, value in message["headers"] if not self._is_ours(name)]
            headers = dict(kept)
            start = {**message, "headers": [*kept, *self._safe.items()]}
            if headers.get(b"content-type", b"").startswith(b"text/html"):
                self._start = start
                return
            start["headers"].append((b"content-security-policy", policy()))
            await self._send(start)
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._finish()

    async def _finish(self) -> None:
        assert self._start
        own = [(name, value) for name, value in self._start["headers"] if name != b"content-length"]
        self._body = self._body.replace(GRADIO, OURS + GRADIO, 1)
        own += [
            (b"content-length", str(len(self._body)).encode()),
            (b"content-security-policy", policy(self._body)),
            (b"cache-control", b"no-store"),
        ]
        await self._send({**self._start, "headers": own})
        await self._send({"type": "http.response.body", "body": self._body})

    def _is_ours(self, name: bytes) -> bool:
        """Whether a header is ours to say; Gradio lets other origins read along, and this page does not."""
        return name.lower() in self._safe or name.lower().startswith(b"access-control-")
