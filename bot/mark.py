"""Wherein's mark, drawn by code: a pin, for the place, that holds a quotation mark; pure.

Each shape is a signed distance, in units of the picture's side: below zero within, so that an edge is as
smooth as the size allows. https://iquilezles.org/articles/distfunctions2d/
"""

import math
import struct
import zlib
from collections.abc import Callable

Color = tuple[int, int, int]
Shape = Callable[[float, float], float]

TEAL, WHITE = (17, 94, 89), (255, 255, 255)
SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEAD = 0.5, 0.40, 0.29  # the pin's: middle and radius
TIP = 0.88, 0.025  # the pin's: how far down, and how blunt
LINE = 0.068  # the outline's
LARGER = 1.2  # the outline, which has no room around it


def color(size: int) -> bytes:
    """The mark in its colours on a full square, as a PNG; who shows it rounds the corners."""
    layers: list[tuple[Color, Shape]] = [(TEAL, _everywhere), (WHITE, _pin), (TEAL, _quotes)]
    return _png(size, lambda x, y: _painted(layers, x, y, 1 / size))


def outline(size: int) -> bytes:
    """The mark as white lines on nothing, as a PNG."""

    def line(x: float, y: float) -> float:
        x, y = _from_middle(x, y)
        return min(abs(_pin(x, y) + LINE / 2) - LINE / 2, _quotes(x, y, 0.86))

    return _png(size, lambda x, y: (*WHITE, round(255 * _covered(line(x, y), 1 / size / LARGER))))


def _from_middle(x: float, y: float) -> tuple[float, float]:
    """The point of the mark that stands there in a picture that it fills."""
    top, bottom = HEAD[1] - HEAD[2], TIP[0] + TIP[1]
    return (x - 0.5) / LARGER + 0.5, (y - 0.5) / LARGER + (top + bottom) / 2


def _painted(layers: list[tuple[Color, Shape]], x: float, y: float, pixel: float) -> tuple[int, ...]:
    shown = (0.0, 0.0, 0.0)
    for paint, shape in layers:
        over = _covered(shape(x, y), pixel)
        shown = tuple(old + (new - old) * over for old, new in zip(shown, paint, strict=True))  # type: ignore[assignment]
    return (*map(round, shown), 255)


def _covered(distance: float, pixel: float) -> float:
    """How much of a pixel lies within a shape that is so far from its middle."""
    return min(1.0, max(0.0, 0.5 - distance / pixel))


def _everywhere(x: float, y: float) -> float:
    return -1.0


def _pin(x: float, y: float) -> float:
    """A drop: a large circle above, a small one below, and what a string around both holds."""
    middle, height, large = HEAD
    length, small = TIP[0] - height, TIP[1]
    across, down = abs(x - middle), y - height
    slope = (large - small) / length
    rise = math.sqrt(1 - slope * slope)
    along = down * rise - across * slope
    if along < 0:
        return math.hypot(across, down) - large
    if along > rise * length:
        return math.hypot(across, down - length) - small
    return across * rise + down * slope - large


def _quotes(x: float, y: float, size: float = 1.0) -> float:
    """The two halves of an opening quotation mark in the pin's head."""
    middle, height, _ = HEAD
    return min(_half(x - middle - side * size, y - height, size) for side in (-0.095, 0.1))


def _half(x: float, y: float, size: float) -> float:
    """A dot, and a tail that rises from its left side and bends to the right."""
    x, y = x / size, y / size
    dot = math.hypot(x, y - 0.05) - 0.072
    outer = math.hypot(x - 0.078, y - 0.05) - 0.15
    inner = math.hypot(x - 0.128, y - 0.068) - 0.134
    tail = max(outer, -inner, y - 0.05, x - 0.055)
    return min(dot, tail) * size


def _png(size: int, pixel: Callable[[float, float], tuple[int, ...]]) -> bytes:
    """A square picture with 8 bits each of red, green, blue and opacity. https://www.w3.org/TR/png-3/"""
    rows = bytearray()
    for row in range(size):
        rows.append(0)  # no filter
        for column in range(size):
            rows += bytes(pixel((column + 0.5) / size, (row + 0.5) / size))
    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b"")
    return SIGNATURE + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
