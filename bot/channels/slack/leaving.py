"""Wherein is put out of a workspace: its installation goes, and all that was kept of it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from bot.channels.slack.vaulted import CHANNEL, member, name_of
from bot.types import Accept, Address, Message, Thread, UnopenedError, Vault, is_text

log = structlog.get_logger(__name__)

EVENTS = "app_uninstalled", "tokens_revoked", "team_access_revoked"
SKEW_SECONDS = 5.0  # between Slack's clock and ours


@dataclass(frozen=True, slots=True)
class Gone:
    """Where Wherein was put out."""

    event: str  # its id
    at: float  # seconds since the epoch
    teams: tuple[str, ...]
    enterprise: str = ""
    all: bool = False  # of the organisation's workspaces
    revoked: bool = False  # a token, which need not be the one in use


def gone(body: Mapping[str, Any]) -> Gone | None:
    """What an event says of that; None where it takes no bot's token away, or is none of Slack's."""
    try:
        found = _gone(body)
    except (AttributeError, TypeError, ValueError):
        return None
    return found if found and math.isfinite(found.at) and all(map(is_text, found.teams)) else None


def _gone(body: Mapping[str, Any]) -> Gone | None:
    event = body.get("event") or {}
    kind, team, enterprise = event.get("type"), body.get("team_id") or "", body.get("enterprise_id") or ""
    if kind not in EVENTS or (kind == "tokens_revoked" and not (event.get("tokens") or {}).get("bot")):
        return None
    first: Mapping[str, Any] = next(iter(body.get("authorizations") or ()), {})
    whole = bool(body.get("is_enterprise_install") or first.get("is_enterprise_install"))
    enterprise = enterprise or first.get("enterprise_id") or ""
    id, at = str(body.get("event_id") or kind), float(body.get("event_time") or 0)
    if kind == "team_access_revoked":
        return Gone(id, at, tuple(map(str, event.get("team_ids") or ())), enterprise)
    if whole and enterprise:
        return Gone(id, at, (), enterprise, all=True, revoked=kind == "tokens_revoked")
    return Gone(id, at, (team,) if team else (), enterprise, revoked=kind == "tokens_revoked")


async def leave(body: Mapping[str, Any], accept: Accept, vault: Vault | None) -> list[str]:
    """Have all be forgotten of where an event says that Wherein was put out; the ids of whose tokens went.

    Raises `NotAcceptedError` and `VaultError`: then Slack must send it again.
    """
    going = gone(body)
    if going is None:
        return []
    ids = [going.enterprise] if going.all else list(going.teams)
    if vault and any([await _is_newer(vault, id, going.at) for id in ids]):
        log.info("put out before it was installed anew", id=going.event)
        return []
    members = await _members(vault, going) if vault else []
    for team in dict.fromkeys((*going.teams, *members)):
        id = f"{going.event}-{team}"  # the promise comes first: what is deleted cannot be found again
        where = Thread(CHANNEL, team)
        await accept(Message(id, where, "left", "", at=going.at, address=Address(CHANNEL, {"team": team})))
    if vault:
        for name in (*map(name_of, ids), *(member(going.enterprise, team) for team in members)):
            await vault.delete(CHANNEL, name)
    log.info("put out", id=going.event, teams=[*going.teams, *members])
    return ids


async def _members(vault: Vault, going: Gone) -> list[str]:
    """The workspaces that used their organisation's installation, of those that this is about."""
    if not going.enterprise:
        return []
    begins = member(going.enterprise)
    known = [name.removeprefix(begins) for name in await vault.names(CHANNEL, begins)]
    return [team for team in known if going.all or team in going.teams]


async def _is_newer(vault: Vault, id: str, at: float) -> bool:
    """Whether the installation there was made after that: an event may come late, and twice."""
    try:
        kept = await vault.get(CHANNEL, name_of(id))
    except UnopenedError:  # but it can be deleted
        return False
    return kept is not None and float(kept.data["installed_at"]) > at + SKEW_SECONDS
