"""Whom the balancer names: its signed header, believed only where that very balancer signed it just now.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

import jwt
import structlog
from aiohttp import ClientError, ClientSession, ClientTimeout
from cachetools import TTLCache
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from starlette.requests import Request

from bot.types import Author

log = structlog.get_logger(__name__)

HEADER = "x-amzn-oidc-data"
ALGORITHM = "ES256"
KEYS, KEY_SECONDS, UNKNOWN_SECONDS = 100, 3_600.0, 60.0
FETCHES, FETCHES_SECONDS = 10, 60.0  # so many keys are asked for in that time: who makes up names waits
FETCH_SECONDS, KEY_BYTES = 3.0, 10_000
LEEWAY = 5  # seconds, between the balancer's clock and ours

_ARN = re.compile(
    r"arn:(aws|aws-cn|aws-us-gov):elasticloadbalancing:([a-z0-9-]+):\d{12}:loadbalancer/app/[\w-]+/[\w-]+"
)
_KEY_ID = re.compile(r"[0-9A-Fa-f-]{1,64}")


class WrongArnError(ValueError):
    """What `WHEREIN_SIGN_ON` names is no Application Load Balancer."""


@dataclass(frozen=True, slots=True)
class Balancer:
    """A balancer, and where its public keys lie."""

    arn: str
    keys: str

    @classmethod
    def parse(cls, arn: str) -> "Balancer":
        """The balancer with that ARN; raises `WrongArnError`."""
        found = _ARN.fullmatch(arn)
        if not found:
            raise WrongArnError(arn)
        partition, region = found.groups()
        if partition == "aws-us-gov":  # its keys lie in a bucket of that region
            return cls(arn, f"https://s3-{region}.amazonaws.com/aws-elb-public-keys-prod-{region}")
        end = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
        return cls(arn, f"https://public-keys.auth.elb.{region}.{end}")


class Alb:
    """Reads the balancer's header; where anything about it is not as it must be, nobody is named."""

    asks = False

    def __init__(self, balancer: Balancer, clock: Callable[[], float] = time.time) -> None:
        self._balancer, self._clock = balancer, clock
        self._known: TTLCache[str, EllipticCurvePublicKey] = TTLCache(KEYS, KEY_SECONDS, timer=clock)
        self._unknown: TTLCache[str, bool] = TTLCache(KEYS, UNKNOWN_SECONDS, timer=clock)
        self._fetches: TTLCache[int, bool] = TTLCache(FETCHES, FETCHES_SECONDS, timer=clock)
        self._client: ClientSession | None = None

    async def who(self, request: Request) -> Author | None:
        """Whom the header names."""
        headers = request.headers.getlist(HEADER)
        return await self.named(headers[0]) if len(headers) == 1 else None

    async def close(self) -> None:
        """Close the connections."""
        if self._client:
            await self._client.close()

    async def named(self, token: str) -> Author | None:
        """Whom a token names, if this balancer signed it and it has not expired."""
        try:
            head = jwt.get_unverified_header(token)
        except jwt.PyJWTError:
            return None
        if head.get("alg") != ALGORITHM or head.get("signer") != self._balancer.arn:
            return None
        key = await self._key(head.get("kid"))
        if key is None:
            return None
        try:
            told = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                options={
                    "require": ["exp", "sub"],
                    "verify_aud": False,
                    "verify_exp": False,
                    "verify_iat": False,
                },
            )
        except jwt.PyJWTError as error:
            log.info("a sign-on was refused", reason=type(error).__name__)
            return None
        ends = [of.get("exp") for of in (told, head)]
        return _author(told) if all(self._is_to_come(end) for end in ends) else None

    def _is_to_come(self, end: object) -> bool:
        number = isinstance(end, int | float) and not isinstance(end, bool)
        return number and float(end) + LEEWAY >= self._clock()  # type: ignore[arg-type]

    async def _key(self, id: object) -> EllipticCurvePublicKey | None:
        if not isinstance(id, str) or not _KEY_ID.fullmatch(id) or id in self._unknown:
            return None
        if id not in self._known:
            if len(self._fetches) >= FETCHES:
                return None
            self._fetches[int(1e6 * self._clock()) + len(self._fetches)] = True
            key = await self._fetched(id)
            if key is None:
                self._unknown[id] = True
                return None
            self._known[id] = key
        return self._known[id]

    async def _fetched(self, id: str) -> EllipticCurvePublicKey | None:
        self._client = self._client or ClientSession(timeout=ClientTimeout(FETCH_SECONDS))
        try:
            async with self._client.get(f"{self._balancer.keys}/{id}", allow_redirects=False) as answer:
                pem = (await answer.read())[:KEY_BYTES] if answer.status == 200 else b""
            key = load_pem_public_key(pem)
        except (ClientError, TimeoutError, ValueError, UnsupportedAlgorithm) as error:
            log.warning("a key of the balancer cannot be had", error=type(error).__name__)
            return None
        return key if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1) else None


def _author(told: dict[str, object]) -> Author | None:
    """Somebody as the provider tells of them; an address that it has not verified names nobody."""
    sub, email = told.get("sub"), told.get("email")
    if not isinstance(sub, str) or not sub:
        return None
    verified = told.get("email_verified", True) in (True, "true")
    address = email if isinstance(email, str) and verified else ""
    name, locale = told.get("name"), told.get("locale")
    return Author(
        sub,
        name=name if isinstance(name, str) else "",
        email=address,
        locale=locale if isinstance(locale, str) else "",
    )
