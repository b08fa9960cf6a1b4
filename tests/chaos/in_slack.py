"""People who ask in Slack: in threads of channels, and alone with Wherein."""

import asyncio
import time
from random import Random

from tests.chaos.ledger import Asked, Ledger
from tests.fake_slack import Delivery, FakeSlack, Person, Room, payloads
from tests.fake_slack.screen import text
from tests.fake_slack.workspace import Json

CHANNELS, PEOPLE = 60, 60
DIRECT, NEW = 0.15, 0.1  # of the questions: alone with Wherein; in a thread of their own


class InSlack:
    """Asks, and looks at what comes."""

    def __init__(self, slack: FakeSlack, ledger: Ledger, chance: Random) -> None:
        self._slack, self._team, self._ledger, self._chance = slack, slack.team, ledger, chance
        self._threads: list[tuple[Room, str, str]] = []  # with the code that is told in each
        self._codes: dict[str, str] = {}  # by person: the code of their own
        self._where: dict[str, tuple[str, str]] = {}  # by question: channel and thread
        self._under_way: list[tuple[Asked, list[Delivery]]] = []
        self._seen: set[tuple[str, str]] = set()

    async def settle_in(self) -> None:
        """Say what will be asked about."""
        for n in range(CHANNELS):
            self._begin(self._team.room(f"room{n}"), f"P{n % PEOPLE}")
        await asyncio.sleep(0)

    def _begin(self, room: Room, who: str) -> tuple[Room, str, str]:
        """A thread that begins with a fact."""
        code = self._ledger.code(self._chance)
        message = self._says(self._inside(who, room), room, f"The locker of {room.name} opens with {code}.")
        self._threads.append((room, message["ts"], code))
        self._bring(room, message)
        return self._threads[-1]

    def ask(self) -> Asked:
        """Have somebody ask something."""
        who = f"P{self._chance.randrange(PEOPLE)}"
        if self._chance.random() < DIRECT:
            room, thread = self._team.direct(who), ""
            code = self._codes.setdefault(who, self._ledger.code(self._chance))
            words = f"The locker of {who} opens with {code}. Which code opens the locker of {who}?"
        else:
            new = self._chance.random() < NEW
            any_one = self._chance.choice(self._threads)
            room, thread, code = self._begin(any_one[0], who) if new else any_one
            words = f"@{self._team.bot.name} Which code opens the locker of {room.name}?"
        message = self._says(self._inside(who, room), room, words, thread)
        asked = self._ledger.ask(f"{self._team.id}/{room.id}/{message['ts']}", "slack", code)
        self._where[asked.id] = room.id, thread
        self._under_way.append((asked, self._bring(room, message)))
        return asked

    def _inside(self, who: str, room: Room) -> Person:
        person = self._team.person(who)
        room.members.add(person.id)
        return person

    def _says(self, who: Person, room: Room, words: str, thread: str = "") -> Json:
        message = payloads.said(self._team, who, self._team.encoded(words), self._team.ts(), thread=thread)
        return self._team.put(room, message)

    def _bring(self, room: Room, message: Json) -> list[Delivery]:
        """Bring a message as Slack does, without waiting: a mention comes as two events."""
        events = [payloads.message_event(room, message)]
        if f"<@{self._team.bot.id}>" in message["text"] and room.kind != "im":
            events.append(payloads.mention_event(room, message, files=True))
        wrapped = (payloads.envelope(self._team, self._slack.app_id, event) for event in events)
        return [self._slack.bring("events_api", one) for one in wrapped]

    # ----------------------------------------------------------------------- what comes

    def look(self) -> None:
        """Note what was acknowledged, and what Wherein posted."""
        for asked, deliveries in self._under_way:
            if not asked.accepted and any(one.taken for one in deliveries):
                asked.accepted = time.monotonic()
        left = self._under_way
        self._under_way = [one for one in left if not all(d.task and d.task.done() for d in one[1])]
        for room in self._team.rooms.values():
            for ts, message in room.messages.items():
                if message.get("bot_id") == self._team.bot_id and (room.id, ts) not in self._seen:
                    self._seen.add((room.id, ts))
                    self._note(room, message)

    def waiting(self) -> int:
        """Questions of which a delivery is still to come, and none was acknowledged."""
        return sum(not asked.accepted for asked, _ in self._under_way)

    def _note(self, room: Room, message: Json) -> None:
        of = message.get("metadata", {}).get("event_payload", {}).get("of", "")
        asked, place = self._ledger.asked.get(of), (room.id, message.get("thread_ts", ""))
        words = text(message.get("blocks", [])) or message["text"]
        if asked is None:
            self._ledger.strays.append(f"a reply to {of or 'nothing'} in {'/'.join(place)}")
        else:
            astray = "" if place == self._where[of] else f"in {'/'.join(place)}"
            asked.seen(words, astray or self._ledger.foreign(asked, words))
