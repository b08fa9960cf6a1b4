"""Socket Mode: the same listeners over a connection that we open, for where nobody can reach us.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.slack.logs import logger

log = structlog.get_logger(__name__)


class Connection:
    """The connection, which is opened anew whenever it ends."""

    def __init__(self, app: AsyncApp, app_token: str, client: AsyncWebClient) -> None:
        self._app, self._app_token, self._client = app, app_token, client
        self._handler: AsyncSocketModeHandler | None = None
        self._connecting: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to connect: where Slack cannot be reached, that goes on until it can."""
        self._handler = AsyncSocketModeHandler(
            self._app, self._app_token, logger=logger(), web_client=self._client
        )
        self._connecting = asyncio.create_task(self._connect(self._handler))

    async def _connect(self, handler: AsyncSocketModeHandler) -> None:
        await handler.client.connect()  # type: ignore[no-untyped-call]
        log.info("connected by Socket Mode")

    async def close(self) -> None:
        """Disconnect."""
        if self._connecting:
            self._connecting.cancel()
        if self._handler:
            await self._handler.client.close()  # type: ignore[no-untyped-call]
