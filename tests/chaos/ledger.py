"""What was asked, what was acknowledged, and what people saw of it."""

import re
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random


@dataclass(frozen=True, slots=True)
class Outcome:
    """Something that a person saw as the reply to a question."""

    at: float  # time.monotonic()
    words: str
    astray: str = ""  # where it stands, if that is not where it belongs


@dataclass
class Asked:
    """A question, and what became of it."""

    id: str
    chat: str
    code: str  # that its answer holds
    at: float = field(default_factory=time.monotonic)
    accepted: float = 0.0  # when it was first acknowledged
    outcomes: list[Outcome] = field(default_factory=list)

    def seen(self, words: str, astray: str = "") -> None:
        """Note a reply."""
        self.outcomes.append(Outcome(time.monotonic(), words, astray))

    @property
    def took(self) -> float:
        """Seconds from when it was asked to its first reply."""
        return self.outcomes[0].at - self.at


@dataclass
class Ledger:
    """All questions of a run."""

    healed: float = 0.0  # when the last fault was over
    asked: dict[str, Asked] = field(default_factory=dict)
    strays: list[str] = field(default_factory=list)  # replies to nothing that was asked
    codes: set[str] = field(default_factory=set)

    def code(self, chance: Random) -> str:
        """A code that nobody has."""
        while (made := str(chance.randrange(10**6, 10**7))) in self.codes:
            pass
        self.codes.add(made)
        return made

    def foreign(self, asked: Asked, words: str) -> str:
        """What a reply holds that was said elsewhere."""
        told = self.codes & set(re.findall(r"\d{7}", words)) - {asked.code}
        return f"it holds {', '.join(sorted(told))}" if told else ""

    def ask(self, id: str, chat: str, code: str) -> Asked:
        """Note a question, just as it is asked."""
        self.asked[id] = made = Asked(id, chat, code)
        return made

    def open(self) -> list[Asked]:
        """Questions that were acknowledged and have no reply yet."""
        return [one for one in self.asked.values() if one.accepted and not one.outcomes]

    def of(self, chat: str) -> list[Asked]:
        """The questions of one chat."""
        return [one for one in self.asked.values() if one.chat == chat]

    # ----------------------------------------------------------------------- the verdict

    def lost(self) -> list[str]:
        """Acknowledged, and never answered."""
        return _ids(self.open())

    def doubled(self) -> list[str]:
        """Answered more than once."""
        return _ids(one for one in self.asked.values() if len(one.outcomes) > 1)

    def astray(self) -> list[str]:
        """Answered where nobody asked, or with what was said elsewhere."""
        found = (one for one in self.asked.values() if any(told.astray for told in one.outcomes))
        return _ids(found) + self.strays

    def late(self, seconds: float) -> list[str]:
        """Answered longer after the last fault than that."""
        until = self.healed + seconds
        return _ids(one for one in self.asked.values() if any(told.at > until for told in one.outcomes))

    def words(self) -> Counter[str]:
        """What was said where the answer does not hold the code."""
        told = (
            told.words for one in self.asked.values() for told in one.outcomes if one.code not in told.words
        )
        return Counter(" ".join(words.split())[:90] for words in told)


def _ids(some: Iterable[Asked]) -> list[str]:
    return [one.id for one in some]
