"""Questions that a text does not answer, made from those that it does; pure but for chance.

An entity is what begins with capitals. Every kind looks answerable at a glance: that is what it is for.
"""

import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from model.passages import sentence_at
from model.training.examples import Example, Spans

NEAR = 4  # one of so many of the nearest other texts is taken
LONGEST = 40  # code points: a longer run of capitals is a heading, not a name

_CAPITALS = re.compile(r"[A-Z][\w'’-]*(?:\s+(?:(?:of|the|de|von|and)\s+)?[A-Z][\w'’-]*)*")
_NUMBER = re.compile(r"\b\d[\d,]*\b")
_YEAR = re.compile(r"1\d{3}|20\d\d")
_WORD = re.compile(r"[A-Za-z]{4,}")
_ENDINGS = ("ing", "ed", "tion", "ity", "ment", "ers", "ies", "ly", "al", "er", "s")
_OPENERS = frozenset(
    "What Who When Where Why How Which Whose Whom In On At The A An Is Are Was Were Did Does Do For From To"
    " Of By With During After Before If As According I And But It This That He She They We You My His Her"
    " Their Its There These Those Name Has Have Had Not So Some Most Many Also However While Although Since"
    " Because Then About Under Between Among Both Such Other No Yes".split()
)
_COMMON = frozenset(
    "what which who whom whose when where why how does did with from that this these those have been were"
    " their there they them then than into over under about after before between during while would could"
    " should many much some other also only very most more such same like name used kind type your".split()
)
_OPPOSITE = {
    word: other
    for pair in (
        "first last,before after,largest smallest,most least,highest lowest,increase decrease,early late,"
        "increased decreased,earliest latest,oldest newest,north south,northern southern,east west,"
        "eastern western,best worst,good bad,began ended,begin end,longest shortest,won lost,win lose,"
        "liked disliked,like dislike,above below,inside outside,male female,buy sell,bought sold,old new,"
        "easy difficult,happy sad,positive negative,high low,large small,long short,major minor,"
        "opened closed,better worse,accepted rejected,created destroyed,built demolished,wife sister,"
        "husband brother,son daughter,father mother,king queen,morning evening,summer winter"
    ).split(",")
    for word, other in (pair.split(), pair.split()[::-1])
}


@dataclass(frozen=True, slots=True)
class Near:
    """What the examples' other texts offer: near ones, and the names that stand in a group."""

    texts: dict[str, list[str]]  # of each question
    names: dict[str, list[str]]  # of each group

    @classmethod
    def of(cls, examples: Sequence[Example]) -> "Near":
        """The texts nearest to each question by TF-IDF, those of its own group first."""
        from sklearn.feature_extraction.text import TfidfVectorizer  # heavy, and only training needs it

        groups = {one.context: one.group for one in examples}
        texts, asked = list(groups), list({one.question: one for one in examples}.values())
        names: dict[str, set[str]] = {}
        for text, group in groups.items():
            names.setdefault(group, set()).update(entities(text))
        vectorizer = TfidfVectorizer(sublinear_tf=True, stop_words="english")
        matrix = vectorizer.fit_transform(texts).T.tocsc()
        scores = (vectorizer.transform([one.question for one in asked]) @ matrix).tocsr()
        near = {}
        for row, one in enumerate(asked):
            start, end = scores.indptr[row], scores.indptr[row + 1]
            found = zip(scores.indices[start:end], scores.data[start:end], strict=True)
            of = {texts[n]: float(s) + 0.15 * (groups[texts[n]] == one.group) for n, s in found}
            near[one.question] = sorted(of, key=lambda text: -of[text])[: 8 * NEAR]
        return cls(near, {group: sorted(found) for group, found in names.items()})


Made = list[Example]
Kind = Callable[[Example, Near, random.Random], Made]


def another_text(example: Example, near: Near, chance: random.Random) -> Made:
    """The question, asked of a text near by that does not hold the answer."""
    fit = [
        text
        for text in near.texts[example.question]
        if text != example.context and not any(answer in text.lower() for answer in example.answers)
    ][:NEAR]
    return [_unanswered(example, "text", context=chance.choice(fit))] if fit else []


def no_sentence(example: Example, near: Near, chance: random.Random) -> Made:
    """The text without the sentences that hold the answer."""
    text = example.context
    for start, end in sorted({sentence_at(text, *span) for span in example.spans}, reverse=True):
        text = text[:start] + text[end:].lstrip()
    text = text.strip()
    if len(text) < 80 or any(answer in text.lower() for answer in example.answers):
        return []
    return [_unanswered(example, "sentence", context=text)]


def other_name(example: Example, near: Near, chance: random.Random) -> Made:
    """The question with a name, a number or a word's sense changed."""
    question = example.question
    if names := entities(question):
        old = chance.choice(names)
        here = [name for name in entities(example.context) if name not in question and old not in name]
        if here:
            return [_unanswered(example, "name", question=question.replace(old, chance.choice(here)))]
    for number in _NUMBER.finditer(question):
        changed = question[: number.start()] + _other_number(number[0], chance) + question[number.end() :]
        return [_unanswered(example, "name", question=changed)]
    for word in _WORD.finditer(question):
        if word[0] in _OPPOSITE:
            changed = question[: word.start()] + _OPPOSITE[word[0]] + question[word.end() :]
            return [_unanswered(example, "name", question=changed)]
    return []


