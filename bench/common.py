"""What several measures share: what is asked, and how figures are taken."""

import contextlib
import json
import secrets
import socket
from collections.abc import Iterable

import psutil

from model.readers import PROJECT

PARAGRAPH = (
    "The workshop on Mill Lane opens at eight and closes at six, except on Fridays, when it closes at "
    "noon. Priya Nair keeps the keys and the list of who may borrow them. Tools go back to the wall "
    "they came from, and a broken one goes to Tomas, who mends it or orders another. The kiln is lit "
    "on Tuesdays only; whoever wants a place in it signs the sheet by Monday evening. Visitors are "
    "welcome with a member beside them, and children from the age of ten. Fees are paid by the month, "
    "forty euros, and half of that for students. The lease runs until the end of March, and Ada Byron "
    "signed it for all of us last year in spring."
)
QUESTIONS = ["Who keeps the keys?", "When is the kiln lit?", "Who signed the lease?", "How much is the fee?"]


def words() -> list[str]:
    """English words that are one token each, to make texts of at random."""
    vocabulary = json.loads((PROJECT / "model" / "weights" / "tokenizer.json").read_text())["model"]["vocab"]
    return [word for word in vocabulary if word.isascii() and word.isalpha() and len(word) > 1]


def percentile(values: Iterable[float], share: float) -> float:
    """The value under which that share of them lies."""
    ordered = sorted(values)
    return ordered[int(share * (len(ordered) - 1))]


def percentiles(seconds: Iterable[float]) -> tuple[float, float]:
    """The median and the 95th percentile, in milliseconds."""
    ordered = sorted(seconds)
    return 1000 * percentile(ordered, 0.5), 1000 * percentile(ordered, 0.95)


def free_port() -> int:
    """A port on loopback that nothing listens on, and none that a client's connection is given meanwhile."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def listens(port: int) -> bool:
    """Whether something listens on a port of loopback."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def megabytes(process: int) -> float:
    """What a process holds in memory now."""
    resident: int = psutil.Process(process).memory_info().rss
    return resident / 1e6
