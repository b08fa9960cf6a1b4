"""What Slack sends, field for field, with `~names~` for what is another in each workspace; pure."""

import json
from collections.abc import Iterator
from typing import Any

from bot.channels.slack import buttons, dialogs
from bot.types import Offer
from tests.fake_slack import payloads
from tests.fake_slack.workspace import Person, Room, Workspace

TEAM = Workspace("Acme")
TEAM.id, TEAM.bot.id = "~team~", "~bot~"
ADA = Person("~ada~", "Ada", "~team~")
ROOM, DIRECT, GROUP = (
    Room("~room~", "general"),
    Room("~direct~", "im:Ada", "im"),
    Room("~mpim~", "group", "mpim"),
)
QUESTION = "Who renews the badges?"
FILE = {
    "id": "~file~", "created": 1, "name": "badges.txt", "title": "badges.txt", "mimetype": "text/plain",
    "filetype": "text",
    "size": 43, "mode": "hosted", "is_external": False, "user": "~ada~", "url_private": "~fileurl~",
    "url_private_download": "~fileurl~", "permalink": "https://acme.slack.com/files/badges.txt",
    "file_access": "visible",
}  # fmt: skip


def _message(text: str, *, thread: str = "", files: Any = ()) -> dict[str, Any]:
    return payloads.said(TEAM, ADA, text, "~ts~", thread=thread, files=files)


def _events() -> Iterator[tuple[str, Any]]:
    asked = _message(f"<@~bot~> {QUESTION}", thread="~thread~")
    told = _message("See <https://a.example/x|the page> &amp; <@~ada~>, <#~room~|general>")
    filed = _message(f"<@~bot~> {QUESTION}", thread="~thread~", files=[FILE])
    was = _message("It was so.") | {"ts": "~thread~"}
    yield "a mention", payloads.mention_event(ROOM, asked, files=True)
    yield "a mention without its files", payloads.mention_event(ROOM, filed, files=False)
    yield "a mention in a room", payloads.mention_event(ROOM, _message(f"<@~bot~> {QUESTION}"), files=True)
    yield "a message with a mention", payloads.message_event(ROOM, asked)
    yield "a message in a thread", payloads.message_event(ROOM, _message(QUESTION, thread="~thread~"))
    yield "a message", payloads.message_event(ROOM, told)
    yield "a file", payloads.message_event(ROOM, filed, "file_share")
    yield "said alone", payloads.message_event(DIRECT, _message(QUESTION))
    yield "a file alone", payloads.message_event(DIRECT, _message(QUESTION, files=[FILE]), "file_share")
    yield "said in a group", payloads.message_event(GROUP, _message(f"<@~bot~> {QUESTION}"))
    for command in (
        "help",
        "sources",
        "pin https://a.example/",
        "forget",
        "settings line 0.5",
        "mute",
        "doctor",
    ):
        yield f"told to {command.split()[0]}", payloads.message_event(DIRECT, _message(command))
    yield (
        "an edit",
        payloads.changed(
            ROOM, was | {"text": "It is so.", "edited": {"user": "~ada~", "ts": "~ts~"}}, was, "~ts~"
        ),
    )
    yield "a tombstone", payloads.changed(ROOM, was | {"subtype": "tombstone"}, was, "~ts~")
    yield "a deletion", payloads.deleted(ROOM, was, "~ts~")
    yield "it comes in", payloads.joined(ROOM, TEAM.bot, ADA, "~ts~")[1]
    yield "somebody comes in", payloads.joined(ROOM, ADA, ADA, "~ts~")[1]
    left = {
        "type": "member_left_channel",
        "user": "~bot~",
        "channel": "~room~",
        "channel_type": "C",
        "team": "~team~",
    }
    yield "it goes", left | {"event_ts": "~ts~"}
    yield "a channel goes", {"type": "channel_deleted", "channel": "~room~", "event_ts": "~ts~"}
    home = {"type": "app_home_opened", "user": "~ada~", "channel": "~direct~", "event_ts": "~ts~"}
    yield "home", home | {"tab": "home"}
    yield "the messages tab", home | {"tab": "messages"}
    begun = {
        "user_id": "~ada~",
        "channel_id": "~direct~",
        "thread_ts": "~thread~",
        "context": {"channel_id": "~room~"},
    }
    yield "the pane", {"type": "assistant_thread_started", "assistant_thread": begun, "event_ts": "~ts~"}
    seen = {"entities": [{"type": "slack#/types/channel_id", "value": "~room~", "team_id": "~team~"}]}
    yield "looked at", {"type": "app_context_changed", "user": "~ada~", "context": seen, "event_ts": "~ts~"}
    yield "uninstalled", {"type": "app_uninstalled", "event_ts": "~ts~"}
    yield "revoked", {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["~bot~"]}, "event_ts": "~ts~"}


