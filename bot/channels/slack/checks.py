"""What the doctor says of Slack, each a sentence that names the line to change; nothing is ever listed.

A workspace of 4,000 channels is examined with the same few calls as one of four.
"""

import asyncio
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.slack.refused import FAILURES, QUIET, reason
from bot.channels.slack.scopes import EVENTS, needed
from bot.channels.slack.vaulted import CHANNEL, name_of, read
from bot.settings import shown
from bot.types import Vault, VaultError
from bot.unreached import unreached

EVENTS_PATH = "/slack/events"
SECONDS = 4.0  # for each call: two of them fail within the doctor's own limit
SKEW_SECONDS = 60.0  # between Slack's clock and ours; from five minutes on signatures are refused
MOST = 10  # installations looked at
AGAIN = "then install Wherein again"


@dataclass(frozen=True, slots=True)
class SetUp:
    """What there is to examine."""

    api_url: str = "https://slack.com/api/"
    bot_token: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    config_token: str = field(default="", repr=False)  # of the app's owner: it shows the manifest
    public_url: str = ""


async def problems(setup: SetUp, vault: Vault | None = None) -> list[str]:
    """What is wrong; with a vault, of the installations that it keeps."""
    found: list[str] = []
    if setup.bot_token:
        found += await of_token(setup, setup.bot_token, "SLACK_BOT_TOKEN")
    elif vault:
        found += await of_installations(setup, vault)
    found += await (of_socket(setup) if setup.app_token else of_url(setup))
    return found


# --------------------------------------------------------------------------- tokens


async def of_token(setup: SetUp, token: str, called: str) -> list[str]:
    """Whether Slack knows a token, and what it may not do."""
    client = _client(setup, token)
    try:
        told = await client.auth_test()
    except SlackApiError as error:
        return [_refused(called, reason(error))]
    except FAILURES as error:
        return [_not_there(setup, error)]
    headers = {str(name).lower(): str(value) for name, value in told.headers.items()}
    granted = headers.get("x-oauth-scopes")
    found = clock(headers.get("date", ""), time.time())
    found += missing_scopes(granted.split(",")) if granted is not None else []
    if setup.config_token and "users:read" in (granted or ""):
        found += await _of_manifest(setup, client, str(told.get("bot_id") or ""))
    return found


def missing_scopes(granted: Iterable[str]) -> list[str]:
    """A line for each scope that a token lacks."""
    have = {scope.strip() for scope in granted}
    return [
        f"oauth_config.scopes.bot: add {scope} to the app's manifest, {AGAIN}."
        for scope in sorted(needed() - have)
    ]


def clock(theirs: str, ours: float) -> list[str]:
    """A line where this machine's clock is off, by what an answer of Slack's says of the time; pure."""
    try:
        off = ours - parsedate_to_datetime(theirs).timestamp()
    except ValueError:  # it says nothing of it
        return []
    if abs(off) <= SKEW_SECONDS:
        return []
    which = "ahead of" if off > 0 else "behind"
    return [
        f"This machine's clock is {round(abs(off) / 60)} minutes {which} Slack's: set it, and have it kept"
        " (NTP); from five minutes on, nothing that Slack sends is believed."
    ]


def _not_there(setup: SetUp, error: BaseException) -> str:
    return f"SLACK_API_URL={shown(setup.api_url)}: Slack cannot be reached there: {unreached(error)}."


def _refused(called: str, why: str) -> str:
    known = {
        "invalid_auth": "Slack does not know it: copy it anew from “OAuth & Permissions”",
        "not_authed": "Slack does not know it: copy it anew from “OAuth & Permissions”",
        "account_inactive": "the app was taken out of the workspace: install it again",
        "token_revoked": "it was revoked: install the app again and copy the new one",
        "token_expired": "it has ended: set settings.token_rotation_enabled to false, or install by OAuth",
        "not_allowed_token_type": "it is a token of another kind",
    }
    return f"{called}: {known.get(why, f'Slack refuses it: {why}')}."


async def of_installations(setup: SetUp, vault: Vault) -> list[str]:
    """The same for the first few workspaces that the vault keeps."""
    try:
        names = await vault.names(CHANNEL, name_of(""))
    except VaultError as error:
        return [str(error)]
    found = await asyncio.gather(*(_of_installation(setup, vault, name) for name in names[:MOST]))
    return [line for lines in found for line in lines]


async def _of_installation(setup: SetUp, vault: Vault, name: str) -> list[str]:
    try:
        kept = await vault.get(CHANNEL, name)
    except VaultError as error:
        return [str(error)]
    token, where = read(kept.data).bot_token if kept else None, name.removeprefix(name_of(""))
    return [f"{where}: {line}" for line in await of_token(setup, token, "its token")] if token else []


# --------------------------------------------------------------------------- events


