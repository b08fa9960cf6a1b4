"""What several measures share: what is asked, and how figures are taken."""

import socket
from collections.abc import Iterable

import psutil

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


def percentile(values: Iterable[float], share: float) -> float:
    """The value under which that share of them lies."""
    ordered = sorted(values)
    return ordered[int(share * (len(ordered) - 1))]


def percentiles(seconds: Iterable[float]) -> tuple[float, float]:
    """The median and the 95th percentile, in milliseconds."""
    ordered = sorted(seconds)
    return 1000 * percentile(ordered, 0.5), 1000 * percentile(ordered, 0.95)


def free_port() -> int:
    """A port on loopback that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port: int = held.getsockname()[1]
        return port


def megabytes(process: int) -> float:
    """What a process holds in memory now."""
    resident: int = psutil.Process(process).memory_info().rss
    return resident / 1e6
