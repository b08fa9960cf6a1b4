"""What is done to a payload: to what it says, to its bytes, to the request that brings it; pure."""

import copy
import gzip
import json
import re
import zlib
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

from tests.fuzz.hostile import RAW, TEXTS, TWICE, VALUES

Change = tuple[str, int, bool, Any]
"""What is done, where (any number), whether near the top, and with which value."""
Json = Any

MANY = 200_000  # characters, of something that is there many times

_RAW = re.compile("|".join(f'"{re.escape(name)}"' for name in RAW))


# --------------------------------------------------------------------------- what it says


def _places(thing: Json, near: bool) -> list[tuple[Any, Any]]:
    """Every container with a key or an index in it; `near`: only the first two levels."""
    found, level = [], [thing]
    for _ in range(2 if near else 50):
        inner = []
        for one in level:
            keys = list(one) if isinstance(one, dict) else list(range(len(one)))
            found += [(one, key) for key in keys]
            inner += [one[key] for key in keys if isinstance(one[key], (dict, list))]
        level = inner
    return found


def _drop(of: Any, key: Any, value: Any) -> None:
    del of[key]


def _put(of: Any, key: Any, value: Any) -> None:
    of[key] = copy.deepcopy(value)


def _list(of: Any, key: Any, value: Any) -> None:
    of[key] = [of[key]]


def _object(of: Any, key: Any, value: Any) -> None:
    of[key] = {"id": of[key]}


def _twice(of: Any, key: Any, value: Any) -> None:
    if isinstance(of, dict):
        of[f"{key}{TWICE}"] = copy.deepcopy(value)
    else:
        of.append(copy.deepcopy(of[key]))


def _rename(of: Any, key: Any, value: Any) -> None:
    if isinstance(of, dict):
        of[value if isinstance(value, str) else f"{key} "] = of.pop(key)


def _splice(of: Any, key: Any, value: Any) -> None:
    text = of[key]
    if isinstance(text, str):
        given = value if isinstance(value, str) and value not in RAW else "\ud800\u202e"
        middle = len(given) % (len(text) + 1)
        of[key] = text[:middle] + given + text[middle:]
    else:
        of[key] = json.dumps(text, default=str)


