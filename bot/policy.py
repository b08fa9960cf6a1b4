"""Whether to answer here, who may do what, how often; pure: what it goes by is handed to it."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.types import Author, Message

Right = Literal[
    "ask",
    "sources",
    "pin",
    "unpin",
    "forget",
    "unpin others'",
    "forget others'",
    "forget everything",
    "settings",
    "export",
    "administer",
]
Role = Literal["admin", "member", "guest", "bot"]
Follow = Literal["own", "always", "never"]


class NotAllowedError(Exception):
    """Somebody may not do that here."""

    def __init__(self, right: "Right") -> None:
        super().__init__(right)
        self.right = right


class RoomSettings(BaseModel):
    """What can be set for a room, or for all rooms of a workspace; `bot.replies` says what each is for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    follow: Follow = "own"  # of those who asked, of all, of nobody
    guests: bool = False
    per_minute: int = Field(20, ge=1, le=600)
    at_once: int = Field(10, ge=1, le=600)
    digest: bool = False
    words: bool = False
    line: float | None = Field(None, ge=0.05, le=0.99)


# A guest's rights are those where a setting lets guests ask; a bot, Wherein itself among them, has none.
RIGHTS: dict[Right, tuple[Role, ...]] = {
    "ask": ("admin", "member", "guest"),
    "sources": ("admin", "member", "guest"),
    "pin": ("admin", "member"),
    "unpin": ("admin", "member"),
    "forget": ("admin", "member", "guest"),
    "unpin others'": ("admin",),
    "forget others'": ("admin",),
    "forget everything": ("admin",),
    "settings": ("admin",),
    "export": ("admin",),
    "administer": ("admin",),
}


def role(author: Author) -> Role:
    """What somebody is, as far as rights go; who is from outside is never an admin."""
    if author.bot:
        return "bot"
    if author.guest or author.outside:
        return "guest"
    return "admin" if author.admin else "member"


def may(author: Author, right: Right, room: RoomSettings) -> bool:
    """Whether somebody may do that in a room with these settings."""
    who = role(author)
    return who in RIGHTS[right] and (who != "guest" or room.guests or right == "forget")


def known(author: Author, admins: Collection[str]) -> Author:
    """Somebody as an admin, where `WHEREIN_ADMINS` names their id or e-mail address."""
    named = {admin.casefold() for admin in admins}
    if {author.id.casefold(), author.email.casefold()} & named - {""}:
        return replace(author, admin=True)
    return author


def answers_here(message: Message, room: RoomSettings, *, has_asked: bool, muted: bool) -> bool:
    """Whether a message is for Wherein to answer.

    One that is addressed to it is, also where it is muted; another only as a follow-up. A bot's never is.
    """
    if message.author.bot:
        return False
    if message.addressed:
        return True
    return not muted and (room.follow == "always" or (room.follow == "own" and has_asked))


@dataclass(frozen=True, slots=True)
class Spent:
    """A question charged to a bucket: when it is empty, how long until the next."""

    full_at: float  # when the bucket will be full again, seconds since the epoch: all that is kept of it
    wait: float = 0.0  # seconds; over 0, the question was not charged


def spend(full_at: float, now: float, room: RoomSettings) -> Spent:
    """Take one question from a token bucket of `at_once`, which gains `per_minute`."""
    each = 60 / room.per_minute
    full_at = min(max(full_at, now), now + each * room.at_once)  # a wrong clock or an old setting wrote it
    filled = full_at + each
    wait = filled - now - each * room.at_once
    return Spent(full_at, wait) if wait > 1e-9 else Spent(filled)
