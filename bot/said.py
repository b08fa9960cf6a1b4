"""What people said, as one text to read; and from a place in it back to who said it, and where it stands.

A thousand messages are one document to the reader: what was said before and after helps it to understand.
What is quoted is one message's alone.
"""

import hashlib
import time
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from bot.archive.threads import MESSAGE
from bot.types import Message, Thread
from model.passages import PARAGRAPH, sentences
from model.types import Answer, Document

JOINED = "messages"  # the id of what many messages are together
MOST = 1_000  # messages of one thread
LONGEST = 400_000  # code points of them
_GAP = PARAGRAPH  # no sentence goes over it
_CLOSING = "\"'”’»」』)]*_~` "


def document(message: Message) -> Document:
    """What somebody said, as a document: their name stands before it."""
    author = message.author
    name = " ".join((author.name or author.id or "somebody").replace(":", " ").split())
    text = f"{name}: {message.text.strip()}"
    version = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
    title = f"{name}, {day(message.at)}" if message.at else name
    return Document(
        name_of(message),
        version,
        text,
        title,
        message.where,
        kind=MESSAGE,
        added_by=author.id,
        added_at=message.at,
    )


def first_id(message: Message) -> str:
    """The id of the message that it is, or that it changes."""
    changes = message.intent in ("edited", "deleted", "restored")
    return (message.about if changes else "") or message.id


def name_of(message: Message) -> str:
    """The id of the document that a message is, or that it changes."""
    return f"message-{first_id(message)}"


def all_of(message: Message) -> str:
    """The name under which a message is forgotten with all that it brought."""
    return f"all-of-{first_id(message)}"


def day(at: float) -> str:
    """A day as people write it; UTC."""
    moment = time.gmtime(at)
    return f"{moment.tm_mday} {time.strftime('%B %Y', moment)}"


def says_something(text: str) -> bool:
    """Whether there is more to it than questions: those are no evidence for anything."""
    return any(
        not text[start:end].rstrip(_CLOSING).endswith(("?", "？", "؟")) for start, end in sentences(text)
    )


def body(text: str) -> str:
    """What a message says, without who says it."""
    return text[_body(text) :]


def _body(text: str) -> int:
    return text.find(": ") + 2


class Joined:
    """Messages in their order, as one document on a shelf."""

    def __init__(self, said: Sequence[Document], where: Thread | None, *, but: Message) -> None:
        """Those that are evidence for a question: its own words are not, whoever said them before."""
        own, asked = {f"message-{but.id}", f"message-{but.about}"}, _folded(but.text)
        if but.way == "message":  # what it is about is what is asked about
            own = {f"message-{but.id}"}
        apt = [one for one in said if one.id not in own and _folded(body(one.text)) != asked]
        self.said = _newest(apt)
        self._starts: list[int] = []
        parts, length = [], 0
        for one in self.said:
            self._starts.append(length)
            parts.append(one.text)
            length += len(one.text) + len(_GAP)
        self.text = _GAP.join(parts)
        told = "\n".join(f"{one.id}\0{one.version}" for one in self.said)
        self.document = Document(
            JOINED,
            hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:16],
            title="1 message" if len(self.said) == 1 else f"{len(self.said)} messages",
            kind=MESSAGE,
            loose=True,
            shelf=str(where) if where else "",
            size=length,
        )

    def origin(self, answer: Answer) -> Answer:
        """The same quotation as it stands in the message that says it."""
        number = bisect_right(self._starts, answer.start) - 1
        one, first = self.said[number], self._starts[number]
        start, end = answer.start - first, min(answer.end - first, len(one.text))
        begins = max(answer.sentence_start - first, 0)
        ends = min(answer.sentence_start + len(answer.sentence) - first, len(one.text))
        said = _body(one.text)
        if start < said < end:  # a name is no part of what they say
            start = said
        if start >= said > begins:  # who says it stands beside the quotation
            begins = said
        return replace(
            answer,
            text=one.text[start:end],
            start=start,
            end=end,
            sentence=one.text[begins:ends],
            sentence_start=begins,
            document=replace(one, text=""),
        )


def _newest(said: Sequence[Document]) -> list[Document]:
    """As many of the last as are read."""
    kept, length = [], 0
    for one in reversed(said[-MOST:]):
        length += len(one.text) + len(_GAP)
        if length > LONGEST:
            break
        kept.append(one)
    return kept[::-1]


def _folded(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip("?!. ")
