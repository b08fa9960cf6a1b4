"""Which pronouns lean on what was said before; pure."""

from collections.abc import Callable, Sequence

from bot.followups.words import (
    ADJECTIVES,
    ADVERBS,
    ARTICLES,
    AUX,
    BE,
    DATES,
    DETERMINERS,
    LINKS,
    PARTICLES,
    PREPOSITIONS,
    PRONOUNS,
    WH,
    Word,
    is_participle,
    is_verb,
)

PEOPLE = frozenset("he she him her his hers".split())
THINGS = frozenset("it its".split())
MANY = frozenset("they them their theirs these those".split())
POINTING = frozenset("this that".split())
_POSSESSIVE = frozenset("his her its their".split())
_REMARKS = frozenset("right true correct ok okay all fine enough wrong possible clear so".split())
_WEATHER = frozenset(
    "rain rains raining rained snow snows snowing snowed matter matters mattered depend depends seem"
    " seems appear appears hurt hurts hail freezing windy sunny".split()
)
_OWN = frozenset(
    "going able due supposed about likely ready allowed have has had need needs want wants".split()
)
_TIMES = frozenset("time day date year month".split())
_CLAUSES = (LINKS | WH | frozenset("before after until till since".split())) - {"that", "as", "than"}
_OPENING = frozenset(("“", '"', "«"))


def leans(found: Sequence[Word], place: int) -> bool:
    """Whether it is a pronoun whose name does not stand in the question itself."""
    word = found[place]
    rules: dict[str, Callable[[Sequence[Word], int], bool]] = {
        "it": _it, "that": _that, "this": _that, "these": _that, "those": _that,
        "there": _there, "then": _then, "their": owns, "his": owns,
    }  # fmt: skip
    if word.low not in PEOPLE | THINGS | MANY | POINTING | {"there", "then"} or _is_quoted(found, place):
        return False
    if word.text[0].isupper() and place > 0 and not found[place - 1].is_mark:
        return False
    rule = rules.get(word.low)
    if rule and not rule(found, place):
        return False
    return not _is_bound(found, place)


def _is_quoted(found: Sequence[Word], place: int) -> bool:
    return any(word.text in _OPENING for word in found[:place])


def _is_bound(found: Sequence[Word], place: int) -> bool:
    """Whether something that it may stand for comes before it in the question.

    An object is never its own clause's subject: "Did Ada sign it?" leans on what was said before.
    """
    word = found[place].low
    if word in ("there", "then"):
        return False
    parted = owns(found, place) or _opens_clause(found, place)
    if owns(found, place) and _has_owner(found, place):
        return True
    for before in range(place - 1, -1, -1):
        other = found[before]
        parted = parted or other.low in _CLAUSES or other.is_mark or other.low.endswith("ing")
        if parted and _could_be(found, before, word):
            return True
    return False


def _has_owner(found: Sequence[Word], place: int) -> bool:
    """Whether its owner comes before it in its own clause: "who gave their name", "did Ada lose her key"."""
    if place < 2 or found[place - 1].low in AUX:
        return False
    if found[0].low in ("who", "which", "what") and found[1].is_open:
        return True
    helps = next((i for i, word in enumerate(found[:place]) if word.low in AUX), place)
    subject = found[helps + 1 + (helps + 1 < place and found[helps + 1].low in ARTICLES) : place]
    return bool(subject) and subject[0].is_open and not is_participle(subject[0].low)


def _opens_clause(found: Sequence[Word], place: int) -> bool:
    """Whether it is the subject of a clause that no word leads in: "did Ada say she signed"."""
    if place < 2 or place + 1 >= len(found) or found[place - 1].low in AUX | PREPOSITIONS:
        return False
    follows = found[place + 1].low
    return follows in AUX or is_verb(follows)


