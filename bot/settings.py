"""The service's own settings, read from the environment; a channel's stand in its own module."""

import re
from ipaddress import ip_address
from typing import Annotated, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, ByteSize, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

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


CONFIG = SettingsConfigDict(
    env_prefix="WHEREIN_", frozen=True, env_ignore_empty=True, str_strip_whitespace=True
)


_BALANCER = re.compile(
    r"arn:(aws|aws-cn|aws-us-gov):elasticloadbalancing:[a-z0-9-]+:\d{12}:loadbalancer/app/[\w-]+/[\w-]+"
)
GUESSABLE = 16  # characters: a key with fewer can be guessed


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens on that address."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


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


class Settings(BaseSettings):
    """What the service needs to know to start; each is an environment variable `WHEREIN_…`."""

    model_config = CONFIG

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    web_port: int = Field(7860, ge=0, le=65535)
    channels: Annotated[tuple[str, ...], NoDecode] = ("http",)
    store: str = "sqlite:wherein.db"
    model: str = "onnx:model/weights"
    ttl_days: float = Field(30, gt=0)
    admins: Annotated[tuple[str, ...], NoDecode] = ()  # ids or e-mail addresses
    admin_password: str = Field("", repr=False)
    sign_on: Annotated[str, AfterValidator(_sign_on)] = ""  # alb:ARN of the balancer that signs people on
    deadline: float = Field(20, gt=0)  # seconds
    max_bytes: ByteSize = Field(ByteSize(20_000_000), gt=0)
    history: int = Field(100, ge=0, le=1000)  # messages of a room, for one question
    max_thread: int = Field(4_000_000, gt=0)  # characters
    proxy: Annotated[str, AfterValidator(_proxy)] = Field("", repr=False)
    log: Annotated[str, AfterValidator(_levels)] = "info"

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
        raise SettingsError(f"{name}={first['input']!s}: {reason[0].lower()}{reason[1:]}.") from error
