"""A question taken apart: its wh-phrase, its auxiliary, its subject, and where its predicate begins; pure.

No model reads it: English questions keep an order, and its closed classes of words say where a part begins.
"""

from dataclasses import dataclass, replace

from bot.followups.words import (
    ADJECTIVES,
    ADVERBS,
    AUX,
    BE,
    CONNECTORS,
    DETERMINERS,
    DO,
    HAVE,
    PARTICLES,
    PREPOSITIONS,
    PRONOUNS,
    WH,
    Word,
    is_base,
    is_participle,
    is_verb,
    words,
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A question's words and its parts, as ranges of them; `subject` is empty where the wh-phrase is it."""

    text: str
    words: tuple[Word, ...]
    wh: range
    aux: int | None
    subject: range
    verb: int  # where the predicate begins; the end where there is none

    def said(self, part: range) -> str:
        """A part as it is written."""
        return self.text[self.words[part.start].start : self.words[part.stop - 1].end] if part else ""

    @property
    def asks(self) -> str:
        """Its wh-word, or nothing."""
        return next((self.words[i].low for i in self.wh if self.words[i].low in WH), "")

    @property
    def end(self) -> int:
        """Where its words end, marks at the end left out."""
        end = len(self.words)
        while end and self.words[end - 1].is_mark:
            end -= 1
        return end

    @property
    def is_copular(self) -> bool:
        """Whether it asks who or what something is."""
        bare = self.asks in ("who", "what") and len(self.wh) == 1
        return bare and self._is("be") and bool(self.subject) and self.verb == self.end

    @property
    def is_passive(self) -> bool:
        """Whether its subject is what something was done to."""
        there = self.verb < self.end and bool(self.subject)
        return there and self._is("be") and is_participle(self.words[self.verb].low)

    def _is(self, kind: str) -> bool:
        return self.aux is not None and kind == "be" and self.words[self.aux].low in BE


def parse(text: str) -> Clause:
    """Take a question apart."""
    found = words(text)
    whole = Clause(text, found, range(0), None, range(0), len(found))
    end = whole.end
    place = lead(found)
    wh = _wh(found, place, end)
    place = wh.stop
    if place >= end:
        return replace(whole, wh=wh, verb=end)
    if found[place].low in AUX:
        begin = place + 1
        if begin < end and found[begin].low == "not":
            begin += 1
        if _is_subject(found, wh, place, begin, end):
            verb = _predicate(found, begin, end, found[place].low)
            return replace(whole, wh=wh, aux=place, subject=range(begin, verb), verb=verb)
        return replace(whole, wh=wh, aux=place, verb=begin)
    if wh:
        while place < end and found[place].low in ADVERBS:
            place += 1
        return replace(whole, wh=wh, verb=place)
    return replace(whole, verb=end)


def lead(found: tuple[Word, ...]) -> int:
    """How many words only lead on from what was said before."""
    count = 0
    while count < len(found) and (found[count].low in CONNECTORS or (count and found[count].text == ",")):
        count += 1
    return count


def _wh(found: tuple[Word, ...], start: int, end: int) -> range:
    """The wh-phrase that begins there, its preposition included; empty where none does."""
    place = start + (start + 1 < end and found[start].low in PREPOSITIONS)
    if place >= end or found[place].low not in WH:
        return range(start, start)
    asks, place = found[place].low, place + 1
    if asks in ("how", "what", "which", "whose"):
        place = _wh_noun(found, place, end, asks)
    while place < end and found[place].low in ("else", "exactly", "precisely"):
        place += 1
    return range(start, place)


def _wh_noun(found: tuple[Word, ...], start: int, end: int, asks: str) -> int:
    """Where the words that belong to "how", "what" or "which" end."""
    place = start
    if asks == "how" and place < end and found[place].low in ("come", "often", "long", "soon"):
        return place + 1
    while place < end and _in_noun(found[place]):
        place += 1
    if place == start or (place < end and found[place].low in AUX):
        return place
    first = start + (asks != "what")
    verb = next(
        (i for i in range(first, place) if is_verb(found[i].low) or found[i].low.endswith("ed")), None
    )
    if verb is None and place - start > 1 and place < end:
        verb = place - 1
    return place if verb is None else verb


def _in_noun(word: Word) -> bool:
    return (word.is_open or word.low in ("of", "the", "these", "those", "ahead", "more")) and not word.is_mark


def _is_subject(found: tuple[Word, ...], wh: range, aux: int, begin: int, end: int) -> bool:
    """Whether the subject stands after the auxiliary; else the wh-phrase is it."""
    if begin >= end:
        return False
    asked = [found[i].low for i in wh]
    adverbial = bool({"when", "where", "why", "whom"} & set(asked)) or (
        bool(asked) and (asked[0] in PREPOSITIONS or (asked[0] == "how" and not _counts(asked)))
    )
    if not asked or adverbial or found[aux].low in DO:
        return found[begin].low not in PREPOSITIONS
    first = found[begin]
    if first.low in DETERMINERS or first.low in PRONOUNS or first.is_name or first.is_number:
        return True
    if not first.is_open or first.low in ADJECTIVES:
        return False
    return not (is_participle(first.low) or (is_verb(first.low) and found[aux].low not in BE))


def _counts(asked: list[str]) -> bool:
    return len(asked) > 1 and asked[1] in ("much", "many")


def _predicate(found: tuple[Word, ...], begin: int, end: int, aux: str) -> int:
    """Where the subject that begins there ends."""
    if found[begin].low in PRONOUNS and not (
        begin + 1 < end and found[begin + 1].is_open and _is_det(found, begin)
    ):
        return begin + 1
    first = begin + (found[begin].low in DETERMINERS)
    for place in range(first + 1, end):
        word, before = found[place], found[place - 1]
        last = place + 1 == end
        if word.low in AUX or word.low == "not" or word.is_mark:
            return place
        if (word.low in PREPOSITIONS | PARTICLES and last) or (word.low in ADVERBS and aux in BE):
            return place
        if before.low in DETERMINERS or before.low in PREPOSITIONS or before.is_possessive:
            continue
        if aux in BE or aux in HAVE:
            if is_participle(word.low) or word.low in ADJECTIVES:
                return place
        elif is_base(word.low) and not (not last and is_base(found[place + 1].low)):
            return place
    return _last_of_run(found, first, end) if aux not in BE else end


def _is_det(found: tuple[Word, ...], place: int) -> bool:
    return found[place].low in DETERMINERS and not is_verb(found[place + 1].low)


def _last_of_run(found: tuple[Word, ...], first: int, end: int) -> int:
    """The last of the open words that begin there, which must be the verb that no list knows."""
    place = first
    while place < end and found[place].is_open:
        place += 1
    return place - 1 if place - first > 1 else end
