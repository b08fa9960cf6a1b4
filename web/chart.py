"""Plots as SVG: drawn here, since those of Gradio's own run what the page's policy forbids (`eval`)."""

from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 760.0, 220.0
LEFT, BOTTOM, TOP, RIGHT = 62.0, 26.0, 14.0, 24.0  # room for labels as large as a phone shows them
TICKS = 4
EVERY = 90.0  # units between two labels under the plot, at least


def stacked(
    days: Sequence[str], series: Mapping[str, Sequence[float]], classes: Sequence[str], title: str
) -> str:
    """A bar for each day, the series on top of each other."""
    if not days:
        return ""
    most = _round(max(map(sum, zip(*series.values(), strict=True)), default=1) or 1)
    step = (WIDTH - LEFT - RIGHT) / len(days)
    drawn = []
    for n, values in enumerate(zip(*series.values(), strict=True)):
        low, x = 0.0, LEFT + step * (n + 0.15)
        for value, kind in zip(values, classes, strict=True):
            top = _y(low + value, most)
            drawn.append(_bar(x, top, step * 0.7, _y(low, most) - top, kind))
            low += value
        told = ", ".join(f"{name} {value:g}" for name, value in zip(series, values, strict=True))
        drawn.append(_bar(x, TOP, step * 0.7, _y(0, most) - TOP, "hit", f"{days[n]}: {told}"))
    each = max(1, round(EVERY / step))
    shown = range(len(days) - 1, -1, -each)
    labels = [(LEFT + step * (n + 0.5), days[n][5:]) for n in shown]
    return _figure(title, _grid(most, "") + "".join(drawn) + _under(labels), list(series), classes)


def lines(
    at: Sequence[float],
    series: Mapping[str, Sequence[float | None]],
    classes: Sequence[str],
    title: str,
    mark: float,
) -> str:
    """Shares of a hundred over a row of places from 0 to 100; `mark` stands upright at one of them."""
    if not at:
        return ""

    def x(place: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * place / 100

    drawn = [f'<line class="mark" x1="{x(mark):.1f}" x2="{x(mark):.1f}" y1="{TOP}" y2="{_y(0, 100):.1f}"/>']
    for values, kind in zip(series.values(), classes, strict=True):
        points = [
            f"{x(place):.1f},{_y(value, 100):.1f}"
            for place, value in zip(at, values, strict=True)
            if value is not None
        ]
        drawn.append(f'<polyline class="line-{kind}" points="{" ".join(points)}"/>')
    labels = [(x(place), f"{place}%") for place in range(0, 101, 20)]
    return _figure(title, _grid(100, "%") + "".join(drawn) + _under(labels), list(series), classes)


def _figure(title: str, drawn: str, names: Sequence[str], classes: Sequence[str]) -> str:
    keys = "".join(
        f'<span><i class="key-{kind}"></i>{escape(name)}</span>'
        for name, kind in zip(names, classes, strict=True)
    )
    svg = f'<svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{escape(title)}">{drawn}</svg>'
    return f'<figure class="chart"><figcaption><b>{escape(title)}</b>{keys}</figcaption>{svg}</figure>'


def _bar(x: float, y: float, width: float, height: float, kind: str, told: str = "") -> str:
    at = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect class="bar-{kind}" {at}><title>{escape(told)}</title></rect>'


def _grid(most: float, unit: str) -> str:
    drawn = ""
    for tick in range(TICKS + 1):
        value = most * tick / TICKS
        y = _y(value, most)
        drawn += f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        drawn += f'<text class="y" x="{LEFT - 6}" y="{y + 4:.1f}">{value:g}{unit}</text>'
    return drawn


def _under(labels: Sequence[tuple[float, str]]) -> str:
    return "".join(
        f'<text class="x" x="{x:.1f}" y="{HEIGHT - 8}">{escape(name)}</text>' for x, name in labels
    )


def _y(value: float, most: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / most)


def _round(most: float) -> float:
    """The next number above that divides well."""
    for scale in (10**power for power in range(9)):
        for step in (4, 8, 20, 40):
            if most <= step * scale:
                return float(step * scale)
    return most
