"""Messages from when they are accepted until their one outcome is settled.

They are known a while longer by their ids, so that one that comes twice is answered once.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import structlog
from pydantic import TypeAdapter, ValidationError

from bot.archive import keys
from bot.archive.keys import word
from bot.stores import ITEM_BYTES, Item, Key, Store
from bot.types import Message, Ref
from model.passages import pieces

log = structlog.get_logger(__name__)

SET_ASIDE_SECONDS = 60.0
KEPT_SECONDS = 7 * 86_400.0  # longer than any chat sends a message again

_MESSAGE = TypeAdapter(Message)


@dataclass(frozen=True, slots=True)
class Open:
    """A message that is not settled, as held by one worker until `due`: then anyone may take it over."""

    message: Message
    key: Key
    owner: str
    due: float  # seconds since the epoch
    tries: int  # this one included
    at: float  # when it was accepted
    version: int
    parts: int = 0  # of its text, where it is long
    ref: Ref | None = None  # of the placeholder that was posted for it


class Messages:
    """Open messages, each a promise: it is changed only by who holds it."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store, self._clock = store, clock

    async def record(self, message: Message, owner: str, *, due: float) -> Open | None:
        """Take a message in, once; None where it was taken in before.

        Where `due` is now, nobody holds it yet, and whoever takes it over makes the first try.
        """
        key = keys.thread(message.thread), f"message#{word(message.id)}"
        body = _MESSAGE.dump_json(message).decode()
        parts = pieces(body, ITEM_BYTES)
        if len(parts) > 1:
            ends = self._clock() + KEPT_SECONDS
            await self._store.put(
                *(Item(key[0], _part(key, n), body=part, expires_at=ends) for n, part in enumerate(parts))
            )
        now = self._clock()
        taken = Open(message, key, owner, due, int(due > now), now, 0, len(parts) if len(parts) > 1 else 0)
        return await self._write(taken, "" if taken.parts else body)

    async def take_over(self, key: Key, owner: str, *, due: float) -> Open | None:
        """Hold a message whose holder let it lie; None where somebody has it, or it is settled."""
        item = await self._store.get(*key)
        if item is None or item.due is None or item.due > self._clock():
            return None
        data, body = item.data, item.body
        if data["parts"]:
            items = await self._store.query(key[0], _parts(key))
            body = "".join(part.body for part in items)
        try:
            message = _MESSAGE.validate_json(body)
        except ValidationError as error:  # a newer version of ours wrote it: it is for a newer task
            log.error("a message cannot be read", id=key[1], error=type(error).__name__)
            await self._store.put_if(replace(item, due=self._clock() + SET_ASIDE_SECONDS), item.version)
            return None
        there = Open(message, key, owner, due, data["tries"] + 1, data["at"], item.version)
        return await self._write(replace(there, parts=data["parts"], ref=data["ref"]), item.body)

    async def hold(self, held: Open, *, due: float, ref: Ref | None = None) -> Open | None:
        """Hold it longer, or note the placeholder posted for it; None where somebody else has it now."""
        held = replace(held, due=due, ref=ref or held.ref)
        return await self._write(held, "" if held.parts else _MESSAGE.dump_json(held.message).decode())

    async def leave(self, held: Open, *, due: float, counted: bool) -> Open | None:
        """Let it be taken over from `due` on; unless it is counted, this try was none."""
        tries = held.tries if counted else held.tries - 1
        return await self.hold(replace(held, owner="", tries=tries), due=due)

    async def settle(self, held: Open, outcome: str, ref: Ref | None) -> bool:
        """Note its outcome and let go of its words; False where somebody else has it now."""
        data = {"outcome": outcome, "ref": ref, "at": held.at, "tries": held.tries}
        item = Item(*held.key, data, expires_at=self._clock() + KEPT_SECONDS)
        settled = await self._store.put_if(item, held.version)
        if settled and held.parts:
            await self._store.delete(await self._store.keys(held.key[0], _parts(held.key)))
        return settled

    async def overdue(self, limit: int) -> list[Key]:
        """Messages whose holder let them lie, those that have waited longest first."""
        return await self._store.overdue(limit)

    async def _write(self, held: Open, body: str) -> Open | None:
        data: dict[str, Any] = {
            "owner": held.owner,
            "tries": held.tries,
            "at": held.at,
            "parts": held.parts,
            "ref": held.ref,
        }
        item = Item(*held.key, data, body, expires_at=held.at + KEPT_SECONDS, due=held.due)
        if await self._store.put_if(item, held.version):
            return replace(held, version=held.version + 1)
        return None


def _parts(key: Key) -> str:
    return f"part#{key[1]}#"


def _part(key: Key, number: int) -> str:
    return f"{_parts(key)}{number:05}"