async def _of_manifest(setup: SetUp, client: AsyncWebClient, bot: str) -> list[str]:
    """What the app's own manifest lacks, where its owner's token lets us read it."""
    try:
        told = (await client.bots_info(bot=bot)).get("bot") or {}
        shown = await _client(setup, setup.config_token).apps_manifest_export(app_id=str(told.get("app_id")))
    except SlackApiError as error:
        return [_refused("SLACK_CONFIG_TOKEN", reason(error))]
    except FAILURES as error:
        return [f"SLACK_CONFIG_TOKEN: the manifest cannot be read: {unreached(error)}."]
    return of_manifest(shown.get("manifest") or {}, socket=bool(setup.app_token), url=setup.public_url)


def of_manifest(shown: Mapping[str, Any], *, socket: bool, url: str) -> list[str]:
    """What is to be changed in an app's manifest; pure."""
    settings = shown.get("settings") or {}
    subscribed = settings.get("event_subscriptions") or {}
    events = set(subscribed.get("bot_events") or ())
    found = [
        f"settings.event_subscriptions.bot_events: add {event}, {AGAIN}."
        for event in EVENTS
        if event not in events
    ]
    if not (settings.get("interactivity") or {}).get("is_enabled"):
        found.append("settings.interactivity.is_enabled: set it to true; without it no button does anything.")
    if bool(settings.get("socket_mode_enabled")) != socket:
        found.append(
            "settings.socket_mode_enabled: set it to true, since SLACK_APP_TOKEN is set."
            if socket
            else "settings.socket_mode_enabled: set it to false, or set SLACK_APP_TOKEN."
        )
    if not socket and url and subscribed.get("request_url") != url + EVENTS_PATH:
        found.append(f"settings.event_subscriptions.request_url: set it to {url}{EVENTS_PATH}.")
    features = shown.get("features") or {}
    commands = {command.get("command") for command in features.get("slash_commands") or ()}
    if "/wherein" not in commands:
        found.append(f"features.slash_commands: add /wherein, {AGAIN}.")
    shortcuts = {shortcut.get("callback_id") for shortcut in features.get("shortcuts") or ()}
    missing = [id for id in ("wherein_about", "wherein_ask") if id not in shortcuts]
    return found + [f"features.shortcuts: add the one with callback_id {id}, {AGAIN}." for id in missing]


# --------------------------------------------------------------------------- how Slack reaches us


async def of_socket(setup: SetUp) -> list[str]:
    """Whether a connection could be opened by Socket Mode; none is."""
    try:
        await _client(setup, "").apps_connections_open(app_token=setup.app_token)
    except SlackApiError as error:
        why = reason(error)
        if why == "missing_scope":
            return ["SLACK_APP_TOKEN: it lacks connections:write: make one with it under “App-Level Tokens”."]
        if why == "forbidden_team" or why == "not_allowed":
            return ["settings.socket_mode_enabled: set it to true in the app's manifest."]
        return [_refused("SLACK_APP_TOKEN", why)]
    except FAILURES as error:
        return [_not_there(setup, error)]
    return []


async def of_url(setup: SetUp) -> list[str]:
    """Whether the address to which Slack posts leads to a Wherein that knows its signature."""
    url = setup.public_url + EVENTS_PATH
    if not setup.public_url:
        return [
            "WHEREIN_PUBLIC_URL is not set: set it to the address that Slack reaches, or SLACK_APP_TOKEN for"
            " Socket Mode."
        ]
    found = []
    if not setup.public_url.startswith("https://"):
        found.append(f"WHEREIN_PUBLIC_URL={setup.public_url}: Slack posts to https:// addresses alone.")
    body, headers = _challenge(setup.signing_secret)
    try:
        async with (
            ClientSession(timeout=ClientTimeout(total=SECONDS)) as http,
            http.post(url, data=body, headers=headers, allow_redirects=False) as answer,
        ):
            status, said = answer.status, (await answer.content.read(10_000)).decode("utf-8", "replace")
    except (ClientError, TimeoutError, OSError, ValueError) as error:
        return [
            *found,
            f"{url} does not answer ({unreached(error)}): start Wherein, and let Slack in there.",
        ]
    if status == 200 and CHALLENGE in said:
        return found
    if status in (401, 403):
        return [
            *found,
            f"SLACK_SIGNING_SECRET: what {url} expects is another one, or what stands before it wants a"
            " sign-on: copy the secret from “Basic Information”, and let Slack pass.",
        ]
    return [*found, f"{url} answers {status}, and not as Wherein: look at what stands before it."]


CHALLENGE = "wherein-doctor"


def _challenge(secret: str) -> tuple[bytes, dict[str, str]]:
    """What Slack sends when an address is entered there, signed as Slack signs.

    https://docs.slack.dev/reference/events/url_verification
    """
    body, now = json.dumps({"type": "url_verification", "challenge": CHALLENGE}), str(int(time.time()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=now, body=body) or ""
    headers = {"X-Slack-Request-Timestamp": now, "X-Slack-Signature": signature}
    return body.encode(), headers | {"Content-Type": "application/json"}


def _client(setup: SetUp, token: str) -> AsyncWebClient:
    return AsyncWebClient(token, setup.api_url, timeout=int(SECONDS), logger=QUIET)
