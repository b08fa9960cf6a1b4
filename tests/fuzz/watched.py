"""What is looked at while payloads come in: the log, and what becomes of each message that was accepted."""

import asyncio
import json
import sys
import threading
import time
import traceback
from collections import Counter
from dataclasses import replace
from typing import Any

from structlog.contextvars import get_contextvars

from bot import telemetry
from bot.inbox import SILENT, UNASKED
from bot.types import Address, House, Message, Ref, Reply

STOOD_SECONDS = 2.0
UNSEEN = (  # said of what nobody will see: its place is not there, or all of it was forgotten meanwhile
    "cannot be delivered",
    "taken over by another task",
)


class Beat:
    """Whether the loop goes on: where it stands still, what it stands in."""

    def __init__(self) -> None:
        self.stood: list[str] = []
        self._at, self._ended = time.monotonic(), threading.Event()
        self._loop_thread = threading.get_ident()
        self._task = asyncio.create_task(self._beat())
        threading.Thread(target=self._look, daemon=True).start()

    async def _beat(self) -> None:
        while True:
            self._at = time.monotonic()
            await asyncio.sleep(0.05)

    def _look(self) -> None:
        while not self._ended.wait(0.2):
            if (seconds := time.monotonic() - self._at) > STOOD_SECONDS:
                stack = traceback.format_stack(sys._current_frames()[self._loop_thread])
                self.stood.append(f"the loop stands still: {' '.join(''.join(stack[-3:]).split())}")
                while time.monotonic() - self._at > seconds:
                    seconds += 0.2
                    time.sleep(0.2)

    def close(self) -> None:
        """Look no more."""
        self._ended.set()
        self._task.cancel()


class Log:
    """The log as it is written, line by line."""

    def __init__(self) -> None:
        self.traces: list[dict[str, Any]] = []  # lines with a traceback
        self.unseen: set[str] = set()
        self.noted: set[str] = set()  # what needed no reply
        self.counts: Counter[str] = Counter()
        self._trace: dict[str, Any] | None = None

    def begin(self) -> None:
        """Have all that is logged come here."""
        telemetry.set_up_logs("info:json", self)  # type: ignore[arg-type]

    def write(self, text: str) -> None:
        """One line or several."""
        for line in filter(None, text.split("\n")):
            try:
                said = json.loads(line)
                said["event"]
            except (ValueError, TypeError, KeyError):
                self._printed(line)
                continue
            self.counts[str(said.get("event"))[:60]] += 1
            if "exception" in said:
                self.traces.append(said)
            if said.get("outcome") == "noted":
                self.noted.add(str(said.get("id")))
            if said.get("event") in UNSEEN:
                self.unseen.add(str(said.get("id")))

    def _printed(self, line: str) -> None:
        """Something that a library prints: a traceback begins with its name, and ends with its error."""
        if line.startswith("Traceback"):
            self._trace = {"event": "printed", "exception": ""}
            self.traces.append(self._trace)
        elif self._trace:
            self._trace["exception"] += f"{line}\n"
            self._trace = self._trace if line.startswith((" ", "\t")) else None

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
        self.at: dict[str, float] = {}  # when each was
        self.cases: dict[str, str] = {}  # the numbers of the cases by which they came
        self.shown: Counter[str] = Counter()
        self.name: str = chat.name
        for name in set(dir(chat)) - set(dir(self)):  # since Python 3.12, protocols do not ask `__getattr__`
            if callable(method := getattr(chat, name)):
                setattr(self, name, method)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chat, name)

    def mount(self, routes: Any, house: House) -> None:
        """Hand it a house that notes what it takes."""

        async def accept(message: Message) -> bool:
            at = time.time()
            taken = await house.accept(message)
            if taken:
                self.taken[message.id], self.at[message.id] = message, at
                self.cases[message.id] = str(get_contextvars().get("case", ""))
            return taken

        self._chat.mount(routes, replace(house, accept=accept))

    async def send(self, reply: Reply, address: Address, replacing: Ref | None) -> Ref:
        """Send a reply, and note that it is there."""
        ref: Ref = await self._chat.send(reply, address, replacing)
        self.shown[str(get_contextvars().get("id", reply.id))] += 1  # what is shared carries another's id
        return ref

    def unanswered(self, log: Log) -> list[str]:
        """The ids of what was accepted, wants an answer, and has none; what was only overheard wants none."""
        return [
            id
            for id, message in self.taken.items()
            if message.intent not in (*SILENT, *UNASKED)
            and not self.shown[id]
            and id not in log.unseen
            and (message.addressed or id not in log.noted)
        ]

    def forget(self) -> None:
        """Begin anew."""
        self.taken.clear()
        self.at.clear()
        self.shown.clear()
