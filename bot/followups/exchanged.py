"""A phrase alone, "and in Dublin?", put where the last question has one like it; pure."""

from bot.followups.clause import Clause, lead, parse
from bot.followups.phrases import Phrase, phrase, phrases, subject
from bot.followups.pronouns import whose
from bot.followups.topic import Told
from bot.followups.words import AUX, PLACES, PREPOSITIONS, PRONOUNS, WH, Word, is_verb, words

LONGEST = 8  # words of such a phrase
UNLED = 4  # words of one that no "and" leads in
_MANNERS = frozenset(
    "thanks thank cheers great perfect nice good cool yes no yeah sure really please right fine".split()
)
_OTHER_TALK = frozenset("weather news".split())  # what people turn to, whatever was asked before
_SEVERAL = {"is": "are", "was": "were", "has": "have", "does": "do"}
_ONE = {several: one for one, several in _SEVERAL.items()}


def exchanged(question: str, last: Told) -> str | None:
    """A phrase alone ("what about X?", "and in X?") put where the last question has one like it."""
    found = words(question)
    start, led = _lead(found)
    end = parse(question).end
    asked = question.rstrip().endswith("?")
    if all(word.low in _MANNERS or word.is_mark for word in found[start:]) or start >= end:
        return None
    if end - start > LONGEST or (not led and (not asked or end - start > UNLED)):
        return None
    clause = parse(question[found[start - 1].end if start else 0 : found[end - 1].end])
    new = _alone(clause)
    if (
        new is None
        or new.head in _OTHER_TALK
        or (not led and not (new.before or new.fixed or new.kind != "noun"))
    ):
        return None
    place = _like(new, clause, last)
    if place is None:
        if not new.before or not last.clause.words:
            return None
        return _appended(last.clause, clause.said(range(len(clause.words))))
    return _put(last.clause, place, new)


def _lead(found: tuple[Word, ...]) -> tuple[int, bool]:
    """Where the phrase begins, and whether something leads on to it."""
    start = lead(found)
    if [word.low for word in found[start : start + 2]] in (["what", "about"], ["how", "about"]):
        return start + 2, True
    return start, start > 0


def _alone(clause: Clause) -> Phrase | None:
    """The one noun phrase, with or without a preposition, that the words are; None where they are more."""
    found = clause.words
    if any(word.low in WH | AUX | (PRONOUNS - {"one", "ones"}) or word.is_mark for word in found):
        return None
    before = found[0].low if found[0].low in PREPOSITIONS else ""
    part = range(1 if before else 0, len(found))
    if not part or any(_acts(found, i) for i in part if i > part.start):
        return None
    return phrase(clause, part, before)


def _acts(found: tuple[Word, ...], place: int) -> bool:
    """Whether the word there is a verb with an object: "the contract worries Ada"."""
    follows = place + 1 < len(found) and found[place].is_open and found[place + 1].is_name
    return bool(follows) and is_verb(found[place].low) and found[place].text.islower()


def _like(new: Phrase, fresh: Clause, last: Told) -> range | None:
    """The part of the last question that the phrase takes the place of."""
    clause = last.clause
    there = phrases(clause)
    whole = subject(clause)
    if new.text.lower().endswith(("'s", "’s")) or new.text.endswith("s'"):
        return _owner(clause)
    if new.before:
        return _same_place(new, clause, there)
    candidates = there + ([whole] if whole and len(fresh.words) > 3 else [])
    if new.kind in ("number", "date"):
        return _of_kind(new, clause, candidates)
    if new.head in ("one", "ones"):
        return next((one.part for one in ([whole] if whole else []) + there if one.fixed), None)
    if new.kind == "name":
        return _name(clause, there)  # who knows whether a person or a city can stand for another phrase
    return _noun(new, clause, candidates)


def _owner(clause: Clause) -> range | None:
    for place, word in enumerate(clause.words):
        if word.is_possessive and place not in clause.wh:
            start = place
            while start > 0 and clause.words[start - 1].is_name:
                start -= 1
            return range(start, place + 1)
    return None


