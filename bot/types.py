"""What channels, the conversation and the stores hand each other."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from urllib.parse import quote

from model.types import Answer, Document

_NO_CHARACTER = re.compile("[\0\ud800-\udfff]")

QUESTION_LIMIT = 1_000  # code points: a longer one is a text with a question in it

Intent = Literal["ask"]
Kind = Literal["answer", "unsure", "info", "error"]


def is_text(text: str) -> bool:
    """Whether it is made of characters: no half of a surrogate pair, no NUL."""
    return _NO_CHARACTER.search(text) is None


@dataclass(frozen=True, slots=True)
class Thread:
    """Where something was said; its `str()` is the key in every store, and no two threads share one.

    A room (channel-wide) is a thread without a thread id; team is the workspace or tenant.
    """

    channel: str
    team: str = ""
    room: str = ""
    thread: str = ""

    def __str__(self) -> str:
        parts = self.channel, self.team, self.room, self.thread
        return "/".join(quote(part, safe="") for part in parts)


@dataclass(frozen=True, slots=True)
class Message:
    """One thing that somebody said to Wherein; `id` is the channel's own.

    What `documents` brings is read for this question, and it alone; where the thread remembers, it is kept
    for the questions that come after.
    """

    id: str
    thread: Thread
    intent: Intent
    text: str
    documents: tuple[Document, ...] = ()
    at: float = 0.0  # seconds since the epoch
    remember: bool = True  # whether anything of this is kept


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that was there and was not read, and why."""

    title: str
    why: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What Wherein says; each channel draws it in its own way.

    `text` says it all in plain words. `answer` is there only where `kind` is "answer"; `nearest` is the
    closest sentence where it is "unsure".
    """

    id: str  # the message's: it joins reply, logs and turns
    kind: Kind
    text: str
    asked: str = ""
    answer: Answer | None = None
    nearest: str | None = None
    read: tuple[Document, ...] = ()  # without their texts
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what came of it, as remembered in its thread."""

    id: str
    at: float  # seconds since the epoch
    question: str
    kind: Kind
    answer: str = ""  # the words quoted
    document: str = ""  # the id of the document quoted


Ask = Callable[[Message], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class House:
    """What an edge is handed to reach the rest."""

    ask: Ask


class Routes(Protocol):
    """The service's router, as far as a channel needs it; aiohttp's `UrlDispatcher` is one."""

    def add_route(self, method: str, path: str, handler: Any) -> Any:
        """Send requests for a path to a handler."""


class Channel(Protocol):
    """A way in: it turns what it receives into a `Message`, and draws a `Reply`.

    A module of `bot/channels` has `open(service: Settings) -> Channel`, reading its own settings.
    """

    name: str

    def mount(self, routes: Routes, house: House) -> None:
        """Add its routes to the service's."""

    def invitation(self, address: str) -> str:
        """One line for whoever starts the service: how to ask here; `address` is where it listens."""
