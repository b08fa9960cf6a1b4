"""What channels, the conversation and the stores hand each other."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Any, Literal, Protocol, runtime_checkable
from urllib.parse import quote, unquote

from model.types import Answer, Document

_NO_CHARACTER = re.compile("[\0\ud800-\udfff]")

KEYS = 4_096  # threads whose keys are kept at hand
QUESTION_LIMIT = 1_000  # code points: a longer one is a text with a question in it

Intent = Literal[
    "ask",
    "heard", "edited", "deleted", "restored",
    "feedback", "next", "why", "share", "keep", "delete",
    "sources", "pin", "unpin", "forget", "mute", "unmute", "settings", "doctor", "help",
    "joined", "left",
    "again", "news", "digest",
]  # fmt: skip
"""What a message is for, a line each: an answer; to be known (said, or changed since); to do something about
an answer; a command; Wherein itself was brought into a room or taken out of it; or, from Wherein to itself,
to ask again a question whose answer quoted what changed, to tell a room how its answers changed, or what of
last week found no answer."""
Way = Literal["lent", "thread", "room", "message", "conversation"]
"""How somebody asks; `bot.reach` says what is read for each."""
Kind = Literal["answer", "unsure", "info", "error"]
Ref = str
"""What a chat calls a message that was posted there, as its channel writes it."""


def is_text(text: str) -> bool:
    """Whether it is made of characters: no half of a surrogate pair, no NUL."""
    return _NO_CHARACTER.search(text) is None


def as_text(text: str) -> str:
    """The same text, and as long, with a mark in place of what is no character."""
    return _NO_CHARACTER.sub("\ufffd", text)


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
        return _key(self)

    @classmethod
    def parse(cls, written: str) -> "Thread":
        """The thread whose `str()` that is."""
        return cls(*map(unquote, written.split("/")))

    @property
    def whole_room(self) -> "Thread":
        """The room that it is in."""
        return Thread(self.channel, self.team, self.room)

    @property
    def whole_team(self) -> "Thread":
        """The workspace or tenant that it is in."""
        return Thread(self.channel, self.team)


@lru_cache(KEYS)
def _key(where: Thread) -> str:
    """A thread as it is written in every key: several times for each message."""
    parts = where.channel, where.team, where.room, where.thread
    return "/".join(quote(part, safe="", errors="surrogatepass") for part in parts)


@dataclass(frozen=True, slots=True)
class Author:
    """Who said something, as far as the chat tells; without an id nobody in particular."""

    id: str = ""
    name: str = ""
    email: str = ""
    admin: bool = False  # of the workspace, as the chat says
    guest: bool = False
    outside: bool = False  # of another organisation
    bot: bool = False
    locale: str = ""  # de-DE; empty: not told


@dataclass(frozen=True, slots=True)
class Address:
    """Where a reply goes, as plain JSON: another process can deliver it after a crash."""

    channel: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message: given, not yet fetched."""

    id: str
    name: str
    media_type: str = ""
    size: int = 0  # bytes; 0: not told
    url: str = ""  # where its channel fetches it
    where: str = ""  # a link that opens it for people; empty: none


