"""What the last turns were about: whom or what a pronoun may stand for; pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.followups.clause import Clause, parse
from bot.followups.phrases import Phrase, phrases
from bot.followups.phrases import subject as subject_of
from bot.followups.words import (
    ADVERBS,
    ARTICLES,
    BE,
    DATES,
    DAYS,
    DETERMINERS,
    PLACES,
    PREPOSITIONS,
    WH,
    Word,
    base,
    spelt_out,
    words,
)

LONGEST = 8  # words of an answer that still names something
_HE = frozenset("mr sir king prince lord father son brother uncle nephew".split())
_SHE = frozenset("mrs ms miss queen princess lady mother daughter sister aunt niece".split())
_CLOCK = re.compile(r"\d{1,2}(?::\d{2}|\s?[ap]\.?m)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Told:
    """A question as it was understood, taken apart, and what was quoted for it."""

    clause: Clause
    answer: str

    @property
    def named(self) -> str:
        """The answer as a noun phrase; empty where it is none."""
        found = words(self.answer)
        while found and (found[0].low in PREPOSITIONS or found[0].low in ADVERBS):
            found = found[1:]
        found = tuple(word for word in found if not word.is_mark)
        if not found or len(found) > LONGEST or _counts(found):
            return ""
        text = self.answer[found[0].start : found[-1].end]
        first = found[0]
        return text[0].lower() + text[1:] if first.low in DETERMINERS else text

    @property
    def done(self) -> str:
        """What it asks about, as it stands after "did": "approve the budget"."""
        asked = self.clause
        if asked.verb >= asked.end or (asked.aux is not None and asked.words[asked.aux].low in BE):
            return ""
        rest = range(asked.verb + 1, asked.end)
        return " ".join(filter(None, (base(asked.words[asked.verb].low), asked.said(rest))))

    @property
    def person(self) -> str:
        """The name, or the role, of whoever the answer names."""
        text = self.named
        if not text:
            return ""
        found = words(text)
        names = [i for i, word in enumerate(found) if word.is_name]
        if not names:
            return text if found[0].low in DETERMINERS else ""
        if found[0].low in ARTICLES:
            return text
        stop = next((i for i in range(names[0], len(found)) if not found[i].is_name), len(found))
        return text[found[names[0]].start : found[stop - 1].end]


def told(question: str, answer: str) -> Told:
    """A turn, taken apart."""
    return Told(parse(spelt_out(question)), " ".join(answer.split()).strip(" .;:,"))


def when(answer: str) -> str:
    """A time with the preposition that it wants; empty where it is none, or it is not known which."""
    found = words(answer)
    if not found:
        return ""
    first = found[0].low
    if first in PREPOSITIONS:
        return answer
    if _CLOCK.match(answer) or first in ("noon", "midnight"):
        return f"at {answer}"
    if first in DAYS or (found[0].is_number and len(found) > 1 and found[1].low in DATES):
        return f"on {answer}"
    if first in DATES or (answer.isdigit() and len(answer) == 4):
        return f"in {answer}"
    return ""


def where(last: Told) -> str:
    """A place that was asked for or spoken of, with its preposition."""
    if "where" in (last.clause.words[i].low for i in last.clause.wh) and last.named:
        first = words(last.answer)[0]
        if first.low in PREPOSITIONS:
            return last.answer
        return f"{'at' if last.named.split()[0] in ARTICLES else 'in'} {last.named}"
    for one in phrases(last.clause):
        if one.before in PLACES | {"at"} and one.kind in ("name", "noun"):
            return f"{one.before} {one.text}"
    return ""


def people(last: Told, pronoun: str) -> Iterator[str]:
    """Whom "he" or "she" may be, the likeliest first."""
    asked = last.clause
    named: list[str] = []
    if asked.asks in ("who", "whom", "whose") or asked.said(asked.wh).lower() in (
        "which person",
        "what person",
    ):
        named.append(last.person)
    found = phrases(asked)
    named += [one.text for one in found if one.kind == "name" and one.before not in PLACES]
    for one in found:
        named += [_possessor(asked, one)] if one.kind == "noun" else []
        named += [one.text] if one.kind == "noun" and one.fixed and asked.asks in ("when", "where") else []
    wrong = _SHE if pronoun in ("he", "him", "his") else _HE
    for one_ in named:
        if one_ and not wrong & set(one_.lower().replace(".", "").split()):
            yield one_


def _possessor(clause: Clause, one: Phrase) -> str:
    first = [clause.words[i] for i in one.part]
    stop = next((i for i, word in enumerate(first) if word.is_possessive), None)
    if stop is None or not first[0].is_name:
        return ""
    return clause.text[first[0].start : first[stop].end].removesuffix("s").rstrip("'’")


def things(last: Told, *, mentioned: bool = False) -> Iterator[str]:
    """What "it" may be, the likeliest first; `mentioned`: what was named last goes before the subject."""
    asked = last.clause
    answer = last.named if asked.asks in ("what", "which") or asked.said(asked.wh) == "" else ""
    thing = answer if answer and not _is_many(answer) else ""
    fixed = thing and (words(thing)[0].low in ARTICLES or words(thing)[0].is_name)
    subject = subject_of(asked)
    found = [one for one in phrases(asked) if one.role in ("object", "oblique") and _names(one)]
    if subject and asked.is_copular:
        if asked.asks == "who":
            yield from _of(asked)
            return
        yield from (thing,) if fixed else ()
        yield subject.text
        return
    if fixed and (mentioned or not subject or subject.kind == "name"):
        yield _definite(thing)
    if subject and not subject.is_plural and subject.kind in ("noun", "name"):
        agent = subject.kind == "name" and not subject.fixed and any(one.role == "object" for one in found)
        if not agent:
            yield subject.text
    yield from (one.text for one in found if not one.is_plural and one.kind == "noun")
    if asked.asks == "where" and last.named:
        yield last.named
    yield from (one.text for one in found if not one.is_plural)
    if subject and _names(subject) and not subject.is_plural:
        yield subject.text


def _names(one: Phrase) -> bool:
    """Whether it names something that can be spoken of again."""
    return one.kind == "name" or (one.kind == "noun" and (one.fixed or one.role != "oblique"))


def many(last: Told) -> Iterator[str]:
    """What "they" may be, the likeliest first."""
    asked = last.clause
    subject = subject_of(asked)
    if subject and subject.is_plural:
        yield subject.text
    counted = [asked.words[i] for i in asked.wh]
    if len(counted) > 2 and counted[1].low == "many":
        yield "the " + asked.text[counted[2].start : counted[-1].end]
    yield from (
        one.text for one in phrases(asked) if one.is_plural and one.role == "object" and one.kind == "noun"
    )
    if asked.asks in ("who", "whom") and last.person:
        yield last.named if _is_many(last.named) else last.person
    if subject and subject.kind == "name":
        yield subject.text
    if last.named and _is_many(last.named):
        yield last.named
    yield from (one.text for one in phrases(asked) if one.is_plural)


def _of(clause: Clause) -> Iterator[str]:
    """Of "the architect of the new wing", the wing."""
    for place in clause.subject:
        if clause.words[place].low in ("of", "for") and place + 1 < clause.subject.stop:
            yield clause.said(range(place + 1, clause.subject.stop))


def _definite(text: str) -> str:
    first, _, rest = text.partition(" ")
    return f"the {rest}" if first.lower() in ("a", "an") and rest else text


def _counts(found: Sequence[Word]) -> bool:
    """Whether it says how many or when, and names nothing."""
    return found[0].is_number or found[0].low in DATES or found[0].low in WH


def _is_many(text: str) -> bool:
    found = words(text)
    if not found:
        return False
    stop = next((i for i, word in enumerate(found) if word.low in PREPOSITIONS), len(found))
    last = found[max(0, stop - 1)].low
    return " and " in text or (last.endswith("s") and not last.endswith(("ss", "us", "is", "'s", "’s")))
