"""Brings a link in: the one way out of this service to wherever somebody points it.

A name is resolved once, each of its addresses must be public, and the connection is made to those and to no
other; where a redirect leads is checked like the link itself. Behind a proxy it is the proxy that connects:
the name is still resolved and checked here, but the proxy resolves it again and may be told otherwise, so it
must refuse private addresses itself. What cannot be resolved here is not asked of it.
"""

import asyncio
import socket
import time
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from ssl import SSLContext, SSLError

from aiohttp import (
    AddrInfoType,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientError,
    ClientHttpProxyError,
    ClientProxyConnectionError,
    ClientSession,
    ClientSSLError,
    ClientTimeout,
    DummyCookieJar,
    SocketFactoryType,
    TCPConnector,
)
from aiohttp.abc import AbstractResolver, ResolveResult
from cachetools import TTLCache
from yarl import URL

from bot.documents.fetching import robots
from bot.documents.fetching.body import Body
from bot.documents.fetching.names import Names, Resolve
from bot.documents.fetching.refused import RefusedError
from bot.documents.fetching.response import Fetched, Known, conditions, received
from bot.documents.fetching.targets import parse

ROBOTS_SIZE, ROBOTS_SECONDS = 4_000_000, 3_600.0  # cached: characters of all sites, and for how long
# RFC 9309: then there are no rules; for any other trouble: do not read.
NO_ROBOTS = "login", "missing", "status", "type"
ACCEPT = "text/html,application/xhtml+xml,application/pdf,text/*;q=0.9,*/*;q=0.5"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken of a link, and how long it may take; seconds."""

    size: int = 20_000_000  # bytes, as they come and unpacked
    total: float = 8.0  # with all redirects
    connect: float = 4.0  # to one server, its name resolved
    silence: float = 3.0  # between two bytes
    redirects: int = 5
    at_once: int = 6  # links; others wait


class Fetcher:
    """Brings links in, each within limits; raises `RefusedError`."""

    def __init__(
        self,
        limits: Limits,
        *,
        proxy: str = "",
        about: str = "",  # an address that tells whoever is asked what this is
        resolve: Resolve | None = None,
        open_socket: SocketFactoryType | None = None,
        tls: SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits, self._proxy, self._tls = limits, proxy, tls
        self._names, self._open_socket = Names(resolve), open_socket or _open
        self._gate = asyncio.Semaphore(limits.at_once)
        self._headers = {
            "User-Agent": f"Wherein (+{about})" if about else "Wherein",
            "Accept": ACCEPT,
            "Accept-Encoding": "gzip",
        }
        self._rules: MutableMapping[URL, robots.Rules] = TTLCache(
            ROBOTS_SIZE, ROBOTS_SECONDS, clock, getsizeof=lambda rules: rules.size
        )

    def close(self) -> None:
        """Let go of what is held."""
        self._names.close()

    async def fetch(self, url: str, *, again: Known | None = None) -> Fetched:
        """What a link brings; raises `RefusedError`.

        `again` is given where no person asks for it now, but the clock: then the site may say no.
        """
        link = parse(url)
        async with self._gate:
            try:
                async with asyncio.timeout(self._limits.total):
                    return await self._follow(link, again, self._limits.size)
            except TimeoutError as error:
                raise RefusedError("slow", link.raw_host or "") from error

    async def _follow(self, link: URL, again: Known | None, size: int) -> Fetched:
        for _ in range(self._limits.redirects + 1):
            if again:
                await self._heed(link)
            answer = await self._ask(link, again, size)
            if isinstance(answer, Fetched):
                return answer
            if (link.scheme, answer.scheme) == ("https", "http"):
                raise RefusedError("downgrade", answer.raw_host or "")
            link = answer
        raise RefusedError("redirects", link.raw_host or "")

    async def _ask(self, link: URL, again: Known | None, size: int) -> Fetched | URL:
        """What one server answers: something to read, or where to go on."""
        known = again if again and again.url == str(link) else None
        with _in_our_words(link):
            async with asyncio.timeout(self._limits.connect):
                pinned = _Pinned(await self._names.addresses(link.raw_host or ""), self._open_socket)
            asked = conditions(known)
            proxy = self._proxy or None
            async with (
                self._session(pinned) as session,
                session.get(link, allow_redirects=False, proxy=proxy, headers=asked) as response,
            ):
                found = received(link, response.status, response.headers, known=known, size=size)
                if isinstance(found, URL) or found.unchanged:
                    return found
                body = Body(response.headers.get("Content-Encoding", ""), size, link.raw_host or "")
                async for chunk in response.content.iter_any():
                    body.feed(chunk)
                return replace(found, data=body.all())

    def _session(self, pinned: "_Pinned") -> ClientSession:
        direct = not self._proxy
        connector = TCPConnector(
            resolver=pinned if direct else None,
            socket_factory=pinned.open if direct else None,
            use_dns_cache=False,
            force_close=True,
            ssl=self._tls or True,
        )
        limits = self._limits
        return ClientSession(
            connector=connector,
            timeout=ClientTimeout(total=None, connect=limits.connect, sock_read=limits.silence),
            headers=self._headers,
            cookie_jar=DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,  # `Body` counts what comes before and after
        )

    async def _heed(self, link: URL) -> None:
        """Raise `RefusedError` where the site asks machines not to read that."""
        site = link.origin()
        rules = self._rules.get(site)
        if rules is None:
            try:
                found = await self._follow(site / "robots.txt", None, robots.LONGEST)
                text = found.data.decode("utf-8", "replace")
            except RefusedError as error:
                if error.reason not in NO_ROBOTS:
                    raise
                text = ""
            rules = self._rules[site] = await asyncio.to_thread(robots.Rules, text)
        if not await asyncio.to_thread(rules.allow, link.raw_path_qs):
            raise RefusedError("robots", link.raw_host or "")


class _Pinned(AbstractResolver):
    """Resolves any name to the addresses that were checked, and opens sockets to no others."""

    def __init__(self, addresses: Sequence[str], open_socket: SocketFactoryType) -> None:
        self._addresses, self._open = addresses, open_socket

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=flags)
            for address in self._addresses
        ]

    async def close(self) -> None:
        """Nothing is held."""

    def open(self, found: AddrInfoType) -> socket.socket:
        """The last look at where a connection goes, whatever the client made of the link."""
        if found[4][0] not in self._addresses:
            raise OSError("not an address that was checked")
        return self._open(found)


def _open(found: AddrInfoType) -> socket.socket:
    return socket.socket(*found[:3])


@contextmanager
def _in_our_words(link: URL) -> Iterator[None]:
    """The client's errors as ours."""
    host = link.raw_host or ""
    try:
        yield
    except TimeoutError as error:
        raise RefusedError("slow", host) from error
    except (ClientSSLError, SSLError) as error:
        raise RefusedError("tls", host) from error
    except (ClientHttpProxyError, ClientProxyConnectionError, ClientConnectorDNSError) as error:
        raise RefusedError("proxy", host) from error
    except ClientConnectorError as error:
        raise RefusedError("unreachable", host) from error
    except (ClientError, OSError, ValueError) as error:
        raise RefusedError("broken", host) from error
