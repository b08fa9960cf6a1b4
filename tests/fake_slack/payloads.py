"""What Slack sends to an app, field for field as it stands in its documentation; pure."""

import re
import secrets
import time
import uuid
from typing import Any

from tests.fake_slack.workspace import Json, Person, Room, Workspace, fresh

VERIFICATION = "none-checks-this"  # a token that Slack still sends


def envelope(team: Workspace, app_id: str, event: Json) -> Json:
    """An event, as the Events API wraps it."""
    return {
        "token": VERIFICATION,
        "team_id": team.id,
        "context_team_id": team.id,
        "context_enterprise_id": team.enterprise,
        "api_app_id": app_id,
        "event": event,
        "type": "event_callback",
        "event_id": fresh("Ev"),
        "event_time": int(float(event.get("event_ts") or time.time())),
        "authorizations": [
            {
                "enterprise_id": team.enterprise,
                "team_id": team.id,
                "user_id": team.bot.id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": _shared(team, event),
        "event_context": f"4-{secrets.token_urlsafe(60)}",
    }


def _shared(team: Workspace, event: Json) -> bool:
    room = team.rooms.get(event["channel"]) if isinstance(event.get("channel"), str) else None
    return room is not None and room.shared


def said(team: Workspace, who: Person, text: str, ts: str, *, thread: str = "", files: Any = ()) -> Json:
    """A message of a person's, as it stands in a channel; `text` is encoded."""
    message: Json = {
        "user": who.id,
        "type": "message",
        "ts": ts,
        "client_msg_id": str(uuid.uuid4()),
        "text": text,
        "team": who.team,
        "blocks": rich(text),
    }
    if files:
        message |= {"files": list(files), "upload": False, "display_as_bot": False}
        if not text:
            del message["blocks"]
    if thread:
        message["thread_ts"] = thread
    return message


def forwarded(team: Workspace, room: Room, original: Json) -> Json:
    """A message that another one shares, as it stands among that one's attachments."""
    name = team.people[original["user"]].name
    link = f"https://{team.domain}.slack.com/archives/{room.id}/p{original['ts'].replace('.', '')}"
    return {
        "id": 1,
        "ts": original["ts"],
        "author_id": original["user"],
        "author_name": name,
        "author_link": f"https://{team.domain}.slack.com/team/{original['user']}",
        "channel_id": room.id,
        "channel_team": team.id,
        "is_msg_unfurl": True,
        "is_share": True,
        "from_url": link,
        "original_url": link,
        "fallback": f"{name}: {original['text']}",
        "text": original["text"],
        "mrkdwn_in": ["text"],
        "message_blocks": [{"team": team.id, "channel": room.id, "ts": original["ts"], "message": {}}],
        "footer": f"Posted in #{room.name}",
    } | ({"files": original["files"]} if "files" in original else {})


def rich(text: str) -> list[Json]:
    """The rich text that Slack's own clients send beside an encoded text."""
    parts = [_part(one) for one in re.split(r"(<[^<>]+>)", text) if one]
    section = {"type": "rich_text_section", "elements": parts}
    return [{"type": "rich_text", "block_id": secrets.token_urlsafe(4), "elements": [section]}]


def _part(text: str) -> Json:
    if text.startswith("<@"):
        return {"type": "user", "user_id": text[2:-1].partition("|")[0]}
    if text.startswith("<#"):
        return {"type": "channel", "channel_id": text[2:-1].partition("|")[0]}
    if text.startswith("<!"):
        return {"type": "broadcast", "range": text[2:-1].partition("|")[0]}
    if text.startswith("<"):
        url, _, label = text[1:-1].partition("|")
        return {"type": "link", "url": plain(url)} | ({"text": plain(label)} if label else {})
    return {"type": "text", "text": plain(text)}


def plain(text: str) -> str:
    """A text without Slack's escapes."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def message_event(room: Room, message: Json, subtype: str = "") -> Json:
    """What `message.*` brings of a new message."""
    kind = {"subtype": subtype} if subtype else {}
    return message | kind | {"channel": room.id, "event_ts": message["ts"], "channel_type": room.kind}


def mention_event(room: Room, message: Json, *, files: bool) -> Json:
    """What `app_mention` brings of the same message: often it leaves the files out."""
    left_out = {"subtype", "upload", "display_as_bot"} | (set() if files else {"files"})
    kept = {name: value for name, value in message.items() if name not in left_out}
    return kept | {"type": "app_mention", "channel": room.id, "event_ts": message["ts"]}


def changed(room: Room, message: Json, was: Json, ts: str) -> Json:
    """What `message.*` brings of an edit, or of a message that a tombstone took the place of."""
    return {
        "type": "message",
        "subtype": "message_changed",
        "message": message | {"source_team": message.get("team"), "user_team": message.get("team")},
        "previous_message": was,
        "channel": room.id,
        "hidden": True,
        "ts": ts,
        "event_ts": ts,
        "channel_type": room.kind,
    }


def deleted(room: Room, was: Json, ts: str) -> Json:
    """What `message.*` brings of a message that is gone."""
    return {
        "type": "message",
        "subtype": "message_deleted",
        "previous_message": was,
        "channel": room.id,
        "hidden": True,
        "deleted_ts": was["ts"],
        "event_ts": ts,
        "ts": ts,
        "channel_type": room.kind,
    }


def joined(room: Room, who: Person, by: Person, ts: str) -> list[Json]:
    """What is told when somebody, or Wherein, comes into a channel."""
    line = {
        "type": "message",
        "subtype": "channel_join" if room.kind == "channel" else "group_join",
        "user": who.id,
        "text": f"<@{who.id}> has joined the channel",
        "inviter": by.id,
        "ts": ts,
    }
    told = {
        "type": "member_joined_channel",
        "user": who.id,
        "channel": room.id,
        "channel_type": "C" if room.kind == "channel" else "G",
        "team": who.team,
        "inviter": by.id,
        "event_ts": ts,
    }
    return [message_event(room, line), told]


# --------------------------------------------------------------------------- forms


def slash(team: Workspace, app_id: str, who: Person, room: Room, command: str, text: str) -> Json:
    """A slash command, but for its response_url and trigger_id."""
    name = {"im": "directmessage", "group": "privategroup", "mpim": f"mpdm-{room.name}"}.get(room.kind)
    return {
        "token": VERIFICATION,
        "team_id": team.id,
        "team_domain": team.domain,
        "channel_id": room.id,
        "channel_name": name or room.name,
        "user_id": who.id,
        "user_name": who.name.lower(),
        "command": command,
        "text": text,
        "api_app_id": app_id,
        "is_enterprise_install": "false",
    } | ({"enterprise_id": team.enterprise, "enterprise_name": "Grid"} if team.enterprise else {})


def interaction(team: Workspace, app_id: str, who: Person, kind: str, **more: Any) -> Json:
    """What every interaction has, but for its trigger_id."""
    return {
        "type": kind,
        "token": VERIFICATION,
        "action_ts": f"{time.time():.6f}",
        "team": {"id": team.id, "domain": team.domain}
        | ({"enterprise_id": team.enterprise, "enterprise_name": "Grid"} if team.enterprise else {}),
        "user": {"id": who.id, "username": who.name.lower(), "name": who.name.lower(), "team_id": who.team},
        "api_app_id": app_id,
        "is_enterprise_install": False,
        "enterprise": {"id": team.enterprise, "name": "Grid"} if team.enterprise else None,
    } | more


def place(room: Room) -> Json:
    """A channel, as interactions name it."""
    name = {"im": "directmessage", "group": "privategroup"}.get(room.kind, room.name)
    return {"id": room.id, "name": name}


def pressed(element: Json, block: Json, choice: Json | None = None) -> Json:
    """What one element tells when somebody presses it; `choice`: which of several."""
    kind = element["type"]
    told: Json = {
        "type": kind,
        "action_id": element.get("action_id", ""),
        "block_id": block["block_id"],
        "action_ts": f"{time.time():.6f}",
    }
    if kind == "feedback_buttons":
        assert choice
        return told | {"value": choice["value"], "text": {**choice["text"], "emoji": True}}
    if kind in ("overflow", "static_select", "radio_buttons"):
        return told | {"selected_option": choice}
    told |= {"text": {**element["text"], "emoji": True}}
    told |= {name: element[name] for name in ("value", "url", "style", "icon") if name in element}
    return told
