"""What people do in a workspace; each act returns when the app was told of it once."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tests.fake_slack import payloads
from tests.fake_slack.api import ApiError
from tests.fake_slack.delivery import Delivery
from tests.fake_slack.workspace import Json, Person, Room, Workspace

if TYPE_CHECKING:
    from tests.fake_slack.server import FakeSlack


class People:
    """Those of one workspace."""

    def __init__(self, slack: "FakeSlack", team: Workspace) -> None:
        self._slack, self.team = slack, team

    # ----------------------------------------------------------------------- saying

    async def says(
        self,
        who: str,
        room: Room,
        text: str,
        *,
        thread: str = "",
        files: Sequence[tuple[str, bytes]] = (),
        broadcast: bool = False,
    ) -> str:
        """Somebody says something; `@wherein` mentions the app. The message's ts."""
        person = self._inside(who, room)
        uploaded = [self.team.file(name, data, by=person.id) for name, data in files]
        return await self.posts(
            person, room, self.team.encoded(text), thread=thread, files=uploaded, broadcast=broadcast
        )

    async def forwards(
        self, who: str, room: Room, ts: str, of: Room, text: str = "", *, thread: str = ""
    ) -> str:
        """Somebody forwards the message of another channel, with some words of their own; its ts."""
        shares = [payloads.forwarded(self.team, of, of.messages[ts])]
        person = self._inside(who, room)
        return await self.posts(person, room, self.team.encoded(text), thread=thread, shares=shares)

    async def posts(
        self,
        person: Person,
        room: Room,
        text: str,
        *,
        thread: str = "",
        files: Sequence[Json] = (),
        shares: Sequence[Json] = (),
        broadcast: bool = False,
    ) -> str:
        """The same with an encoded text and files that are there; the message's ts."""
        message = payloads.said(self.team, person, text, self.team.ts(), thread=thread, files=files)
        if shares:
            message["attachments"] = list(shares)
        if broadcast:
            message |= {"subtype": "thread_broadcast", "root": dict(room.messages[thread])}
        self.team.put(room, message)
        heard = payloads.message_event(room, message, "file_share" if files else "")
        mentioned = f"<@{self.team.bot.id}>" in text and room.kind != "im"
        mention = payloads.mention_event(room, message, files=self._slack.files_in_mentions)
        await self._pair(heard, mention if mentioned else None)
        return str(message["ts"])

    async def _pair(self, heard: Json, mention: Json | None) -> None:
        """Bring a message, and the mention that it is, in the order that is set."""
        order = self._slack.mention_order
        if mention is None or order == "message only":
            await self._tell(heard)
        elif order == "mention only":
            await self._tell(mention)
        elif order == "mention first":
            await self._tell(mention)
            await self._tell(heard)
        elif order == "message first":
            await self._tell(heard)
            await self._tell(mention)
        else:
            await self._tell(heard, mention)

    async def edits(self, who: str, room: Room, ts: str, text: str) -> None:
        """Somebody changes what they said."""
        encoded = self.team.encoded(text)
        change = {"text": encoded, "blocks": payloads.rich(encoded)}
        message, was = self.team.edit(room, ts, change, by=self.team.person(who).id)
        await self._tell(payloads.changed(room, message, was, self.team.ts()))

    async def unfurls(self, room: Room, ts: str) -> None:
        """Slack puts a preview under a message: an edit that nobody made."""
        message, was = self.team.edit(room, ts, {"attachments": [{"id": 1, "fallback": "A page"}]})
        await self._tell(payloads.changed(room, message, was, self.team.ts()))

    async def deletes(self, room: Room, ts: str) -> None:
        """Somebody deletes a message."""
        await _tried(await self._slack.remove(self.team, room, ts))

    async def bot_says(
        self, name: str, room: Room, text: str, *, thread: str = "", classic: bool = False
    ) -> str:
        """Another app says something; `classic`: as integrations of old do."""
        bot = self.team.person(name, bot=True)
        room.members.add(bot.id)
        message = payloads.said(self.team, bot, self.team.encoded(text), self.team.ts(), thread=thread)
        del message["client_msg_id"]
        message |= {"bot_id": f"B{bot.id[1:]}", "app_id": f"A{bot.id[1:]}"}
        if classic:
            del message["user"], message["team"]
            message |= {"subtype": "bot_message", "username": name}
        self.team.put(room, message)
        heard = payloads.message_event(room, message)
        mention = payloads.mention_event(room, message, files=True)
        await self._pair(heard, mention if f"<@{self.team.bot.id}>" in message["text"] else None)
        return str(message["ts"])

    # ----------------------------------------------------------------------- coming and going

    async def invites(self, who: str, room: Room) -> None:
        """Somebody brings the app into a channel."""
        await self._comes(self.team.bot, self._inside(who, room), room)

    async def joins(self, who: str, room: Room) -> None:
        """Somebody comes into a channel."""
        person = self.team.person(who)
        await self._comes(person, person, room)

    async def _comes(self, person: Person, by: Person, room: Room) -> None:
        room.members.add(person.id)
        line, told = payloads.joined(room, person, by, self.team.ts())
        stands = {k: v for k, v in line.items() if k not in ("channel", "event_ts", "channel_type")}
        self.team.put(room, stands)
        await self._tell(line, told)

    async def takes_out(self, who: str, room: Room) -> None:
        """Somebody takes the app out of a channel."""
        bot = self.team.bot
        told = {
            "type": "member_left_channel",
            "user": bot.id,
            "channel": room.id,
            "channel_type": "C" if room.kind == "channel" else "G",
            "team": self.team.id,
            "event_ts": self.team.ts(),
        }
        room.members.discard(bot.id)
        await self._tell(told)

    async def uninstalls(self) -> None:
        """An admin takes the app out of the workspace."""
        await self._slack.uninstall(self.team)
        await self._slack.deliveries.settled()

    # ----------------------------------------------------------------------- commands and dialogs

    async def slash(self, who: str, room: Room, text: str, command: str = "/wherein") -> Delivery:
        """Somebody enters a slash command."""
        person = self._inside(who, room)
        form = payloads.slash(self.team, self._slack.app_id, person, room, command, self.team.encoded(text))
        url = self._slack.responses.url("commands", self.team, room.id, person.id)
        form |= {"response_url": url, "trigger_id": self._slack.trigger(self.team, person.id, room.id)}
        delivery = self._slack.bring("slash_commands", form)
        await _tried([delivery])
        if delivery.taken and delivery.answer:
            said = delivery.answer if isinstance(delivery.answer, dict) else {"text": delivery.answer}
            await self._slack.responses.act_at(url, said)
        return delivery

    async def shortcut(self, who: str, room: Room, ts: str, callback_id: str) -> Delivery:
        """Somebody picks a shortcut on a message."""
        person = self._inside(who, room)
        message = room.messages[ts]
        told = self._interaction(person, "message_action", room.id, message.get("thread_ts", ts)) | {
            "callback_id": callback_id,
            "response_url": self._slack.responses.url("actions", self.team, room.id, person.id),
            "message_ts": ts,
            "message": {name: value for name, value in message.items() if name != "metadata"},
            "channel": payloads.place(room),
        }
        return await self._interact(told)

    async def global_shortcut(self, who: str, callback_id: str) -> Delivery:
        """Somebody picks a shortcut from the menu of all of them."""
        told = self._interaction(self.team.person(who), "shortcut") | {"callback_id": callback_id}
        return await self._interact(told)

    async def presses(self, who: str, room: Room, ts: str, label: str) -> Delivery:
        """Somebody presses a button on a message that they see; raises `LookupError` where there is none."""
        person = self._inside(who, room)
        message, alone = self._on_screen(person, room, ts)
        action = _action(message.get("blocks", []), label)
        container = {
            "type": "message",
            "message_ts": ts,
            "channel_id": room.id,
            "is_ephemeral": alone,
        }
        thread = message.get("thread_ts", "")
        if thread:
            container["thread_ts"] = thread
        told = self._interaction(person, "block_actions", room.id, thread) | {
            "container": container,
            "channel": payloads.place(room),
            "state": {"values": {}},
            "response_url": self._slack.responses.url("actions", self.team, room.id, person.id, ts),
            "actions": [action],
        }
        if not alone:
            told["message"] = {name: value for name, value in message.items() if name != "metadata"}
        return await self._interact(told)

    def _on_screen(self, person: Person, room: Room, ts: str) -> tuple[Json, bool]:
        for one in self.team.alone:
            if one.message["ts"] == ts and one.user == person.id:
                return one.message, True
        return room.messages[ts], False

    async def presses_in_view(self, who: str, label: str, *, home: bool = False) -> Delivery:
        """Somebody presses a button in the dialog on top, or in the home tab."""
        person = self.team.person(who)
        view = person.home if home else person.modals[-1]
        assert view
        where = ("", "") if home else person.opened_in[-1]
        told = self._interaction(person, "block_actions", *where) | {
            "container": {"type": "view", "view_id": view["id"]},
            "view": view,
            "actions": [_action(view["blocks"], label)],
        }
        return await self._interact(told)

    async def submits(self, who: str, given: Mapping[str, Any], *, times: int = 1) -> Delivery:
        """Somebody sends the dialog on top, `times` at the same instant; `given` by block_id or action_id."""
        person = self.team.person(who)
        view = person.modals[-1]
        values: Json = {}
        for block, element in inputs(view):
            value = given.get(block["block_id"], given.get(element["action_id"]))
            values.setdefault(block["block_id"], {})[element["action_id"]] = self._value(
                element, value, person
            )
        view["state"] = {"values": values}
        where = person.opened_in[-1]
        told = self._interaction(person, "view_submission", *where) | {"view": view, "response_urls": []}
        sent = [self._slack.bring("interactive", told) for _ in range(times)]
        await _tried(sent)
        for delivery in sent:
            if delivery.taken and view in person.modals:
                self._answered(person, view, delivery.answer)
        return sent[0]

    def _answered(self, person: Person, view: Json, answer: Any) -> None:
        """Do with the dialog what the app says."""
        act = answer.get("response_action", "") if isinstance(answer, dict) else ""
        if act == "errors":
            return
        if act == "clear":
            person.modals.clear()
            person.opened_in.clear()
        elif act in ("update", "push"):
            try:
                made = self._slack.api.view_in_place(
                    self.team, answer["view"], view if act == "update" else None
                )
            except ApiError:
                return  # the person sees "we had some trouble connecting"
            if act == "update":
                person.modals[person.modals.index(view)] = made
            else:
                person.modals.append(made)
                person.opened_in.append(person.opened_in[-1])
        else:
            person.modals.remove(view)
            person.opened_in.pop()

    async def closes(self, who: str) -> None:
        """Somebody closes the dialog on top."""
        person = self.team.person(who)
        view = person.modals.pop()
        where = person.opened_in.pop()
        if view["notify_on_close"]:
            told = self._interaction(person, "view_closed", *where)
            await self._interact(told | {"view": view, "is_cleared": False})

    def _value(self, element: Json, value: Any, person: Person) -> Json:
        kind = element["type"]
        if kind == "file_input":
            files = [self.team.file(name, data, by=person.id) for name, data in value or ()]
            return {"type": kind, "files": files}
        if kind == "checkboxes":
            chosen = [one for one in element["options"] if value and one["value"] in value]
            return {"type": kind, "selected_options": chosen or element.get("initial_options", [])}
        if "options" in element:
            chosen = [one for one in element["options"] if one["value"] == value]
            return {"type": kind, "selected_option": chosen[0] if chosen else element.get("initial_option")}
        if kind.endswith("_select"):
            name = f"selected_{kind.split('s_select')[0]}"
            return {"type": kind, name: value or element.get(f"initial_{kind.split('s_select')[0]}")}
        return {"type": kind, "value": value if value is not None else element.get("initial_value")}

    # ----------------------------------------------------------------------- the app's own page

    async def opens_home(self, who: str) -> Delivery | None:
        """Somebody opens the app's home tab."""
        return await self._opens(who, "home")

    async def opens_messages(self, who: str) -> Delivery | None:
        """Somebody opens their conversation with the app."""
        return await self._opens(who, "messages")

    async def _opens(self, who: str, tab: str) -> Delivery | None:
        person = self.team.person(who)
        event = {
            "type": "app_home_opened",
            "user": person.id,
            "channel": self.team.direct(who).id,
            "tab": tab,
            "event_ts": self.team.ts(),
        }
        if tab == "home" and person.home:
            event["view"] = person.home
        return (await self._tell(event) or [None])[0]

    # ----------------------------------------------------------------------- parts

    def _inside(self, who: str, room: Room) -> Person:
        person = self.team.person(who)
        room.members.add(person.id)
        return person

    async def _tell(self, *events: Json) -> list[Delivery]:
        return await _tried(await self._slack.tell(self.team, *events))

    def _interaction(self, person: Person, kind: str, room: str = "", thread: str = "") -> Json:
        told = payloads.interaction(self.team, self._slack.app_id, person, kind)
        return told | {"trigger_id": self._slack.trigger(self.team, person.id, room, thread)}

    async def _interact(self, told: Json) -> Delivery:
        delivery = self._slack.bring("interactive", told)
        await _tried([delivery])
        return delivery


