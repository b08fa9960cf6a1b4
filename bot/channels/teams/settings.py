"""What the channel needs to know to start; each is an environment variable `TEAMS_…`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot import settings
from bot.settings import Secret, SettingsError, is_loopback

Cloud = Literal["public", "usgov", "china"]


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a cloud's identities and its connector are."""

    openid: str  # metadata that leads to the keys with which activities are signed
    issuer: str
    login: str  # where a token for the connector is had
    scope: str
    hosts: tuple[str, ...]  # of the connector; one that begins with a dot is a suffix
    files: tuple[str, ...]  # of files, likewise


# https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
CLOUDS: dict[Cloud, Endpoints] = {
    "public": Endpoints(
        "https://login.botframework.com/v1/.well-known/openidconfiguration",
        "https://api.botframework.com",
        "https://login.microsoftonline.com",
        "https://api.botframework.com",
        ("smba.trafficmanager.net", ".botframework.com", "smba.infra.gcc.teams.microsoft.com"),
        (".sharepoint.com", ".microsoft.com", ".office.com", ".svc.ms", "smba.trafficmanager.net"),
    ),
    "usgov": Endpoints(
        "https://login.botframework.azure.us/v1/.well-known/openidconfiguration",
        "https://api.botframework.us",
        "https://login.microsoftonline.us",
        "https://api.botframework.us",
        (".botframework.us", ".botframework.azure.us", ".teams.microsoft.us"),
        (".sharepoint.us", ".sharepoint-mil.us", ".microsoft.us"),
    ),
    "china": Endpoints(
        "https://login.botframework.azure.cn/v1/.well-known/openidconfiguration",
        "https://api.botframework.azure.cn",
        "https://login.partner.microsoftonline.cn",
        "https://api.botframework.azure.cn",
        (".botframework.azure.cn", ".teams.partner.microsoftonline.cn"),
        (".sharepoint.cn", ".partner.microsoftonline.cn"),
    ),
}


class Settings(BaseSettings):
    """The settings of this channel."""

    model_config = SettingsConfigDict(
        env_prefix="TEAMS_", frozen=True, env_ignore_empty=True, str_strip_whitespace=True
    )

    app_id: str = ""
    app_password: Secret = Field("", repr=False)
    certificate: str = ""  # a PEM file with the certificate and its key
    tenant_id: str = ""
    allow_unsigned: bool = False
    cloud: Cloud = "public"
    service_hosts: Annotated[tuple[str, ...], NoDecode] = ()  # of a connector, beside the cloud's own
    openid_url: str = ""  # these four stand in for the cloud's: for tests, or a cloud that is not known here
    token_issuer: str = ""
    login_url: str = ""
    oauth_scope: str = ""

    @field_validator("service_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(name.strip() for name in value.split(",")) if isinstance(value, str) else value

    @property
    def endpoints(self) -> Endpoints:
        """Where identities and the connector are."""
        there = CLOUDS[self.cloud]
        hosts = (*there.hosts, *self.service_hosts)
        if not self.openid_url:
            return Endpoints(there.openid, there.issuer, there.login, there.scope, hosts, there.files)
        own = self.openid_url, self.token_issuer, self.login_url.rstrip("/"), self.oauth_scope
        return Endpoints(*own, hosts, there.files)


def load(service: settings.Settings) -> Settings:
    """The channel's settings; raises `SettingsError` with a sentence that names the one that is wrong."""
    found = settings.load(Settings)
    _check_unsigned(found, service.host)
    if found.app_id:
        _check_registration(found)
    _check_endpoints(found)
    return found


def _check_unsigned(found: Settings, host: str) -> None:
    if found.allow_unsigned and not is_loopback(host):
        raise SettingsError(
            f"TEAMS_ALLOW_UNSIGNED is set, and WHEREIN_HOST={host} lets others reach the bot: it is for"
            " development on this machine alone."
        )
    if not found.app_id and not found.allow_unsigned:
        raise SettingsError(
            "TEAMS_APP_ID is not set: give the app id of the bot's registration, or set"
            " TEAMS_ALLOW_UNSIGNED=true for development on this machine alone."
        )


def _check_registration(found: Settings) -> None:
    if not found.tenant_id:
        raise SettingsError("TEAMS_TENANT_ID is not set: give the id of the tenant that the app is in.")
    if not (found.app_password or found.certificate):
        raise SettingsError("TEAMS_APP_PASSWORD is not set: give the app's secret, or TEAMS_CERTIFICATE.")
    if found.app_password and found.certificate:
        raise SettingsError("TEAMS_APP_PASSWORD and TEAMS_CERTIFICATE are both set: give one of them.")
    if found.certificate and not Path(found.certificate).is_file():
        raise SettingsError(f"TEAMS_CERTIFICATE={found.certificate}: there is no such file.")


def _check_endpoints(found: Settings) -> None:
    own = {
        "TEAMS_OPENID_URL": found.openid_url,
        "TEAMS_TOKEN_ISSUER": found.token_issuer,
        "TEAMS_LOGIN_URL": found.login_url,
        "TEAMS_OAUTH_SCOPE": found.oauth_scope,
    }
    missing = [name for name, value in own.items() if not value]
    if missing and len(missing) < len(own):
        raise SettingsError(f"{missing[0]} is not set: it and the other three are given together, or none.")
    for name in ("TEAMS_OPENID_URL", "TEAMS_LOGIN_URL"):
        if own[name] and not is_safe(own[name], found.allow_unsigned):
            raise SettingsError(
                f"{name}={own[name]}: say https://…; plain http is for this machine alone, with"
                " TEAMS_ALLOW_UNSIGNED=true."
            )


def is_safe(url: str, here: bool) -> bool:
    """Whether an address is https, or, where `here` lets it, one on this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (here and is_loopback(host)))


def is_among(url: str, hosts: tuple[str, ...], here: bool) -> bool:
    """Whether an address is https at one of these hosts, or, where `here` lets it, one on this machine."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").casefold()
        plain = parts.username is None and parts.password is None and parts.port in (None, 443)
    except ValueError:
        return False
    if here and is_loopback(host):
        return parts.scheme in ("http", "https")
    known = any(host.endswith(one) if one.startswith(".") else host == one for one in hosts)
    return parts.scheme == "https" and plain and known