def _many(of: Any, key: Any, value: Any) -> None:
    size = len(repr(of[key])) + 1
    times = max(2, min(300, MANY // size))
    of[key] = of[key] * times if isinstance(of[key], list) else [of[key]] * times


def _empty(of: Any, key: Any, value: Any) -> None:
    of[key] = type(of[key])() if of[key] is not None else ""


CHANGES: dict[str, Callable[[Any, Any, Any], None]] = {
    "drop": _drop,
    "put": _put,
    "list": _list,
    "object": _object,
    "twice": _twice,
    "rename": _rename,
    "splice": _splice,
    "many": _many,
    "empty": _empty,
}
_ONE = st.tuples(
    st.sampled_from([*CHANGES, "put", "put", "put", "drop", "splice"]),
    st.integers(0, 9_999),
    st.booleans(),
    VALUES,
)
SAID = st.lists(_ONE, min_size=0, max_size=3)


def changed(thing: Json, changes: Sequence[Change]) -> Json:
    """A copy of it with these changes."""
    made = copy.deepcopy(thing)
    for what, where, near, value in changes:
        places = _places(made, near)
        if places:
            CHANGES[what](*places[where % len(places)], value)
    return made


def written(thing: Json) -> str:
    """It as JSON, with what no writer of JSON writes."""
    text = json.dumps(thing).replace(f'{TWICE}":', '":')
    return _RAW.sub(lambda found: RAW[found[0][1:-1]], text, count=3)


# --------------------------------------------------------------------------- its bytes


def _cut(body: bytes, at: int, more: bytes) -> bytes:
    return body[: at % (len(body) + 1)]


def _insert(body: bytes, at: int, more: bytes) -> bytes:
    at %= len(body) + 1
    return body[:at] + more + body[at:]


def _flip(body: bytes, at: int, more: bytes) -> bytes:
    if not body:
        return more
    at %= len(body)
    return body[:at] + bytes([body[at] ^ (1 << at % 8)]) + body[at + 1 :]


def _encoded(name: str) -> Callable[[bytes, int, bytes], bytes]:
    return lambda body, at, more: body.decode("utf-8", "replace").encode(name, "replace")


BYTES: dict[str, Callable[[bytes, int, bytes], bytes]] = {
    "": lambda body, at, more: body,
    "cut": _cut,
    "insert": _insert,
    "flip": _flip,
    "utf-16": _encoded("utf-16"),
    "utf-32": _encoded("utf-32-be"),
    "latin-1": _encoded("latin-1"),
    "bom": lambda body, at, more: b"\xef\xbb\xbf" + body,
    "gzip": lambda body, at, more: gzip.compress(body, 1),
    "deflate": lambda body, at, more: zlib.compress(body, 1),
    "bomb": lambda body, at, more: gzip.compress(b'{"a": "' + b" " * 20_000_000, 9),
    "twice": lambda body, at, more: body + body,
    "nothing": lambda body, at, more: b"",
    "large": lambda body, at, more: body + b" " * 1_100_000,
}
_PIECES = st.one_of(
    st.sampled_from(
        [
            b"\xff\xfe",
            b"\xc0\xaf",
            b"\xed\xa0\x80",
            b"\xf4\x90\x80\x80",
            b"\0",
            b"\x80",
            b"%",
            b"%zz",
            b"+",
            b"&&=",
            b";",
        ]
    ),
    st.binary(min_size=1, max_size=8),
)
_USUAL = [""] * 30 + ["cut", "insert", "flip"] * 3
_RARE = [name for name in BYTES if name not in ("bomb", "large")]
RAW_BYTES = st.tuples(st.sampled_from(_USUAL + _RARE), st.integers(0, 99_999), _PIECES)
BIG_BYTES = st.tuples(st.sampled_from(["bomb", "large", "gzip"]), st.integers(0, 99_999), _PIECES)


def rebuilt(body: bytes, change: tuple[str, int, bytes]) -> bytes:
    """A body with its bytes changed."""
    what, at, more = change
    return BYTES[what](body, at, more)


# --------------------------------------------------------------------------- the request that brings it

Request = tuple[str, dict[str, str], str]
"""A query, headers beside the usual ones or instead, and how the body comes: plain, chunked, short, long."""

_TYPES = [
    "application/json; charset=utf-7", "application/json; charset=nonsense", "text/plain",
    "multipart/form-data",
    "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "application/json", "a", ";;;",
    "\xff\xfe",
]  # fmt: skip
_HEADERS: list[dict[str, str]] = [
    *({"Content-Type": kind} for kind in _TYPES),
    *(
        {"Content-Encoding": coding}
        for coding in ("gzip", "deflate", "br", "identity", "nonsense", "gzip, gzip")
    ),
    {"X-Slack-Retry-Num": "nan", "X-Slack-Retry-Reason": "\xff"},
    {"Accept-Language": "x" * 5_000},
    {"Cookie": "a=" + "b" * 7_000},
    {"X-Long": "y" * 9_000},
    {"Host": "[::1"},
    {"Host": "\xff"},
    {"Expect": "100-continue"},
    {"Expect": "nothing"},
    {"Transfer-Encoding": "gzip"},
    {"Upgrade": "websocket", "Connection": "Upgrade"},
    {f"X-{n}": "z" * 50 for n in range(100)},
]
_QUERIES = [
    "",
    "?" + "a" * 7_000,
    "?" + "a=1&" * 1_500,
    "?%00%ff=%ed%a0%80",
    "?" + "q" * 20_000,
    "?payload=%7B",
    "?a[]=1;b",
]
REQUESTS = st.one_of(
    *[st.just(("", {}, "plain"))] * 27,
    st.tuples(st.sampled_from(_QUERIES), st.just({}), st.just("plain")),
    st.tuples(st.just(""), st.sampled_from(_HEADERS), st.just("plain")),
    st.tuples(st.just(""), st.just({}), st.sampled_from(["chunked", "short", "long", "none"])),
)
ODD = st.sampled_from([text for text in TEXTS if len(text) < 100])
