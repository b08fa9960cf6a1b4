"""The noun phrases of a question; pure."""

from dataclasses import dataclass

from bot.followups.clause import Clause
from bot.followups.words import (
    AUX,
    DATES,
    DETERMINERS,
    NUMBERS,
    PREPOSITIONS,
    PRONOUNS,
    Word,
    is_participle,
    is_verb,
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase of a clause."""

    part: range
    text: str
    kind: str  # name, number, date or noun
    fixed: bool  # whether a determiner or a possessive begins it
    before: str  # the preposition before it, or nothing
    role: str  # wh, subject, object or oblique
    head: str  # its main noun

    @property
    def is_plural(self) -> bool:
        """Whether it looks like more than one."""
        return self.head.endswith("s") and not self.head.endswith(("ss", "us", "is", "'s", "’s"))


def phrases(clause: Clause) -> list[Phrase]:
    """Its noun phrases, those inside a name's phrase left out, in order."""
    found: list[Phrase] = []
    place = clause.wh.start
    seen_object = False
    while place < clause.end:
        part = _phrase(clause, place)
        if not part:
            place += 1
            continue
        role = "wh" if place in clause.wh else "subject" if place in clause.subject else "object"
        before = clause.words[place - 1].low if place else ""
        before = before if before in PREPOSITIONS else ""
        if before or (role == "object" and seen_object):
            role = "oblique" if role != "wh" else role
        seen_object = seen_object or role == "object"
        found.append(phrase(clause, part, before, role))
        place = part.stop
    return found


def subject(clause: Clause) -> Phrase | None:
    """The whole subject, with what belongs to it, where it is no pronoun."""
    if not clause.subject or clause.words[clause.subject.start].low in PRONOUNS - {"that", "this"}:
        return None
    return phrase(clause, clause.subject, "", "subject")


def _phrase(clause: Clause, start: int) -> range:
    """The noun phrase that begins exactly there."""
    found, place = clause.words, start
    if place == clause.verb or place == clause.aux:
        return range(0)
    if (
        place in clause.wh
        and clause.asks == "how"
        and clause.words[place - 1].low not in ("much", "many", "of")
    ):
        return range(0)
    if found[place].low in DETERMINERS and place + 1 < clause.end and found[place + 1].is_open:
        place += 1
    first = place
    if place > clause.verb and not found[place].is_name and _goes_on(clause, place):
        return range(0)
    while place < clause.end and place != clause.verb and found[place].is_open:
        if found[place].low in ("much", "many"):
            return range(0)
        place += 1
    if place == first:
        return range(0)
    if place + 1 < clause.end and found[place].low == "of":
        inner = _phrase(clause, place + 1)
        place = inner.stop if inner else place
    return range(start, place)


def _goes_on(clause: Clause, place: int) -> bool:
    """Whether it is more of the predicate: "be booked", "want to see"."""
    before = clause.words[place - 1].low
    word = clause.words[place].low
    return (before in AUX or before == "to") and (is_verb(word) or is_participle(word))


def phrase(clause: Clause, part: range, before: str = "", role: str = "") -> Phrase:
    """A part of a clause as a noun phrase."""
    inside = [clause.words[i] for i in part]
    fixed = inside[0].low in DETERMINERS or (inside[0].is_possessive and len(inside) > 1)
    core = [word for word in inside if word.low not in DETERMINERS]
    stop = next((i for i, word in enumerate(core) if word.low in PREPOSITIONS), len(core))
    nouns = [word for word in core[:stop] if not word.is_number] or core[:stop]
    head = nouns[-1].low if nouns else ""
    return Phrase(part, clause.said(part), _kind(inside, core, fixed), fixed, before, role, head)


def _kind(inside: list[Word], core: list[Word], fixed: bool) -> str:
    if any(word.low in DATES for word in core) or (len(core) == 1 and _is_year(core[0])):
        return "date"
    if all(word.is_number or word.low in NUMBERS for word in core):
        return "number"
    if not fixed and all(word.is_name or not word.is_open or word.is_number for word in inside):
        return "name"
    return "noun"


def _is_year(word: Word) -> bool:
    return word.text.isdigit() and len(word.text) == 4 and word.text[:2] in ("17", "18", "19", "20")
