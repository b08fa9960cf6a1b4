"""What people press, pick and send: commands, buttons and dialogs to a `Message`; pure.

https://docs.slack.dev/reference/interaction-payloads
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.channels.slack.places import DIRECT, Place, address, files, permalink, team
from bot.channels.slack.tokens import Installation
from bot.channels.slack.written import links, plain
from bot.commands import parsed as command
from bot.types import Author, Intent, Message, Thread, Way
from model.types import Document

Body = Mapping[str, Any]

PREFIX = "wherein_"
INTENTS: dict[str, Intent] = {
    "feedback": "feedback",
    "next": "next",
    "why": "why",
    "share": "share",
    "keep": "keep",
    "delete": "delete",
    "pin": "pin",
    "unpin": "unpin",
    "mute": "mute",
    "unmute": "unmute",
}


def to_message(body: Body, ours: Installation, at: float) -> Message | None:
    """The message that somebody makes; None where they only open something, or it is none of ours."""
    if "command" in body:
        return _commanded(body, at)
    match body.get("type"):
        case "block_actions":
            return _pressed(body, at)
        case "view_submission":
            return _submitted(body, ours, at)
    return None


# --------------------------------------------------------------------------- a command


def _commanded(body: Body, at: float) -> Message | None:
    written = body.get("text") or ""
    text = plain(written)
    if not text:
        return None
    own, enterprise = team(body)
    where = Place(own, enterprise, body["channel_id"])
    intent, rest = command(text)
    id = f"{own}/command/{body['trigger_id']}"
    url = body.get("response_url") or ""
    to = address(where, user=body["user_id"], id=id, private=True, response_url=url)
    return Message(
        id,
        Thread("slack", own, where.channel),
        intent,
        rest,
        at=at,
        author=Author(body["user_id"]),
        address=to,
        way="room",
        links=links(written),
        private=True,
    )


# --------------------------------------------------------------------------- a button


def _pressed(body: Body, at: float) -> Message | None:
    action = body["actions"][0]
    name = action["action_id"]
    intent = INTENTS.get(name.removeprefix(PREFIX).partition("_")[0]) if name.startswith(PREFIX) else None
    if intent is None:
        return None
    value = json.loads(_value(action))
    to, user = _stands(body), body["user"]["id"]
    where = Place(to["team"], to["enterprise"], str(value.get("room") or to["channel"]))
    private, alone = intent != "share", bool((body.get("container") or {}).get("is_ephemeral"))
    id = f"{where.team}/{where.channel}/{action.get('action_ts') or body['trigger_id']}/{user}"
    about, text = str(value["about"]), str(value.get("text") or "")
    aimed = address(
        where,
        thread=to["thread"],
        under=to["thread"],
        user=user,
        id=id,
        private=private,
        response_url=body.get("response_url") or to["response_url"],
        place="pressed" if alone and intent in ("share", "keep") else "",
    )
    return Message(
        id,
        Thread("slack", where.team, where.channel, to["thread"]),
        intent,
        text,
        at=at,
        author=Author(user),
        address=aimed,
        way=_way(where, to["thread"]),
        about=about,
        private=private,
    )


def _value(action: Body) -> str:
    """The value of a button, of a pair of them, or of a menu's entry."""
    chosen = action.get("selected_option")
    return str(chosen["value"] if chosen else action["value"])


def _stands(body: Body) -> dict[str, str]:
    """Where a pressed button stands: in a message, or in a dialog that says where it was opened."""
    own, enterprise = team(body)
    empty = {"team": own, "enterprise": enterprise, "thread": "", "response_url": ""}
    if "view" in body:
        return empty | opened(body["view"]) | {"team": own, "enterprise": enterprise}
    container, message = body.get("container") or {}, body.get("message") or {}
    channel = container.get("channel_id") or body["channel"]["id"]
    thread = message.get("thread_ts") or container.get("thread_ts") or ""
    return empty | {"channel": channel, "thread": thread}


def opened(view: Body) -> dict[str, str]:
    """Where a dialog was opened, as its `private_metadata` has it."""
    told = json.loads(view.get("private_metadata") or "{}")
    kept = {"channel": "", "thread": "", "ts": "", "response_url": "", "about": "", "text": ""}
    named = {"thread": told.get("thread_ts") or told.get("thread") or ""}
    return kept | {name: str(told[name]) for name in kept if told.get(name)} | named


# --------------------------------------------------------------------------- a dialog


def _submitted(body: Body, ours: Installation, at: float) -> Message | None:
    view = body["view"]
    own, enterprise = team(body)
    to, user = opened(view), body["user"]["id"]
    where = Place(own, enterprise, to["channel"])
    id = f"{own}/view/{view['id']}"  # sent twice, it is one
    aimed = address(
        where,
        thread=to["thread"],
        under=to["thread"],
        user=user,
        id=id,
        private=True,
        response_url=to["response_url"],
    )
    thread = Thread("slack", own, where.channel, to["thread"])
    made = Message(id, thread, "ask", "", at=at, author=Author(user), address=aimed, private=True)
    match view["callback_id"]:
        case "wherein_ask":
            return _asked(view, made)
        case "wherein_about":
            where_is = permalink(ours.url, where.channel, to["ts"], to["thread"]) if to["ts"] else ""
            return replace(made, text=_filled(view, "question"), way="message", where=where_is)
        case "wherein_reason":
            text = f"down: {_filled(view, 'reason')}".removesuffix(": ")
            return replace(
                made, intent="feedback", text=text, about=to["about"], way=_way(where, to["thread"])
            )
    return None


def _way(where: Place, thread: str) -> Way:
    return "conversation" if where.channel.startswith(DIRECT) else "thread" if thread else "room"


def _asked(view: Body, made: Message) -> Message:
    """A question from the dialog, with the text and the files that it is about, if any: kept nowhere."""
    given, found = _filled(view, "given"), files({"files": _state(view, "files").get("files")})
    question = _filled(view, "question")
    alone = made.thread.room.startswith(DIRECT) and not made.address.data.get("response_url")
    if alone:
        data = {name: value for name, value in made.address.data.items() if name != "private"}
        made = replace(made, private=False, address=replace(made.address, data=data))
    way: Way = "lent" if given or found else "conversation" if alone else "room"
    documents = (_lent(given, made),) if given else ()
    return replace(made, text=question, way=way, documents=documents, attachments=found)


def _lent(text: str, made: Message) -> Document:
    version = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
    return Document(f"given-{made.id}", version, text, kind="text", added_by=made.author.id, added_at=made.at)


def _state(view: Body, block: str) -> Body:
    found: Body = ((view.get("state") or {}).get("values") or {}).get(block, {}).get("value") or {}
    return found


def _filled(view: Body, block: str) -> str:
    return str(_state(view, block).get("value") or "").strip()
