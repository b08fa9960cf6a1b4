"""Where Wherein is installed, and the token with which it speaks there."""

from dataclasses import dataclass, field
from typing import Protocol


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
