"""What the page hears of what it asked: Gradio's stream of events, ended as a stream ends."""

import structlog
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger(__name__)

DATA = "/gradio_api/queue/data"


class Streams:
    """An ASGI application in front of Gradio's: a stream of a session that is not there just ends.

    Gradio says so to the browser, which then loads the page anew, and fails after that. So it is where the
    service was started anew meanwhile, and where two streams of one session are let go of.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http" or not scope["path"].endswith(DATA):
            await self._app(scope, receive, send)
            return
        started = False

        async def sent(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except (RuntimeError, KeyError) as error:
            if not (started and _lacks_session(error)):
                raise
            log.info("a stream of a session that is not there")
            await send({"type": "http.response.body", "body": b""})


def _lacks_session(error: Exception) -> bool:
    """Whether Gradio lacks the session: it has nothing of that name, or finds it in none of its tables."""
    return isinstance(error, KeyError) or isinstance(error.__cause__, HTTPException)
