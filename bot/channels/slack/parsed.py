"""What Slack sends, each kind of body, to a `Message`; pure.

https://docs.slack.dev/reference/events
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bot.channels.slack import pressed
from bot.channels.slack.places import DIRECT, Place, address, files, id_of, moment, permalink, place
from bot.channels.slack.shared import files_of, keys_of, shared
from bot.channels.slack.tokens import Installation
from bot.channels.slack.written import links, mentions, plain
from bot.commands import parsed as command
from bot.types import Author, Intent, Message, Thread, Way, is_text

Body = Mapping[str, Any]

SPOKEN = None, "file_share", "thread_broadcast", "me_message"  # subtypes of what a person says
ALONE = "im", "app_home"  # kinds of channel in which a person is alone with Wherein


def to_message(body: Body, ours: Installation, now: float | None = None) -> Message | None:
    """The message in a body; None where there is none that concerns us."""
    at = time.time() if now is None else now
    try:
        if body.get("type") == "event_callback":
            reads = _EVENTS.get(body["event"]["type"])
            made = reads(body, ours) if reads else None
        else:
            made = pressed.to_message(body, ours, at)
        return made if made and is_sound(made) else None
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):  # nothing of Slack's looks so
        return None


def is_sound(message: Message) -> bool:
    """Whether each part of it is of its kind: nothing else can be kept, or answered."""
    where, who, data = message.thread, message.author, message.address.data
    texts = [where.team, where.room, where.thread, who.id, message.id, message.about, message.where]
    texts += [
        text for one in message.attachments for text in (one.id, one.name, one.media_type, one.url, one.where)
    ]
    texts += [text for text in data.values() if not isinstance(text, bool)]
    placed = bool(where.team and where.room)
    return (
        placed and math.isfinite(message.at) and all(isinstance(one, str) and is_text(one) for one in texts)
    )


# --------------------------------------------------------------------------- what is said


def _said(body: Body, ours: Installation) -> Message | None:
    event = body["event"]
    match event.get("subtype"):
        case "message_changed":
            return _changed(body, ours)
        case "message_deleted":
            return _deleted(body, ours)
    return spoken(event, place(body), ours)


def spoken(event: Body, where: Place, ours: Installation, *, mention: bool = False) -> Message | None:
    """What a person says, in an event or in a history; None where no person says anything."""
    if not by_a_person(event, ours):
        return None
    text, root = event.get("text") or "", event.get("thread_ts") or ""
    alone, group = where.kind in ALONE or where.channel.startswith(DIRECT), where.kind == "mpim"
    addressed = mention or alone or mentions(text, ours.bot_user)
    said = plain(text, ours.bot_user)
    intent, rest = command(said) if addressed else ("ask" if root and not group else "heard", said)
    ways: Way = "conversation" if alone or group else "thread" if root else "room" if addressed else "thread"
    thread = root if alone else "" if group else root or event["ts"]
    told = intent not in ("ask", "heard") and not alone  # what is told to do is answered to who tells it
    found = files({"files": [*(event.get("files") or ()), *files_of(event)]})
    return Message(
        id_of(where, event["ts"]),
        Thread("slack", where.team, where.channel, thread),
        intent,
        rest,
        at=moment(event["ts"]),
        author=author(event, where),
        addressed=addressed,
        address=address(
            where,
            thread=root if ways != "conversation" or alone else "",
            under=root or ("" if ways == "conversation" else event["ts"]),
            ts=event["ts"],
            user=event["user"],
            id=id_of(where, event["ts"]),
            private=told,
            thin=mention and not found,
        ),
        way=ways,
        documents=shared(event, event["user"]),
        attachments=found,
        links=links(text),
        where=permalink(ours.url, where.channel, event["ts"], root),
        private=told,
    )


def by_a_person(event: Body, ours: Installation) -> bool:
    """Whether somebody said that: no app, no bot, and not Slack itself."""
    user = event.get("user")
    machine = event.get("bot_id") or event.get("bot_profile") or user in ("USLACKBOT", ours.bot_user)
    return bool(user) and not machine and event.get("subtype") in SPOKEN and not event.get("hidden")


def author(event: Body, where: Place) -> Author:
    """Who says it, as far as the event tells; in an organisation only a look-up tells who is outside."""
    team = event.get("user_team") or event.get("source_team") or where.team
    return Author(event["user"], outside=team != where.team and not where.enterprise)


def _mentioned(body: Body, ours: Installation) -> Message | None:
    """A mention: the same message comes as `message` too, in most channels, and has the same id."""
    return spoken(body["event"], place(body), ours, mention=True)


def _changed(body: Body, ours: Installation) -> Message | None:
    event = body["event"]
    new, old = event["message"], event.get("previous_message") or {}
    if new.get("subtype") == "tombstone":  # it had replies, so that something stands in its place
        gone = {**event, "deleted_ts": new["ts"], "previous_message": old or {**new, "subtype": None}}
        return _deleted({**body, "event": gone}, ours)
    same = (new.get("text"), _ids(new)) == (old.get("text"), _ids(old))
    edited = (new.get("edited") or {}).get("ts") or event["ts"]
    if same or (said := spoken(new, place(body), ours)) is None:
        return None  # a page was unfolded, or it has one reply more
    return _change(said, "edited", edited)


def _ids(said: Body) -> list[str]:
    """What it brings."""
    return [file.get("id", "") for file in said.get("files") or ()] + keys_of(said)


def _deleted(body: Body, ours: Installation) -> Message | None:
    event, old = body["event"], dict(body["event"].get("previous_message") or {})
    old["ts"] = event["deleted_ts"]
    if "user" in old and not by_a_person({**old, "subtype": None}, ours):
        return None
    old = {"user": "", **old, "files": [], "attachments": [], "subtype": None, "hidden": False}
    known = bool(old["user"])
    said = spoken(old if known else {**old, "user": "unknown"}, place(body), ours)
    return said and _change(said, "deleted", event["ts"])


def _change(said: Message, intent: Intent, ts: str) -> Message:
    """The message about a message that was changed at that time."""
    return replace(
        said,
        id=f"{said.id}/{ts}",
        intent=intent,
        at=moment(ts),
        about=said.id,
        text="" if intent == "deleted" else said.text,
        author=Author() if said.author.id == "unknown" else said.author,
        addressed=False,
        way="thread" if said.way == "room" else said.way,
        private=False,
    )


# --------------------------------------------------------------------------- coming and going


def _came(body: Body, ours: Installation) -> Message | None:
    event = body["event"]
    if event.get("user") != ours.bot_user:
        return None
    return _moved(body, "joined", Author(event.get("inviter") or ""))


def _went(body: Body, ours: Installation) -> Message | None:
    event = body["event"]
    others = event["type"].startswith("member_") and event.get("user") != ours.bot_user
    return None if others else _moved(body, "left", Author())


def _moved(body: Body, intent: Intent, who: Author) -> Message:
    where, event = place(body), body["event"]
    when = str(event.get("event_ts") or body["event_time"])
    room = Thread("slack", where.team, where.channel)
    id = f"{where.team}/{where.channel}/{intent}/{when}"
    at = address(where, id=id, ts=when)
    return Message(id, room, intent, "", at=moment(when), author=who, address=at, way="room")


_EVENTS: dict[str, Callable[[Body, Installation], Message | None]] = {
    "message": _said,
    "app_mention": _mentioned,
    "member_joined_channel": _came,
    "member_left_channel": _went,
    "channel_left": _went,
    "group_left": _went,
    "channel_deleted": _went,
    "group_deleted": _went,
}
