"""What people press, pick and fill in: an activity to a `Message`; pure.

https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/universal-actions-for-adaptive-cards/work-with-universal-actions-for-adaptive-cards
"""

import json
import time
from typing import Any

from bot.channels.teams import words
from bot.channels.teams.incoming import Incoming, at, moment, text_at
from bot.channels.teams.parsed import link_to, way_of
from bot.types import Author, Intent, Message

PRESSED = "feedback", "next", "why", "share", "keep", "delete", "unpin"  # intents of buttons


def submitted(given: Incoming) -> Message | None:
    """What a button makes in a client that knows no other way: a message with its data."""
    return None if given.text else pressed(given, given.value, private=False)


def pressed(given: Incoming, data: Any, *, private: bool) -> Message | None:
    """The message that a button's data make; None where it is no button of ours."""
    wherein, about = text_at(data, "wherein"), text_at(data, "about")
    if wherein not in PRESSED:
        return None
    reason = text_at(data, "reason").strip()
    text = text_at(data, "text")
    intent: Intent = wherein  # type: ignore[assignment]
    root = root_of(given)
    return Message(
        given.base(given.id or f"{wherein}-{given.timestamp}"),
        given.thread(root),
        intent,
        f"{text}: {reason}" if reason else text,
        at=given.at or time.time(),
        author=given.author,
        group=given.group,
        address=given.address(root),
        way=way_of(given),
        about=about,
        ref=given.reply_to,
        private=private,
    )


def root_of(given: Incoming) -> str:
    """The id of the message that the reply chain hangs on where something was picked or pressed."""
    if given.kind != "channel":
        return ""
    payload = at(given.value, "messagePayload")
    return given.root or text_at(payload, "replyToId") or text_at(payload, "id") or given.reply_to


def is_of(given: Incoming, message: Message) -> bool:
    """Whether a press is about an answer of the room where it was made."""
    return message.intent == "unpin" or message.about.startswith(given.base(""))


def voted(given: Incoming) -> Message | None:
    """The message that Teams' own thumbs make."""
    action = at(given.value, "actionValue")
    vote = {"like": "up", "dislike": "down"}.get(text_at(action, "reaction"))
    if text_at(given.value, "actionName") != "feedback" or vote is None:
        return None
    return pressed(given, {"wherein": "feedback", "text": vote, "reason": _reason(action)}, private=True)


def _reason(action: Any) -> str:
    """What somebody wrote beside their thumb: a JSON string in JSON."""
    told = at(action, "feedback")
    if not isinstance(told, str):
        return ""
    try:
        return text_at(json.loads(told), "feedbackText")
    except ValueError:
        return told


def asked_about(given: Incoming, question: str) -> Message:
    """The question that somebody puts to a message, from “Ask about this”."""
    payload = at(given.value, "messagePayload")
    id = text_at(payload, "id")
    root = root_of(given)
    return Message(
        given.base(given.id or f"ask-{given.timestamp}"),
        given.thread(root),
        "ask",
        question,
        at=given.at or time.time(),
        author=given.author,
        group=given.group,
        address=given.address(root),
        way="message",
        about=given.base(id),
        private=True,
    )


def told(given: Incoming) -> Message | None:
    """The message that “Ask about this” was picked on, as it was said; None where it has no words."""
    payload = at(given.value, "messagePayload")
    id, content = text_at(payload, "id"), text_at(payload, "body", "content")
    html = text_at(payload, "body", "contentType") != "text"
    text, links, _ = words.read(content) if html else (words.tidy(content), [], [])
    if not id or not (text or links):
        return None
    root = root_of(given)
    who = at(payload, "from", "user")
    return Message(
        given.base(id),
        given.thread(root),
        "heard",
        text,
        at=moment(text_at(payload, "createdDateTime")) or time.time(),
        author=Author(text_at(who, "id"), text_at(who, "displayName")),
        addressed=False,
        address=given.address(root),
        way=way_of(given),
        links=tuple(link for link in links if link not in text),
        where=text_at(payload, "linkToMessage") or link_to(given, id, root),
    )
