"""Many workspaces by OAuth: /slack/install, Slack's own page, /slack/oauth_redirect; and out again.

https://docs.slack.dev/authentication/installing-with-oauth
"""

import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from logging import Logger
from typing import Any
from urllib.parse import urljoin

import structlog
from aiohttp.web import Request, Response
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.error import BoltError
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store import Installation as Installed
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.slack import leaving, pages
from bot.channels.slack.refused import FAILURES, QUIET, reason
from bot.channels.slack.renewing import VaultTokens
from bot.channels.slack.scopes import BOT
from bot.channels.slack.vaulted import CHANNEL, Installations
from bot.replies.words import speaking
from bot.settings import Settings, SettingsError
from bot.types import Accept, NotAcceptedError, Routes, UnopenedError, Vault, VaultError

log = structlog.get_logger(__name__)

INSTALL, REDIRECT = "/slack/install", "/slack/oauth_redirect"
DEAD = "account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked"
COOKIE = "__Host-wherein-install"  # of this host alone: no other can set it
STATE_SECONDS = 600  # from Slack's page back to ours


@dataclass(frozen=True, slots=True)
class App:
    """The app that is installed, as Slack knows it."""

    client_id: str
    client_secret: str = field(repr=False)
    api_url: str = "https://slack.com/api/"
    public_url: str = ""

    @classmethod
    def of(cls, service: Settings, client_id: str, client_secret: str, api_url: str) -> "App":
        """The same, where the service's settings have what it needs; raises `SettingsError`."""
        if not service.public_url:
            raise SettingsError(
                "WHEREIN_PUBLIC_URL is not set, and SLACK_CLIENT_ID wants it: Slack sends whoever installs"
                f" Wherein back to its {REDIRECT}."
            )
        if not service.secret_keys:
            raise SettingsError(
                "WHEREIN_SECRET_KEY is not set, and SLACK_CLIENT_ID wants it to encrypt tokens: make one with"
                " “openssl rand -base64 32”."
            )
        return cls(client_id, client_secret, api_url, service.public_url)

    def client(self) -> AsyncWebClient:
        """Calls Slack without a token."""
        return AsyncWebClient(base_url=self.api_url, logger=QUIET)


class Installing:
    """The way into many workspaces, and out of them."""

    def __init__(self, app: App, vault: Vault, clock: Callable[[], float] = time.time) -> None:
        self._vault = vault
        client = app.client()
        rotator = AsyncTokenRotator(client_id=app.client_id, client_secret=app.client_secret, client=client)
        self.tokens = VaultTokens(vault, rotator, clock)
        self._flow = _Flow(app, client, vault, Installations(vault, self.tokens.changed), clock)

    def mount(self, routes: Routes) -> None:
        """Add the two pages."""
        routes.add_route("GET", INSTALL, self._begin)
        routes.add_route("GET", REDIRECT, self._end)

    async def leave(self, body: Mapping[str, Any], accept: Accept) -> None:
        """What an event of `leaving.EVENTS` asks for; raises `NotAcceptedError` and `VaultError`."""
        going = leaving.gone(body)
        if going and going.revoked and await self._still_speaks(going):
            log.info("a token was revoked, and not the one in use", id=going.event)
            return
        for id in await leaving.leave(body, accept, self._vault):
            self.tokens.changed(id)

    async def _still_speaks(self, going: leaving.Gone) -> bool:
        """Whether the token in use is good: Slack may revoke one that a newer one took the place of.

        Where that cannot be found out, the event must be sent again: what is forgotten does not come back.
        """
        for id in (*going.teams, going.enterprise):
            self.tokens.changed(id)
        try:
            found = await self.tokens.of(next(iter(going.teams), ""), going.enterprise)
            if found:
                await self._flow.client.auth_test(token=found.token)
            return found is not None
        except SlackApiError as error:
            if reason(error) in DEAD:
                return False
            raise NotAcceptedError from error
        except UnopenedError:  # it is of no more use
            return False
        except FAILURES as error:
            raise NotAcceptedError from error

    async def _begin(self, request: Request) -> Response:
        with _spoken(request):
            bolt = await self._flow.handle_installation(await to_bolt_request(request))
            return await _response(bolt)

    async def _end(self, request: Request) -> Response:
        with _spoken(request):
            bolt = await self._flow.handle_callback(await to_bolt_request(request))
            return await _response(bolt)


def _spoken(request: Request) -> AbstractContextManager[None]:
    """The language that somebody's browser asks for first."""
    return speaking(request.headers.get("Accept-Language", "").partition(",")[0].partition(";")[0].strip())


