"""The files that people put into a personal chat: behind links that let in whoever has them, for minutes.

https://learn.microsoft.com/microsoftteams/platform/bots/how-to/bots-filesv4
"""

from collections.abc import Awaitable, Callable

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout
from yarl import URL

from bot.channels.teams.settings import Endpoints, is_among
from bot.types import Attachment, SourceError

FETCH_SECONDS = 8.0
REDIRECTS = 3
PIECE = 65_536


class Files:
    """Fetches them, from Microsoft's own hosts alone."""

    def __init__(
        self,
        endpoints: Endpoints,
        session: Callable[[], ClientSession],
        token: Callable[[], Awaitable[str]],
        *,
        most: int,
        here: bool,
    ) -> None:
        self._endpoints, self._session, self._token = endpoints, session, token
        self._most, self._here = most, here

    async def fetch(self, attachment: Attachment) -> bytes:
        """The bytes of a file; raises `SourceError`."""
        if not attachment.url:  # in channels and group chats there is only its mark
            raise SourceError("unsupported")
        try:
            return await self._get(attachment.url)
        except TimeoutError as error:
            raise SourceError("slow") from error
        except (ClientError, ValueError) as error:
            raise SourceError("failing") from error

    async def _get(self, url: str) -> bytes:
        for _ in range(REDIRECTS + 1):
            if not is_among(url, self._endpoints.files, self._here):
                raise SourceError("unsupported")
            async with self._session().get(
                URL(url, encoded=True),
                headers=await self._headers(url),
                allow_redirects=False,
                timeout=ClientTimeout(total=FETCH_SECONDS),
            ) as answer:
                if answer.status in (301, 302, 303, 307, 308):
                    url = str(URL(url, encoded=True).join(URL(answer.headers["Location"], encoded=True)))
                    continue
                return await self._read(answer)
        raise SourceError("failing")

    async def _headers(self, url: str) -> dict[str, str]:
        """The connector gives pictures only to the bot itself; nobody else is shown who we are."""
        if is_among(url, self._endpoints.hosts, here=False) and (token := await self._token()):
            return {"Authorization": f"Bearer {token}"}
        return {}

    async def _read(self, answer: ClientResponse) -> bytes:
        match answer.status:
            case 200:
                pass
            case 401 | 403 | 404 | 410:  # its link has ended, or it has
                raise SourceError("gone")
            case _:
                raise SourceError("failing")
        if (answer.content_length or 0) > self._most:
            raise SourceError("large")
        data = bytearray()
        async for piece in answer.content.iter_chunked(PIECE):
            data += piece
            if len(data) > self._most:
                raise SourceError("large")
        return bytes(data)
