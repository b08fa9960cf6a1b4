"""The service's own settings, read from the environment; a channel's stand in its own module."""

import base64
import binascii
import re
from collections.abc import Mapping
from difflib import get_close_matches
from ipaddress import ip_address
from typing import Annotated, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ByteSize,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, EnvSettingsSource, NoDecode, SettingsConfigDict

REASONS = {
    "int_parsing": "that is not a whole number",
    "float_parsing": "that is not a number",
    "byte_size": "that is not a size, such as 20 MB",
    "byte_size_unit": "that is not a size, such as 20 MB",
    "greater_than": "it must be more than {gt:g}",
    "greater_than_equal": "it must be {ge:g} or more",
    "less_than_equal": "it must be {le:g} or less",
}


S = TypeVar("S", bound=BaseSettings)


class SettingsError(Exception):
    """A setting is wrong; the text is one sentence that names it."""


PREFIX = "WHEREIN_"
CONFIG = SettingsConfigDict(env_prefix=PREFIX, frozen=True, env_ignore_empty=True, str_strip_whitespace=True)


_BALANCER = re.compile(
    r"arn:(aws|aws-cn|aws-us-gov):elasticloadbalancing:[a-z0-9-]+:\d{12}:loadbalancer/app/[\w-]+/[\w-]+"
)
GUESSABLE = 16  # characters: a key with fewer can be guessed
KEY_BYTES = 32  # of a key that encrypts
ALIKE = 0.7  # of two names, from 0 to 1: then one may have been meant for the other


def shown(value: object) -> str:
    """What may be printed of a setting: an address without the name and password that may stand in it."""
    return re.sub(r"//[^/\s]*@", "//…@", str(value))


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens on that address."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def is_called_here(host: str) -> bool:
    """Whether a `Host` header calls this machine as only it can call itself.

    A tunnel, or a page in a browser here whose own name was made to lead to this machine, calls it otherwise.
    """
    try:
        return is_loopback(urlsplit(f"//{host}").hostname or "")
    except ValueError:
        return False


def _not_blank(value: object) -> object:
    if isinstance(value, str) and value and not value.strip():  # for none at all, nobody sets it
        raise ValueError("that is nothing but blanks: give it, or do not set it")
    return value


Secret = Annotated[str, BeforeValidator(_not_blank)]
"""What guards something: blanks alone are a slip, and not the same as none."""


def _levels(value: str) -> str:
    level, _, form = value.lower().partition(":")
    if level not in ("debug", "info", "warning", "error") or form not in ("", "json", "text"):
        raise ValueError("say debug, info, warning or error, and after a colon json or text if you like")
    return value.lower()


def _proxy(value: str) -> str:
    try:
        url = urlsplit(value)
        known = not value or (url.scheme in ("http", "https") and url.hostname and url.port != 0)
    except ValueError:  # its port is no number
        known = False
    if not known:  # not as a wrong value, which would be printed: it may hold a password
        raise SettingsError("WHEREIN_PROXY is no proxy: say http://HOST:PORT.")
    return value


def _sign_on(value: str) -> str:
    kind, _, balancer = value.partition(":")
    if value and (kind != "alb" or not _BALANCER.fullmatch(balancer)):
        raise ValueError("say alb:ARN, with the ARN of an Application Load Balancer")
    return value


def _public_url(value: str) -> str:
    try:
        url = urlsplit(value)
        known = url.scheme in ("http", "https") and url.hostname and not (url.query or url.fragment)
        known = bool(known) and url.username is None and url.port != 0
    except ValueError:  # its port is no number
        known = False
    if value and not known:
        raise ValueError("that is no address of a service, such as https://wherein.example.com")
    return value.rstrip("/")


