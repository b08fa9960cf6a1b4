"""Slack on stage: transcripts played over the fake Slack, with what each person sees on their screen."""

from collections.abc import Sequence

from tests.fake_slack import FakeSlack, Room
from tests.fake_slack.people import inputs
from tests.fake_slack.screen import buttons, text
from tests.fake_slack.workspace import Json
from tests.stage import Seen, until

COMMAND, ABOUT = "/wherein", "wherein_about"  # of manifest.yml


class SlackStage:
    """Slack's people and channels in plain words; a message's ref is "channel/ts", a dialog's "view/id".

    Wherein is in #general from the first; into other rooms somebody must bring it.
    """

    def __init__(self, slack: FakeSlack, *, about: str = ABOUT) -> None:
        self._slack, self._team, self._people = slack, slack.team, slack.people
        self._about = about

    # ----------------------------------------------------------------------- what people do

    async def says(
        self, who: str, place: str, text: str, *, to_us: bool, files: Sequence[tuple[str, bytes]]
    ) -> str:
        """Somebody says something; `to_us` is a mention, but where they are alone with Wherein."""
        room, thread = self._at(place, who)
        said = f"@{self._team.bot.name} {text}" if to_us and room.kind != "im" else text
        return f"{room.id}/{await self._people.says(who, room, said, thread=thread, files=files)}"

    async def asks_alone(self, who: str, room: str, text: str) -> None:
        """Somebody enters the slash command."""
        await self._people.slash(who, self._at(room, who)[0], text, COMMAND)

    async def asks_about(self, who: str, ref: str, text: str) -> None:
        """Somebody picks the message shortcut, and fills in its dialog."""
        room, ts = self._message(ref)
        await self._people.shortcut(who, room, ts, self._about)
        await self._fill(who, text)

    async def asks_with(self, who: str, room: str, text: str, given: str) -> None:
        """Somebody enters the slash command with nothing after it, and fills in the dialog that opens."""
        await self._people.slash(who, self._at(room, who)[0], "", COMMAND)
        await self._fill(who, text, given)

    async def edits(self, who: str, ref: str, text: str) -> None:
        """Somebody changes their message; a mention in it stays."""
        room, ts = self._message(ref)
        mention = f"<@{self._team.bot.id}>"
        kept = f"@{self._team.bot.name} " if mention in room.messages[ts]["text"] else ""
        await self._people.edits(who, room, ts, kept + text)

    async def deletes(self, who: str, ref: str) -> None:
        """Somebody deletes their message."""
        await self._people.deletes(*self._message(ref))

    async def presses(self, who: str, button: str, ref: str, reason: str) -> None:
        """Somebody presses a button; a reason goes into the dialog that opens."""
        kind, _, id = ref.partition("/")
        open_before = len(self._team.person(who).modals)
        if kind == "view":
            await self._people.presses_in_view(who, button)
        else:
            await self._people.presses(who, self._team.rooms[kind], id, button)
        if reason:
            await until(lambda: len(self._team.person(who).modals) > open_before, list)
            await self._fill(who, reason)

    async def lets_in(self, who: str, room: str) -> None:
        """Somebody invites Wherein to a channel."""
        await self._people.invites(who, self._at(room, who)[0])

    async def opens(self, who: str, what: str) -> None:
        """Somebody opens the home tab."""
        await self._people.opens_home(who)

    async def _fill(self, who: str, *given: str) -> None:
        """Fill in the texts of the dialog on top in their order, and send it."""
        person = self._team.person(who)
        await until(lambda: bool(person.modals), list)
        texts = [block for block, one in inputs(person.modals[-1]) if one["type"] == "plain_text_input"]
        pairs = zip(texts, given, strict=False)
        await self._people.submits(who, {block["block_id"]: words for block, words in pairs})

    # ----------------------------------------------------------------------- what people see

    def seen(self, place: str, who: str) -> Sequence[Seen]:
        """What of Wherein's is there on somebody's screen: messages, what only they see, dialogs, Home."""
        person = self._team.person(who)
        if place == "Home":
            return [self._view(person.home, who)] if person.home else []
        room, thread = self._at(place, who)
        stands = (
            room.thread(thread) if thread else room.messages.values() if room.kind == "im" else room.top()
        )
        alone = [
            one.message
            for one in self._team.alone
            if (one.room, one.user) == (room.id, person.id)
            and (room.kind == "im" or one.message.get("thread_ts", "") == thread)
        ]
        shown = [self._shown(room, m, "") for m in stands if m.get("bot_id") == self._team.bot_id]
        shown += [self._shown(room, m, who) for m in alone]
        shown.sort(key=lambda seen: seen.ref.partition("/")[2])
        views = zip(person.modals, person.opened_in, strict=True)
        return shown + [
            self._view(view, who)
            for view, where in views
            if where[0] == room.id and (room.kind == "im" or where[1] == thread)
        ]

    def _shown(self, room: Room, message: Json, alone: str) -> Seen:
        blocks = message.get("blocks", [])
        words = text(blocks, self._names()) or message["text"]
        return Seen(f"{room.id}/{message['ts']}", words, buttons(blocks), alone)

    def _view(self, view: Json, who: str) -> Seen:
        title = view["title"]["text"] if "title" in view else ""
        words = "\n".join(filter(None, (title, text(view["blocks"], self._names()))))
        submit = (view["submit"]["text"],) if view.get("submit") else ()
        return Seen(f"view/{view['id']}", words, (*buttons(view["blocks"]), *submit), who)

    def _names(self) -> dict[str, str]:
        people = {one.id: one.name for one in self._team.people.values()}
        return people | {one.id: one.name for one in self._team.rooms.values()}

    # ----------------------------------------------------------------------- places

    def _at(self, place: str, who: str) -> tuple[Room, str]:
        """A channel, and the thread in it."""
        if place == "DM":
            return self._team.direct(who), ""
        if place.startswith("#"):
            return self._team.room(place[1:], bot=place == "#general"), ""
        room, ts = self._message(place)
        message = room.messages.get(ts, {})
        return room, message.get("thread_ts", ts)

    def _message(self, ref: str) -> tuple[Room, str]:
        room, _, ts = ref.partition("/")
        return self._team.rooms[room], ts
