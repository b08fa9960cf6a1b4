"""The token with which we speak to the connector: one, refreshed ahead of its end.

https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
"""

import asyncio
import hashlib
import re
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path

import jwt
import structlog
from aiohttp import ClientConnectionError, ClientError, ClientSession, ClientTimeout
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from bot.channels.teams.settings import Settings
from bot.settings import SettingsError
from bot.types import DeliveryError
from bot.unreached import unreached

log = structlog.get_logger(__name__)

AHEAD_SECONDS = 600.0  # before its end a token is replaced
LATEST_SECONDS = 30.0  # before its end it is no longer used
ASK_SECONDS = 8.0
PROOF_SECONDS = 300.0  # that an assertion holds
AGAIN_SECONDS = 5.0  # after a failure
_KEY = re.compile(rb"-----BEGIN (?:RSA )?PRIVATE KEY-----.+?-----END (?:RSA )?PRIVATE KEY-----", re.DOTALL)
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class UnreachedError(DeliveryError):
    """Nobody could be asked for a token."""


class Certificate:
    """A certificate with its key, which proves who we are instead of a secret."""

    def __init__(self, file: str) -> None:
        try:
            pem = Path(file).read_bytes()
            self._key = _KEY.search(pem)[0].decode()  # type: ignore[index]
            found = x509.load_pem_x509_certificate(pem)
            digest = hashlib.sha256(found.public_bytes(Encoding.DER)).digest()
            self._mark = urlsafe_b64encode(digest).rstrip(b"=").decode()
            self.assertion("", "")
        except (OSError, TypeError, ValueError, jwt.PyJWTError) as error:
            raise SettingsError(
                f"TEAMS_CERTIFICATE={file}: it holds no certificate with an unencrypted RSA key, in PEM."
            ) from error

    def assertion(self, app_id: str, audience: str) -> str:
        """A signed word of who we are, for one request."""
        now = time.time()
        claims = {
            "aud": audience,
            "iss": app_id,
            "sub": app_id,
            "jti": str(uuid.uuid4()),
            "nbf": int(now),
            "exp": int(now + PROOF_SECONDS),
        }
        return jwt.encode(claims, self._key, "PS256", {"x5t#S256": self._mark})


class Tokens:
    """Has the token at hand; who asks waits only where there is none."""

    def __init__(
        self,
        settings: Settings,
        session: Callable[[], ClientSession],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings, self._session, self._clock = settings, session, clock
        self._certificate = Certificate(settings.certificate) if settings.certificate else None
        self._token, self._ends, self._asked_at = "", float("-inf"), float("-inf")
        self._asking: asyncio.Task[str] | None = None

    async def get(self) -> str:
        """A token that holds a while; empty where there is no app. Raises `DeliveryError`."""
        if not self._settings.app_id:
            return ""
        left = self._ends - self._clock()
        idle = self._asking is None or self._asking.done()
        if idle and left < AHEAD_SECONDS and (left < LATEST_SECONDS or self._rested()):
            self._asking = asyncio.create_task(self._ask())
            self._asking.add_done_callback(_seen)
        if left >= LATEST_SECONDS:
            return self._token
        assert self._asking is not None
        return await asyncio.shield(self._asking)

    def drop(self, token: str) -> None:
        """Use a token no longer, since the connector refused it."""
        if token == self._token:
            self._ends = float("-inf")

    def _rested(self) -> bool:
        return self._clock() - self._asked_at > AGAIN_SECONDS

    async def _ask(self) -> str:
        self._asked_at = self._clock()
        endpoints = self._settings.endpoints
        url = f"{endpoints.login}/{self._settings.tenant_id}/oauth2/v2.0/token"
        form = {
            "grant_type": "client_credentials",
            "client_id": self._settings.app_id,
            "scope": f"{endpoints.scope.removesuffix('/.default')}/.default",
        }
        if self._certificate:
            proof = await asyncio.to_thread(self._certificate.assertion, self._settings.app_id, url)
            form |= {"client_assertion_type": ASSERTION, "client_assertion": proof}
        else:
            form["client_secret"] = self._settings.app_password
        try:
            timeout = ClientTimeout(total=ASK_SECONDS)
            async with self._session().post(url, data=form, timeout=timeout) as answer:
                found = await answer.json(content_type=None)
                if answer.status != 200:
                    raise DeliveryError(f"no token: status {answer.status}", refused=True)
                self._token = str(found["access_token"])
                self._ends = self._clock() + float(found["expires_in"])
        except (ClientConnectionError, TimeoutError) as error:
            raise UnreachedError(f"no token: {unreached(error)}", refused=True) from error
        except (ClientError, KeyError, TypeError, ValueError) as error:
            raise DeliveryError(f"no token: {unreached(error)}", refused=True) from error
        log.info("token fetched")
        return self._token

    async def close(self) -> None:
        """Let go of what is asked for."""
        if self._asking:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)


def _seen(asking: asyncio.Task[str]) -> None:
    """Note that a refresh failed which nobody waited for."""
    if not asking.cancelled() and (error := asking.exception()):
        log.warning("token not fetched", error=str(error))
