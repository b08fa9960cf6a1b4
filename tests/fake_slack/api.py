"""The methods of Slack's Web API that a question-answering bot has any use for."""

import base64
import json
import secrets
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from tests.fake_slack import blocks as kit
from tests.fake_slack import payloads
from tests.fake_slack.workspace import PLURAL, Alone, Json, Room, Workspace, fresh

if TYPE_CHECKING:
    from tests.fake_slack.server import FakeSlack


class ApiError(Exception):
    """A method answers `ok: false`."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.body = {"ok": False, "error": error} | more


NEEDS = {  # scopes: one of those between bars
    "chat.postMessage": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.update": "chat:write",
    "chat.delete": "chat:write",
    "conversations.history": "channels:history|groups:history|im:history|mpim:history",
    "conversations.replies": "channels:history|groups:history|im:history|mpim:history",
    "conversations.info": "channels:read|groups:read|im:read|mpim:read",
    "conversations.open": "im:write|mpim:write|channels:manage|groups:write",
    "users.info": "users:read",
    "users.conversations": "channels:read|groups:read|im:read|mpim:read",
    "bots.info": "users:read",
    "assistant.threads.setStatus": "assistant:write|chat:write",
    "assistant.threads.setSuggestedPrompts": "assistant:write",
    "assistant.threads.setTitle": "assistant:write",
    "reactions.add": "reactions:write",
    "reactions.remove": "reactions:write",
    "files.info": "files:read",
}
PER_MINUTE = {  # by Slack's tiers: 1, 20, 50, 100
    "apps.connections.open": 1,
    "reactions.remove": 20,
    "assistant.threads.setStatus": 600,
    "chat.postEphemeral": 100,
    "users.info": 100,
    "views.open": 100,
    "views.update": 100,
    "views.publish": 100,
    "files.info": 100,
    "auth.test": 600,
    "oauth.v2.access": 600,
    "chat.postMessage": 600,  # and one a second in each channel
}
KIND = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}


class Api:
    """The methods, each from arguments to the body that it answers."""

    def __init__(self, slack: "FakeSlack") -> None:
        self._slack = slack
        self.methods: dict[str, Callable[[Workspace, Json], Awaitable[Json]]] = {
            "auth.test": self._auth_test,
            "chat.postMessage": self._post,
            "chat.postEphemeral": self._post_alone,
            "chat.update": self._update,
            "chat.delete": self._delete,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
            "conversations.info": self._info,
            "conversations.open": self._open,
            "users.info": self._user,
            "users.conversations": self._theirs,
            "bots.info": self._bot,
            "views.open": self._view_open,
            "views.push": self._view_open,
            "views.update": self._view_update,
            "views.publish": self._view_publish,
            "assistant.threads.setStatus": self._status,
            "assistant.threads.setSuggestedPrompts": self._prompts,
            "assistant.threads.setTitle": self._title,
            "reactions.add": self._react,
            "reactions.remove": self._unreact,
            "files.info": self._file,
            "apps.uninstall": self._uninstall,
        }

    async def call(self, method: str, team: Workspace, asked: Json) -> Json:
        """What a method answers; raises `ApiError`."""
        does = self.methods.get(method)
        if does is None:
            raise ApiError("unknown_method", req_method=method)
        needed = NEEDS.get(method, "")
        if needed and not team.scopes & set(needed.split("|")):
            raise _scope(team, needed.split("|")[0])
        return {"ok": True} | await does(team, asked)

    # ----------------------------------------------------------------------- who

    async def _auth_test(self, team: Workspace, asked: Json) -> Json:
        return {
            "url": f"https://{team.domain}.slack.com/",
            "team": team.name,
            "user": team.bot.name,
            "team_id": team.id,
            "user_id": team.bot.id,
            "bot_id": team.bot_id,
            "is_enterprise_install": False,
        } | ({"enterprise_id": team.enterprise} if team.enterprise else {})

    async def _user(self, team: Workspace, asked: Json) -> Json:
        person = team.people.get(asked.get("user", ""))
        if person is None:
            raise ApiError("user_not_found")
        profile = {
            "title": "",
            "real_name": person.name,
            "real_name_normalized": person.name,
            "display_name": person.name,
            "display_name_normalized": person.name,
            "team": person.team,
        } | ({"email": person.email} if "users:read.email" in team.scopes else {})
        user: Json = {
            "id": person.id,
            "team_id": person.team,
            "name": person.name.lower(),
            "deleted": False,
            "real_name": person.name,
            "tz": person.tz,
            "tz_label": person.tz,
            "tz_offset": 0,
            "profile": profile,
            "is_bot": person.bot,
            "is_app_user": False,
            "updated": 1700000000,
        }
        if person.outside:
            user["is_stranger"] = True
        else:
            user |= {
                "is_admin": person.admin or person.owner,
                "is_owner": person.owner,
                "is_primary_owner": False,
                "is_restricted": person.guest,
                "is_ultra_restricted": False,
                "has_2fa": False,
            }
        if str(asked.get("include_locale", "")).lower() in ("1", "true"):
            user["locale"] = person.locale
        return {"user": user}

    async def _bot(self, team: Workspace, asked: Json) -> Json:
        if asked.get("bot") != team.bot_id:
            raise ApiError("bot_not_found")
        bot = {"id": team.bot_id, "app_id": self._slack.app_id, "user_id": team.bot.id, "name": "Wherein"}
        return {"bot": bot | {"deleted": False, "updated": 1700000000, "icons": {}}}

    # ----------------------------------------------------------------------- posting

    def _room(self, team: Workspace, asked: Json, *, inside: bool = True) -> Room:
        id = asked.get("channel") or ""
        if id in team.people and id != team.bot.id:
            return team.direct(team.people[id].name)
        room = team.rooms.get(id)
        if not team.may_see(room):
            raise ApiError("channel_not_found")
        assert room
        if inside and team.bot.id not in room.members:
            raise ApiError("not_in_channel")
        if inside and room.archived:
            raise ApiError("is_archived")
        return room

    def _content(self, asked: Json, *, most: int = kit.TEXT_LIMIT) -> Json:
        """Text, blocks and metadata as a message has them."""
        text, blocks = asked.get("text") or "", _parsed(asked.get("blocks"))
        if not text and not blocks and not asked.get("attachments"):
            raise ApiError("no_text")
        if len(text) > most:
            raise ApiError("msg_too_long")
        content: Json = {"text": text}
        if blocks:
            if found := kit.wrong(blocks):
                raise _invalid("invalid_blocks", found)
            if kit.length(blocks) > kit.ALL_TEXT:
                raise ApiError("msg_blocks_too_long")
            content["blocks"] = named(blocks)
        elif text:
            content["blocks"] = payloads.rich(text)
        metadata = _parsed(asked.get("metadata"))
        if metadata:
            if not isinstance(metadata, dict) or not metadata.get("event_type"):
                raise ApiError("invalid_metadata_format")
            content["metadata"] = metadata
        return content

    def made(self, team: Workspace, asked: Json) -> Json:
        """A message of the bot's, not yet put anywhere."""
        message = {
            "user": team.bot.id,
            "type": "message",
            "ts": team.ts(),
            "bot_id": team.bot_id,
            "app_id": self._slack.app_id,
            "team": team.id,
            "bot_profile": {
                "id": team.bot_id,
                "app_id": self._slack.app_id,
                "user_id": team.bot.id,
                "name": "Wherein",
                "icons": {},
                "deleted": False,
                "updated": 1700000000,
                "team_id": team.id,
            },
        } | self._content(asked)
        if asked.get("thread_ts"):
            message["thread_ts"] = asked["thread_ts"]
        return message

    async def _post(self, team: Workspace, asked: Json) -> Json:
        room = self._room(team, asked)
        self._slack.rates.posts(team, room)
        message = self.made(team, asked)
        thread = room.messages.get(message.get("thread_ts", ""))
        if thread and thread.get("thread_ts", thread["ts"]) != thread["ts"]:
            message["thread_ts"] = thread["thread_ts"]
        team.put(room, message)
        self._slack.shown(team, room, message)
        await self._slack.tell(team, payloads.message_event(room, _public(message)))
        return {"channel": room.id, "ts": message["ts"], "message": message}

    async def _post_alone(self, team: Workspace, asked: Json) -> Json:
        room = self._room(team, asked)
        user = asked.get("user", "")
        if user not in room.members:
            raise ApiError("user_not_in_channel")
        message = self.made(team, asked) | {"is_ephemeral": True}
        team.alone.append(Alone(room.id, user, message))
        self._slack.shown(team, room, message)
        return {"message_ts": message["ts"]}

    def _own(self, team: Workspace, room: Room, ts: str, error: str) -> Json:
        message = room.messages.get(ts)
        if message is None or message.get("subtype") == "tombstone":
            raise ApiError("message_not_found")
        if message.get("bot_id") != team.bot_id:
            raise ApiError(error)
        return message

    async def _update(self, team: Workspace, asked: Json) -> Json:
        room = self._room(team, asked)
        self._own(team, room, asked.get("ts", ""), "cant_update_message")
        content = self._content(asked, most=kit.UPDATE_LIMIT)
        message, was = team.edit(room, asked["ts"], content, by=team.bot.id)
        self._slack.shown(team, room, message)
        await self._slack.tell(team, payloads.changed(room, _public(message), _public(was), team.ts()))
        return {"channel": room.id, "ts": message["ts"], "text": message["text"], "message": message}

    async def _delete(self, team: Workspace, asked: Json) -> Json:
        room = self._room(team, asked)
        self._own(team, room, asked.get("ts", ""), "cant_delete_message")
        await self._slack.remove(team, room, asked["ts"])
        return {"channel": room.id, "ts": asked["ts"]}

    # ----------------------------------------------------------------------- reading

    async def _history(self, team: Workspace, asked: Json) -> Json:
        room = self._readable(team, asked)
        found = [one for one in reversed(room.top()) if _between(one["ts"], asked)]
        page, cursor = self._page(found, asked, 100)
        return _pages([_given(m, asked) for m in page], cursor) | {"pin_count": 0}

    async def _replies(self, team: Workspace, asked: Json) -> Json:
        room = self._readable(team, asked)
        root = room.messages.get(asked.get("ts", ""))
        if root is None:
            raise ApiError("thread_not_found")
        first, *rest = room.thread(root.get("thread_ts", root["ts"]))
        page, cursor = self._page([one for one in rest if _between(one["ts"], asked)], asked, 1_000)
        return _pages([_given(m, asked) for m in (first, *page)], cursor)

    def _readable(self, team: Workspace, asked: Json) -> Room:
        room = self._room(team, asked)
        needed = f"{PLURAL[room.kind]}:history"
        if needed not in team.scopes:
            raise _scope(team, needed)
        return room

    def _page(self, found: list[Json], asked: Json, usual: int) -> tuple[list[Json], str]:
        limit = min(int(asked.get("limit") or usual), 999, self._slack.page)
        begins = _cursor(asked.get("cursor"))
        ends = begins + max(1, limit)
        next_one = base64.b64encode(f"next_ts:{ends}".encode()).decode() if ends < len(found) else ""
        return found[begins:ends], next_one

    async def _info(self, team: Workspace, asked: Json) -> Json:
        room = self._room(team, asked, inside=False)
        needed = f"{PLURAL[room.kind]}:read"
        if needed not in team.scopes:
            raise _scope(team, needed)
        return {"channel": described(team, room)}

    async def _theirs(self, team: Workspace, asked: Json) -> Json:
        user = asked.get("user") or team.bot.id
        if user not in team.people:
            raise ApiError("user_not_found")
        kinds = {KIND[one.strip()] for one in (asked.get("types") or "public_channel").split(",")}
        for kind in kinds:
            if f"{PLURAL[kind]}:read" not in team.scopes:
                raise _scope(team, f"{PLURAL[kind]}:read")
        found = [
            described(team, room)
            for room in team.rooms.values()
            if room.kind in kinds
            and user in room.members
            and (room.kind == "channel" or team.bot.id in room.members)
        ]
        page, cursor = self._page(found, asked, 100)
        return {"channels": page, "response_metadata": {"next_cursor": cursor}}

    async def _open(self, team: Workspace, asked: Json) -> Json:
        users = str(asked.get("users") or "").split(",")
        if users == [""] or any(one not in team.people for one in users):
            raise ApiError("user_not_found")
        return {"channel": {"id": team.direct(team.people[users[0]].name).id}}

    # ----------------------------------------------------------------------- views

    async def _view_open(self, team: Workspace, asked: Json) -> Json:
        where = self._slack.exchange(asked.get("trigger_id", ""))
        view = _view(asked, "modal")
        person = team.people[where.user]
        made = self._dressed(team, view)
        made["root_view_id"] = person.modals[0]["id"] if person.modals else made["id"]
        person.modals.append(made)
        person.opened_in.append((where.room, where.thread))
        return {"view": made}

    def _dressed(self, team: Workspace, view: Json, old: Json | None = None) -> Json:
        """A view with what Slack adds to it."""
        return {
            "id": old["id"] if old else fresh("V"),
            "team_id": team.id,
            "state": {"values": {}},
            "hash": f"{team.ts()}.{secrets.token_hex(4)}",
            "private_metadata": "",
            "callback_id": "",
            "external_id": "",
            "clear_on_close": False,
            "notify_on_close": False,
            "close": None,
            "submit": None,
            "previous_view_id": None,
            "root_view_id": old["root_view_id"] if old else "",
            "app_id": self._slack.app_id,
            "app_installed_team_id": team.id,
            "bot_id": team.bot_id,
        } | {**view, "blocks": named(view["blocks"])}

    async def _view_update(self, team: Workspace, asked: Json) -> Json:
        for person in team.people.values():
            for number, old in enumerate(person.modals):
                if old["id"] == asked.get("view_id") or (
                    asked.get("external_id") and old["external_id"] == asked["external_id"]
                ):
                    if asked.get("hash", old["hash"]) != old["hash"]:
                        raise ApiError("hash_conflict")
                    person.modals[number] = self._dressed(team, _view(asked, "modal"), old)
                    return {"view": person.modals[number]}
        raise ApiError("not_found")

    async def _view_publish(self, team: Workspace, asked: Json) -> Json:
        person = team.people.get(asked.get("user_id", ""))
        if person is None or person.bot:
            raise ApiError("invalid_arguments")
        if asked.get("hash") and person.home and person.home["hash"] != asked["hash"]:
            raise ApiError("hash_conflict")
        person.home = self._dressed(team, _view(asked, "home"), person.home)
        return {"view": person.home}

    def view_in_place(self, team: Workspace, view: Json, old: Json | None = None) -> Json:
        """A view that came as the answer to a submission; raises `ApiError`."""
        return self._dressed(team, _view({"view": view}, "modal"), old)

    # ----------------------------------------------------------------------- the rest

    async def _status(self, team: Workspace, asked: Json) -> Json:
        room = self._room(team, asked | {"channel": asked.get("channel_id")})
        status = str(asked.get("status") or "")
        if len(_parsed(asked.get("loading_messages")) or []) > 10:
            raise ApiError("invalid_arguments")
        key = room.id, str(asked.get("thread_ts") or "")
        if not key[1]:
            raise ApiError("invalid_arguments")
        team.status.pop(key, None)
        if status:
            team.status[key] = status
            team.statuses.append((*key, status))
        return {}

    async def _prompts(self, team: Workspace, asked: Json) -> Json:
        room = self._room(team, asked | {"channel": asked.get("channel_id")})
        prompts = _parsed(asked.get("prompts"))
        if not isinstance(prompts, list) or not 1 <= len(prompts) <= 4:
            raise ApiError("invalid_arguments")
        if any(not one.get("title") or not one.get("message") for one in prompts):
            raise ApiError("invalid_arguments")
        team.prompts[room.id, str(asked.get("thread_ts") or "")] = {
            "title": asked.get("title", ""),
            "prompts": prompts,
        }
        return {}

    async def _title(self, team: Workspace, asked: Json) -> Json:
        room = self._room(team, asked | {"channel": asked.get("channel_id")})
        team.titles[room.id, str(asked.get("thread_ts") or "")] = str(asked.get("title"))
        return {}

    def _reacted(self, team: Workspace, asked: Json) -> tuple[list[Json], str]:
        room = self._room(team, asked)
        message = room.messages.get(asked.get("timestamp", ""))
        if message is None:
            raise ApiError("message_not_found")
        return message.setdefault("reactions", []), str(asked.get("name")).strip(":")

    async def _react(self, team: Workspace, asked: Json) -> Json:
        reactions, name = self._reacted(team, asked)
        if any(one["name"] == name and team.bot.id in one["users"] for one in reactions):
            raise ApiError("already_reacted")
        reactions.append({"name": name, "users": [team.bot.id], "count": 1})
        return {}

    async def _unreact(self, team: Workspace, asked: Json) -> Json:
        reactions, name = self._reacted(team, asked)
        ours = [one for one in reactions if one["name"] == name and team.bot.id in one["users"]]
        if not ours:
            raise ApiError("no_reaction")
        reactions.remove(ours[0])
        return {}

    async def _file(self, team: Workspace, asked: Json) -> Json:
        file = team.files.get(asked.get("file", ""))
        if file is None:
            raise ApiError("file_not_found")
        whole = {name: value for name, value in file.about.items() if name != "file_access"}
        return {
            "file": whole | self._slack.whole.get(file.about["id"], {}),
            "comments": [],
            "response_metadata": {"next_cursor": ""},
        }

    async def _uninstall(self, team: Workspace, asked: Json) -> Json:
        if (asked.get("client_id"), asked.get("client_secret")) != self._slack.client:
            raise ApiError("invalid_client_id")
        await self._slack.uninstall(team)
        return {}


