"""The plot of `docs/load.svg`: what the service does at each rate of events, as SVG."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.load import Rate

LEFT, RIGHT, TOP, BOTTOM = 80, 850, 80, 330
LEAST, MOST = 1.0, 100_000.0  # milliseconds; their axis is logarithmic
LINES = [  # what is drawn, and its colour
    ("acknowledged, p99", "#0f766e"),
    ("answered, p50", "#93c5fd"),
    ("answered, p95", "#1d4ed8"),
    ("turned away with a sentence, of 100 (right)", "#dc2626"),
    ("to be brought again, of 100 (right)", "#f59e0b"),
]


def drawn(rates: Sequence["Rate"]) -> str:
    """Times by the left axis, shares by the right one, over the events a second."""
    most = max(one.rate for one in rates)
    across = [LEFT + (RIGHT - LEFT) * one.rate / most for one in rates]
    heights = [
        [_time(one.acknowledged[2]) for one in rates],
        [_time(1000 * one.answered[0]) for one in rates],
        [_time(1000 * one.answered[1]) for one in rates],
        [_share(one.away / max(1, one.asked)) for one in rates],
        [_share(one.refused) for one in rates],
    ]
    lines = [_line(across, ys, colour) for ys, (_, colour) in zip(heights, LINES, strict=True)]
    marks = [
        f'<text x="{x:.1f}" y="{BOTTOM + 20}" text-anchor="middle">{one.rate:.0f}</text>'
        for x, one in zip(across, rates, strict=True)
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 {BOTTOM + 130}"'
            ' font-family="Helvetica, Arial, sans-serif" font-size="12" fill="#334155">',
            f'<rect width="960" height="{BOTTOM + 130}" fill="#ffffff"/>',
            f'<text x="{LEFT}" y="30" font-size="17" font-weight="bold">Slack’s events a second, and what'
            " becomes of them on two cores</text>",
            f'<text x="{LEFT}" y="52">the embedded reader, SQLite; service, fake Slack and sender on the same'
            " cores</text>",
            *_axes(),
            *marks,
            f'<text x="{(LEFT + RIGHT) / 2}" y="{BOTTOM + 40}" text-anchor="middle">events a second</text>',
            *lines,
            *_legend(),
            "</svg>\n",
        ]
    )


def _axes() -> list[str]:
    found = []
    for power in range(int(math.log10(LEAST)), int(math.log10(MOST)) + 1):
        y, value = _time(10.0**power), 10**power
        found.append(f'<line x1="{LEFT}" x2="{RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e2e8f0"/>')
        told = f"{value} ms" if value < 1000 else f"{value // 1000} s"
        found.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{told}</text>')
    for percent in range(0, 101, 20):
        y = _share(percent / 100)
        found.append(f'<text x="{RIGHT + 10}" y="{y + 4:.1f}">{percent} %</text>')
    return found


def _legend() -> list[str]:
    return [
        f'<rect x="{LEFT}" y="{BOTTOM + 53 + 15 * at}" width="18" height="4" fill="{colour}"/>'
        f'<text x="{LEFT + 26}" y="{BOTTOM + 59 + 15 * at}">{text}</text>'
        for at, (text, colour) in enumerate(LINES)
    ]


def _line(xs: Sequence[float], ys: Sequence[float], colour: str) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))
    drawn = f'stroke="{colour}" stroke-width="2.5" stroke-linejoin="round"'
    return f'<polyline points="{points}" fill="none" {drawn}/>'


def _time(milliseconds: float) -> float:
    within = min(MOST, max(LEAST, milliseconds))
    return BOTTOM - (BOTTOM - TOP) * math.log(within / LEAST) / math.log(MOST / LEAST)


def _share(share: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * share
