"""Made-up texts of the kinds that people bring: chats; policies, tickets and tables full of like values."""

import random
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from model.training.examples import Example, sentences

UNANSWERED = 0.33  # of the made-up questions

_PEOPLE = (
    "Dana Sam Priya Tom Ana Lukas Mei Omar Julia Ben Ravi Nina Carlos Ella Jonas Fatima Leo Sara Ivan Grace"
    " Hugo Lena Amir Kate Diego Ruth Paul Yuki Maria Chen Aisha Felix Nora Viktor Zoe Arun Marta Kofi Rosa"
).split()
_FAMILIES = "Weber Patel Kim Costa Nowak Silva Haddad Berg Rossi Tanaka Okafor Moreau Ortiz Khan".split()
_SMALL_TALK = (
    "ok|thanks!|lol|+1|good to know|hm, not sure|anyone?|let me check|brb|sounds good|see above|right"
    "|wait, what?|great, thank you|who's on call today?|morning all|sorry, was in a meeting|yes"
).split("|")
_OPENINGS = ["", "", "Please read this before you ask.", "Updated last week.", "Notes from today's meeting."]


# --------------------------------------------------------------------------- chats


def chats(examples: Sequence[Example], count: int, chance: random.Random) -> list[Example]:
    """So many of the examples with their texts laid out as what several people wrote to each other."""
    found: list[Example] = []
    for one in chance.sample(examples, len(examples)):
        if len(found) == count:
            break
        if one.spans and (made := _chat(one, chance, answered=chance.random() >= UNANSWERED)):
            found.append(made)
    return found


def _chat(example: Example, chance: random.Random, *, answered: bool) -> Example | None:
    text, parts = example.context, sentences(example.context)
    holding = [part for part in parts if any(s < part[1] and e > part[0] for s, e in example.spans)]
    if not answered:
        parts = [part for part in parts if part not in holding]
        left = " ".join(text[start:end] for start, end in parts).lower()
        if any(answer in left for answer in example.answers):
            return None
    if len(parts) < 3 or not all(any(a <= s and e <= b for a, b in holding) for s, e in example.spans):
        return None
    out, spans, speaker = "", [], _Speaker(chance)
    if chance.random() < 0.25:
        out += speaker.next() + example.question + "\n"
    while parts:
        out += speaker.next()
        for start, end in [parts.pop(0) for _ in range(min(len(parts), chance.choice([1, 1, 2])))]:
            spans += [
                (s - start + len(out), e - start + len(out)) for s, e in example.spans if start <= s < end
            ]
            out += text[start:end] + " "
        out = out.rstrip() + "\n"
        if chance.random() < 0.15:
            out += speaker.next() + chance.choice(_SMALL_TALK) + "\n"
    return Example(
        example.question, out.rstrip(), tuple(spans) if answered else (), example.group, "made: chat"
    )


