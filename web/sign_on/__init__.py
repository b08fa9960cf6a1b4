"""Who somebody is on the page: whoever sits here, who knows the password, or whom the balancer names."""

from dataclasses import dataclass
from typing import Protocol

from starlette.requests import Request

from bot.types import Author

LOCAL = Author("local", admin=True)


class SignOn(Protocol):
    """One way to know who somebody is."""

    @property
    def asks(self) -> bool:
        """Whether it has a form to sign in with."""

    async def who(self, request: Request) -> Author | None:
        """Who asks; None where that is not known."""

    async def close(self) -> None:
        """Let go of what is held."""


@dataclass(frozen=True, slots=True)
class Anybody:
    """On loopback: whoever reaches it sits at this machine."""

    asks: bool = False

    async def who(self, request: Request) -> Author | None:
        """The one who sits here."""
        return LOCAL

    async def close(self) -> None:
        """Nothing is held."""
