"""A store in one SQLite file: the embedded default; it outlives a restart and holds for several processes."""

import asyncio
import contextlib
import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar, cast

from bot.stores import Item, Key, StoreError

T = TypeVar("T")

BUSY_SECONDS = 5.0  # how long a write waits for another process's
SCRUB_SECONDS = 0.1  # how long a scrub waits for readers
TOGETHER = 64  # pieces of work in one transaction, at most
LAST = "\U0010ffff"  # sorts after whatever a key goes on with
TROUBLES = {  # that last, and what to do about them
    sqlite3.SQLITE_FULL: "the disk is full: make room on it, and the service goes on by itself",
    sqlite3.SQLITE_READONLY: "it cannot be written: let the service's user write the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "let the service's user read and write the file and its folder",
    sqlite3.SQLITE_CORRUPT: "it is damaged: put a backup in its place, or what “sqlite3 FILE .recover” saves",
    sqlite3.SQLITE_NOTADB: "it is no database: put a backup in its place, or name another file",
    sqlite3.SQLITE_IOERR: "the disk fails: look at it, and at how much may be written there",
}
DAMAGE = sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB

SCHEMA = """
CREATE TABLE IF NOT EXISTS items (
    pk TEXT NOT NULL, sk TEXT NOT NULL, data TEXT NOT NULL, body TEXT NOT NULL, version INTEGER NOT NULL,
    expires_at REAL, due REAL, PRIMARY KEY (pk, sk)
);
CREATE INDEX IF NOT EXISTS items_by_end ON items (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS open_work ON items (due) WHERE due IS NOT NULL;
"""
COLUMNS = "pk, sk, data, body, version, expires_at, due"
ALIVE = "(expires_at IS NULL OR expires_at > :now)"
GET = f"SELECT {COLUMNS} FROM items WHERE pk = :pk AND sk = :sk AND {ALIVE}"
KEYS = "SELECT pk, sk FROM items WHERE pk = :pk AND sk >= :low AND sk < :high"
QUERY = f"""
SELECT {COLUMNS} FROM items WHERE pk = :pk AND sk >= :low AND sk < :high AND {ALIVE}
ORDER BY sk %s LIMIT :limit
"""
INSERT = f"INSERT INTO items ({COLUMNS}) VALUES (:pk, :sk, :data, :body, :version, :expires_at, :due)"
SET = """data = excluded.data, body = excluded.body, version = excluded.version,
expires_at = excluded.expires_at, due = excluded.due"""
PUT = f"{INSERT} ON CONFLICT DO UPDATE SET {SET}"
PUT_NEW = f"{INSERT} ON CONFLICT DO UPDATE SET {SET} WHERE items.expires_at <= :now"
PUT_NEXT = f"""
UPDATE items SET data = :data, body = :body, version = :version, expires_at = :expires_at, due = :due
WHERE pk = :pk AND sk = :sk AND version = :version - 1 AND {ALIVE}
"""
OVERDUE = f"SELECT pk, sk FROM items WHERE due BETWEEN 0 AND :now AND {ALIVE} ORDER BY due LIMIT :limit"
SIGNS = f"SELECT pk, sk, due FROM items WHERE due < 0 AND {ALIVE} ORDER BY due LIMIT :limit"


