"""What each open page has asked so far: in this process alone, and gone with the page."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.types import Author, Reply, Thread
from web.uploads import CHANNEL

TURNS = 30  # that are shown; older ones scroll off


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its reply, and the text of what that quotes."""

    question: str
    reply: Reply
    source: str | None = None
    other: str | None = None  # the text of what says otherwise


@dataclass(slots=True)
class Session:
    """An open page: the thread that it asks in, and what came of it."""

    author: Author
    thread: Thread = field(default_factory=lambda: Thread(CHANNEL, thread=uuid.uuid4().hex))
    turns: list[Asked] = field(default_factory=list)
    text: str = ""  # the id of the text in the field, as it was last asked
    example: bool = False  # whether texts came with the last example that are none of theirs

    def add(self, turn: Asked) -> None:
        """Note a question with its reply."""
        self.turns = [*self.turns, turn][-TURNS:]


class Sessions:
    """The open pages, each by what its browser calls it and whose it is."""

    def __init__(self, gone: Callable[[Session], None], most: int = 400) -> None:
        self._open: dict[tuple[str, str], Session] = {}
        self._gone, self._most = gone, most

    def of(self, name: str, author: Author) -> Session:
        """The session of that name; a new one where there is none."""
        key = name, author.id
        session = self._open.pop(key, None) or Session(author)
        self._open[key] = session
        while len(self._open) > self._most:
            self._gone(self._open.pop(next(iter(self._open))))
        return session

    def end(self, name: str, author: Author) -> Session | None:
        """Let go of a session."""
        return self._open.pop((name, author.id), None)
