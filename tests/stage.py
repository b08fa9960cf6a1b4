"""Transcripts: conversations written down as people see them, played by whichever chat is on stage.

A transcript is a title, a blank line, and one line for each step. A number before a step names the message
that it makes; later steps lean on it. `…` stands for any words.

    1  Ada in #general: The lease was signed by Grace Hopper.
    2  Ben under 1: @Wherein who signed the lease?
    3  Wherein under 1: “The lease was signed by *Grace Hopper*.” …
       Ben presses Next best on 3

What a person sees may go on over several lines, indented under the step; each must stand in the message.
"""

import asyncio
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol, TypeVar

T = TypeVar("T")

FOLDER = Path(__file__).parent / "transcripts"
PATIENCE_SECONDS = 20.0
QUIET_SECONDS = 0.5  # so long nothing comes where nothing may come


@dataclass(frozen=True, slots=True)
class Seen:
    """A message of Wherein's, as somebody sees it: in plain words, the answer between asterisks."""

    ref: str  # the chat's own name of it: a message that changes keeps it
    text: str
    buttons: tuple[str, ...] = ()
    alone: str = ""  # the only person who sees it; empty: all who are there


class Stage(Protocol):
    """A chat with its people, as far as transcripts need it; a place is "#room", "DM" or a message's ref."""

    async def says(
        self, who: str, place: str, text: str, *, to_us: bool, files: Sequence[tuple[str, bytes]]
    ) -> str:
        """Somebody says something; the ref of their message. `to_us`: it mentions Wherein."""

    async def asks_alone(self, who: str, room: str, text: str) -> None:
        """Somebody asks in a room so that only they see the reply: a slash command, if there is any."""

    async def asks_about(self, who: str, ref: str, text: str) -> None:
        """Somebody picks “Ask about this” on a message, and asks."""

    async def asks_with(self, who: str, room: str, text: str, given: str) -> None:
        """Somebody opens the dialog, puts in a question and a text, and sends it."""

    async def edits(self, who: str, ref: str, text: str) -> None:
        """Somebody changes their message."""

    async def deletes(self, who: str, ref: str) -> None:
        """Somebody deletes their message."""

    async def presses(self, who: str, button: str, ref: str, reason: str) -> None:
        """Somebody presses a button on a message of Wherein's, and gives a reason where one is asked for."""

    async def lets_in(self, who: str, room: str) -> None:
        """Somebody brings Wherein into a room."""

    async def opens(self, who: str, what: str) -> None:
        """Somebody opens what the chat shows of Wherein: "Home"."""

    def seen(self, place: str, who: str) -> Sequence[Seen]:
        """What Wherein has posted there that this person sees, oldest first; a dialog is in the place where
        it was opened."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a transcript, with the lines under it."""

    line: int
    name: str  # of the message that it makes
    text: str
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Transcript:
    """A conversation."""

    title: str
    steps: tuple[Step, ...]


class WrongError(Exception):
    """A transcript has a line that cannot be understood, or that did not happen."""


def read(path: Path) -> Transcript:
    """The transcript in a file."""
    title, _, *lines = path.read_text(encoding="utf-8").splitlines()
    steps: list[Step] = []
    for number, line in enumerate(lines, 3):
        if not line.strip():
            continue
        found = re.fullmatch(r"(\d+|  ?) {1,3}(\S.*)|\s{6,}(\S.*)", line)
        if found is None:
            raise WrongError(f"{path.name}:{number}: {line!r}")
        if found[3]:
            steps[-1] = replace(steps[-1], more=(*steps[-1].more, found[3]))
        else:
            steps.append(Step(number, (found[1] or "").strip(), found[2]))
    return Transcript(title, tuple(steps))


def needs(transcript: Transcript) -> set[str]:
    """The ways to ask that a chat must have to play it, besides saying something."""
    verbs = {
        verb for step in transcript.steps for verb, pattern in _STEPS if re.fullmatch(pattern, step.text)
    }
    return verbs - {"says", "sees", "changes", "gone", "nothing"}


async def play(transcript: Transcript, stage: Stage) -> None:
    """Play it step by step; raises `WrongError` at the first one that does not come about."""
    playing = _Playing(stage)
    for step in transcript.steps:
        try:
            await playing.take(step)
        except WrongError as error:
            raise WrongError(f"{transcript.title}, line {step.line}: {step.text}\n{error}") from error