class _Speaker:
    """Whoever writes next, and how the chat says so."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._people = chance.sample(_PEOPLE, chance.randint(2, 4))
        self._form = chance.choice(["{0}: ", "[{1}] {0}: ", "{0}  {1}\n", "<{0}> ", "{0} ({1}): "])
        self._minute = chance.randrange(7 * 60, 20 * 60)

    def next(self) -> str:
        """The head of the next message."""
        self._minute += self._chance.randrange(5)
        hour, minute = divmod(self._minute, 60)
        return self._form.format(self._chance.choice(self._people), f"{hour:02}:{minute:02}")


# --------------------------------------------------------------------------- facts


@dataclass(frozen=True, slots=True)
class _Field:
    """Something that can be said of each subject, and asked."""

    name: str
    value: str
    asked: list[str]
    told: list[str]


@cache
def _subjects() -> list[tuple[list[str], list[_Field]]]:
    data = tomllib.loads((Path(__file__).parent / "facts.toml").read_text())
    return [(about["subjects"], [_Field(**one) for one in about["fields"]]) for about in data["about"]]


@dataclass(slots=True)
class _Sheet:
    """A text as it grows, and where the value that is asked for stands in it."""

    sought: tuple[str, str]  # subject and field
    text: str = ""
    spans: list[tuple[int, int]] = field(default_factory=list)

    def write(self, before: str, value: str, after: str, cell: tuple[str, str]) -> None:
        """Add a value with what stands around it."""
        self.text += before
        if cell == self.sought:
            self.spans.append((len(self.text), len(self.text) + len(value)))
        self.text += value + after


def facts(count: int, chance: random.Random) -> list[Example]:
    """So many texts of facts, each with a question that one of them answers, or none."""
    return [_facts(chance) for _ in range(count)]


def _facts(chance: random.Random) -> Example:
    names, fields = chance.choice(_subjects())
    named = [name.replace("#", str(chance.randrange(10, 4000))) for name in names]
    subjects = chance.sample(named, chance.randint(2, 5))
    told = chance.sample(fields, min(len(fields), chance.randint(2, 4)))
    subject, one = chance.choice(subjects), chance.choice(told)
    missing = None
    if chance.random() < UNANSWERED:
        if chance.random() < 0.6:
            missing = (subject, one.name)
        else:
            subject = chance.choice([name for name in named if name not in subjects])
    values = {
        (s, f.name): (f, VALUES[f.value](chance)) for s in subjects for f in told if (s, f.name) != missing
    }
    sheet = _Sheet((subject, one.name), chance.choice(_OPENINGS))
    sheet.text += "\n" if sheet.text else ""
    chance.choice([_told, _told, _listed, _tabled])(sheet, values, chance)
    question = chance.choice(one.asked).format(e=subject)
    return Example(question, sheet.text.rstrip(), tuple(sheet.spans), subject, "made: facts")


_Values = dict[tuple[str, str], tuple[_Field, str]]


def _told(sheet: _Sheet, values: _Values, chance: random.Random) -> None:
    """The facts as sentences: running on, in a list, or said by several people."""
    form, people = chance.choice(["run", "list", "chat"]), chance.sample(_PEOPLE, 3)
    for cell, (of, value) in chance.sample(list(values.items()), len(values)):
        before, after = chance.choice(of.told).split("{v}")
        before, after = (part.format(e=cell[0], E=_capital(cell[0])) for part in (before, after))
        opening = {"run": "", "list": "- ", "chat": f"{chance.choice(people)}: "}[form]
        sheet.write(opening + before, value, after + (" " if form == "run" else "\n"), cell)


def _listed(sheet: _Sheet, values: _Values, chance: random.Random) -> None:
    """The facts as a heading for each subject and a line for each value."""
    for subject in dict.fromkeys(cell[0] for cell in values):
        sheet.text += _capital(subject) + "\n"
        for cell, (_, value) in values.items():
            if cell[0] == subject:
                sheet.write(f"{cell[1]}: ", value, "\n", cell)
        sheet.text += chance.choice(["", "\n"])


def _tabled(sheet: _Sheet, values: _Values, chance: random.Random) -> None:
    """The facts as a table."""
    first, between, last = chance.choice(
        [("| ", " | ", " |"), ("", ", ", ""), ("", "; ", ""), ("", "\t", "")]
    )
    columns = list(dict.fromkeys(cell[1] for cell in values))
    sheet.text += first + between.join(["Name", *columns]) + last + "\n"
    if first:
        sheet.text += "|" + "---|" * (len(columns) + 1) + "\n"
    for subject in dict.fromkeys(cell[0] for cell in values):
        sheet.text += first + _capital(subject)
        for column in columns:
            cell = (subject, column)
            sheet.write(between, values[cell][1] if cell in values else "-", "", cell)
        sheet.text += last + "\n"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


# --------------------------------------------------------------------------- values


def _date(chance: random.Random) -> str:
    day = date(2019, 1, 1) + timedelta(days=chance.randrange(3300))
    return chance.choice(
        [f"{day.day} {day:%B %Y}", f"{day:%B} {day.day}", day.isoformat(), f"{day:%b} {day.day}"]
    )


def _hour(chance: random.Random) -> str:
    hour, minute = chance.randrange(6, 22), chance.choice(["00", "00", "15", "30", "45"])
    half = "am" if hour < 12 else "pm"
    return chance.choice([f"{hour}:{minute}", f"{(hour - 1) % 12 + 1}:{minute} {half}"])


def _money(chance: random.Random) -> str:
    amount = f"{chance.choice([chance.randrange(2, 99), chance.randrange(1, 99) * 50]):,}"
    return chance.choice(["${}", "€{}", "{} euros", "${}.50", "{} USD"]).format(amount)


def _days(chance: random.Random) -> str:
    count = chance.choice([2, 3, 5, 7, 10, 14, 15, 20, 25, 28, 30, 60, 90])
    return f"{count} {chance.choice(['days', 'working days', 'weeks', 'months', 'calendar days'])}"


def _person(chance: random.Random) -> str:
    return chance.choice(_PEOPLE) + chance.choice(["", f" {chance.choice(_FAMILIES)}"])


def _place(chance: random.Random) -> str:
    floor = chance.choice(["second", "third", "fourth", "fifth"])
    town = chance.choice("Berlin Lisbon Austin Toronto Oslo Leeds Pune Denver Madrid Kyoto".split())
    return chance.choice(
        [f"room {chance.randrange(1, 9)}.{chance.randrange(10, 40)}", f"the {floor} floor", town]
    )


VALUES: dict[str, Callable[[random.Random], str]] = {
    "date": _date,
    "hour": _hour,
    "money": _money,
    "days": _days,
    "person": _person,
    "place": _place,
    "count": lambda chance: str(chance.randrange(2, 400)),
    "percent": lambda chance: f"{chance.randrange(2, 100)}{chance.choice(['%', ' percent', '.5 %'])}",
    "version": lambda chance: f"{chance.randrange(1, 9)}.{chance.randrange(20)}.{chance.randrange(9)}",
    "spell": lambda chance: f"{chance.randrange(2, 90)} {chance.choice(['hours', 'minutes'])}",
    "mail": lambda chance: (
        f"{chance.choice(_PEOPLE).lower()}@{chance.choice(['example.com', 'example.org'])}"
    ),
    "status": lambda chance: chance.choice("open|closed|in progress|blocked|in review|on hold".split("|")),
}


def kinds(examples: Sequence[Example]) -> Iterator[tuple[str, int, int]]:
    """Each kind of example, how many there are, and how many of them have no answer."""
    for kind in sorted({one.kind for one in examples}):
        of = [one for one in examples if one.kind == kind]
        yield kind, len(of), sum(not one.spans for one in of)
