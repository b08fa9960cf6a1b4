"""Small things that are remembered by name: versioned records, counts by the day, and the audit log."""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import TypeAdapter

from bot.archive.keys import moment, word
from bot.stores import Item, Store
from bot.types import Thread

SETTINGS, BUCKET, FIT, DIGEST = "settings", "bucket", "fit", "digest"  # kinds of records
CHECK = "check"  # another: when approved questions were last asked again
GROUP = "group"  # of a room: what it is in, besides its team
COUNTED_SECONDS = 400 * 86_400.0  # counts and the audit log: a year, and the month to compare it with


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it was read: it is written again only where its version still stands."""

    data: Mapping[str, Any]
    version: int  # 0: there is none yet


@dataclass(frozen=True, slots=True)
class Act:
    """Something that somebody did to what is remembered, without the words it was done to."""

    id: str
    at: float  # seconds since the epoch
    author: str
    what: str
    where: str  # a thread's key, or a person's id


_ACT = TypeAdapter(Act)


class Records:
    """Records, counts and acts."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store, self._clock = store, clock

    async def get(self, kind: str, key: str) -> Record:
        """The record of that kind and name; an empty one where there is none."""
        item = await self._store.get(_pk(kind, key), "-")
        return Record(item.data, item.version) if item else Record({}, 0)

    async def put(
        self, kind: str, key: str, data: Mapping[str, Any], version: int, *, expires_at: float | None = None
    ) -> bool:
        """Write a record that was read with that version; False where somebody else wrote it since."""
        return await self._store.put_if(Item(_pk(kind, key), "-", data, expires_at=expires_at), version)

    async def delete(self, kind: str, key: str) -> None:
        """Delete a record."""
        await self._store.delete([(_pk(kind, key), "-")])

    async def count(self, where: Thread, amounts: Mapping[str, int]) -> None:
        """Add to today's counts of a team."""
        day = time.strftime("%Y-%m-%d", time.gmtime(self._clock()))
        ends = self._clock() + COUNTED_SECONDS
        await self._store.add(f"counts#{where.whole_team}", day, amounts, expires_at=ends)

    async def counts(self, where: Thread, days: int) -> dict[str, dict[str, int]]:
        """A team's counts of the last days on which there were any, by the day (UTC)."""
        items = await self._store.query(f"counts#{where.whole_team}", limit=days, newest_first=True)
        return {item.sk: dict(item.data) for item in reversed(items)}

    async def forget_team(self, where: Thread) -> None:
        """Delete a team's counts and its audit log."""
        for pk in (f"counts#{where.whole_team}", f"audit#{where.whole_team}"):
            await self._store.delete(await self._store.keys(pk))

    async def note(self, where: Thread, act: Act) -> None:
        """Write into a team's audit log."""
        sk = f"{moment(act.at)}#{word(act.id)}"
        ends = self._clock() + COUNTED_SECONDS
        await self._store.put(Item(f"audit#{where.whole_team}", sk, asdict(act), expires_at=ends))

    async def acts(self, where: Thread, limit: int) -> list[Act]:
        """The last acts in a team's audit log, the newest first."""
        items = await self._store.query(f"audit#{where.whole_team}", limit=limit, newest_first=True)
        return [_ACT.validate_python(item.data) for item in items]


def _pk(kind: str, key: str) -> str:
    return f"record#{kind}#{key}"