@dataclass(slots=True)
class _Playing:
    stage: Stage
    refs: dict[str, str] = field(default_factory=dict)
    known: dict[str, tuple[str, str]] = field(default_factory=dict)  # of our messages: place and person
    told: set[str] = field(default_factory=set)  # refs of ours that the transcript has named

    async def take(self, step: Step) -> None:
        for verb, pattern in _STEPS:
            if found := re.fullmatch(pattern, step.text):
                await getattr(self, f"_{verb}")(step, **found.groupdict())
                return
        raise WrongError("nobody understands this line")

    def _place(self, place: str) -> str:
        return self.refs[place.removeprefix("under ")] if place.startswith("under ") else place

    async def _says(self, step: Step, who: str, place: str, text: str) -> None:
        files = [_file(line) for line in step.more]
        to_us = "@Wherein" in text or place == "DM"
        said = text.replace("@Wherein", "").strip()
        self.refs[step.name] = await self.stage.says(who, self._place(place), said, to_us=to_us, files=files)

    async def _asks_alone(self, step: Step, who: str, place: str, text: str) -> None:
        await self.stage.asks_alone(who, place, text)

    async def _asks_about(self, step: Step, who: str, name: str, text: str) -> None:
        await self.stage.asks_about(who, self.refs[name], text)

    async def _asks_with(self, step: Step, who: str, place: str, text: str) -> None:
        await self.stage.asks_with(who, place, text, "\n".join(step.more))

    async def _edits(self, step: Step, who: str, name: str, text: str) -> None:
        await self.stage.edits(who, self.refs[name], text)

    async def _deletes(self, step: Step, who: str, name: str) -> None:
        await self.stage.deletes(who, self.refs[name])

    async def _presses(self, step: Step, who: str, button: str, name: str, reason: str | None) -> None:
        await self.stage.presses(who, button, self.refs[name], reason or "")

    async def _lets_in(self, step: Step, who: str, place: str) -> None:
        await self.stage.lets_in(who, place)

    async def _opens(self, step: Step, who: str, what: str) -> None:
        await self.stage.opens(who, what)

    async def _sees(self, step: Step, place: str, who: str | None, text: str) -> None:
        where = self._place(place)
        wanted = [text, *step.more]

        def there() -> Seen | None:
            fresh = [one for one in self._all(where, who) if one.ref not in self.told]
            return next((one for one in fresh if _shows(one, wanted)), None)

        found = await until(there, lambda: self._all(where, who))
        if bool(found.alone) != bool(who) and (found.alone or getattr(self.stage, "hides", True)):
            raise WrongError(f"it is seen by {found.alone or 'all'}")
        self.told.add(found.ref)
        self.refs[step.name], self.known[step.name] = found.ref, (where, who or ANYBODY)

    async def _changes(self, step: Step, name: str, text: str) -> None:
        where, who = self.known[name]
        wanted = [text, *step.more]

        def there() -> Seen | None:
            ours = [one for one in self.stage.seen(where, who) if one.ref == self.refs[name]]
            return next((one for one in ours if _shows(one, wanted)), None)

        await until(there, lambda: self.stage.seen(where, who))

    async def _gone(self, step: Step, name: str) -> None:
        where, who = self.known[name]

        def gone() -> bool:
            return all(one.ref != self.refs[name] for one in self.stage.seen(where, who))

        await until(gone, lambda: self.stage.seen(where, who))

    async def _nothing(self, step: Step, place: str) -> None:
        await asyncio.sleep(QUIET_SECONDS)
        fresh = [one for one in self._all(self._place(place), None) if one.ref not in self.told]
        if fresh:
            raise WrongError(f"yet there is: {fresh[0].text}")

    def _all(self, where: str, who: str | None) -> Sequence[Seen]:
        return self.stage.seen(where, who or ANYBODY)


ANYBODY = "Ada"  # of a place where all see the same

_WHO, _PLACE, _TEXT = r"(?P<who>(?!Wherein)[A-Z]\w+)", r"(?P<place>#\w+|DM|under \d+)", r"(?P<text>.*)"
_STEPS = [  # what happens, and how it is written
    ("sees", rf"Wherein (?:in )?{_PLACE}(?:, only to (?P<who>\w+))?: {_TEXT}"),
    ("changes", rf"Wherein changes (?P<name>\d+): {_TEXT}"),
    ("gone", r"Wherein takes (?P<name>\d+) away"),
    ("nothing", rf"Wherein says nothing (?:in )?{_PLACE}"),
    ("asks_alone", rf"{_WHO} asks alone in {_PLACE}: {_TEXT}"),  # a slash command
    ("asks_about", rf"{_WHO} asks about (?P<name>\d+): {_TEXT}"),  # a message shortcut
    ("asks_with", rf"{_WHO} asks in the dialog in {_PLACE}: {_TEXT}"),
    ("edits", rf"{_WHO} edits (?P<name>\d+): {_TEXT}"),
    ("deletes", rf"{_WHO} deletes (?P<name>\d+)"),
    ("presses", rf"{_WHO} presses (?P<button>.+?) on (?P<name>\d+)(?:: (?P<reason>.*))?"),
    ("lets_in", rf"{_WHO} brings Wherein into {_PLACE}"),
    ("opens", rf"{_WHO} opens (?P<what>\w+)"),
    ("says", rf"{_WHO} (?:in )?{_PLACE}: {_TEXT}"),
]


def _shows(seen: Seen, wanted: Sequence[str]) -> bool:
    return all(re.search(_pattern(line), _plain(seen), re.DOTALL) for line in wanted if line)


def _pattern(line: str) -> str:
    buttons = re.fullmatch(r"\[(.+)\]", line.strip())
    if buttons:
        return rf"\[[^\n]*{re.escape(buttons[1])}[^\n]*\]"
    return ".*?".join(re.escape(part.strip()) for part in line.split("…"))


def _plain(seen: Seen) -> str:
    text = " ".join(seen.text.split())
    return f"{text}\n[{' | '.join(seen.buttons)}]"


def _file(line: str) -> tuple[str, bytes]:
    """A file that comes with a message: its name, and after a colon what it says."""
    name, _, text = line.partition(": ")
    return name, text.encode()


async def until(there: Callable[[], T | None], now: Callable[[], Sequence[Seen]]) -> T:
    """What is there, as soon as it is; `now` tells what stands there instead."""
    ends = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while not (found := there()):
        if asyncio.get_running_loop().time() > ends:
            stands = "\n".join(f"  {one.ref}: {_plain(one)}" for one in now()) or "  nothing"
            raise WrongError(f"it did not come about; what stands there:\n{stands}")
        await asyncio.sleep(0.02)
    return found


def all_transcripts() -> Iterator[Path]:
    """The files, in their order."""
    return iter(sorted(FOLDER.glob("*.txt")))
