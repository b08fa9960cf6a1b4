"""A store in this process: gone with it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from bot.stores import Item, Key


class MemoryStore:
    """Items in a dictionary; one event loop at a time, so that nothing comes between."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._partitions: dict[str, dict[str, Item]] = {}

    async def get(self, pk: str, sk: str) -> Item | None:
        """One item."""
        return self._alive(self._partitions.get(pk, {}).get(sk))

    async def query(
        self, pk: str, prefix: str = "", *, limit: int | None = None, newest_first: bool = False
    ) -> list[Item]:
        """A partition's items whose sort keys begin so."""
        found = [item for key in sorted(await self.keys(pk, prefix)) if (item := await self.get(*key))]
        return (found[::-1] if newest_first else found)[:limit]

    async def keys(self, pk: str, prefix: str = "") -> list[Key]:
        """The keys of a partition's items."""
        return [(pk, sk) for sk in self._partitions.get(pk, {}) if sk.startswith(prefix)]

    async def put(self, *items: Item) -> None:
        """Write items whatever stands there."""
        for item in items:
            self._partitions.setdefault(item.pk, {})[item.sk] = item

    async def put_if(self, item: Item, version: int) -> bool:
        """Write an item where the one that stands there has that version."""
        there = await self.get(*item.key)
        if (there is not None) if version == 0 else (there is None or there.version != version):
            return False
        await self.put(replace(item, version=version + 1))
        return True

    async def add(
        self, pk: str, sk: str, amounts: Mapping[str, int], *, expires_at: float | None = None
    ) -> None:
        """Add to an item's counts."""
        there = await self.get(pk, sk)
        counts = dict(there.data) if there else {}
        for name, amount in amounts.items():
            counts[name] = counts.get(name, 0) + amount
        await self.put(Item(pk, sk, counts, expires_at=expires_at))

    async def delete(self, keys: Iterable[Key]) -> None:
        """Delete items."""
        for pk, sk in keys:
            partition = self._partitions.get(pk, {})
            partition.pop(sk, None)
            if not partition:
                self._partitions.pop(pk, None)

    async def overdue(self, limit: int) -> list[Key]:
        """The keys of items whose `due` has passed."""
        now = self._clock()
        return [key for due, key in self._open() if 0 <= due <= now][:limit]

    async def signs(self, limit: int) -> dict[Key, float]:
        """Each `due` under 0."""
        return {key: due for due, key in self._open()[:limit] if due < 0}

    def _open(self) -> list[tuple[float, Key]]:
        alive = (item for item in self._all() if self._alive(item))
        return sorted((item.due, item.key) for item in alive if item.due is not None)

    async def purge(self) -> None:
        """Delete what has expired."""
        await self.delete([item.key for item in self._all() if not self._alive(item)])

    async def scrub(self) -> None:
        """It has no files."""

    async def check(self) -> None:
        """It always answers."""

    async def close(self) -> None:
        """Nothing is held."""

    def _all(self) -> Iterator[Item]:
        return (item for partition in self._partitions.values() for item in partition.values())

    def _alive(self, item: Item | None) -> Item | None:
        return item if item and (item.expires_at is None or item.expires_at > self._clock()) else None


def open(location: str, *, clock: Callable[[], float]) -> MemoryStore:
    """An empty store; there is nothing to name: `location` is empty."""
    return MemoryStore(clock)
