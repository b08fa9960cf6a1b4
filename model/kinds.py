"""Whether an answer is of a kind that its question asks for; pure."""

import re

from model.values import is_value

SELDOM = 0.05  # the most that is claimed of a mere value as a reason: of 37 in 1,256 questions, one was
_ASKING = re.compile(r"\b(who|whom|whose|what|which|when|where|why|how come|how)\b", re.IGNORECASE)
_WHY = frozenset(("why", "how come"))


def fits(question: str, answer: str, *, opens: bool) -> bool:
    """Whether it may be the answer: a mere date, number or name is no reason.

    `opens` says that its sentence begins with it.
    """
    asked = _ASKING.search(question)
    return not (asked and asked[1].lower() in _WHY and is_value(answer, opens=opens))