def _secret_key(value: str) -> str:
    """Each key in the alphabet of addresses, in which `cryptography` wants it."""
    keys = [key.strip().replace("+", "-").replace("/", "_") for key in value.split(",")] if value else []
    for key in keys:
        try:
            bytes_ = base64.b64decode(key, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            bytes_ = b""
        if len(bytes_) != KEY_BYTES:  # not as a wrong value, which would be printed
            raise SettingsError(
                "WHEREIN_SECRET_KEY is no key: make one with “openssl rand -base64 32”, and separate several"
                " with commas, the new one first."
            )
    return ",".join(keys)


class Settings(BaseSettings):
    """What the service needs to know to start; each is an environment variable `WHEREIN_…`."""

    model_config = CONFIG

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    web_port: int = Field(7860, ge=0, le=65535)
    channels: Annotated[tuple[str, ...], NoDecode] = ("http",)
    store: str = "sqlite:wherein.db"
    model: str = "onnx:model/weights"
    ttl_days: float = Field(30, gt=0, le=36_500)
    admins: Annotated[tuple[str, ...], NoDecode] = ()  # ids or e-mail addresses
    admin_password: Secret = Field("", repr=False)
    sign_on: Annotated[str, AfterValidator(_sign_on)] = ""  # alb:ARN of the balancer that signs people on
    deadline: float = Field(20, gt=0)  # seconds
    max_bytes: ByteSize = Field(ByteSize(20_000_000), gt=0)
    history: int = Field(100, ge=0, le=1000)  # messages of a room, for one question
    max_thread: int = Field(4_000_000, gt=0)  # characters
    proxy: Annotated[str, AfterValidator(_proxy)] = Field("", repr=False)
    log: Annotated[str, AfterValidator(_levels)] = "info"
    public_url: Annotated[str, AfterValidator(_public_url)] = ""
    secret_key: Annotated[Secret, AfterValidator(_secret_key)] = Field("", repr=False)

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """The keys that open what is kept sealed; the first one seals."""
        return tuple(self.secret_key.split(",")) if self.secret_key else ()

    @field_validator("channels", "admins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(name.strip() for name in value.split(",")) if isinstance(value, str) else value

    @field_validator("deadline", mode="before")
    @classmethod
    def _seconds(cls, value: object) -> object:
        return value.removesuffix("s").strip() if isinstance(value, str) else value

    @model_validator(mode="after")
    def _ports_differ(self) -> Self:
        if self.port and self.port == self.web_port:
            raise SettingsError(f"WHEREIN_PORT and WHEREIN_WEB_PORT are both {self.port}: give one another.")
        return self

    @model_validator(mode="after")
    def _page_is_guarded(self) -> Self:
        guarded = self.admin_password or self.sign_on
        if self.web_port and not is_loopback(self.host) and not guarded:
            raise SettingsError(
                f"WHEREIN_ADMIN_PASSWORD is not set, and WHEREIN_HOST={self.host} lets others reach the page:"
                " set it or WHEREIN_SIGN_ON, or WHEREIN_WEB_PORT=0 for no page."
            )
        return self


def names(kind: type[BaseSettings]) -> list[str]:
    """The environment variables that a kind of settings reads."""
    prefix = kind.model_config.get("env_prefix", "")
    return [f"{prefix}{field}".upper() for field in kind.model_fields]


def unread(*kinds: type[BaseSettings]) -> list[str]:
    """A sentence for each `WHEREIN_…` that none of these settings is: a slip, or a later version's."""
    known = {name.removeprefix(PREFIX): name for kind in kinds for name in names(kind)}
    given = {name.upper() for name in EnvSettingsSource(Settings).env_vars}
    ours = sorted(name for name in given if name.startswith(PREFIX))
    return [_unknown(name, known) for name in ours if name.removeprefix(PREFIX) not in known]


def _unknown(name: str, known: Mapping[str, str]) -> str:
    alike = get_close_matches(name.removeprefix(PREFIX), known, n=1, cutoff=ALIKE)
    meant = f": was {known[alike[0]]} meant?" if alike else "."
    return f"{name} is the name of no setting, and nothing reads it{meant}"


def load(kind: type[S]) -> S:
    """Settings from the environment; raises `SettingsError` with a sentence that names the setting."""
    try:
        return kind()
    except ValidationError as error:
        first = error.errors()[0]
        prefix = kind.model_config.get("env_prefix", "")
        name = f"{prefix}{first['loc'][0]}".upper() if first["loc"] else prefix
        reason = REASONS.get(first["type"], str(first["msg"]).removeprefix("Value error, "))
        reason = reason.format(**first.get("ctx", {}))
        value = shown(first["input"])
        told = f"{name}={value}" if value.strip() else name
        raise SettingsError(f"{told}: {reason[0].lower()}{reason[1:]}.") from error