def _envelope(event: Any) -> Any:
    wrapped = payloads.envelope(TEAM, "~app~", event | {"event_ts": "1.1"} | {})
    return wrapped | {"event": event, "event_id": "~event~", "event_context": "~event~"}


def _interaction(kind: str, **more: Any) -> Any:
    return payloads.interaction(TEAM, "~app~", ADA, kind, **more) | {
        "trigger_id": "~trigger~",
        "action_ts": "~ts~",
    }


def _pressed(offer: Offer) -> Any:
    block = {"block_id": "b1", "type": "actions", "elements": []}
    action = payloads.pressed(buttons.button(offer), block) | {"action_ts": "~ts~"}
    at = {
        "type": "message",
        "message_ts": "~thread~",
        "channel_id": "~room~",
        "is_ephemeral": False,
        "thread_ts": "~thread~",
    }
    return _interaction(
        "block_actions",
        container=at,
        channel=payloads.place(ROOM),
        state={"values": {}},
        response_url="~url~",
        message=_message("An answer.", thread="~thread~"),
        actions=[action],
    )


def _forms() -> Iterator[tuple[str, Any]]:
    for intent in ("why", "next", "share", "keep", "delete", "pin", "unpin", "mute"):
        yield f"pressed {intent}", _pressed(Offer(intent, intent, "~answer~"))  # type: ignore[arg-type]
    for vote in ("up", "down"):
        yield f"voted {vote}", _pressed(Offer("feedback", vote, "~answer~", vote))
    alone = _pressed(Offer("share", "Share", "~answer~"))
    alone["container"]["is_ephemeral"] = True
    yield "pressed on what one sees", alone
    picked = _message("The front desk renews the badges.") | {"ts": "~thread~"}
    about = {
        "callback_id": "wherein_about",
        "message_ts": "~thread~",
        "message": picked,
        "channel": payloads.place(ROOM),
    }
    yield "asked about", _interaction("message_action", response_url="~url~", **about)
    yield "a shortcut", _interaction("shortcut", callback_id="wherein_ask")
    metadata = json.dumps(
        {"channel": "~room~", "thread_ts": "~thread~", "ts": "~thread~", "about": "~answer~"}
    )
    for view, given in (
        (dialogs.ask_view(metadata), {"question": QUESTION, "given": "The front desk renews them."}),
        (dialogs.about_view(metadata, "It is so."), {"question": QUESTION}),
        (dialogs.reason_view(metadata), {"reason": "It is wrong."}),
    ):
        values = {
            name: {"value": {"type": "plain_text_input", "value": text}} for name, text in given.items()
        }
        values |= {"files": {"value": {"type": "file_input", "files": [FILE]}}} if "given" in given else {}
        shown = view | {
            "id": "~event~",
            "team_id": "~team~",
            "app_id": "~app~",
            "hash": "1.a",
            "state": {"values": values},
        }
        yield f"sent {view['callback_id']}", _interaction("view_submission", view=shown, response_urls=[])
    closed = {"id": "~event~", "callback_id": "wherein_ask", "private_metadata": metadata}
    yield "closed", _interaction("view_closed", view=closed, is_cleared=False)


def _commands() -> Iterator[tuple[str, Any]]:
    for text in (
        QUESTION,
        "",
        "help",
        "sources",
        "forget everything",
        "settings line 0.4",
        "pin https://a.example/",
    ):
        form = payloads.slash(TEAM, "~app~", ADA, ROOM, "/wherein", text)
        yield f"/wherein {text}"[:20].strip(), form | {"trigger_id": "~trigger~", "response_url": "~url~"}


EVENTS = {name: _envelope(event) for name, event in _events()}
EVENTS["url_verification"] = {"token": "x", "challenge": "3eZbrw1aBm2rZgRNFdxV", "type": "url_verification"}
FORMS = dict(_forms())
COMMANDS = dict(_commands())
