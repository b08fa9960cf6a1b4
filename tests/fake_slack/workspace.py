"""A workspace: its people, channels, messages and files, and what each person has on their screen."""

import itertools
import re
import secrets
import time
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

SCOPES = (
    "app_mentions:read,assistant:write,channels:history,groups:history,im:history,mpim:history,channels:read,"
    "groups:read,im:read,im:write,chat:write,commands,files:read,reactions:write,users:read"
)
EVENTS = (
    "app_home_opened app_mention message.im message.channels message.groups message.mpim app_uninstalled"
    " tokens_revoked app_context_changed member_joined_channel member_left_channel"
)
KINDS = {"channel": "C", "group": "G", "im": "D", "mpim": "G"}
PLURAL = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}  # in scopes and events
_numbers = itertools.count(1)


def fresh(letter: str) -> str:
    """An id as Slack writes them, that nobody has."""
    return f"{letter}{next(_numbers):04}{secrets.token_hex(4).upper()}"[:11]


@dataclass
class Person:
    """Somebody who is there."""

    id: str
    name: str
    team: str
    locale: str = "en-US"
    tz: str = "Europe/London"
    admin: bool = False
    owner: bool = False
    guest: bool = False
    outside: bool = False  # of another workspace, in a shared channel
    bot: bool = False
    email: str = ""
    home: Json | None = None
    modals: list[Json] = field(default_factory=list)  # views, the last on top
    opened_in: list[tuple[str, str]] = field(default_factory=list)  # for each: channel and thread


@dataclass
class Room:
    """A channel, public or private, or a conversation of two or of some."""

    id: str
    name: str
    kind: str = "channel"
    members: set[str] = field(default_factory=set)
    messages: dict[str, Json] = field(default_factory=dict)  # by ts, oldest first
    archived: bool = False
    shared: bool = False  # with another organisation

    def thread(self, ts: str) -> list[Json]:
        """A thread's messages, the first one first."""
        return [m for m in self.messages.values() if m["ts"] == ts or m.get("thread_ts") == ts]

    def top(self) -> list[Json]:
        """What stands in the channel itself, oldest first."""
        return [
            m
            for m in self.messages.values()
            if m.get("thread_ts", m["ts"]) == m["ts"] or m.get("subtype") == "thread_broadcast"
        ]


@dataclass
class Alone:
    """A message that one person sees; nobody can read it back."""

    room: str
    user: str
    message: Json


@dataclass
class File:
    """A file's bytes, and what a message says of it."""

    about: Json
    data: bytes


