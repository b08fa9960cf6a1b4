"""The addresses of a host, each checked before anybody is asked for anything."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address

from bot.documents.fetching.addresses import IPAddress, is_public, literal
from bot.documents.fetching.refused import RefusedError

Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""The addresses of a name; raises `OSError` where it has none."""

MOST = 6  # addresses of one name that are tried
THREADS = 4  # a name server that keeps us waiting holds one, and nobody else's


class Names:
    """Resolves names, by the system's resolver or the one given."""

    def __init__(self, resolve: Resolve | None = None) -> None:
        self._threads = ThreadPoolExecutor(THREADS, "resolve")
        self._resolve = resolve or self._system

    def close(self) -> None:
        """Let go of the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def addresses(self, host: str) -> list[str]:
        """Where a host may be reached; raises `RefusedError`, also where but one address is not public.

        One that is not spoils them all: behind a proxy we do not choose among them.
        """
        if literal(host):
            found: Sequence[str] = [host]
        else:
            try:
                found = await self._resolve(host)
            except TimeoutError:
                raise
            except OSError as error:
                raise RefusedError("unresolved", host) from error
        if not found:
            raise RefusedError("unresolved", host)
        checked = [_checked(spelled, host) for spelled in found]
        return list(dict.fromkeys(map(str, checked)))[:MOST]

    async def _system(self, host: str) -> Sequence[str]:
        def look_up() -> list[str]:
            return [str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]

        return await asyncio.get_running_loop().run_in_executor(self._threads, look_up)


def _checked(spelled: str, host: str) -> IPAddress:
    try:
        address = ip_address(spelled)
    except ValueError as error:
        raise RefusedError("address", host) from error
    if not is_public(address):
        raise RefusedError("address", host)
    return address
