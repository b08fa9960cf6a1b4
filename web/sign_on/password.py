"""One password for those who run it: compared in constant time, tried so often, remembered by a cookie."""

import asyncio
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable

from cachetools import TTLCache
from starlette.requests import Request

from bot.types import Author

ADMIN = Author("admin", name="admin", admin=True)
COOKIE, COOKIE_OF_HOST = "wherein", "__Host-wherein"  # the latter over https: no other host can set it
SESSION_SECONDS = 12 * 3_600
TRIES, TRY_SECONDS = 5, 60.0  # wrong ones from one address, and how long they count
TRIES_OF_ALL = 50  # from wherever, in the same time
COST = {"n": 2**14, "r": 8, "p": 1}  # of making the key: who steals a cookie must pay it for each guess


class TriedTooOftenError(Exception):
    """The password was tried too often: even the right one does not count now."""


class Password:
    """Lets in who knows it; any task knows a cookie that another gave, since the password is its key."""

    asks = True

    def __init__(self, password: str, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._password = hashlib.sha256(password.encode()).digest()
        self._key = hashlib.scrypt(password.encode(), salt=b"wherein page", dklen=32, **COST)
        self._wrong: TTLCache[str, int] = TTLCache(10_000, TRY_SECONDS, timer=clock)
        self._ended: TTLCache[str, bool] = TTLCache(10_000, SESSION_SECONDS, timer=clock)

    async def who(self, request: Request) -> Author | None:
        """The admin, where the cookie says so."""
        return ADMIN if self.is_signed(request.cookies.get(cookie_of(request), "")) else None

    async def close(self) -> None:
        """Nothing is held."""

    async def sign(self, password: str, address: str) -> str | None:
        """A cookie for who knows the password, else None; raises `TriedTooOftenError`."""
        if self._wrong.get(address, 0) >= TRIES or self._wrong.get("", 0) >= TRIES_OF_ALL:
            raise TriedTooOftenError
        given = await asyncio.to_thread(lambda: hashlib.sha256(password.encode("utf-8", "replace")).digest())
        if hmac.compare_digest(given, self._password):
            return self._signed(f"{int(self._clock()) + SESSION_SECONDS}.{secrets.token_hex(16)}")
        for of in (address, ""):
            self._wrong[of] = self._wrong.get(of, 0) + 1
        return None

    def sign_off(self, cookie: str) -> None:
        """Let a cookie open this task's door no more; elsewhere it ends by itself."""
        if self.is_signed(cookie):
            self._ended[cookie] = True

    def is_signed(self, cookie: str) -> bool:
        """Whether a cookie is ours, and still holds."""
        told, _, _ = cookie.rpartition(".")
        ends, _, _ = told.partition(".")
        if not (ends.isascii() and ends.isdigit() and len(ends) < 20):
            return False
        ours = hmac.compare_digest(cookie.encode("utf-8", "replace"), self._signed(told).encode())
        return ours and int(ends) > self._clock() and cookie not in self._ended

    def _signed(self, told: str) -> str:
        return f"{told}.{hmac.new(self._key, told.encode('utf-8', 'replace'), 'sha256').hexdigest()}"


def cookie_of(request: Request) -> str:
    """The name of the cookie, as the page is reached."""
    return COOKIE_OF_HOST if request.url.scheme == "https" else COOKIE
