"""What comes in: an activity to a `Message`, or to None where it is none; pure.

https://learn.microsoft.com/microsoftteams/platform/bots/build-conversational-capability
"""

import hashlib
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from bot.channels.teams import words
from bot.channels.teams.incoming import Incoming, text_at
from bot.commands import parsed
from bot.types import Attachment, Intent, Message, Way

DOWNLOAD = "application/vnd.microsoft.teams.file.download.info"
HTML = "text/html"
CHANGES: dict[str, Intent] = {
    "editMessage": "edited",
    "undeleteMessage": "restored",
    "softDeleteMessage": "deleted",
}


def to_message(given: Incoming) -> Message | None:
    """The message that an activity is."""
    match given.type:
        case "message":
            return _said(given)
        case "messageUpdate" | "messageDelete":
            return _changed(given)
        case "installationUpdate" | "conversationUpdate":
            return _moved(given)
    return None


# --------------------------------------------------------------------------- said


def _said(given: Incoming) -> Message | None:
    if not given.id:
        return None
    text, links = _text(given)
    intent, rest = parsed(text)
    root = _root(given)
    attachments = _attachments(given)
    if not (text or attachments or links):
        return None
    addressed = is_addressed(given)
    whole = given.kind == "channel" and root == given.id
    asked = addressed and intent == "ask"
    return Message(
        given.base(given.id),
        given.thread(root),
        intent if addressed else "ask",
        rest if addressed else text,
        at=given.at or time.time(),
        author=given.author,
        group=given.group,
        addressed=addressed,
        address=given.address(root, whole=whole and asked),
        way=way_of(given, whole=whole and asked),
        attachments=attachments,
        links=tuple(links),
        where=link_to(given, given.id, root),
    )


def is_addressed(given: Incoming) -> bool:
    """Whether it is said to us: in a personal chat, or by a mention."""
    return given.kind == "personal" or bool(_mentions(given))


def _mentions(given: Incoming) -> list[Mapping[str, Any]]:
    """The mentions of us."""
    ours = given.recipient.id
    return [
        one
        for one in given.entities
        if one.get("type") == "mention" and ours and text_at(one, "mentioned", "id") == ours
    ]


def _text(given: Incoming) -> tuple[str, list[str]]:
    """What it says, without our mention; and the links in it."""
    mentions = [text_at(one, "text") for one in _mentions(given)]
    markup = "".join(text_at(one, "content") for one in given.attachments if one.get("contentType") == HTML)
    told, links, _ = words.read(markup) if markup else ("", [], [])
    text = words.plain(given.text, [one for one in mentions if one])
    if not text and told:
        text = words.without(told, given.recipient.name) if mentions else told
    return text, [link for link in links if link not in text]


def _attachments(given: Incoming) -> tuple[Attachment, ...]:
    found, named = [], set()
    for one in given.attachments:
        kind, name = text_at(one, "contentType"), text_at(one, "name")
        url = text_at(one, "content", "downloadUrl") if kind == DOWNLOAD else text_at(one, "contentUrl")
        if kind == DOWNLOAD or kind.startswith("image/"):
            where = text_at(one, "contentUrl") if kind == DOWNLOAD else ""
            id = (
                text_at(one, "content", "uniqueId")
                or hashlib.sha256(f"{url}\0{name}".encode()).hexdigest()[:32]
            )
            media_type = "" if kind == DOWNLOAD else kind
            found.append(Attachment(id, name or "image", media_type, url=url, where=where))
        elif kind and kind != HTML:  # a quoted message, a card: its mark in the HTML is no file's
            named.add(text_at(one, "id"))
    for one in given.attachments:  # in channels a file is no more than its mark
        if one.get("contentType") == HTML:
            files = words.read(text_at(one, "content"))[2]
            found += [Attachment(file, "") for file in files if file not in named]
    return tuple(found)


def _root(given: Incoming) -> str:
    """The id of the message that a reply chain hangs on: in a channel each message has one."""
    return given.root or (given.id if given.kind == "channel" else "")


def way_of(given: Incoming, *, whole: bool = False) -> Way:
    """How something is asked there; `whole`: beside any reply chain."""
    if given.kind != "channel":
        return "conversation"
    return "room" if whole else "thread"


def link_to(given: Incoming, id: str, root: str) -> str:
    """A link that opens a message in Teams; a personal chat with a bot has none."""
    if given.kind == "personal":
        return ""
    room = quote(given.room, safe="")
    if given.kind != "channel":
        context = quote('{"contextType":"chat"}', safe="")
        return f"https://teams.microsoft.com/l/message/{room}/{quote(id)}?context={context}"
    group = text_at(given.data, "team", "aadGroupId")
    of = {"tenantId": given.tenant, "groupId": group, "parentMessageId": root}
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in of.items() if value)
    return f"https://teams.microsoft.com/l/message/{room}/{quote(id)}?{query}"


# --------------------------------------------------------------------------- changed, joined, left


def _changed(given: Incoming) -> Message | None:
    intent = CHANGES.get(given.event)
    if intent is None or not given.id:
        return None
    root, base = _root(given), given.base(given.id)
    text, links = _text(given)
    if is_addressed(given) and intent == "edited":
        text = parsed(text)[1]
    return Message(
        f"{base}/{intent}-{given.timestamp}",
        given.thread(root),
        intent,
        "" if intent == "deleted" else text,
        at=given.at or time.time(),
        author=given.author,
        group=given.group,
        addressed=False,
        address=given.address(root),
        way=way_of(given),
        about=base,
        attachments=() if intent == "deleted" else _attachments(given),
        links=tuple(links),
        where=link_to(given, given.id, root),
    )


def _moved(given: Incoming) -> Message | None:
    """We were brought in or put out: by either of two activities, which mostly come both."""
    ours = given.recipient.id
    joins = given.action in ("add", "add-upgrade") or any(one.id == ours for one in given.added)
    leaves = given.action in ("remove", "remove-upgrade") or any(one.id == ours for one in given.removed)
    if joins == leaves or not ours or given.action.endswith("-upgrade"):
        return None
    now = given.at or time.time()
    day = time.strftime("%Y-%m-%d", time.gmtime(now))  # one greeting for both, and another after a while
    name = f"joined-{day}" if joins else f"left-{given.timestamp or now}"
    return Message(
        given.base(name),
        given.thread().whole_room,
        "joined" if joins else "left",
        "",
        at=now,
        author=given.author,
        group=given.group,
        address=given.address(),
        way=way_of(given, whole=True),
    )
