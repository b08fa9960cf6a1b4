"""Who people are, as `users.info` tells: their names, their language, and what they may."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

import structlog
from cachetools import TTLCache
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.slack.errors import UNREADABLE
from bot.channels.slack.tokens import Installation
from bot.types import Author

log = structlog.get_logger(__name__)

KNOWN_SECONDS = 300.0  # after this, who became a guest is one here
UNKNOWN_SECONDS = 20.0  # after a look-up that failed
MOST = 10_000
AT_ONCE = 8  # look-ups for one history

Body = Mapping[str, Any]
Key = tuple[str, str]


class People:
    """People of workspaces, looked up once in a while."""

    def __init__(self, client: Callable[[str], AsyncWebClient]) -> None:
        self._client = client
        self._known: TTLCache[Key, Author] = TTLCache(MOST, KNOWN_SECONDS)
        self._failed: TTLCache[Key, bool] = TTLCache(MOST, UNKNOWN_SECONDS)
        self._asking: dict[Key, asyncio.Task[Author | None]] = {}

    def known(self, team: str, user: str) -> Author:
        """Somebody, as far as is known without asking."""
        return self._known.get((team, user), Author(user))

    async def of(self, ours: Installation, author: Author) -> Author:
        """Somebody with what Slack tells of them; as they are where it does not. Never raises."""
        if not author.id:
            return author
        key = ours.team, author.id
        found = self._known.get(key)
        if found is None and key not in self._failed:
            asking = self._asking.get(key)
            if asking is None:
                asking = asyncio.create_task(self._ask(ours, key))
                self._asking[key] = asking
                asking.add_done_callback(lambda _: self._asking.pop(key, None))
            found = await asyncio.shield(asking)
        return replace(found, outside=found.outside or author.outside) if found else author

    async def names(self, ours: Installation, users: Collection[str]) -> dict[str, str]:
        """The names of some of them."""
        one_of = asyncio.Semaphore(AT_ONCE)

        async def ask(user: str) -> Author:
            async with one_of:
                return await self.of(ours, Author(user))

        found = await asyncio.gather(*map(ask, users))
        return {one.id: one.name for one in found}

    async def _ask(self, ours: Installation, key: Key) -> Author | None:
        try:
            told = await self._client(ours.token).users_info(user=key[1], include_locale=True)
            found = to_author(told["user"], ours)
        except UNREADABLE as error:
            log.info("somebody is not known", user=key[1], error=type(error).__name__)
            self._failed[key] = True
            return None
        self._known[key] = found
        return found


def to_author(user: Body, ours: Installation) -> Author:
    """Somebody, as Slack tells of them."""
    profile = user.get("profile") or {}
    organisation = (user.get("enterprise_user") or {}).get("enterprise_id") or user.get("enterprise_id") or ""
    same = bool(ours.enterprise) and organisation == ours.enterprise
    elsewhere = bool(user.get("team_id")) and user["team_id"] != ours.team and not same
    return Author(
        user["id"],
        profile.get("display_name") or profile.get("real_name") or user.get("real_name") or "",
        profile.get("email") or "",
        admin=any(user.get(flag) for flag in ("is_admin", "is_owner", "is_primary_owner")),
        guest=any(user.get(flag) for flag in ("is_restricted", "is_ultra_restricted")),
        outside=bool(user.get("is_stranger")) or elsewhere,
        bot=bool(user.get("is_bot")),
        locale=user.get("locale") or "",
    )
