"""Values that programs trip over, and places in a payload to put them."""

import math
from typing import Any

from hypothesis import strategies as st

RAW = {  # what no JSON writer writes: it takes the place of a string of that name
    "@raw:deep@": "[" * 3_000 + "]" * 3_000,
    "@raw:deeper@": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "@raw:digits@": "1" + "0" * 5_000,
    "@raw:exponent@": "1e999",
    "@raw:half@": '"\\ud83d"',
    "@raw:open@": '"',
    "@raw:comma@": "1,",
}
TWICE = "@twice"  # ends a key that stands there a second time
TEXTS = [
    "", " ", "\0", "a\0b", "\ud800", "x\udfff", "\udcff", "\u202eabc\u202c", "\u2066\u2067\u2069", "\ufeff",
    "\uffff",
    "\x1b[31m", "\r\n", "\x07\x08\x7f\x85", "\u2028", "e\u0301" * 50,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 20,
    "a" * 5_000, "é" * 70_000, "word " * 3_000, "\n" * 5_000, "*" * 3_000, "<" * 3_000, "?" * 1_001,
    "../../../../etc/passwd", "%00%ff", "NaN", "Infinity", "-1", "1e400", "9" * 400, "0x1F", "１２.３",
    "1_000.5", "null",
    "true", "[]", "{}", '"', "\\", "'; DROP TABLE items; --", "{{7*7}}", "${jndi:ldap://x}", "%s%n%x",
    "{0.__class__}",
    "<@U0>", "<!channel>", "<#C1|x", "<https://a.example|b>", "<|>", "&lt;&amp;&",
    "<script>alert(1)</script>", "=cmd|' /C calc'!A0",
    "https://[", "http://[::1", "https://a.example:99999/", "file:///etc/passwd", "javascript:alert(1)",
    "//", "/", "a/b/c",
    "http://127.0.0.1:1/x", "http://\ud800", "data:text/html,x", "U" * 300, "D0", "forget everything",
    "settings", "pin", "help",
]  # fmt: skip
NUMBERS = [
    0, -1, 1, 2**31, -(2**31) - 1, 2**53 + 1, 2**63, -(2**63) - 1, 2**64, 10**40, 1.5, -0.0, 5e-324, 1e308,
    math.nan, math.inf,
    -math.inf,
]  # fmt: skip
OTHERS: list[Any] = [
    None, True, False, [], {}, [[]], [None], [{}], {"": None}, {"id": {}}, {"type": []}, [1, "a", None],
    {"ts": 7}, {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}, *RAW,
]  # fmt: skip

_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)
_LEAF = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), _TEXT)
VALUES = st.one_of(
    st.sampled_from(TEXTS),
    st.sampled_from(NUMBERS),
    st.sampled_from(OTHERS),
    _TEXT,
    st.integers(),
    st.recursive(
        _LEAF,
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_TEXT, inner)),
        max_leaves=5,
    ),
)