@dataclass(frozen=True, slots=True)
class Message:
    """One thing that somebody said to Wherein; `id` is the channel's own.

    What it brings (`documents`, `attachments`, links) is read for this question; where the thread remembers,
    it is kept for the questions that come after.
    """

    id: str
    thread: Thread
    intent: Intent
    text: str
    documents: tuple[Document, ...] = ()
    at: float = 0.0  # seconds since the epoch
    remember: bool = True  # whether anything of this is kept
    author: Author = Author()
    addressed: bool = True  # said to Wherein: a mention, a command, a conversation with it alone
    address: Address = Address()
    way: Way = "thread"
    about: str = (
        ""  # the id of the message or answer that it changes, asks again or judges; for news, of the document
    )
    attachments: tuple[Attachment, ...] = ()
    links: tuple[str, ...] = ()  # given beside the text; those in the text are found there
    where: str = ""  # a link that opens it
    private: bool = False  # only who says it sees the reply
    reworded: bool = False  # to ask again: the question was edited, and not what its answer quoted
    ref: str = ""  # of the reply that it is about, where a chat names that and not the answer
    group: str = ""  # what its room is brought into and put out of along with others: a team of channels


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that whoever reads a reply may do next: a channel draws it as a button."""

    intent: Intent
    label: str  # as it is shown
    about: str  # the id of the answer or document that it is about
    text: str = ""  # of the message that it makes: "up", or which of the next best


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that was there and was not read, and why."""

    title: str
    why: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an answer rests on, without a word of it: with the same texts it can be had again."""

    reader: str
    revision: str  # of reader and calibration
    line: float | None  # the least confidence with which something was claimed
    stated: float | None  # the confidence by the reader's own calibration
    confidence: float | None  # and as it was shown
    read: tuple[str, ...]  # the marks of the documents (`bot.receipts`), in their order
    found: tuple[
        tuple[str, int, int], ...
    ]  # mark, start, end: the answer or the nearest, then what came next


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
    conflict: Answer | None = None  # from another document, older, and it says otherwise
    nearest: str | None = None
    read: tuple[Document, ...] = ()  # without their texts
    skipped: tuple[Skipped, ...] = ()
    reader: str = ""  # the one that read, on whichever rung of the ladder
    passing: bool = False  # an error that may be gone in a moment: worth another try before it is shown
    lead: str = ""  # words before the quotation; `text` begins with them
    sure: str = ""  # how sure it is, in words
    otherwise: str = ""  # words before the quotation that says otherwise
    notes: tuple[str, ...] = ()  # what was read and what was not, in words
    audience: Literal["all", "one"] = "all"  # who sees it: everybody there, or who asked
    offers: tuple[Offer, ...] = ()
    by: str = ""  # the id of who asked, where another one shows it to all
    candidates: tuple[Answer, ...] = ()  # of an answer that is explained: what was found, the best first
    people: tuple[str, ...] = ()  # the ids of those whom its text names, as <@ID>
    retracts: str = ""  # the id of a message whose reply is to be taken away
    waits: bool = False  # no outcome yet: the question is answered when Wherein is let into the room
    receipt: Receipt | None = None  # of an answer, or of the nearest sentence


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what came of it, as remembered in its thread."""

    id: str
    at: float  # seconds since the epoch
    question: str
    kind: Kind
    answer: str = ""  # the words quoted
    document: str = ""  # the id of the document quoted
    author: str = ""  # the id of who asked
    receipt: Receipt | None = None
    sentence: str = ""  # that the words quoted stand in
    starts: int = 0  # where in it they begin
    lent: bool = False  # the document was lent for this question, and is kept nowhere
    source: str = ""  # the title of the document quoted
    where: str = ""  # the link that opens it there
    place: str = ""  # where in it: page 3


Ask = Callable[[Message], Awaitable[Reply]]
Accept = Callable[[Message], Awaitable[bool]]
"""Whether the message is taken now: recorded, to be answered. A message of no concern, or seen before, is
not, and that is no error; what is raised where it could not be recorded says that it must be sent again."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is remembered of one room."""

    room: Thread
    threads: int  # in which something was asked
    pinned: tuple[Document, ...] = ()  # without their texts


@dataclass(frozen=True, slots=True)
class Overview:
    """What Wherein remembers of a team, as far as somebody may see it."""

    rooms: tuple[Remembered, ...] = ()
    more: int = 0  # rooms that are not among them
    admin: bool = False  # whether who looks may administer the team; the rest is for them alone
    wrong: tuple[str, ...] = ()  # what is to be changed in the set-up
    settings: Mapping[str, Any] = field(default_factory=dict)  # what holds in the team's rooms


class Desk(Protocol):
    """What an edge may ask of what is remembered."""

    async def overview(self, author: Author, team: Thread) -> Overview:
        """What somebody sees who looks at the whole; raises what `bot.replies` has words for."""


class Bare:
    """The desk where nothing is remembered."""

    async def overview(self, author: Author, team: Thread) -> Overview:
        """Nothing."""
        return Overview()


@dataclass(frozen=True, slots=True)
class House:
    """What an edge is handed to reach the rest: `ask` and wait, or `accept` and be called back."""

    ask: Ask
    accept: Accept
    desk: Desk = field(default_factory=Bare)
    vault: "Vault | None" = None


