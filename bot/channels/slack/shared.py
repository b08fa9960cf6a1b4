"""Messages that somebody forwards, as documents that the forwarding one brings; pure.

Slack sends them as attachments: https://docs.slack.dev/messaging/formatting-message-text
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from bot.channels.slack.places import moment
from bot.channels.slack.written import plain
from bot.replies.words import date, say
from bot.types import as_text
from model.types import Document

Body = Mapping[str, Any]

MOST = 10  # in one message
LATEST = 1e11  # seconds since the epoch: no calendar of ours goes on further


def shared(said: Body, by: str) -> tuple[Document, ...]:
    """What a message forwards, each with the link to where it was said; `by` the person who forwards it."""
    return tuple(_document(one, by) for one in _messages(said)[:MOST] if _text(one))


def files_of(said: Body) -> list[Body]:
    """The files of what a message forwards, as Slack tells of them."""
    return [file for one in _messages(said) for file in one.get("files") or ()]


def keys_of(said: Body) -> list[str]:
    """What tells the messages that one forwards from others."""
    return list(map(_key, _messages(said)))


def _messages(said: Body) -> list[Body]:
    """The attachments that are messages of Slack's, not what an app shows nor a page behind a link."""
    found = (one for one in said.get("attachments") or () if isinstance(one, Mapping))
    return [one for one in found if one.get("is_share") or one.get("is_msg_unfurl")]


def _key(attachment: Body) -> str:
    return str(attachment.get("from_url") or f"{attachment.get('channel_id')}/{attachment.get('ts')}")


def _text(attachment: Body) -> str:
    return plain(str(attachment.get("text") or ""))


def _moment(attachment: Body) -> float:
    """When it was said; 0 where that is not told."""
    try:
        at = moment(str(attachment.get("ts")))
    except ValueError:
        return 0.0
    return at if 0 < at < LATEST else 0.0


def _document(attachment: Body, by: str) -> Document:
    text, where = _text(attachment), as_text(str(attachment.get("from_url") or ""))
    at = _moment(attachment)
    name = as_text(str(attachment.get("author_name") or say("somebody")))
    return Document(
        f"shared-{_hashed(_key(attachment))}",
        _hashed(text),
        text,
        f"{name}, {date(at)}" if at else name,
        where,
        added_by=by,
        added_at=at,
        size=len(text),
    )


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