def other_word(example: Example, near: Near, chance: random.Random) -> Made:
    """The question with a word that stands in the text exchanged for another from there, of like form."""
    question, here = example.question, set(_WORD.findall(example.context))
    asked = {word.lower() for word in _WORD.findall(question)}
    lowered = {word.lower() for word in here}
    for word in chance.sample(found := list(_WORD.finditer(question)), len(found)):
        if word.start() == 0 or word[0].lower() in _COMMON or word[0].lower() not in lowered:
            continue
        fit = [w for w in here if _alike(w, word[0]) and w.lower() not in asked | _COMMON]
        if fit:
            changed = question[: word.start()] + chance.choice(sorted(fit)) + question[word.end() :]
            return [_unanswered(example, "word", question=changed)]
    return []


def other_subject(example: Example, near: Near, chance: random.Random) -> Made:
    """The text made to speak of another: the old question goes unanswered, one changed likewise does not.

    The second of the two keeps the network from taking a swapped name for the sign of a trap.
    """
    here = [name for name in entities(example.question) if name in example.context]
    numbers = [n[0] for n in _NUMBER.finditer(example.question) if n[0] in example.context]
    for old in chance.sample(here + numbers, len(here) + len(numbers)):
        if old in numbers:
            new = _other_number(old, chance)
        else:
            names = [n for n in near.names[example.group] if n not in example.context and old not in n]
            if not names:
                continue
            new = chance.choice(names)
        changed = exchanged(example.context, example.spans, old, new)
        if changed and new not in example.question:
            text, spans = changed
            told = replace(example, context=text, spans=spans, question=example.question.replace(old, new))
            return [
                _unanswered(example, "subject", context=text),
                replace(told, kind="made: told of another"),
            ]
    return []


KINDS: dict[Kind, float] = {  # and how many of the made ones are to be of each
    another_text: 0.30,
    no_sentence: 0.15,
    other_name: 0.20,
    other_word: 0.20,
    other_subject: 0.15,
}


def make(examples: Sequence[Example], share: float, chance: random.Random) -> list[Example]:
    """Unanswerable examples, as many as a share of the examples, of all kinds."""
    answered = [one for one in examples if one.spans]
    near, wanted, found = Near.of(answered), share * len(answered), list[Example]()
    counts = dict.fromkeys(KINDS, 0)
    for one in chance.sample(answered, len(answered)):
        if sum(counts.values()) >= wanted:
            break
        for kind in sorted(
            KINDS, key=lambda kind: counts[kind] - KINDS[kind] * wanted
        ):  # the one most behind
            if made := kind(one, near, chance):
                counts[kind] += 1
                found += made
                break
    return found


# --------------------------------------------------------------------------- means


def entities(text: str) -> list[str]:
    """The names in a text, in order, without the words that only open a sentence."""
    found = []
    for match in _CAPITALS.finditer(text):
        words = match[0].split()
        while words and words[0] in _OPENERS:
            words.pop(0)
        name = " ".join(words)
        if 2 < len(name) < LONGEST and name in text:
            found.append(name)
    return found


def exchanged(text: str, spans: Spans, old: str, new: str) -> tuple[str, Spans] | None:
    """The text with every `old` become `new`, and where its spans went; None where one would change."""
    found = list(re.finditer(rf"(?<!\w){re.escape(old)}(?!\w)", text))
    if not found or any(m.start() < end and m.end() > start for m in found for start, end in spans):
        return None
    grown = len(new) - len(old)

    def place(before: int) -> int:
        return before + grown * sum(match.end() <= before for match in found)

    for match in reversed(found):
        text = text[: match.start()] + new + text[match.end() :]
    return text, tuple((place(start), place(end)) for start, end in spans)


def _unanswered(example: Example, how: str, **changes: str) -> Example:
    return replace(example, spans=(), kind=f"made: other {how}", **changes)


def _other_number(number: str, chance: random.Random) -> str:
    value = int(number.replace(",", ""))
    if _YEAR.fullmatch(number):
        return str(value + chance.choice([-40, -17, -9, -4, -1, 1, 3, 6, 11, 25]))
    return str(value + chance.choice([1, 2, 3, 5, 10, 40]))


def _alike(one: str, other: str) -> bool:
    """Whether two words have the same form and are not the same word."""
    return _form(one) == _form(other) and one[:4].lower() != other[:4].lower()


def _form(word: str) -> tuple[bool, str]:
    return word[0].isupper(), next((end for end in _ENDINGS if word.lower().endswith(end)), "")


def widened(examples: Iterable[Example], share: float, chance: random.Random) -> list[Example]:
    """The examples, a share of them with another text of the same file before or after their own."""
    given = list(examples)
    texts: dict[str, list[str]] = {}
    for one in given:
        texts.setdefault(one.kind, []).append(one.context)
    found = []
    for one in given:
        other = chance.choice(texts[one.kind])
        fits = other != one.context and len(other) + len(one.context) < 1500
        if chance.random() < share and fits and not any(a in other.lower() for a in one.answers):
            if chance.random() < 0.5:
                one = replace(one, context=f"{one.context}\n{other}")
            else:
                spans = tuple((a + len(other) + 1, b + len(other) + 1) for a, b in one.spans)
                one = replace(one, context=f"{other}\n{one.context}", spans=spans)
        found.append(one)
    return found
