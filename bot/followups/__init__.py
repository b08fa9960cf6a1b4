"""A question that leans on the last turn, made whole with what that turn was about, by plain rules; pure.

Three kinds lean: a wh-phrase alone ("why?"), a phrase alone ("and in Dublin?"), and a question with a pronoun
whose name stands in an earlier turn ("who signed it?"). Every other stands alone and stays as it is.
"""

from collections.abc import Sequence

from bot.followups.bare import bare
from bot.followups.clause import lead
from bot.followups.exchanged import exchanged
from bot.followups.pronouns import resolved
from bot.followups.topic import Told, told
from bot.followups.words import spelt_out, words
from bot.types import QUESTION_LIMIT, Thread, Turn

LOOKED_AT = 10  # turns, for what a question leans on and what those lean on
TURNS = 3  # as far back as a pronoun reaches
WORDS = 40  # a longer question says itself what it is about
SECONDS = 1_800.0  # a question that comes later than that begins anew


def of_turn(turn: Turn, where: Thread, turns: Sequence[Turn]) -> str:
    """The question of a turn as it was, or is, to be understood after the others of its thread.

    In a room, where many talk at once, it leans only on what the same person asked.
    """
    leads = [
        other
        for other in turns
        if other.id != turn.id and (where.thread or other.author == turn.author) and other.at <= turn.at
    ]
    return rewritten(turn.question, leads[-LOOKED_AT:], turn.at)


def rewritten(question: str, turns: Sequence[Turn], at: float) -> str:
    """The question as it is to be understood after those turns, oldest first; itself if it stands alone.

    How the turns' own questions were understood follows from those before them: nothing of it is stored, so
    that what is forgotten lives on in no other turn.
    """
    before: list[tuple[float, Told]] = []
    for turn in turns:
        if turn.kind in ("answer", "unsure") and turn.at <= at:
            asked = _understood(turn.question, before, turn.at)
            before.insert(0, (turn.at, told(asked, turn.answer)))
    return _understood(question, before, at)


def _understood(question: str, before: Sequence[tuple[float, Told]], at: float) -> str:
    recent = [turn for then, turn in before if at - then <= SECONDS][:TURNS]
    found = words(question)
    if not recent or not 0 < len(found) <= WORDS or len(_sentences(question)) > 1:
        return question
    spelt = spelt_out(question)
    asked = bare(spelt, recent[0]) or exchanged(spelt, recent[0]) or _named(spelt, recent)
    if asked is None:
        return question
    asked = asked[0].upper() + asked[1:]
    return asked if len(asked) <= QUESTION_LIMIT else question


def _named(question: str, before: Sequence[Told]) -> str | None:
    """With names for its pronouns, and without the "and" that led on; None where it has none to name."""
    changed = resolved(question, before)
    if changed == question:
        return None
    found = words(changed)
    return changed[found[lead(found)].start :]


def _sentences(text: str) -> list[str]:
    return [part for part in text.replace("!", "?").split("? ") if part.strip()]