class SqliteStore:
    """One connection on a thread of its own, so that the event loop never waits for the disk.

    What several ask for at the same time is committed at once; each hears of it when it is.
    """

    def __init__(self, file: str, clock: Callable[[], float]) -> None:
        self._file, self._clock = file, clock
        self._closed = False
        self._trouble: sqlite3.Error | None = None  # the last one that lasts
        self._wanted: SimpleQueue[_Wanted | None] = SimpleQueue()
        try:
            self._db = _connect(file)
        except sqlite3.Error as error:
            raise StoreError(f"The database {file} cannot be opened: {_reason(error)}.") from error
        self._thread = threading.Thread(target=self._serve, name="sqlite", daemon=True)
        self._thread.start()

    async def get(self, pk: str, sk: str) -> Item | None:
        """One item."""
        at = {"pk": pk, "sk": sk, "now": self._clock()}
        row = await self._do(lambda db: db.execute(GET, at).fetchone())
        return _item(row) if row else None

    async def query(
        self, pk: str, prefix: str = "", *, limit: int | None = None, newest_first: bool = False
    ) -> list[Item]:
        """A partition's items whose sort keys begin so."""
        sql = QUERY % ("DESC" if newest_first else "ASC")
        most = -1 if limit is None else limit
        where = {"pk": pk, "low": prefix, "high": prefix + LAST, "now": self._clock(), "limit": most}
        rows = await self._do(lambda db: db.execute(sql, where).fetchall())
        return [_item(row) for row in rows]

    async def keys(self, pk: str, prefix: str = "") -> list[Key]:
        """The keys of a partition's items."""
        where = {"pk": pk, "low": prefix, "high": prefix + LAST}
        return await self._do(lambda db: db.execute(KEYS, where).fetchall())

    async def put(self, *items: Item) -> None:
        """Write items whatever stands there."""
        rows = [_row(item, item.version) for item in items]
        await self._do(lambda db: db.executemany(PUT, rows).rowcount)

    async def put_if(self, item: Item, version: int) -> bool:
        """Write an item where the one that stands there has that version."""
        row = _row(item, version + 1) | {"now": self._clock()}
        sql = PUT_NEXT if version else PUT_NEW
        return await self._do(lambda db: db.execute(sql, row).rowcount) == 1

    async def add(
        self, pk: str, sk: str, amounts: Mapping[str, int], *, expires_at: float | None = None
    ) -> None:
        """Add to an item's counts."""

        def write(db: sqlite3.Connection) -> None:
            if not db.in_transaction:
                db.execute("BEGIN IMMEDIATE")  # nobody writes between the reading and the writing
            row = db.execute(GET, {"pk": pk, "sk": sk, "now": self._clock()}).fetchone()
            counts = dict(_item(row).data) if row else {}
            for name, amount in amounts.items():
                counts[name] = counts.get(name, 0) + amount
            db.execute(PUT, _row(Item(pk, sk, counts, expires_at=expires_at), 0))

        await self._do(write)

    async def delete(self, keys: Iterable[Key]) -> None:
        """Delete items."""
        gone = list(keys)
        sql = "DELETE FROM items WHERE pk = ? AND sk = ?"
        await self._do(lambda db: db.executemany(sql, gone).rowcount)

    async def overdue(self, limit: int) -> list[Key]:
        """The keys of items whose `due` has passed."""
        where = {"now": self._clock(), "limit": limit}
        return await self._do(lambda db: db.execute(OVERDUE, where).fetchall())

    async def signs(self, limit: int) -> dict[Key, float]:
        """Each `due` under 0."""
        where = {"now": self._clock(), "limit": limit}
        found = await self._do(lambda db: db.execute(SIGNS, where).fetchall())
        return {(pk, sk): due for pk, sk, due in found}

    async def purge(self) -> None:
        """Delete what has expired."""
        now = self._clock()
        sql = "DELETE FROM items WHERE expires_at <= ?"
        await self._do(lambda db: db.execute(sql, (now,)).rowcount)

    async def scrub(self) -> None:
        """Empty the write-ahead log, which still holds what was deleted from the file."""

        def empty(db: sqlite3.Connection) -> bool:
            db.execute(f"PRAGMA busy_timeout = {1000 * SCRUB_SECONDS:.0f}")  # nobody waits for a reader
            try:
                busy, *_ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                db.execute(f"PRAGMA busy_timeout = {1000 * BUSY_SECONDS:.0f}")
            return bool(busy)

        if await self._do(empty, alone=True):
            raise StoreError(f"The log of {self._file} is read by another process just now.")

    async def check(self) -> None:
        """Raise `StoreError` where the table cannot be read; or written, where that failed before."""
        if self._trouble and _code(self._trouble) in DAMAGE:  # no write that succeeds mends it
            raise StoreError(f"The database {self._file} does not answer: {_reason(self._trouble)}.")
        if self._trouble:
            await self._do(_write_and_delete)
            self._trouble = None
        await self._do(lambda db: db.execute("SELECT 1 FROM items LIMIT 1").fetchone())

    async def close(self) -> None:
        """Finish what is being written and close the file."""
        self._closed = True
        self._wanted.put(None)
        await asyncio.to_thread(self._thread.join)

    async def _do(self, work: Callable[[sqlite3.Connection], T], *, alone: bool = False) -> T:
        """Run `work` in a transaction on the store's thread, with whatever else waits there.

        It gives back no cursor: one that is let go on another thread resets a statement in use.
        """
        if self._closed:
            raise StoreError(f"The database {self._file} is closed.")
        wanted = _Wanted(work, asyncio.get_running_loop().create_future(), alone)
        self._wanted.put(wanted)
        try:
            return cast(T, await wanted.found)
        except (sqlite3.Error, ValueError) as error:  # ValueError: text that is none
            if isinstance(error, sqlite3.Error) and _code(error) in TROUBLES:
                self._trouble = error
            raise StoreError(f"The database {self._file} does not answer: {_reason(error)}.") from error

    def _serve(self) -> None:
        """Do what is wanted, in the order in which it came: what waits together is committed together."""
        open = True
        while open:
            some = [self._wanted.get()]
            while len(some) < TOGETHER and not self._wanted.empty():
                some.append(self._wanted.get())
            open = None not in some
            for group in _groups([wanted for wanted in some if wanted]):
                _done(group, self._db)
        self._db.close()


