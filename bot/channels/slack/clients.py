"""Slack's own client, one for each token, over connections that are kept."""

from aiohttp import ClientSession, ClientTimeout
from cachetools import LRUCache
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

TIMEOUT_SECONDS = 10.0
TOKENS = 1_000


class Clients:
    """Clients that never try again by themselves: a post that may have arrived is first looked for."""

    def __init__(self, api_url: str) -> None:
        self._api_url = api_url
        self._session: ClientSession | None = None
        self._clients: LRUCache[str, AsyncWebClient] = LRUCache(TOKENS)

    @property
    def session(self) -> ClientSession:
        """The connections; to be asked for within the loop."""
        if self._session is None or self._session.closed:
            self._session = ClientSession(timeout=ClientTimeout(total=TIMEOUT_SECONDS))
            self._clients.clear()
        return self._session

    def of(self, token: str) -> AsyncWebClient:
        """The client that speaks with this token."""
        session, known = self.session, self._clients.get(token)
        if known is None:
            known = AsyncWebClient(token, self._api_url, session=session, retry_handlers=[])
            self._clients[token] = known
        return known

    def at(self, response_url: str) -> AsyncWebhookClient:
        """The client of an address to which a reply may be sent a few times."""
        return AsyncWebhookClient(response_url, session=self.session, retry_handlers=[])

    async def close(self) -> None:
        """Close the connections."""
        if self._session:
            await self._session.close()
