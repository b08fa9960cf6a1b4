"""Questions over time, what came of them, how long they took, who read them, and what a thousand cost."""

from collections.abc import Mapping
from typing import Any

from bot.replies.words import number, percent, say
from bot.types import Author, Thread
from web import chart, prices
from web.admin import rows
from web.draw import text
from web.handed import Office
from web.prices import Shape

DAYS = 30
OUTCOMES = "answer", "unsure", "error"
Counts = Mapping[str, Mapping[str, int]]


async def overview(office: Office, author: Author, where: Thread) -> tuple[str, str, str]:
    """The figures, what is plotted, and the tables under it."""
    counts = await office.counts(author, where, DAYS)
    return _figures(counts), plot(counts), await _tables(office, author, counts)


async def cost(office: Office, author: Author, where: Thread, shape: Shape) -> str:
    """What a thousand questions cost, by what was counted."""
    counts = await office.counts(author, where, DAYS)
    return _cost(counts, shape)


def total(counts: Counts, *names: str) -> int:
    """The sum of these counts over all days."""
    return sum(of.get(name, 0) for of in counts.values() for name in names)


def _figures(counts: Counts) -> str:
    asked = total(counts, "asked")
    values = [(number(asked), say("admin.asked", days=DAYS))]
    for outcome in OUTCOMES:
        of = total(counts, outcome)
        share = f" ({percent(of / asked)})" if asked else ""
        values.append((f"{number(of)}{share}", say(f"admin.outcome.{outcome}")))
    values.append((number(total(counts, "feedback")), say("admin.votes")))
    return rows.figures(values)


def plot(counts: Counts) -> str:
    """The questions by day and outcome, as a plot."""
    days = sorted(counts)
    series = {say(f"admin.outcome.{name}"): [counts[day].get(name, 0) for day in days] for name in OUTCOMES}
    return chart.stacked(days, series, "abc", say("admin.over_time"))


async def _tables(office: Office, author: Author, counts: Counts) -> str:
    days = rows.table(
        [say("admin.day"), say("admin.asked.short"), *(say(f"admin.outcome.{name}") for name in OUTCOMES)],
        [
            [day, number(of.get("asked", 0)), *(number(of.get(name, 0)) for name in OUTCOMES)]
            for day, of in sorted(counts.items(), reverse=True)
        ],
        say("admin.none.asked"),
        numbers=range(1, 5),
    )
    stages = rows.table(
        [say("admin.stage"), say("admin.count"), say("admin.median"), say("admin.p95")],
        [
            [
                say(f"admin.stage.{one.name}"),
                number(one.count),
                rows.seconds(one.median),
                rows.seconds(one.p95),
            ]
            for one in await office.stages(author)
            if one.name in STAGES
        ],
        say("admin.none.stages"),
        numbers=range(1, 4),
    )
    readers = await office.readers(author)
    read = rows.table(
        [say("admin.reader"), say("admin.count"), say("admin.share")],
        [
            [text(name), number(count), percent(count / sum(readers.values()))]
            for name, count in readers.items()
        ],
        say("admin.none.stages"),
        numbers=(1, 2),
    )
    folded = f"<details><summary>{say('admin.by_day')}</summary>{days}</details>"
    return (
        f"{folded}<h3>{say('admin.stages')}</h3>{stages}<h3>{say('admin.readers')}</h3>{read}"
        f'<p class="assumed">{say("admin.since")}</p>'
    )


STAGES = "accept", "intake", "answer", "send", "whole"


def _cost(counts: Counts, shape: Shape) -> str:
    asked, days = total(counts, "asked"), max(1, len(counts))
    each = prices.per_thousand(shape, asked, days)
    shown = rows.figures(
        [
            (rows.dollars(each), say("admin.cost.thousand")),
            (rows.dollars(shape.month), say("admin.cost.month")),
            (number(asked), say("admin.cost.asked", days=days)),
        ]
    )
    assumed = say(
        "admin.cost.assumed",
        region=prices.REGION,
        vcpu=prices.VCPU_HOUR.dollars,
        gigabyte=prices.GB_HOUR.dollars,
        day=prices.VCPU_HOUR.looked_up,
        endpoint=", ".join(f"{name} ${of.dollars}" for name, of in prices.ENDPOINT_HOUR.items()),
        other=next(iter(prices.ENDPOINT_HOUR.values())).looked_up,
    )
    return f'{shown}<p class="assumed">{assumed}</p>'


def shape(tasks: Any, vcpu: Any, gigabytes: Any, endpoint: Any, instances: Any) -> Shape:
    """What runs, of what somebody put in; nonsense is nothing."""

    def amount(value: Any) -> float:
        good = isinstance(value, int | float) and 0 <= value < 10_000
        return float(value) if good else 0.0

    kind = endpoint if endpoint in prices.ENDPOINT_HOUR else ""
    return Shape(int(amount(tasks)), amount(vcpu), amount(gigabytes), kind, int(amount(instances)))
