"""Files of every kind, read as the service reads them: in workers, each within its time."""

import io
import json
import time
import zipfile
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from bot.documents import Limits, UnreadableError, Why
from bot.documents.pool import Pool
from tests import papers
from tests.fuzz import mutations
from tests.fuzz.case import Case
from tests.fuzz.hostile import TEXTS
from tests.fuzz.target import Batch, Found, all_of
from tests.fuzz.wire import HANG_SECONDS, Answer

FIXTURES = Path(__file__).parents[1] / "fixtures"
TEXT = "# Badges\n\nThe front desk renews badges.\n\n| who |\n|---|\n| Ada |\n\n```\nx = 1\n```\n"
KINDS = {
    "a.md": TEXT.encode(),
    "a.txt": b"The front desk renews badges.\nAda keeps the keys.\n",
    "a.csv": b'who,what\nAda,keys\n"Ben, the second",badges\n',
    "a.html": b"<!doctype html><html><head><title>Badges</title></head><body><h1>Badges</h1><p>The front desk"
    b" renews &amp; keeps them.</p><ul><li>Ada</li></ul><table><tr><td>a<td>b</table></body></html>",
    "a.json": json.dumps({"badges": [{"who": "Ada", "days": 3}, {"who": "Ben"}]}).encode(),
    "a.py": b"def badges():\n    return 'the front desk'\n",
    "a.eml": papers.mail(
        body="The front desk renews badges.", attached=[("a.txt", b"Ada keeps the keys.")]
    ).as_bytes(),
} | {
    path.name: path.read_bytes()
    for path in sorted(FIXTURES.iterdir())
    if path.suffix in (".pdf", ".docx", ".pptx", ".xlsx")
}
PACKED = [name for name in KINDS if name.endswith(("docx", "pptx", "xlsx"))]

_PIECES = st.one_of(
    st.binary(min_size=1, max_size=12),
    st.sampled_from([text.encode("utf-8", "replace")[:5_000] for text in TEXTS]),
)
_WHAT = st.sampled_from(["cut", "insert", "flip", "flip", "again", "swap"])
_EDITS = st.lists(st.tuples(_WHAT, st.integers(0, 10**7), _PIECES), min_size=1, max_size=6)


def edited(data: bytes, edits: list[tuple[str, int, bytes]]) -> bytes:
    """Bytes with some of them changed."""
    for what, at, more in edits:
        place = at % (len(data) + 1)
        if what == "again":  # a stretch stands there many times
            data = data[:place] + data[place : place + 200] * 20 + data[place:]
        elif what == "swap":
            data = data[place:] + data[:place]
        else:
            data = mutations.BYTES[what](data, at, more)
    return data


def _packed(name: str, which: int, edits: list[tuple[str, int, bytes]]) -> Case:
    """A packed file with one of its parts changed."""
    with zipfile.ZipFile(io.BytesIO(KINDS[name])) as before:
        parts = {one: before.read(one) for one in before.namelist()}
    part = sorted(parts)[which % len(parts)]
    parts[part] = edited(parts[part], edits)
    return Case("documents", f"{name}: {part}", papers.packed(parts), name)


def _plain(name: str, edits: list[tuple[str, int, bytes]]) -> Case:
    return Case("documents", name, edited(KINDS[name], edits), name)


class Documents:
    """The pool of workers."""

    name = "documents"
    cases = st.one_of(
        *[st.builds(_plain, st.sampled_from(sorted(KINDS)), _EDITS)] * 2,
        st.builds(_packed, st.sampled_from(PACKED), st.integers(0, 99), _EDITS),
    )

    def __init__(self, limits: Limits | None = None) -> None:
        self._pool = Pool(limits or Limits(seconds=3.0, last_second=4.5))

    async def _send(self, number: int, case: Case) -> Answer:
        began = time.monotonic()
        try:
            await self._pool.read(case.path, "", case.body)
        except UnreadableError as error:
            said = error.why.encode()
            return Answer(-1 if time.monotonic() - began > HANG_SECONDS else 400, said)
        except Exception as error:
            return Answer(500, type(error).__name__.encode())
        return Answer(200)

    async def batch(self, cases: list[Case]) -> Batch:
        """Have them read."""
        batch = Batch()
        for case, answer in zip(cases, await all_of(cases, self._send, 2), strict=True):
            batch.statuses.append(answer.status)
            wrong: Any = {-1: "no end within 5 s", 500: answer.body.decode()}.get(answer.status, "")
            if not wrong and answer.body.decode() in (Why.CRASHED, Why.TOO_SLOW):
                wrong = f"a worker ended: {answer.body.decode()}"
            if wrong:
                batch.found.append(Found(case, wrong))
        return batch

    def close(self) -> None:
        """Let go of the workers."""
        self._pool.close()
