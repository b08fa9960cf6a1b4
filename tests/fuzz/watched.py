"""What is looked at while payloads come in: the log, and what becomes of each message that was accepted."""

import json
from collections import Counter
from dataclasses import replace
from typing import Any

from bot import telemetry
from bot.inbox import SILENT, UNASKED
from bot.types import Address, House, Message, Ref, Reply

UNSEEN = "cannot be delivered"  # said of a reply whose place is not there: the one outcome that nobody sees


class Log:
    """The log as it is written, line by line."""

    def __init__(self) -> None:
        self.traces: list[dict[str, Any]] = []  # lines with a traceback
        self.undeliverable: set[str] = set()
        self.counts: Counter[str] = Counter()

    def begin(self) -> None:
        """Have all that is logged come here."""
        telemetry.set_up_logs("info:json", self)  # type: ignore[arg-type]

    def write(self, text: str) -> None:
        """One line or several."""
        for line in filter(None, text.split("\n")):
            try:
                said = json.loads(line)
            except ValueError:
                said = {"event": line, "exception": line}
            self.counts[str(said.get("event"))[:60]] += 1
            if "exception" in said or "Traceback" in line:
                self.traces.append(said)
            if said.get("event") == UNSEEN:
                self.undeliverable.add(str(said.get("id")))

    def flush(self) -> None:
        """Nothing waits."""

    def isatty(self) -> bool:
        """No."""
        return False


class Seen:
    """A chat, with a note of what was accepted from it and what was shown there."""

    def __init__(self, chat: Any) -> None:
        self._chat = chat
        self.taken: dict[str, Message] = {}
        self.shown: Counter[str] = Counter()
        self.waits: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chat, name)

    def mount(self, routes: Any, house: House) -> None:
        """Hand it a house that notes what it takes."""

        async def accept(message: Message) -> bool:
            taken = await house.accept(message)
            if taken:
                self.taken[message.id] = message
            return taken

        self._chat.mount(routes, replace(house, accept=accept))

    async def send(self, reply: Reply, address: Address, replacing: Ref | None) -> Ref:
        """Send a reply, and note that it is there."""
        ref: Ref = await self._chat.send(reply, address, replacing)
        if reply.waits:
            self.waits.add(reply.id)
        self.shown[reply.id] += 1
        return ref

    def unanswered(self, undeliverable: set[str]) -> list[str]:
        """The ids of what was accepted, wants an answer, and has none."""
        return [
            id
            for id, message in self.taken.items()
            if message.intent not in (*SILENT, *UNASKED) and not self.shown[id] and id not in undeliverable
        ]

    def forget(self) -> None:
        """Begin anew."""
        self.taken.clear()
        self.shown.clear()
        self.waits.clear()
