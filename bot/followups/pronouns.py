"""Pronouns that lean on an earlier turn, and what stands in their place; pure."""

from collections.abc import Iterator, Sequence

from bot.followups.leaning import MANY, PEOPLE, POINTING, leans, owns
from bot.followups.topic import Told, many, people, things, when, where
from bot.followups.words import BE, Word, words

LONG_NAME = 3  # words: what belongs to something with a longer name is said to be "of" it


def resolved(question: str, turns: Sequence[Told]) -> str:
    """The question with names in the place of pronouns that the `turns`, newest first, explain."""
    found = words(question)
    changes: list[tuple[int, int, str]] = []
    for place in range(len(found)):
        if not leans(found, place):
            continue
        change = _change(question, found, place, turns)
        if change and all(change[0] >= end for _, end, _ in changes):
            changes.append(change)
    for start, end, said in reversed(changes):
        question = question[:start] + said + question[end:]
    return question


def _change(
    text: str, found: Sequence[Word], place: int, turns: Sequence[Told]
) -> tuple[int, int, str] | None:
    word = found[place]
    if place and word.low in POINTING | {"it"} and found[place - 1].low == "do" and turns[0].done:
        return found[place - 1].start, word.end, turns[0].done
    for turn in turns:
        name = next(_meant(_who_is(found, place) or word.low, turn), "")
        if not name:
            continue
        if not owns(found, place):
            return word.start, word.end, name
        if len(name.split()) <= LONG_NAME and " of " not in name:
            return word.start, word.end, whose(name)
        return _owned(text, found, place, name)
    return None


def _owned(text: str, found: Sequence[Word], place: int, name: str) -> tuple[int, int, str]:
    """What belongs to something with a long name: "its rent" as "the rent of" that."""
    stop = place + 1
    while stop < len(found) and found[stop].is_open:
        stop += 1
    owned = text[found[place + 1].start : found[stop - 1].end]
    return found[place].start, found[stop - 1].end, f"the {owned} of {name}"


def _who_is(found: Sequence[Word], place: int) -> str:
    """Of "who is that?", a pronoun that means a person."""
    asks = place > 1 and found[0].low == "who" and found[place - 1].low in BE
    return "her" if asks and found[place].low in POINTING else ""


def _meant(pronoun: str, turn: Told) -> Iterator[str]:
    if pronoun in PEOPLE:
        return people(turn, pronoun)
    if pronoun in MANY:
        return many(turn)
    if pronoun in POINTING:
        return things(turn, mentioned=True)
    if pronoun == "there":
        return iter(filter(None, [where(turn)]))
    if pronoun == "then":
        return iter(filter(None, [when(turn.answer)]))
    return things(turn)


def whose(name: str) -> str:
    """A name as the one to whom something belongs."""
    if name.endswith(("'s", "’s")):
        return name
    return f"{name}'" if name.endswith("s") and name.split()[-1].islower() else f"{name}'s"
