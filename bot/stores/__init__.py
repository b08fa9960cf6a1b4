"""The contract of a store; every other module in this folder is one way to keep it.

A store keeps items, and knows nothing of what they mean: that is `bot.archive`'s. `WHEREIN_STORE` names a
module and what it opens, as in `sqlite:wherein.db`.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol

ITEM_BYTES = 300_000  # of an item's body, in UTF-8: a longer text is several items

Key = tuple[str, str]


class StoreError(Exception):
    """A store could not be opened or used; the text is a sentence for whoever runs it."""


@dataclass(frozen=True, slots=True)
class Item:
    """What a store keeps, under a partition and a sort key."""

    pk: str
    sk: str
    data: Mapping[str, Any] = field(default_factory=dict)  # JSON
    body: str = ""  # text, ITEM_BYTES of it at most
    version: int = 0  # how often `put_if` wrote it
    expires_at: float | None = None  # seconds since the epoch; None: never
    due: float | None = (
        None  # seconds since the epoch, while there is work open on it; under 0: a sign of life
    )

    @property
    def key(self) -> Key:
        """Its partition and sort key."""
        return self.pk, self.sk


class Store(Protocol):
    """Keeps items; each is changed by one conditional or atomic write, whoever else is at it.

    A module of this folder has `open(location: str, *, clock: Callable[[], float]) -> Store`. What has
    expired by that clock is never given back, whether it was deleted yet or not. Every method raises
    `StoreError` where the store does not answer; what was written is read at once, by every process.
    """

    async def get(self, pk: str, sk: str) -> Item | None:
        """One item."""

    async def query(
        self, pk: str, prefix: str = "", *, limit: int | None = None, newest_first: bool = False
    ) -> list[Item]:
        """A partition's items whose sort keys begin so, in their order."""

    async def keys(self, pk: str, prefix: str = "") -> list[Key]:
        """The keys of a partition's items, those that have expired included."""

    async def put(self, *items: Item) -> None:
        """Write items whatever stands there, in any order: a crash may leave some of them."""

    async def put_if(self, item: Item, version: int) -> bool:
        """Write an item where the one that stands there has that version (0: where none stands).

        Its own version is the next one then. False where it was not written.
        """

    async def add(
        self, pk: str, sk: str, amounts: Mapping[str, int], *, expires_at: float | None = None
    ) -> None:
        """Add to an item's counts, which `get` gives back as its `data`; atomic."""

    async def delete(self, keys: Iterable[Key]) -> None:
        """Delete items; one that is not there is no error."""

    async def overdue(self, limit: int) -> list[Key]:
        """The keys of items whose `due` has passed, those that have waited longest first.

        One under 0 is no time, and never passes. An index may follow its table a moment late: what is done
        with an item must be conditional.
        """

    async def signs(self, limit: int) -> dict[Key, float]:
        """Each `due` under 0, by its item's key: who works on an item changes it; whatever clocks say."""

    async def purge(self) -> None:
        """Delete what has expired, where the store does not do so by itself."""

    async def scrub(self) -> None:
        """See to it that what was deleted is nowhere in the store's files."""

    async def check(self) -> None:
        """Raise `StoreError` where the store does not answer."""

    async def close(self) -> None:
        """Finish what is being written and let go."""


def open(url: str, *, clock: Callable[[], float] = time.time) -> Store:
    """The store that a setting names; raises `StoreError` where it cannot be opened."""
    scheme, _, location = url.partition(":")
    known = sorted(module.name for module in iter_modules(__path__))
    if scheme not in known:
        raise StoreError(f"“{url}” names no store: known are {', '.join(f'{name}:' for name in known)}.")
    try:
        store: Store = import_module(f"{__name__}.{scheme}").open(location, clock=clock)
    except ImportError as error:
        raise StoreError(f"The store {scheme} needs {error.name}, which is not installed.") from error
    return store
