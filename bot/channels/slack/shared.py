"""Messages that somebody forwards, as documents that the forwarding one brings; pure.

Slack sends them as attachments: https://docs.slack.dev/messaging/formatting-message-text
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from bot.channels.slack.places import moment
from bot.channels.slack.written import plain
from bot.replies.words import date, say
from bot.types import as_text
from model.types import Document

Body = Mapping[str, Any]

MOST = 10  # in one message


def shared(said: Body, by: str) -> tuple[Document, ...]:
    """What a message forwards, each with the link to where it was said; `by` the person who forwards it."""
    found = [one for one in said.get("attachments") or () if is_message(one)]
    return tuple(_document(one, by) for one in found[:MOST] if plain(one.get("text") or ""))


def files_of(said: Body) -> list[Body]:
    """The files of what a message forwards, as Slack tells of them."""
    found: Sequence[Body] = said.get("attachments") or ()
    return [file for one in found if is_message(one) for file in one.get("files") or ()]


def is_message(attachment: Body) -> bool:
    """Whether it is a message of Slack's, and not what an app shows, or a page that a link leads to."""
    return bool(attachment.get("is_share") or attachment.get("is_msg_unfurl"))


def key_of(attachment: Body) -> str:
    """What tells one forwarded message from another."""
    return str(attachment.get("from_url") or f"{attachment.get('channel_id')}/{attachment.get('ts')}")


def _document(attachment: Body, by: str) -> Document:
    text, where = plain(attachment["text"]), as_text(str(attachment.get("from_url") or ""))
    at = moment(str(attachment.get("ts") or 0))
    name = as_text(str(attachment.get("author_name") or say("somebody")))
    return Document(
        f"shared-{_hashed(key_of(attachment))}",
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