def _same_place(new: Phrase, clause: Clause, there: list[Phrase]) -> range | None:
    """A phrase with the same preposition, or with another that says where or when as well."""
    place = next((i for i, w in enumerate(clause.words) if w.low == new.before and i not in clause.wh), None)
    for one in there:
        if one.before == new.before and (one.kind == "date") == (new.kind == "date"):
            return range(one.part.start - 1, one.part.stop)
    if place is not None and place + 1 < clause.end and new.before == "of":
        inner = next((one for one in there if place in one.part), None)
        return range(place, inner.part.stop) if inner else None
    for one in there:
        both = new.before in PLACES and one.before in PLACES
        if both and (one.kind == "date") == (new.kind == "date"):
            return range(one.part.start - 1, one.part.stop)
    return None


def _of_kind(new: Phrase, clause: Clause, there: list[Phrase]) -> range | None:
    for one in there:
        if one.kind == new.kind:
            return one.part
    for place, word in enumerate(clause.words):
        if new.kind == "number" and word.is_number and place not in clause.wh:
            return range(place, place + 1)
    return None


def _name(clause: Clause, there: list[Phrase]) -> range | None:
    """A name: by itself, or else one inside another phrase."""
    for one in there:
        if one.kind == "name":
            return one.part
    for place in reversed(range(clause.wh.stop, clause.end)):
        if clause.words[place].is_name:
            start = place
            while start > clause.wh.stop and clause.words[start - 1].is_name:
                start -= 1
            return range(start, place + 1)
    return None


def _noun(new: Phrase, clause: Clause, there: list[Phrase]) -> range | None:
    """The phrase most like it: the same noun, with or without an article as it is."""
    number = any(word.is_number for word in words(new.text))
    there = sorted(there, key=lambda one: one.role == "wh")
    there = [one for one in there if one.role != "wh" or " of " not in one.text or one.head == new.head]
    likes = [one for one in there if one.kind in ("noun", "name") or (number and one.kind == "number")]
    for one in likes:
        if one.head == new.head:
            return one.part
    inside = _inside(new, clause)
    if inside:
        return inside
    for one in likes:
        if one.fixed == new.fixed and (one.kind == "noun" or not new.fixed):
            return range(one.part.start + _counted(clause, one), one.part.stop)
    if not new.fixed:
        return _name(clause, there)
    return likes[0].part if likes else None


def _counted(clause: Clause, one: Phrase) -> int:
    """How many words of a phrase count it: those stay."""
    return int(one.role == "wh" and clause.words[one.part.start].low in WH)


def _inside(new: Phrase, clause: Clause) -> range | None:
    """Inside a longer phrase, what has the same noun: "number 12" in "the heating of number 12"."""
    wanted = words(new.text)
    for place in range(clause.wh.stop, clause.end):
        if clause.words[place].low == new.head and new.head:
            start, stop = place, place + 1
            while start > 0 and clause.words[start - 1].is_open and len(wanted) > 1:
                start -= 1
            while stop < clause.end and clause.words[stop].is_number:
                stop += 1
            return range(start - (clause.words[start - 1].low == "the" and new.fixed), stop)
    return None


def _put(clause: Clause, place: range, new: Phrase) -> str:
    said = f"{new.before} {new.text}" if new.before else new.text
    old = phrase(clause, place)
    if new.head in ("one", "ones"):
        said = " ".join(old.head if word == new.head else word for word in said.split())
    if clause.words[place.stop - 1].is_possessive and new.kind == "name":
        said = whose(said)
    text = clause.text
    start, end = clause.words[place.start].start, clause.words[place.stop - 1].end
    changed = text[:start] + said + text[end:]
    if clause.aux is not None and place == clause.subject:
        changed = _agreeing(clause, changed, old, new)
    return changed


def _agreeing(clause: Clause, changed: str, old: Phrase, new: Phrase) -> str:
    """The question with its auxiliary as a subject of another number wants it."""
    assert clause.aux is not None  # who calls it has looked
    word = clause.words[clause.aux]
    other = (_SEVERAL if new.is_plural else _ONE).get(word.low)
    if other is None or old.is_plural == new.is_plural:
        return changed
    return (
        changed[: word.start] + (other if word.text.islower() else other.capitalize()) + changed[word.end :]
    )


def _appended(clause: Clause, said: str) -> str:
    last = clause.words[clause.end - 1].end
    return f"{clause.text[:last]} {said}{clause.text[last:]}"
