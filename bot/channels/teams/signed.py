"""Who an activity comes from: its token, checked by us.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt
import structlog
from aiohttp import ClientError, ClientSession, ClientTimeout
from jwt import PyJWK

from bot.channels.teams.settings import Endpoints, is_safe
from bot.unreached import unreached

log = structlog.get_logger(__name__)

LEEWAY_SECONDS = 300.0  # that clocks may differ
AGAIN_SECONDS = 30.0  # between two fetches of the keys
FIRST_SECONDS = 2.0  # likewise, as long as none are known
FRESH_SECONDS = 86_400.0  # after which they are fetched again, while the old ones serve
FETCH_SECONDS = 5.0
LARGEST = 1_000_000  # bytes of a set of keys


class UnsignedError(Exception):
    """An activity's token is missing or wrong; the text says in what, and quotes nothing of it."""


class NoKeysError(Exception):
    """The keys could not be fetched, so that nothing is known of any token."""


@dataclass(frozen=True, slots=True)
class _Known:
    key: PyJWK
    channels: tuple[str, ...]  # that it is endorsed for


class Keys:
    """The keys with which activities are signed, fetched when one is not known, and not too often."""

    def __init__(
        self,
        endpoints: Endpoints,
        session: Callable[[], ClientSession],
        *,
        here: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._endpoints, self._session, self._here, self._clock = endpoints, session, here, clock
        self._keys: dict[str, _Known] = {}
        self.missing = "there are none"  # why, where none are known
        self._asked_at = self._fetched_at = float("-inf")
        self._fetching = asyncio.Lock()
        self._refreshing: asyncio.Task[None] | None = None

    async def get(self, kid: str) -> _Known | None:
        """The key of that id; None where there is none. Raises `NoKeysError`."""
        if kid in self._keys:
            if self._clock() - self._fetched_at > FRESH_SECONDS and self._may_ask():
                self._refreshing = asyncio.create_task(self._fetch())
            return self._keys[kid]
        async with self._fetching:
            if kid not in self._keys and self._may_ask():
                await self._fetch()
        if not self._keys:
            raise NoKeysError
        return self._keys.get(kid)

    async def are_there(self) -> bool:
        """Whether any are known; fetches them where none are."""
        async with self._fetching:
            if not self._keys and self._may_ask():
                await self._fetch()
        return bool(self._keys)

    def _may_ask(self) -> bool:
        return self._clock() - self._asked_at >= (AGAIN_SECONDS if self._keys else FIRST_SECONDS)

    async def _fetch(self) -> None:
        self._asked_at = self._clock()
        try:
            metadata = await self._json(self._endpoints.openid)
            found = _keys(await self._json(str(metadata.get("jwks_uri", ""))))
        except (ClientError, TimeoutError, ValueError) as error:
            self.missing = unreached(error)
            log.warning("keys not fetched", error=type(error).__name__)
            return
        if found:
            self._keys, self._fetched_at = found, self._clock()
            log.info("keys fetched", count=len(found))

    async def _json(self, url: str) -> Mapping[str, Any]:
        if not is_safe(url, self._here):
            raise ValueError("no https address")
        timeout = ClientTimeout(total=FETCH_SECONDS)
        async with self._session().get(url, timeout=timeout, raise_for_status=True) as answer:
            if (answer.content_length or 0) > LARGEST:
                raise ValueError("too large")
            found = await answer.json(content_type=None)
        if not isinstance(found, dict):
            raise ValueError("no object")
        return found

    async def close(self) -> None:
        """Let go of what is being fetched."""
        if self._refreshing:
            self._refreshing.cancel()
            await asyncio.gather(self._refreshing, return_exceptions=True)


def _keys(found: Mapping[str, Any]) -> dict[str, _Known]:
    keys = {}
    listed = found.get("keys")
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict) and one.get("kty") == "RSA" and isinstance(one.get("kid"), str):
            endorsements = one.get("endorsements")
            channels = tuple(map(str, endorsements)) if isinstance(endorsements, list) else ()
            try:
                keys[one["kid"]] = _Known(PyJWK(one, "RS256"), channels)
            except jwt.PyJWTError:  # a key of a kind that we do not know
                continue
    return keys


async def check(
    authorization: str, service_url: str, channel: str, *, app_id: str, issuer: str, keys: Keys
) -> Mapping[str, Any]:
    """The claims of the token with which an activity came; raises `UnsignedError` and `NoKeysError`."""
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.casefold() != "bearer" or not token:
        raise UnsignedError("there is no bearer token")
    try:
        kid = jwt.get_unverified_header(token).get("kid")
        known = await keys.get(kid) if isinstance(kid, str) else None
        if known is None:
            raise UnsignedError("its key is not known")
        claims: dict[str, Any] = jwt.decode(
            token,
            known.key,
            algorithms=["RS256"],
            audience=app_id,
            issuer=issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": ["exp", "iss", "aud"]},
        )
    except jwt.ExpiredSignatureError as error:
        raise UnsignedError("it has ended: it is old, or this machine's clock is ahead") from error
    except jwt.ImmatureSignatureError as error:
        raise UnsignedError("it is not valid yet: this machine's clock is behind") from error
    except jwt.PyJWTError as error:
        raise UnsignedError(type(error).__name__) from error
    if channel not in known.channels:
        raise UnsignedError("its key is not endorsed for this channel")
    if claims.get("serviceurl", claims.get("serviceUrl")) != service_url:
        raise UnsignedError("it is for another service URL")
    return claims
