"""Installations in the vault: one for each workspace, or one for a whole organisation."""

import logging
import time
from collections.abc import Callable, Mapping
from logging import Logger
from typing import Any

from slack_sdk.oauth.installation_store import Bot
from slack_sdk.oauth.installation_store import Installation as Installed
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore

from bot.types import UnopenedError, Vault, VaultError

CHANNEL = "slack"
ATTEMPTS = 8  # at an installation that others write at the same time

# Of what OAuth gives, what is used: no token of a person, no names.
FIELDS = (
    "app_id",
    "enterprise_id",
    "enterprise_url",
    "team_id",
    "bot_token",
    "bot_id",
    "bot_user_id",
    "bot_scopes",
    "bot_refresh_token",
    "bot_token_expires_at",
    "user_id",
    "is_enterprise_install",
    "installed_at",
)


def name_of(id: str) -> str:
    """The name of the installation in a workspace (T…) or an organisation (E…)."""
    return f"installation#{id}"


def member(enterprise: str, team: str = "") -> str:
    """The name that notes where an organisation's installation was used; how they begin, of all of them."""
    return f"member#{enterprise}#{team}"


def written(installed: Installed) -> dict[str, Any]:
    """What is kept of an installation."""
    url = installed.get_custom_value("url") or installed.enterprise_url or ""
    return {name: getattr(installed, name) for name in FIELDS} | {"url": url}


def read(data: Mapping[str, Any]) -> Installed:
    """The installation that was kept."""
    known = {name: data[name] for name in FIELDS if name in data}
    return Installed(**known, custom_values={"url": data["url"]})


class Installations(AsyncInstallationStore):
    """Bolt's store of installations, over the vault."""

    def __init__(self, vault: Vault, changed: Callable[[str], None] = lambda _: None) -> None:
        self._vault, self._changed = vault, changed

    @property
    def logger(self) -> Logger:
        """Where Bolt would log."""
        return logging.getLogger(__name__)

    async def async_save(self, installation: Installed) -> None:
        """Keep an installation in the place of an older one there; raises `VaultError`."""
        team = None if installation.is_enterprise_install else installation.team_id
        id = team or installation.enterprise_id or ""
        for _ in range(ATTEMPTS):
            there = await self._version(id)
            if await self._vault.put(CHANNEL, name_of(id), written(installation), there):
                self._changed(id)
                return
        raise VaultError("An installation is being changed by others just now.")

    async def _version(self, id: str) -> int:
        """The version of what stands there; what no key of ours opens makes room."""
        try:
            there = await self._vault.get(CHANNEL, name_of(id))
        except UnopenedError:
            await self._vault.delete(CHANNEL, name_of(id))
            return 0
        return there.version if there else 0

    async def async_save_bot(self, bot: Bot) -> None:
        """Keep what changed of a bot: its tokens."""
        there = await self.async_find_installation(
            enterprise_id=bot.enterprise_id,
            team_id=bot.team_id,
            is_enterprise_install=bot.is_enterprise_install,
        )
        installed = there or Installed(user_id="", **bot.to_dict_for_copying())
        for name in ("bot_token", "bot_refresh_token", "bot_token_expires_at"):
            setattr(installed, name, getattr(bot, name))
        await self.async_save(installed)

    async def async_find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,
        is_enterprise_install: bool | None = False,
    ) -> Installed | None:
        """The installation in a workspace, else the one in its organisation."""
        for id in (None if is_enterprise_install else team_id, enterprise_id):
            if id and (kept := await self._vault.get(CHANNEL, name_of(id))):
                return read(kept.data)
        return None

    async def async_find_bot(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        is_enterprise_install: bool | None = False,
    ) -> Bot | None:
        """The same, of the bot alone."""
        found = await self.async_find_installation(
            enterprise_id=enterprise_id, team_id=team_id, is_enterprise_install=is_enterprise_install
        )
        return found.to_bot() if found else None

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Delete an installation; there is none but the bot's."""
        await self.async_delete_all(enterprise_id=enterprise_id, team_id=team_id)

    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        """Delete an installation; of one person there is none."""
        if user_id is None:
            await self.async_delete_all(enterprise_id=enterprise_id, team_id=team_id)

    async def async_delete_all(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Delete the installation of a workspace; without one, that of an organisation."""
        if id := team_id or enterprise_id:
            await self._vault.delete(CHANNEL, name_of(id))
            self._changed(id)


def ends(data: Mapping[str, Any]) -> float:
    """When its token ends, seconds since the epoch."""
    at = data.get("bot_token_expires_at")
    return float(at) if at is not None else float("inf")


def ends_within(data: Mapping[str, Any], seconds: float, clock: Callable[[], float] = time.time) -> bool:
    """Whether its token ends so soon."""
    return ends(data) <= clock() + seconds
