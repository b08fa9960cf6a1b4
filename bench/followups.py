"""Follow-ups: how many are understood, and how many are answered with and without that.

python -m bench.followups           the figures
python -m bench.followups misses    and what was missed, but for the third that is held back
"""

import asyncio
import hashlib
import re
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.followups import rewritten
from bot.types import Turn
from model import readers
from model.answerer import Answerer, no_text
from model.ladder import Ladder
from model.metrics import RIGHT, f1
from model.readers import PROJECT
from model.types import Document

FILE = PROJECT / "tests" / "followups.toml"
NOW = 1_000.0
_WORDS = re.compile(r"\w+(?:['’.,:-]\w+)*")


@dataclass(frozen=True, slots=True)
class Followup:
    """A question that came after another, and what it may be taken as; itself, where it stands alone."""

    text: str
    turns: tuple[Turn, ...]
    question: str
    meant: tuple[str, ...]
    answer: str

    @property
    def held_back(self) -> bool:
        """Whether the rules were written without a look at it."""
        name = "\n".join((self.turns[-1].question, self.question))
        return hashlib.sha256(name.encode()).digest()[0] % 3 == 0

    @property
    def stands_alone(self) -> bool:
        """Whether it is to stay as it is."""
        return not self.meant

    @property
    def asked(self) -> str:
        """What the rules make of it."""
        return rewritten(self.question, self.turns, NOW)

    @property
    def hit(self) -> bool:
        """Whether that is what was meant."""
        if self.stands_alone:
            return self.asked == self.question
        return _plain(self.asked) in [_plain(meant) for meant in self.meant]


def followups() -> list[Followup]:
    """The set, as it was written before the rules."""
    scenes = tomllib.loads(FILE.read_text())["scene"]
    return [_followup(scene["text"], said) for scene in scenes for said in scene["said"]]


def _followup(text: str, said: dict[str, Any]) -> Followup:
    before = [*said.get("before", ()), (said["asked"], said["said"])]
    turns = tuple(
        Turn(f"t{n}", NOW - 60 * (len(before) - n), question, "answer" if answer else "unsure", answer)
        for n, (question, answer) in enumerate(before)
    )
    return Followup(text, turns, said["then"], tuple(said.get("as", ())), said.get("answer", ""))


def _plain(question: str) -> list[str]:
    return _WORDS.findall(question.lower().replace("’", "'"))


def rate(found: Sequence[Followup]) -> float:
    """The share that is understood."""
    return sum(one.hit for one in found) / len(found)


async def right(answerer: Answerer, found: Sequence[Followup], *, rewrite: bool) -> int:
    """How many of them find their answer, and surely."""
    count = 0
    for one in found:
        asked = one.asked if rewrite else one.question
        answer = await answerer.answer(asked, [Document("d", "1", one.text)], no_text)
        count += bool(answer and answer.sure and f1(answer.text, (one.answer,)) >= RIGHT)
    return count


async def main(*, misses: bool = False) -> None:
    """Print every figure."""
    every = followups()
    for name, part in (
        ("seen while the rules were written", [one for one in every if not one.held_back]),
        ("held back", [one for one in every if one.held_back]),
    ):
        lean = [one for one in part if not one.stands_alone]
        alone = [one for one in part if one.stands_alone]
        print(f"-- follow-ups {name}")
        print(f"{len(lean)} that lean on the last turn: {rate(lean):.0%} rewritten as meant")
        print(f"{len(alone)} that stand alone: {rate(alone):.0%} left as they are")
        for one in part if misses and not part[0].held_back else ():
            if not one.hit:
                print(f"   {one.turns[-1].question} | {one.question} -> {one.asked}  not  {one.meant[:1]}")
    opened = readers.open_one("onnx:model/weights")
    answerer = Answerer(Ladder([opened]))
    lean = [one for one in every if one.answer]
    without = await right(answerer, lean, rewrite=False)
    with_ = await right(answerer, lean, rewrite=True)
    print(f"{len(lean)} with an answer in the text: right and sure {without} as they are, {with_} rewritten")
    answerer.close()


if __name__ == "__main__":
    asyncio.run(main(misses="misses" in sys.argv))
