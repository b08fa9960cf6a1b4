"""A store in this process: gone with it."""

import time
from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from bot.types import Thread, Turn
from model.types import Document

Kept = TypeVar("Kept")
Entry = tuple[float, Kept]  # when it expires, and what it is

PURGE_SECONDS = 60.0  # how often what has expired is let go


class MemoryStore:
    """Lists by thread; what has expired goes soon after, when something is put in."""

    def __init__(self, ttl_seconds: float) -> None:
        self._ttl = ttl_seconds
        self._purged_at = 0.0
        self._documents: dict[str, dict[str, Entry[Document]]] = {}
        self._turns: dict[str, list[Entry[Turn]]] = {}

    async def put(self, thread: Thread, document: Document) -> None:
        """Put a document on the thread's shelf; one with the same id there is replaced."""
        self._purge()
        self._documents.setdefault(str(thread), {})[document.id] = time.time() + self._ttl, document

    async def shelf(self, thread: Thread) -> list[Document]:
        """The thread's documents without their texts, in the order in which they came."""
        return [replace(document, text="") for document in self._alive(thread)]

    async def text(self, thread: Thread, document: str, version: str) -> str | None:
        """The text of one version of a document on the thread's shelf."""
        wanted = document, version
        return next(
            (found.text for found in self._alive(thread) if (found.id, found.version) == wanted), None
        )

    async def add_turn(self, thread: Thread, turn: Turn) -> None:
        """Remember a question and what came of it."""
        self._purge()
        self._turns.setdefault(str(thread), []).append((time.time() + self._ttl, turn))

    async def turns(self, thread: Thread) -> list[Turn]:
        """The thread's turns, oldest first."""
        return [turn for _, turn in _kept(self._turns.get(str(thread), []))]

    async def check(self) -> None:
        """It always answers."""

    async def close(self) -> None:
        """Nothing is held."""

    def _alive(self, thread: Thread) -> list[Document]:
        return [document for _, document in _kept(self._documents.get(str(thread), {}).values())]

    def _purge(self) -> None:
        if time.time() - self._purged_at < PURGE_SECONDS:
            return
        self._purged_at = time.time()
        shelves = {key: _kept(shelf.values()) for key, shelf in self._documents.items()}
        self._documents = {key: {e[1].id: e for e in shelf} for key, shelf in shelves.items() if shelf}
        turns = {key: _kept(entries) for key, entries in self._turns.items()}
        self._turns = {key: entries for key, entries in turns.items() if entries}


def _kept(entries: Iterable[Entry[Kept]]) -> list[Entry[Kept]]:
    now = time.time()
    return [entry for entry in entries if entry[0] > now]


def open(location: str, *, ttl_seconds: float) -> MemoryStore:
    """An empty store; there is nothing to name: `location` is empty."""
    return MemoryStore(ttl_seconds)