async def _tried(deliveries: list[Delivery]) -> list[Delivery]:
    await asyncio.gather(*(delivery.tried.wait() for delivery in deliveries))
    return deliveries


def inputs(view: Json) -> list[tuple[Json, Json]]:
    """What can be filled in a dialog: each block with its element."""
    blocks = view["blocks"]
    found = [(block, block["element"]) for block in blocks if block["type"] == "input"]
    for block in blocks:
        if block["type"] == "actions":
            found += [(block, one) for one in block["elements"] if one["type"] not in ("button", "overflow")]
    return found


def elements(blocks: Sequence[Json]) -> Iterator[tuple[Json, Json]]:
    """What can be pressed: each block with its element."""
    for block in blocks:
        if block["type"] in ("actions", "context_actions"):
            yield from ((block, one) for one in block["elements"])
        elif block.get("accessory", {}).get("type", "image") != "image":
            yield block, block["accessory"]
        elif block["type"] in ("container", "card"):
            yield from elements(block.get("child_blocks", []))


def labels(element: Json) -> list[tuple[str, Json | None]]:
    """What a person sees of an element that can be pressed, with which of several each is."""
    if element["type"] == "feedback_buttons":
        return [("👍", element["positive_button"]), ("👎", element["negative_button"])]
    if "options" in element:
        return [(one["text"]["text"], one) for one in element["options"]]
    return [(element["text"]["text"], None)] if "text" in element else []


def _action(blocks: Sequence[Json], label: str) -> Json:
    there: list[str] = []
    for block, element in elements(blocks):
        for shown, choice in labels(element):
            if shown == label or element.get("action_id") == label:
                return payloads.pressed(element, block, choice)
            there.append(shown)
    raise LookupError(f"there is no {label!r}, only {', '.join(there) or 'nothing'}")
