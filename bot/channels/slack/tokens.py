"""Where Wherein is installed, and the token with which it speaks there."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from slack_sdk.web.async_client import AsyncWebClient


@dataclass(frozen=True, slots=True)
class Installation:
    """Wherein in one workspace, or in all of an organisation."""

    team: str
    enterprise: str = ""
    token: str = field(default="", repr=False)
    bot_id: str = ""
    bot_user: str = ""
    url: str = ""  # of the workspace: https://x.slack.com/


class Tokens(Protocol):
    """Installations by where an event comes from."""

    async def of(self, team: str, enterprise: str) -> Installation | None:
        """The one there; None where Wherein is not installed. Raises what slack_sdk raises."""


class OneWorkspace:
    """The workspace of one token; Slack is asked once which that is."""

    def __init__(self, client: Callable[[str], AsyncWebClient], token: str) -> None:
        self._client, self._token = client, token
        self._known: Installation | None = None
        self._asking = asyncio.Lock()

    async def of(self, team: str, enterprise: str) -> Installation | None:
        """The workspace, where that is it, or where it is not told."""
        ours = self._known or await self.ours()
        if not team or team == ours.team:
            return ours
        return ours if enterprise and enterprise == ours.enterprise else None

    async def ours(self) -> Installation:
        """The workspace, as `auth.test` tells it."""
        async with self._asking:
            if self._known is None:
                told = await self._client(self._token).auth_test()
                self._known = Installation(
                    told.get("team_id") or "",
                    told.get("enterprise_id") or "",
                    self._token,
                    told.get("bot_id") or "",
                    told.get("user_id") or "",
                    told.get("url") or "",
                )
        return self._known
