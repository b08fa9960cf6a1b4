"""The line under which nothing is claimed: what it would do to the answers that people judged here."""

from collections.abc import Sequence

import pandas as pd

from bot.replies.words import number, percent, say
from bot.types import Author, Thread
from model.line import Judged, Standing, standing, standings
from web.admin import rows
from web.handed import Office


async def look(office: Office, author: Author, where: Thread, line: float) -> tuple[str, pd.DataFrame]:
    """What a line would do, in words; and the same of all lines, to be plotted. Nothing is saved."""
    judged = await office.judged(author, where)
    return told(standing(line, judged)), frame(judged)


def told(at: Standing) -> str:
    """What a line would do."""
    if not at.judged:
        return f'<p class="dim">{say("line.none")}</p>'
    line = percent(at.line)
    values = [
        (_share(at.precision), say("line.precision", right=number(at.right), given=number(at.given))),
        (_share(at.coverage), say("line.coverage", given=number(at.given), judged=number(at.judged))),
    ]
    low, high = at.between
    between = say("line.between", low=percent(low), high=percent(high)) if at.given else ""
    guessed = say("line.guessed", lowest=percent(at.lowest or 0.0)) if at.is_guessed else ""
    notes = "".join(f'<p class="assumed">{one}</p>' for one in (between, guessed) if one)
    return f'<p class="line">{say("line.at", line=line)}</p>{rows.figures(values)}{notes}'


def _share(value: float | None) -> str:
    return "–" if value is None else percent(value)


def frame(judged: Sequence[Judged]) -> pd.DataFrame:
    """Precision and coverage at each line, in percent."""
    found = []
    for at in standings(judged):
        for name, share in (("precision", at.precision), ("coverage", at.coverage)):
            if share is not None:
                found.append({"line": 100 * at.line, "share": 100 * share, "what": say(f"line.{name}.short")})
    return pd.DataFrame(found, columns=["line", "share", "what"])