class NotAcceptedError(Exception):
    """A message could not be recorded: nothing will come of it, unless it is sent again."""


class DeliveryError(Exception):
    """A chat did not take a reply, or it is not known whether it did."""

    def __init__(self, reason: str, *, wait: float = 0.0, final: bool = False, refused: bool = False) -> None:
        super().__init__(reason)
        self.wait = wait  # seconds that the chat asks us to wait
        self.final = final  # it never will: the room is gone, the token revoked
        self.refused = final or refused  # it surely did not


SourceReason = Literal["gone", "login", "large", "slow", "failing", "unsupported", "uninvited", "unseen"]


class SourceError(Exception):
    """A channel cannot hand over a file, or what was said before; `bot.replies` has the words."""

    def __init__(self, reason: SourceReason) -> None:
        super().__init__(reason)
        self.reason = reason


class Unknown(Enum):
    """The one value `UNKNOWN`."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN
"""Whether a reply was posted cannot be found out."""


class VaultError(Exception):
    """What is kept sealed cannot be had or kept; the text is a sentence for whoever runs the service."""


class UnopenedError(VaultError):
    """It is there, and no key of ours opens it: it can only be deleted, or replaced."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept sealed, as it was read: it is written again only where its version still stands."""

    data: Mapping[str, Any]
    version: int


class Vault(Protocol):
    """Keeps what nobody may read in the store: a channel's installations and their tokens, encrypted.

    Each method raises `VaultError`; where it cannot be opened, `UnopenedError`.
    """

    async def get(self, channel: str, name: str) -> Kept | None:
        """What is kept under a name; None where nothing is."""

    async def put(
        self,
        channel: str,
        name: str,
        data: Mapping[str, Any],
        version: int,
        *,
        expires_at: float | None = None,
    ) -> bool:
        """Keep what was read with that version (0: nothing was there); False where it was changed since."""

    async def delete(self, channel: str, name: str) -> None:
        """Delete what is kept under a name; that nothing is there is no error."""

    async def names(self, channel: str, prefix: str = "") -> list[str]:
        """The names that begin so, under which a channel keeps something, in their order."""


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

    async def check(self) -> list[str]:
        """What is wrong with its set-up, each a sentence that names the line to change."""


@runtime_checkable
class Source(Protocol):
    """Where files and earlier messages come from: a channel that has any, or the page."""

    async def fetch(self, attachment: Attachment, address: Address) -> bytes:
        """The bytes of a file; raises `SourceError`."""

    async def history(self, address: Address, most: int) -> Sequence[Message]:
        """The last messages there, oldest first: of a thread or a conversation, or of a room where the
        address leads to no thread. Raises `SourceError`."""


@runtime_checkable
class Chat(Channel, Protocol):
    """A channel that acknowledges at once and is answered later, where its message's address says."""

    async def send(self, reply: Reply, address: Address, replacing: Ref | None) -> Ref:
        """Post a reply, or put it in the place of one posted before; raises `DeliveryError`.

        Replacing may be done twice with one outcome; posting may not.
        """

    def reads_back(self, address: Address) -> bool:
        """Whether `find` can tell there; asks nobody."""

    async def find(self, message: str, address: Address) -> Ref | Unknown | None:
        """The reply to the message with that id, where one was posted; raises `DeliveryError`."""

    async def retract(self, ref: Ref, address: Address) -> None:
        """Take away a reply that was posted; done twice it is no error. Raises `DeliveryError`."""

    def room(self, address: Address) -> Address:
        """Where a word to the whole room goes that this address lies in."""

    async def working(self, address: Address) -> None:
        """Show that an answer is on its way, where the chat has a sign for it; never raises."""


@runtime_checkable
class Closing(Protocol):
    """A channel that holds something, connections for one, until the service ends."""

    async def close(self) -> None:
        """Let go of it."""


@runtime_checkable
class Starting(Protocol):
    """A channel that has something to do as soon as the service listens."""

    async def start(self) -> None:
        """Do it; what fails is logged."""


@runtime_checkable
class Completes(Protocol):
    """A chat whose events tell less of a message than there is to know."""

    async def complete(self, message: Message) -> Message:
        """The message with what the chat says of its author, and what its event left out; never raises."""