# --------------------------------------------------------------------------- parts


def described(team: Workspace, room: Room) -> Json:
    """A channel, as conversations.info has it."""
    return {
        "id": room.id,
        "name": room.name,
        "is_channel": room.kind == "channel",
        "is_group": room.kind == "group",
        "is_im": room.kind == "im",
        "is_mpim": room.kind == "mpim",
        "is_private": room.kind != "channel",
        "is_member": team.bot.id in room.members,
        "is_archived": room.archived,
        "is_general": room.name == "general",
        "is_ext_shared": room.shared,
        "is_shared": room.shared,
        "context_team_id": team.id,
        "created": 1700000000,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def named(blocks: list[Json]) -> list[Json]:
    """Blocks with the ids that Slack gives to those without one."""
    named_ones = []
    for block in blocks:
        one = {"block_id": secrets.token_urlsafe(4)} | block
        if isinstance(one.get("elements"), list) and one["type"] != "rich_text":
            one["elements"] = [_named_element(element) for element in one["elements"]]
        if isinstance(one.get("accessory"), dict):
            one["accessory"] = _named_element(one["accessory"])
        if isinstance(one.get("element"), dict):
            one["element"] = _named_element(one["element"])
        if isinstance(one.get("child_blocks"), list):
            one["child_blocks"] = named(one["child_blocks"])
        named_ones.append(one)
    return named_ones


def _named_element(element: Json) -> Json:
    if element.get("type") in ("mrkdwn", "plain_text", "image"):
        return element
    return {"action_id": secrets.token_urlsafe(4)} | element


def _view(asked: Json, kind: str) -> Json:
    view = _parsed(asked.get("view"))
    found = kit.wrong_view(view)
    if not found and view["type"] != kind:
        found = [f"must be a {kind} [json-pointer:/view/type]"]
    if found:
        raise _invalid("invalid_arguments", found)
    return dict(view)


def _invalid(error: str, found: list[str]) -> ApiError:
    lines = [f"[ERROR] {line}" for line in found]
    more = {"errors": found} if error == "invalid_blocks" else {}
    return ApiError(error, response_metadata={"messages": lines}, **more)


def _scope(team: Workspace, needed: str) -> ApiError:
    return ApiError("missing_scope", needed=needed, provided=",".join(sorted(team.scopes)))


def _parsed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value or None


def _between(ts: str, asked: Json) -> bool:
    oldest, latest = float(asked.get("oldest") or 0), float(asked.get("latest") or 1e12)
    if str(asked.get("inclusive", "")).lower() in ("1", "true"):
        return oldest <= float(ts) <= latest
    return oldest < float(ts) < latest


def _cursor(given: Any) -> int:
    if not given:
        return 0
    try:
        name, _, number = base64.b64decode(given, validate=True).decode().partition(":")
        if name != "next_ts":
            raise ValueError(name)
        return int(number)
    except ValueError as error:
        raise ApiError("invalid_cursor") from error


def _pages(messages: list[Json], cursor: str) -> Json:
    more = {"response_metadata": {"next_cursor": cursor}} if cursor else {}
    return {"messages": messages, "has_more": bool(cursor)} | more


def _public(message: Json) -> Json:
    """A message without its metadata, which only who asks for it gets."""
    return {name: value for name, value in message.items() if name != "metadata"}


def _given(message: Json, asked: Json) -> Json:
    wanted = str(asked.get("include_all_metadata", "")).lower() in ("1", "true")
    return dict(message) if wanted else _public(message)