class Workspace:
    """A workspace that Wherein is installed in."""

    def __init__(self, name: str = "Acme", *, address: str = "", clock: Callable[[], float] = time.time):
        self.name, self.domain = name, name.lower()
        self.id = fresh("T")
        self.enterprise: str | None = None
        self.address, self.clock = address, clock
        self.bot_id, self.bot_token = fresh("B"), f"xoxb-{secrets.token_hex(12)}"
        self.scopes = set(SCOPES.split(","))
        self.people: dict[str, Person] = {}
        self.rooms: dict[str, Room] = {}
        self.files: dict[str, File] = {}
        self.alone: list[Alone] = []
        self.status: dict[tuple[str, str], str] = {}
        self.statuses: list[tuple[str, str, str]] = []  # all that were shown
        self.prompts: dict[tuple[str, str], Json] = {}
        self.titles: dict[tuple[str, str], str] = {}
        self.installed = True
        self._last = 0
        self.bot = self.person("wherein", bot=True)

    # ----------------------------------------------------------------------- who and where

    def person(self, name: str, **about: Any) -> Person:
        """The person with that name, who comes in where nobody has it."""
        for person in self.people.values():
            if person.name == name:
                return person
        about.setdefault("team", self.id)
        made = Person(fresh("U"), name, email=f"{name.lower()}@{self.domain}.example", **about)
        self.people[made.id] = made
        return made

    def room(self, name: str, *, kind: str = "channel", bot: bool = True, people: Iterable[str] = ()) -> Room:
        """The channel with that name, which is made where there is none."""
        for room in self.rooms.values():
            if room.name == name:
                return room
        made = Room(fresh(KINDS[kind]), name, kind)
        made.members = {self.person(one).id for one in people} | ({self.bot.id} if bot else set())
        self.rooms[made.id] = made
        return made

    def direct(self, name: str) -> Room:
        """The conversation of somebody with Wherein alone."""
        return self.room(f"im:{name}", kind="im", people=(name,))

    def may_see(self, room: Room | None, user: str = "") -> bool:
        """Whether there is such a channel, as far as somebody, or Wherein, can tell."""
        return room is not None and (room.kind == "channel" or (user or self.bot.id) in room.members)

    # ----------------------------------------------------------------------- messages

    def ts(self) -> str:
        """The name and time of a message; none has it twice."""
        self._last = max(self._last + 1, int(self.clock() * 1_000_000))
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06}"

    def put(self, room: Room, message: Json) -> Json:
        """Put a message into a channel, and count it where it stands in a thread."""
        room.messages[message["ts"]] = message
        root = room.messages.get(message.get("thread_ts", ""))
        if root is not None and root is not message:
            message["parent_user_id"] = root.get("user", "")
            replies = [m for m in room.thread(root["ts"]) if m is not root]
            root["thread_ts"] = root["ts"]
            users = list(dict.fromkeys(m.get("user", "") for m in replies))
            root |= {
                "reply_count": len(replies),
                "reply_users_count": len(users),
                "latest_reply": message["ts"],
                "reply_users": users[:5],
                "is_locked": False,
                "subscribed": False,
            }
        return message

    def edit(self, room: Room, ts: str, change: Json, *, by: str = "") -> tuple[Json, Json]:
        """Change a message; how it stands now, and how it stood."""
        message = room.messages[ts]
        was = deepcopy(message)
        message |= change
        if by:
            message["edited"] = {"user": by, "ts": self.ts()}
        return message, was

    def delete(self, room: Room, ts: str) -> tuple[Json | None, Json]:
        """Delete a message; what stands in its place where it has replies, and how it stood."""
        was = deepcopy(room.messages[ts])
        if was.get("reply_count"):
            kept = {
                "thread_ts",
                "reply_count",
                "reply_users_count",
                "latest_reply",
                "reply_users",
                "is_locked",
            }
            tombstone = {
                "type": "message",
                "subtype": "tombstone",
                "text": "This message was deleted.",
                "user": "USLACKBOT",
                "hidden": True,
                "ts": ts,
            } | {name: was[name] for name in kept if name in was}
            room.messages[ts] = tombstone
            return tombstone, was
        del room.messages[ts]
        root = room.messages.get(was.get("thread_ts", ""))
        if root is not None:
            root["reply_count"] = max(0, root.get("reply_count", 1) - 1)
            if root.get("subtype") == "tombstone" and not root["reply_count"]:
                del room.messages[root["ts"]]
        return None, was

    def encoded(self, text: str) -> str:
        """A text as Slack writes it: `@Ada` is a mention, a link stands in brackets, `& < >` are escaped."""
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        text = re.sub(r"https?://[^\s|]+[^\s|.,;:!?)]", lambda found: f"<{found[0]}>", text)

        def mention(found: re.Match[str]) -> str:
            name = found[1].lower()
            ids = [p.id for p in self.people.values() if p.name.lower() == name]
            return f"<@{ids[0]}>" if ids else found[0]

        return re.sub(r"@(\w+)", mention, text)

    def file(self, name: str, data: bytes, *, by: str, **about: Any) -> Json:
        """Take a file in, as somebody uploads it; what a message says of it."""
        id = fresh("F")
        kind = name.rpartition(".")[2].lower() if "." in name else ""
        path = f"{self.address}/files-pri/{self.id}-{id}"
        now = int(self.clock())
        self.files[id] = File(
            {
                "id": id,
                "created": now,
                "timestamp": now,
                "name": name,
                "title": name,
                "mimetype": MEDIA.get(kind, "application/octet-stream"),
                "filetype": {"txt": "text", "md": "markdown", "jpeg": "jpg"}.get(kind, kind or "binary"),
                "pretty_type": {"txt": "Plain Text", "pdf": "PDF"}.get(kind, kind.upper()),
                "user": by,
                "user_team": self.id,
                "editable": False,
                "size": len(data),
                "mode": "snippet" if kind == "txt" and len(data) > 100_000 else "hosted",
                "is_external": False,
                "external_type": "",
                "is_public": True,
                "public_url_shared": False,
                "display_as_bot": False,
                "username": "",
                "url_private": f"{path}/{name}",
                "url_private_download": f"{path}/download/{name}",
                "media_display_type": "unknown",
                "permalink": f"https://{self.domain}.slack.com/files/{by}/{id}/{name}",
                "permalink_public": f"https://slack-files.com/{self.id}-{id}-{secrets.token_hex(5)}",
                "has_rich_preview": False,
                "file_access": "visible",
            }
            | about,
            data,
        )
        return self.files[id].about


MEDIA = {
    "txt": "text/plain",
    "md": "text/markdown",
    "csv": "text/csv",
    "html": "text/html",
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "json": "application/json",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