class _Flow(AsyncOAuthFlow):
    """Bolt's walk through OAuth, with our pages, and errors that are said instead of raised."""

    def __init__(
        self,
        app: App,
        client: AsyncWebClient,
        vault: Vault,
        installations: Installations,
        clock: Callable[[], float],
    ) -> None:
        self._install = app.public_url + INSTALL
        settings = AsyncOAuthSettings(
            client_id=app.client_id,
            client_secret=app.client_secret,
            scopes=BOT,
            user_scopes=(),
            redirect_uri=app.public_url + REDIRECT,
            authorization_url=urljoin(app.api_url, "/oauth/v2/authorize"),
            callback_options=AsyncCallbackOptions(success=self._succeeded, failure=self._failed),
            installation_store=installations,
            state_store=States(vault, app.client_secret, clock),
            state_expiration_seconds=STATE_SECONDS,
            state_cookie_name=COOKIE,
            logger=QUIET,
        )
        super().__init__(client=client, logger=QUIET, settings=settings)

    async def build_install_page_html(self, url: str, request: AsyncBoltRequest) -> str:
        """Our page in place of Bolt's."""
        return pages.offered(url)

    async def append_set_cookie_headers(
        self, headers: dict[str, Any], set_cookie_value: str | None
    ) -> dict[str, Any]:
        """The page's headers, beside Bolt's."""
        all: dict[str, Any] = await super().append_set_cookie_headers(
            {**headers, **pages.HEADERS}, set_cookie_value
        )
        return all

    async def run_installation(self, code: str) -> Installed | None:
        """What Slack gives for the code; None where it gives no bot's token."""
        try:
            installed = await super().run_installation(code)
            if installed is None or not installed.bot_token:
                log.warning("not installed: Slack gave no token")
                return None
            told = await self.client.auth_test(token=installed.bot_token)
            installed.set_custom_value("url", told.get("url") or "")
        except FAILURES as error:
            log.warning("not installed", error=type(error).__name__)
            return None
        return installed

    async def store_installation(self, request: AsyncBoltRequest, installation: Installed) -> None:
        """Keep it; what the vault raises becomes what Bolt says in a page."""
        try:
            await super().store_installation(request, installation)
        except VaultError as error:
            log.error("an installation is not kept", reason=str(error))
            raise BoltError(str(error)) from error

    async def _succeeded(self, done: AsyncSuccessArgs) -> BoltResponse:
        made = done.installation
        log.info("installed", team=made.team_id, enterprise=made.enterprise_id, by=made.user_id)
        return self._shown(200, pages.installed(made.app_id or "", made.team_id or made.enterprise_id or ""))

    async def _failed(self, failed: AsyncFailureArgs) -> BoltResponse:
        reason = failed.reason if failed.reason in pages.REASONS else "other"
        log.info("not installed", reason=reason)
        return self._shown(failed.suggested_status_code, pages.refused(failed.reason, self._install))

    def _shown(self, status: int, page: str) -> BoltResponse:
        cookie = self.settings.state_utils.build_set_cookie_for_deletion()
        return BoltResponse(status=status, body=page, headers={**pages.HEADERS, "Set-Cookie": cookie})


class States(AsyncOAuthStateStore):
    """What Slack carries from our page back to us: signed by us, good for ten minutes and for one time.

    Only a use is written down: whoever opens the page a million times writes nothing.
    """

    def __init__(self, vault: Vault, secret: str, clock: Callable[[], float] = time.time) -> None:
        self._vault, self._secret, self._clock = vault, secret.encode(), clock

    @property
    def logger(self) -> Logger:
        """Where Bolt would log."""
        return QUIET

    async def async_issue(self, *args: Any, **kwargs: Any) -> str:
        """A new one."""
        claim = f"{secrets.token_urlsafe(24)}.{int(self._clock())}"
        return f"{claim}.{self._signed(claim)}"

    async def async_consume(self, state: str) -> bool:
        """Whether it is ours, young, and used for the first time."""
        claim, _, signature = state.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signed(claim).encode()):
            return False
        nonce, _, issued = claim.rpartition(".")
        ends = int(issued) + STATE_SECONDS
        if self._clock() >= ends:
            return False
        try:
            return await self._vault.put(CHANNEL, f"used#{nonce}", {}, 0, expires_at=float(ends))
        except VaultError as error:
            log.error("a state cannot be checked", reason=str(error))
            return False

    def _signed(self, claim: str) -> str:
        return hmac.digest(self._secret, f"wherein state {claim}".encode(), "sha256").hex()


async def _response(bolt: BoltResponse) -> Response:
    """Bolt's answer as aiohttp's, its cookie brought back by whom Slack leads here, and by no other site."""
    response = await to_aiohttp_response(bolt)
    for cookie in response.cookies.values():
        cookie["samesite"] = "Lax"
    return response
