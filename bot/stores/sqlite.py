"""A store in one SQLite file: the embedded default; it outlives a restart and holds for several processes."""

import asyncio
import contextlib
import json
import os
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, fields
from pathlib import Path
from typing import TypeVar

from bot.stores import StoreError
from bot.types import Thread, Turn
from model.types import Document

T = TypeVar("T")
Kept = TypeVar("Kept", Document, Turn)

BUSY_SECONDS = 5.0  # how long a write waits for another process's
PURGE_SECONDS = 600.0  # how often what has expired is deleted

SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    thread TEXT NOT NULL, id TEXT NOT NULL, version TEXT NOT NULL, about TEXT NOT NULL, text TEXT NOT NULL,
    expires_at REAL NOT NULL, UNIQUE (thread, id)
);
CREATE TABLE IF NOT EXISTS turns (thread TEXT NOT NULL, turn TEXT NOT NULL, expires_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS turns_of ON turns (thread);
CREATE INDEX IF NOT EXISTS documents_by_end ON documents (expires_at);
CREATE INDEX IF NOT EXISTS turns_by_end ON turns (expires_at);
"""

PUT = """
INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (thread, id) DO UPDATE
SET version = excluded.version, about = excluded.about, text = excluded.text, expires_at = excluded.expires_at
"""


class SqliteStore:
    """One connection on a thread of its own, so that the event loop never waits for the disk."""

    def __init__(self, file: str, ttl_seconds: float) -> None:
        self._file, self._ttl = file, ttl_seconds
        self._purged_at = 0.0
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite")
        try:
            self._db = self._pool.submit(_connect, file).result()
            self._pool.submit(self._purge_first).result()
        except sqlite3.Error as error:
            self._pool.shutdown()
            raise StoreError(f"The database {file} cannot be opened: {error}.") from error

    async def put(self, thread: Thread, document: Document) -> None:
        """Put a document on the thread's shelf; one with the same id there is replaced."""
        about = {key: value for key, value in asdict(document).items() if key != "text"}
        row = (str(thread), document.id, document.version, json.dumps(about), document.text, self._end())

        def write(db: sqlite3.Connection) -> None:
            self._purge(db)
            db.execute(PUT, row)

        await self._do(write)

    async def shelf(self, thread: Thread) -> list[Document]:
        """The thread's documents without their texts, in the order in which they came."""
        query = "SELECT about FROM documents WHERE thread = ? AND expires_at > ? ORDER BY rowid"
        rows = await self._do(lambda db: db.execute(query, (str(thread), time.time())).fetchall())
        return [_made(Document, about) for (about,) in rows]

    async def text(self, thread: Thread, document: str, version: str) -> str | None:
        """The text of one version of a document on the thread's shelf."""
        query = "SELECT text FROM documents WHERE thread = ? AND id = ? AND version = ? AND expires_at > ?"
        key = (str(thread), document, version, time.time())
        row = await self._do(lambda db: db.execute(query, key).fetchone())
        return row[0] if row else None

    async def add_turn(self, thread: Thread, turn: Turn) -> None:
        """Remember a question and what came of it."""
        row = (str(thread), json.dumps(asdict(turn)), self._end())

        def write(db: sqlite3.Connection) -> None:
            self._purge(db)
            db.execute("INSERT INTO turns VALUES (?, ?, ?)", row)

        await self._do(write)

    async def turns(self, thread: Thread) -> list[Turn]:
        """The thread's turns, oldest first."""
        query = "SELECT turn FROM turns WHERE thread = ? AND expires_at > ? ORDER BY rowid"
        rows = await self._do(lambda db: db.execute(query, (str(thread), time.time())).fetchall())
        return [_made(Turn, turn) for (turn,) in rows]

    async def check(self) -> None:
        """Raise `StoreError` where the tables cannot be read."""
        await self._do(lambda db: db.execute("SELECT 1 FROM documents, turns LIMIT 1").fetchone())

    async def close(self) -> None:
        """Finish what is being written and close the file."""
        await asyncio.get_running_loop().run_in_executor(self._pool, self._db.close)
        self._pool.shutdown()

    def _end(self) -> float:
        return time.time() + self._ttl

    def _purge_first(self) -> None:
        with self._db:
            self._purge(self._db)

    def _purge(self, db: sqlite3.Connection) -> None:
        now = time.time()
        if now - self._purged_at > PURGE_SECONDS:
            self._purged_at = now
            db.execute("DELETE FROM documents WHERE expires_at <= ?", (now,))
            db.execute("DELETE FROM turns WHERE expires_at <= ?", (now,))

    async def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` as one transaction on the store's thread."""

        def run() -> T:
            with self._db:
                return work(self._db)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, run)
        except sqlite3.Error as error:
            raise StoreError(f"The database {self._file} does not answer: {error}.") from error


def _made(kind: type[Kept], raw: str) -> Kept:
    """What was written, also by a later version of ours that knows more fields."""
    known = {field.name for field in fields(kind)}
    return kind(**{name: value for name, value in json.loads(raw).items() if name in known})


def _connect(file: str) -> sqlite3.Connection:
    with contextlib.suppress(OSError):  # what cannot be made, SQLite says in its own words
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))  # what people wrote is for nobody else to read
    db = sqlite3.connect(file, timeout=BUSY_SECONDS)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA secure_delete = ON")
        db.executescript(SCHEMA)
    except sqlite3.Error:
        db.close()
        raise
    return db


def open(location: str, *, ttl_seconds: float) -> SqliteStore:
    """The store in the file `location`, made where it is missing."""
    return SqliteStore(str(Path(location).expanduser()), ttl_seconds)
