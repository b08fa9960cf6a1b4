"""What the page's server lets in: no body over the limit, and nothing that the page does not use."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

UNUSED = ("/docs", "/openapi.json", "/redoc", "/gradio_api/upload", "/gradio_api/file", "/gradio_api/proxy")


class Limits:
    """An ASGI application in front of another; a refusal is a plain status."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app, self._max_bytes = app, max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"].startswith(UNUSED):
            await _refuse(send, 404)
        elif (stated := dict(scope["headers"]).get(b"content-length", b"0")).isdigit():
            if int(stated) > self._max_bytes:
                await _refuse(send, 413)
            else:
                await self._app(scope, self._counted(receive), send)
        else:
            await _refuse(send, 400)

    def _counted(self, receive: Receive) -> Receive:
        """The same body; where it turns out over the limit, the connection is as if broken there."""
        left = self._max_bytes

        async def counted() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            return message if left >= 0 else {"type": "http.disconnect"}

        return counted


async def _refuse(send: Send, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})
