"""The tokens of many workspaces, from the vault; one that ends soon is renewed, by one task alone.

A refresh token is good for one exchange: two tasks that both made it would each hold a pair of which Slack
honours only the newer. Who means to exchange first writes that down, where the installation's version still
stands; the others go on with the old token, which is good for two hours yet.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from weakref import WeakValueDictionary

import structlog
from cachetools import TTLCache
from slack_sdk.errors import SlackTokenRotationError
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator

from bot.channels.slack.refused import FAILURES, reason
from bot.channels.slack.tokens import Installation
from bot.channels.slack.vaulted import CHANNEL, ends_within, member, name_of, read
from bot.types import Kept, Vault, VaultError

log = structlog.get_logger(__name__)

AHEAD_SECONDS = 2 * 3_600.0  # before its end, a token is renewed
CLAIM_SECONDS = 60.0  # so long others leave the renewing to who began it
WAIT_SECONDS, WAITS = 0.25, 8  # for who renews a token that has ended
SOON_SECONDS = 600.0  # one that ends so soon is not kept at hand
KNOWN_SECONDS, KNOWN = 300.0, 2_000  # installations at hand
WRITES, WRITE_SECONDS = 4, 0.2  # of a new pair, which would be lost


class VaultTokens:
    """Installations of many workspaces."""

    def __init__(
        self, vault: Vault, rotator: AsyncTokenRotator, clock: Callable[[], float] = time.time
    ) -> None:
        self._vault, self._rotator, self._clock = vault, rotator, clock
        self._known: TTLCache[tuple[str, str], Installation] = TTLCache(KNOWN, KNOWN_SECONDS)
        self._locks: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def of(self, team: str, enterprise: str) -> Installation | None:
        """The workspace's own, else its organisation's; None where there is none. Raises `VaultError`."""
        if known := self._known.get((team, enterprise)):
            return known
        lock = self._locks.setdefault((team, enterprise), asyncio.Lock())
        async with lock:
            return self._known.get((team, enterprise)) or await self._looked_up(team, enterprise)

    def changed(self, id: str) -> None:
        """Let go of what is at hand of a workspace or an organisation."""
        for key in [key for key in self._known if id in key]:
            self._known.pop(key, None)

    async def _looked_up(self, team: str, enterprise: str) -> Installation | None:
        for id in filter(None, (team, enterprise)):
            kept = await self._fresh(name_of(id))
            if kept is None:
                continue
            if team and id == enterprise:  # so that all of an organisation's workspaces can be forgotten
                await self._vault.put(CHANNEL, member(enterprise, team), {}, 0)
            found = _ours(kept.data, team)
            if not ends_within(kept.data, SOON_SECONDS, self._clock):
                self._known[team, enterprise] = found
            return found
        return None

    # ----------------------------------------------------------------------- renewing

    async def _fresh(self, name: str) -> Kept | None:
        """An installation whose token is good for a while, as far as that can be had."""
        kept = await self._vault.get(CHANNEL, name)
        for _ in range(WAITS):
            if kept is None or not ends_within(kept.data, AHEAD_SECONDS, self._clock):
                return kept
            kept = await self._renewed(name, kept) or kept
            if not ends_within(kept.data, 0.0, self._clock):
                return kept
            await asyncio.sleep(WAIT_SECONDS)
            kept = await self._vault.get(CHANNEL, name)
        return kept

    async def _renewed(self, name: str, kept: Kept) -> Kept | None:
        """The installation with a new pair; None where another task is at it, or Slack gave none."""
        now = self._clock()
        if kept.data.get("renewing_until", 0.0) > now:
            return None
        claimed = {**kept.data, "renewing_until": now + CLAIM_SECONDS}
        if not await self._vault.put(CHANNEL, name, claimed, kept.version):
            return None
        pair = await self._exchanged(name, claimed)
        return await self._kept(name, {**claimed, **pair}, kept.version + 1) if pair else None

    async def _exchanged(self, name: str, data: dict[str, Any]) -> dict[str, Any] | None:
        always = int(AHEAD_SECONDS)  # minutes, far more than a token lives: that it is time was found here
        try:
            bot = read(data).to_bot()
            new = await self._rotator.perform_bot_token_rotation(bot=bot, minutes_before_expiration=always)
        except SlackTokenRotationError as error:
            log.error("a token was not renewed", name=name, reason=reason(error.api_error))
            return None
        except FAILURES as error:
            log.warning("a token was not renewed; it is tried again", name=name, error=type(error).__name__)
            return None
        if new is None:
            log.warning("a token was not renewed; it is tried again", name=name, error="no bot token")
            return None
        fields = ("bot_token", "bot_refresh_token", "bot_token_expires_at")
        return {field: getattr(new, field) for field in fields} | {"renewing_until": 0.0}

    async def _kept(self, name: str, data: dict[str, Any], version: int) -> Kept | None:
        """Keep a new pair; None where Wherein was installed anew, or put out, meanwhile."""
        for _ in range(WRITES):
            try:
                if await self._vault.put(CHANNEL, name, data, version):
                    log.info("a token was renewed", name=name)
                    return Kept(data, version + 1)
                return None
            except VaultError as error:
                log.error("a renewed token is not kept yet", name=name, reason=str(error))
                await asyncio.sleep(WRITE_SECONDS)
        return Kept(data, version)


def _ours(data: Any, team: str) -> Installation:
    ours = Installation(
        data["team_id"] or "",
        data["enterprise_id"] or "",
        data["bot_token"],
        data["bot_id"] or "",
        data["bot_user_id"] or "",
        data["url"],
    )
    return replace(ours, team=team or ours.team)
