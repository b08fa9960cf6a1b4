"""The line under which nothing is claimed: what it would do to the answers that people judged here."""

from collections.abc import Sequence

from bot.replies.words import number, percent, say
from bot.types import Author, Thread
from model.line import Judged, Standing, standing, standings
from web import chart
from web.admin import rows
from web.handed import Office


async def look(office: Office, author: Author, where: Thread, line: float) -> tuple[str, str]:
    """What a line would do, in words; and the same of all lines, to be plotted. Nothing is saved."""
    judged = await office.judged(author, where)
    return told(standing(line, judged)), plot(judged, line)


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


def plot(judged: Sequence[Judged], line: float) -> str:
    """Precision and coverage at each line, in percent; the chosen one is marked."""
    row = standings(judged) if judged else []
    series = {
        say("line.precision.short"): [_percent(at.precision) for at in row],
        say("line.coverage.short"): [_percent(at.coverage) for at in row],
    }
    return chart.lines([100 * at.line for at in row], series, "ab", say("line.plot"), 100 * line)


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share
