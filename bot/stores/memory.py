"""A store in this process: gone with it."""

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from bot.types import Thread, Turn
from model.types import Document

Kept = TypeVar("Kept", Document, Turn)


class MemoryStore:
    """Dictionaries by thread; what expired goes when its thread is next touched."""

    def __init__(self, ttl_seconds: float) -> None:
        self._ttl = ttl_seconds
        self._documents: dict[str, dict[str, tuple[float, Document]]] = defaultdict(dict)
        self._turns: dict[str, list[tuple[float, Turn]]] = defaultdict(list)

    async def put(self, thread: Thread, document: Document) -> None:
        """Put a document on the thread's shelf; one with the same id there is replaced."""
        self._documents[str(thread)][document.id] = time.time() + self._ttl, document

    async def shelf(self, thread: Thread) -> list[Document]:
        """The thread's documents without their texts, in the order in which they came."""
        return [replace(document, text="") for document in self._alive(thread).values()]

    async def text(self, thread: Thread, document: str, version: str) -> str | None:
        """The text of one version of a document on the thread's shelf."""
        found = self._alive(thread).get(document)
        return found.text if found and found.version == version else None

    async def add_turn(self, thread: Thread, turn: Turn) -> None:
        """Remember a question and what came of it."""
        self._turns[str(thread)].append((time.time() + self._ttl, turn))

    async def turns(self, thread: Thread) -> list[Turn]:
        """The thread's turns, oldest first."""
        return _kept(self._turns.get(str(thread), ()))

    async def check(self) -> None:
        """It always answers."""

    async def close(self) -> None:
        """Nothing is held."""

    def _alive(self, thread: Thread) -> dict[str, Document]:
        return {document.id: document for document in _kept(self._documents.get(str(thread), {}).values())}


def _kept(entries: Iterable[tuple[float, Kept]]) -> list[Kept]:
    now = time.time()
    return [entry for expires_at, entry in entries if expires_at > now]


def open(location: str, *, ttl_seconds: float) -> MemoryStore:
    """An empty store; there is nothing to name: `location` is empty."""
    return MemoryStore(ttl_seconds)
