"""Where something stands, in the language that is spoken; what reads a file notes it in English."""

import re

from bot.replies.english import ENGLISH
from bot.replies.words import say

_PLACE = "place."
_PARTS = {"number": r"(?P<number>\d+)", "first": r"(?P<first>\d+)", "last": r"(?P<last>\d+)"}
_PARTS |= {"name": "(?P<name>.+)", "place": "(?P<place>.+)"}
_KNOWN = [  # the longest first: a row of a sheet is no sheet
    (name.removeprefix(_PLACE), re.compile(phrase.format(**_PARTS), re.DOTALL))
    for name, phrase in sorted(ENGLISH.items(), key=lambda entry: -len(entry[1]))
    if name.startswith(_PLACE)
]


def place(label: str) -> str:
    """The same place in words of the language; a heading is the document's own words and stays."""
    for name, pattern in _KNOWN:
        if found := pattern.fullmatch(label):
            values = found.groupdict()
            if "place" in values:
                values["place"] = place(values["place"])
            return say(f"place.{name}", **values)
    return label
