"""The contract of a store; every other module in this folder is one way to keep it.

`WHEREIN_STORE` names a module and what it opens, as in `sqlite:wherein.db`.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol

from bot.types import Thread, Turn
from model.types import Document


class StoreError(Exception):
    """A store could not be opened or used; the text is a sentence for whoever runs it."""


class Store(Protocol):
    """Remembers what was put into a thread and what was asked there, each for as long as it was told to.

    A module of this folder has `open(location: str, *, ttl_seconds: float) -> Store`. What has expired is
    never given back, whether it was deleted yet or not.
    """

    async def put(self, thread: Thread, document: Document) -> None:
        """Put a document on the thread's shelf; one with the same id there is replaced."""

    async def shelf(self, thread: Thread) -> list[Document]:
        """The thread's documents without their texts, in the order in which they came."""

    async def text(self, thread: Thread, document: str, version: str) -> str | None:
        """The text of one version of a document on the thread's shelf; None where it is not there."""

    async def add_turn(self, thread: Thread, turn: Turn) -> None:
        """Remember a question and what came of it."""

    async def turns(self, thread: Thread) -> list[Turn]:
        """The thread's turns, oldest first."""

    async def check(self) -> None:
        """Raise `StoreError` where the store does not answer."""

    async def close(self) -> None:
        """Finish what is being written and let go."""


def open(url: str, *, ttl_seconds: float) -> Store:
    """The store that a setting names; raises `StoreError` where it cannot be opened."""
    scheme, _, location = url.partition(":")
    known = sorted(module.name for module in iter_modules(__path__))
    if scheme not in known:
        raise StoreError(f"“{url}” names no store: known are {', '.join(f'{name}:' for name in known)}.")
    store: Store = import_module(f"{__name__}.{scheme}").open(location, ttl_seconds=ttl_seconds)
    return store
