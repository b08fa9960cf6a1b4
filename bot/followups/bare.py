"""A wh-phrase alone, "since when?" or "why is that?", made whole with the last question's clause; pure."""

from bot.followups.clause import Clause, parse
from bot.followups.topic import Told, when
from bot.followups.words import AUX, PREPOSITIONS, Word, base, is_past

LONGEST = 5  # words of a wh-phrase alone
_POINTING = frozenset("that this it so then only there exactly precisely not though happen happened".split())
_EVENTS = frozenset("happen happened".split())
_WAYS = frozenset("when where why how".split())


def bare(question: str, last: Told) -> str | None:
    """A wh-phrase alone ("since when?", "where to?", "why is that?") with the last question's clause."""
    asked = parse(question)
    if not asked.wh or len(asked.wh) > _longest(asked) or not last.clause.words:
        return None
    rest = list(asked.words[asked.wh.stop : asked.end])
    strand = ""
    if len(rest) == 1 and rest[0].low in PREPOSITIONS:
        strand, rest = f" {rest[0].low}", []
    so = _so(asked, rest)
    if so:
        rest = []
    if any(word.low not in _POINTING and word.low not in AUX for word in rest):
        return None
    if rest and (asked.asks not in _WAYS or not _points(rest, last)):
        return None
    if asked.words[asked.wh.stop - 1].low == "else" and asked.asks not in _WAYS:
        return _others(asked, last.clause)
    begin = asked.said(asked.wh)
    if asked.asks == "how" and begin.lower().endswith("how come"):
        begin = begin[: -len("how come")] + "Why"
    return _with(begin, last, strand, so, rest)


def _others(asked: Clause, last: Clause) -> str | None:
    """The last question once more, but for what was found: "who else signed the lease?"."""
    if asked.asks != last.asks or asked.asks not in ("who", "whom", "what"):
        return None
    before, after = last.words[: last.wh.stop], last.words[last.wh.stop : last.end]
    if len(last.wh) > 1 or before[-1].low == "else" or not after:
        return None
    return f"{asked.said(asked.wh).capitalize()} {last.text[after[0].start : after[-1].end]}?"


def _longest(asked: Clause) -> int:
    """How many words it may have: what follows "what" is a verb as often as a noun."""
    return 2 if asked.asks == "what" and asked.words[asked.wh.start].low == "what" else LONGEST


def _so(asked: Clause, rest: list[Word]) -> str:
    """Of "why so many?", "so many"."""
    return f"so {rest[1].low}" if len(rest) == 2 and rest[0].low == "so" and rest[1].is_open else ""


def _points(rest: list[Word], last: Told) -> bool:
    """Whether "when was that" asks about all that was said, and not about a thing."""
    low = {word.low for word in rest}
    if low & {"it", "there"} and not low & _EVENTS:
        return False
    if not low & AUX:
        return True
    return last.clause.asks not in ("what", "which") or not last.named


def _with(begin: str, last: Told, strand: str, so: str, rest: list[Word]) -> str | None:
    clause = last.clause
    asks = parse(begin).asks
    if asks == "who" and clause.is_passive and not strand:
        begin = "By whom"
    if clause.aux is None:
        said = _turned(last) if clause.wh and clause.verb < clause.end else None
    elif clause.is_copular and last.answer:
        said = f"{clause.words[clause.aux].low} {last.named or last.answer} {clause.said(clause.subject)}"
    elif not clause.subject and clause.wh:
        who = _who(last)
        said = f"{clause.words[clause.aux].low} {who} {_from(clause, clause.verb)}".rstrip()
    else:
        said = _inverted(last, so, why=asks == "why")
    if said and any(word.low == "not" for word in rest):
        said = _denied(said, clause)
    return f"{begin} {said}{strand}?" if said else None


def _denied(said: str, clause: Clause) -> str:
    """The clause with "not" after its subject."""
    subject = clause.said(clause.subject)
    return said.replace(subject, f"{subject} not", 1) if subject else said


def _who(last: Told) -> str:
    stands = last.person if last.clause.asks == "who" else last.named
    return stands or ("someone" if last.clause.asks == "who" else "something")


def _from(clause: Clause, place: int) -> str:
    return clause.said(range(place, clause.end)) if place < clause.end else ""


def _turned(last: Told) -> str:
    """A question whose wh-phrase is the subject, with the answer in its place: "did Ada sign the lease"."""
    clause = last.clause
    verb = clause.words[clause.verb].low
    rest = _from(clause, clause.verb + 1)
    helps = "did" if is_past(verb) else "does" if verb != base(verb) else "do"
    return " ".join(filter(None, (helps, _who(last), base(verb), rest)))


def _inverted(last: Told, so: str, *, why: bool) -> str:
    """The clause from its auxiliary on; what the wh-phrase asked for is put where it belongs."""
    clause = last.clause
    assert clause.aux is not None  # who calls it has looked
    aux = clause.words[clause.aux].low
    head = f"{aux} {clause.said(range(clause.aux + 1, min(clause.verb + 1, clause.end)))}"
    rest = _from(clause, clause.verb + 1)
    wh = [clause.words[i].low for i in clause.wh]
    if so and len(wh) > 1:
        return " ".join(filter(None, (head, so, clause.said(clause.wh[2:]), rest)))
    if clause.asks in ("who", "what", "whom") and len(wh) == 1 and clause.verb < clause.end and last.named:
        return " ".join(filter(None, (head, last.named, rest)))
    time = when(last.answer) if why and clause.asks == "when" else ""
    if why and clause.asks and clause.verb >= clause.end:
        time = time or last.answer
    return " ".join(filter(None, (head, rest, time)))
