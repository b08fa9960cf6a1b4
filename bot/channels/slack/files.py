"""A file from Slack: our token goes to Slack's own hosts and nowhere else."""

from collections.abc import Callable
from urllib.parse import SplitResult, parse_qs, urljoin, urlsplit

from aiohttp import ClientResponse, ClientSession

from bot.channels.slack.errors import as_source
from bot.channels.slack.settings import API_URL
from bot.types import Attachment, SourceError

HOSTS = "slack.com", "slack-files.com"
HOPS = 5
REDIRECTS = 301, 302, 303, 307, 308
CHUNK = 65_536
GONE = 404, 410
SIGN_IN = "/signin", "/sign_in", "/ssb", "/sso", "/login"  # paths of Slack's login pages


class Download:
    """Fetches files, each up to a size."""

    def __init__(self, session: Callable[[], ClientSession], api_url: str, most: int) -> None:
        self._session, self._most = session, most
        self._stand_in = None if api_url == API_URL else urlsplit(api_url)  # it hands out the files too

    def is_slacks(self, url: str) -> bool:
        """Whether an address is one that our token may be shown to."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return False
        if self._stand_in and _origin(parts) == _origin(self._stand_in):
            return True
        host = (parts.hostname or "").rstrip(".")
        known = any(host == own or host.endswith(f".{own}") for own in HOSTS)
        return parts.scheme == "https" and known and port in (None, 443) and parts.username is None

    async def of(self, attachment: Attachment, token: str) -> bytes:
        """The bytes of a file; raises `SourceError`."""
        if attachment.size > self._most:
            raise SourceError("large")
        url = attachment.url
        with as_source():
            for _ in range(HOPS):
                if not self.is_slacks(url):
                    raise SourceError("unsupported")  # it lies with somebody else: no token goes there
                headers = {"Authorization": f"Bearer {token}"}
                async with self._session().get(url, headers=headers, allow_redirects=False) as answer:
                    if answer.status not in REDIRECTS:
                        return await self._body(answer, attachment)
                    url = urljoin(url, answer.headers.get("Location", ""))
                    if _is_sign_in(url):
                        raise SourceError("login")
        raise SourceError("failing")

    async def _body(self, answer: ClientResponse, attachment: Attachment) -> bytes:
        if answer.status in (401, 403):
            raise SourceError("login")
        if answer.status in GONE:
            raise SourceError("gone")
        if answer.status != 200:
            raise SourceError("failing")
        body = bytearray()
        async for chunk in answer.content.iter_chunked(CHUNK):
            body += chunk
            if len(body) > self._most:
                raise SourceError("large")
        if answer.content_type == "text/html" and is_login(bytes(body), attachment):
            raise SourceError("login")
        return bytes(body)


def is_login(body: bytes, attachment: Attachment) -> bool:
    """Whether what came is Slack's login page: it says 200, and the scope `files:read` is missing.

    A file that is a web page itself is one, unless it asks to sign in to Slack.
    """
    if "html" not in attachment.media_type and not attachment.name.lower().endswith((".html", ".htm")):
        return True
    start = body[:20_000].lower()
    asks = b'action="/signin' in start or b"signin_form" in start or b'id="signin' in start
    return asks and b"slack" in start


def _is_sign_in(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path.startswith(SIGN_IN) or "redir" in parse_qs(parts.query)


def _origin(parts: SplitResult) -> tuple[str, str, int | None]:
    return parts.scheme, parts.hostname or "", parts.port
