"""What each way to ask reads: one table; nothing else decides it."""

from dataclasses import dataclass
from enum import StrEnum

from bot.types import Message, Thread, Way


class Part(StrEnum):
    """Something that may be read for a question."""

    BROUGHT = "what came with it"
    HERE = "its thread or conversation: messages, files and links"
    PINS = "what is pinned to the room"
    RECENT = "the room's last messages, fetched then and not kept"


@dataclass(frozen=True, slots=True)
class Reach:
    """One way to ask: who asks so, and what is read."""

    who: str
    reads: tuple[Part, ...]


READS: dict[Way, Reach] = {
    "lent": Reach("`/ask` or the page, with a text, a file or a link", (Part.BROUGHT,)),
    "thread": Reach(
        "a mention or a follow-up in a thread; `/ask` without a text", (Part.BROUGHT, Part.HERE, Part.PINS)
    ),
    "room": Reach(
        "a slash command, a global shortcut, a mention outside a thread",
        (Part.BROUGHT, Part.PINS, Part.RECENT),
    ),
    "message": Reach("a message shortcut, “ask about this”", (Part.BROUGHT, Part.HERE)),
    "conversation": Reach(
        "a direct message, the agent pane, a personal or a group chat", (Part.BROUGHT, Part.HERE, Part.PINS)
    ),
}


def home(message: Message) -> Thread | None:
    """Where what a message brings is kept; None where nothing of it is.

    A room as a whole keeps only what is pinned there: who asks beside any thread is read to and let go.
    """
    where = message.thread
    kept = message.remember and (where.thread or message.way == "conversation")
    return where if kept else None


def reads(message: Message) -> tuple[Part, ...]:
    """What is read for a message."""
    return READS[message.way].reads