@dataclass(slots=True)
class _Wanted:
    """Work on the database, and who waits for it."""

    work: Callable[[sqlite3.Connection], Any]
    found: "asyncio.Future[Any]"
    alone: bool  # in no transaction with others
    result: Any = None
    error: Exception | None = None

    def tell(self) -> None:
        """Tell who waits, if somebody still does."""
        if self.found.done():
            return
        if self.error:
            self.found.set_exception(self.error)
        else:
            self.found.set_result(self.result)


def _groups(some: list[_Wanted]) -> Iterator[list[_Wanted]]:
    """What is done together."""
    for alone, group in groupby(some, key=lambda wanted: wanted.alone):
        if alone:
            yield from ([wanted] for wanted in group)
        else:
            yield list(group)


def _done(some: list[_Wanted], db: sqlite3.Connection) -> None:
    """Do these in one transaction, less what nobody waits for; where it fails for one, each in its own."""
    some = [wanted for wanted in some if not wanted.found.cancelled()]
    try:
        with db:
            for wanted in some:
                wanted.result = wanted.work(db)
    except Exception as error:
        if len(some) > 1 and not _is_busy(error):
            for wanted in some:
                _done([wanted], db)
            return
        for wanted in some:
            wanted.error = error
    for loop in {wanted.found.get_loop() for wanted in some}:
        theirs = [wanted for wanted in some if wanted.found.get_loop() is loop]
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any longer
            loop.call_soon_threadsafe(_tell, theirs)


def _is_busy(error: Exception) -> bool:
    """Whether another process holds the file: then none of these can be done, and each would wait anew."""
    return _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class _DamagedError(sqlite3.DatabaseError):
    """A look through the file found that it does not hang together."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


def _code(error: Exception) -> int:
    """SQLite's own code, without its finer distinctions."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _reason(error: Exception) -> str:
    """What is wrong, and what to do where that is known."""
    return TROUBLES.get(_code(error), str(error))


def _write_and_delete(db: sqlite3.Connection) -> None:
    db.execute(PUT, _row(Item("check", "check", body="x" * 4096), 0))
    db.execute("DELETE FROM items WHERE pk = 'check' AND sk = 'check'")


def _tell(some: list[_Wanted]) -> None:
    for wanted in some:
        wanted.tell()


def _row(item: Item, version: int) -> dict[str, Any]:
    return {
        "pk": item.pk,
        "sk": item.sk,
        "data": json.dumps(dict(item.data), ensure_ascii=False),
        "body": item.body,
        "version": version,
        "expires_at": item.expires_at,
        "due": item.due,
    }


def _item(row: tuple[Any, ...]) -> Item:
    pk, sk, data, body, version, expires_at, due = row
    return Item(pk, sk, json.loads(data), body, version, expires_at, due)


def _connect(file: str) -> sqlite3.Connection:
    with contextlib.suppress(OSError):  # what cannot be made, SQLite says in its own words
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))  # what people wrote is for nobody else to read
    db = sqlite3.connect(file, timeout=BUSY_SECONDS, check_same_thread=False)  # used by one after the other
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA secure_delete = ON")
        db.executescript(SCHEMA)
        _look_through(db)
    except sqlite3.Error:
        db.close()
        raise
    return db


def _look_through(db: sqlite3.Connection) -> None:
    """Raise where the file is damaged or cannot be written: later, that would meet one question in a hundred.

    It takes a second for each gigabyte or two.
    """
    if db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise _DamagedError
    try:
        db.execute("BEGIN IMMEDIATE")
        _write_and_delete(db)
    except sqlite3.OperationalError as error:
        if not _is_busy(error):  # another process writes it just now
            raise
    finally:
        db.rollback()


def open(location: str, *, clock: Callable[[], float]) -> SqliteStore:
    """The store in the file `location`, made where it is missing."""
    file = Path(location).expanduser()
    if not location:
        raise StoreError("No file is named: write sqlite:FILE.")
    if file.is_dir():
        raise StoreError(f"{file} is a folder: name a file in it.")
    if not file.absolute().parent.is_dir():
        raise StoreError(f"The folder {file.parent} does not exist: make it first.")
    return SqliteStore(str(file), clock)