def _could_be(found: Sequence[Word], place: int, pronoun: str) -> bool:
    """Whether the word there is the end of a name for that pronoun."""
    word, before = found[place], found[place - 1] if place else None
    if not word.is_open or place == 0:
        return False
    if pronoun in PEOPLE:
        return word.is_name and not (before and before.low in ARTICLES | PREPOSITIONS)
    if pronoun in MANY and word.low.endswith("s"):
        return True
    begins = place
    while begins > 0 and found[begins - 1].is_open:
        begins -= 1
    leads = found[begins - 1].low if begins else ""
    if leads in AUX and not is_participle(found[begins].low) and found[begins].low not in ADJECTIVES:
        return True
    return leads in DETERMINERS - _POSSESSIVE or leads in ("what", "which", "many") or word.is_name


def owns(found: Sequence[Word], place: int) -> bool:
    """Whether it is a possessive before what belongs to somebody."""
    word = found[place].low
    if word not in _POSSESSIVE or place + 1 >= len(found):
        return False
    follows = found[place + 1]
    return follows.is_open and not (word == "her" and is_verb(follows.low))


def _it(found: Sequence[Word], place: int) -> bool:
    """Whether "it" means something: not the weather, the time, or what a clause after it says."""
    before = [word.low for word in found[:place]]
    after = [word.low for word in found[place + 1 :] if not word.is_mark]
    if (
        set(after[:2]) & _WEATHER
        or "outside" in (*after[:2], *after[-1:])
        or after[:1] in (["that"], ["who"])
    ):
        return False
    if ("how" in before and after[:1] in (["from"], ["to"])) or after[:2] == ["been", "since"]:
        return False
    if after[:1] == ["called"] and set(after) & {"when", "if"}:
        return False
    if before[-1:] and before[-1] in BE and _says_what(found, before, after, place):
        return False
    return not _extraposed(before, after)


def _says_what(found: Sequence[Word], before: list[str], after: list[str], place: int) -> bool:
    """Whether it is "what time is it", "is it right" or "is it Friday": none of them asks about a thing."""
    if before[-2:-1] and before[-2] in _TIMES:
        return True
    if len(after) == 1 and after[0] in _REMARKS:
        return True
    follows = found[place + 1] if len(before) == 1 and after else None
    return bool(follows and (follows.is_name or follows.is_number or follows.low in DATES))


def _extraposed(before: list[str], after: list[str]) -> bool:
    """Whether what it means comes after it: "is it possible to", "how long does it take to"."""
    is_be = bool(before) and before[-1] in BE | {"make", "makes", "made", "making", "find", "finds"}
    takes = bool(set(after[:1]) & frozenset("take takes took cost costs help hurt make mean means".split()))
    if not is_be and not takes:
        return False
    for place, word in enumerate(after[:5]):
        if word in _OWN or word in ("and", "or"):
            return False
        if word == "to" and place + 1 < len(after) and after[place + 1] not in DETERMINERS:
            return True
        if word in ("that", "if", "whether", "how", "why") and place:
            return True
    return False


def _that(found: Sequence[Word], place: int) -> bool:
    """Whether "that" points: it leads no clause, and no noun follows."""
    before = found[place - 1].low if place else ""
    after = [word for word in found[place + 1 :] if not word.is_mark]
    if before in BE and len(after) == 1 and after[0].low in _REMARKS:
        return False
    if not after:
        return before not in ARTICLES
    follows = after[0]
    if before in AUX and follows.low in DETERMINERS:
        return False
    if found[place].low in ("these", "those") and follows.low in PREPOSITIONS | WH:
        return False
    if before in AUX:
        return is_verb(follows.low) or not follows.is_open
    no_clause = not follows.is_open and follows.low not in PRONOUNS | DETERMINERS | AUX
    return before in PREPOSITIONS | PARTICLES and no_clause


def _there(found: Sequence[Word], place: int) -> bool:
    """Whether it points to a place: "is there" and "there is" do not."""
    sides = (*found[max(0, place - 1) : place], *found[place + 1 : place + 2])
    return place > 0 and not any(word.low in BE | {"been"} for word in sides)


def _then(found: Sequence[Word], place: int) -> bool:
    """Whether it is a time: at the end, after something that was said."""
    after = [word for word in found[place + 1 :] if not word.is_mark]
    before = [word for word in found[:place] if not word.is_mark]
    return not after and len(before) > 2 and before[-1].low not in ADVERBS | {"and", "but"}
