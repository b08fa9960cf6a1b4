"""Messages from when they are accepted until their one outcome is settled.

They are known a while longer by their ids, so that one that comes twice is answered once.
"""

import contextlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import unquote

import structlog
from pydantic import TypeAdapter, ValidationError

from bot.archive import keys
from bot.archive.keys import word
from bot.stores import ITEM_BYTES, Item, Key, Store, StoreError
from bot.types import Address, Message, Ref, Thread, Way
from model.passages import pieces

log = structlog.get_logger(__name__)

SET_ASIDE_SECONDS = 60.0
SHORT_SECONDS, SIGN_SECONDS = 45.0, 100.0  # a wait that is told by a sign, and what its fraction is of
KEPT = ("owner", "at", "tries", "undelivered", "doubts", "ref", "parts", "unsure")
KEPT_SECONDS = 8 * 86_400.0  # longer than any chat sends a message again, and than one waits to be let in

_MESSAGE = TypeAdapter(Message)


@dataclass(frozen=True, slots=True)
class Open:
    """A message that is not settled: held by one worker, or until `due` by nobody.

    Who holds one gives signs of life, and no clock is compared with another's: where the sign has not changed
    for as long as a hold lasts, by the stopwatch of who looks, its holder is gone.
    """

    message: Message
    key: Key
    owner: str
    due: float | None  # seconds since the epoch; None: it is held
    at: float  # when it was accepted
    version: int = 0
    tries: int = 0  # this one included
    undelivered: int = 0  # of these, how many the chat was to blame for
    doubts: int = 0  # placeholders that may have been posted, though the chat did not say so
    ref: Ref | None = None  # of the placeholder that was posted for it
    parts: str = ""  # where its text lies, if it is long
    unsure: bool = False  # whether a reply may have been posted of which nobody knows

    @property
    def failures(self) -> int:
        """The tries, this one included, that the chat was not to blame for."""
        return self.tries - self.undelivered


@dataclass(frozen=True, slots=True)
class Posted:
    """A reply that stands in a chat, and what is needed to put another in its place."""

    ref: Ref
    address: Address
    way: Way


class Messages:
    """Open messages, each a promise: it is changed only by who holds it."""

    def __init__(
        self, store: Store, clock: Callable[[], float], *, kept_seconds: float = KEPT_SECONDS
    ) -> None:
        self._store, self._clock = store, clock
        self._kept = kept_seconds  # how long a reply may be corrected

    async def record(
        self, message: Message, owner: str, *, due: float | None = None, ref: Ref | None = None
    ) -> Open | None:
        """Take a message in, once, and hold it; None where it was taken in before.

        With a `due` nobody holds it yet, and whoever takes it over then makes the first try. `ref` is of
        the reply that its own will replace.
        """
        key, now = (keys.thread(message.thread), f"message#{word(message.id)}"), self._clock()
        body = _MESSAGE.dump_json(message).decode()
        parts = pieces(body, ITEM_BYTES)
        taken = Open(message, key, owner, due, now, tries=int(due is None), ref=ref)
        if len(parts) == 1:
            return await self._write(taken, body)
        taken = replace(taken, parts=f"part#{key[1]}#{uuid.uuid4().hex}#")
        ends = now + KEPT_SECONDS
        await self._store.put(
            *(
                Item(key[0], f"{taken.parts}{n:05}", body=part, expires_at=ends)
                for n, part in enumerate(parts)
            )
        )
        written = await self._write(taken, "")
        if written is None:
            await self._drop_parts(key, taken.parts)
        return written

    async def take_over(self, key: Key, owner: str, *, sign: float | None = None) -> Open | None:
        """Hold a message that waits, or whose holder still gives that sign of life, and for too long.

        None where somebody has it, or it is settled.
        """
        item = await self._store.get(*key)
        if (
            item is None
            or item.due is None
            or (item.due != sign if item.due < 0 else item.due > self._clock())
        ):
            return None
        if "outcome" in item.data:  # it was settled by who then ended
            await self._close(item)
            return None
        try:
            message = _MESSAGE.validate_json(await self._words(item))
            there = Open(message, key, owner, None, version=item.version, **_known(item.data))
            untold = item.due < 0 and bool(item.data["owner"])  # its holder did not say how far it came
            there = replace(there, unsure=there.unsure or untold)
        except (TypeError, ValidationError) as error:  # a newer version of ours wrote it: for a newer task
            log.error("a message cannot be read", id=key[1], error=type(error).__name__)
            await self._store.put_if(replace(item, due=self._clock() + SET_ASIDE_SECONDS), item.version)
            return None
        return await self._write(replace(there, tries=there.tries + 1), item.body)

    async def hold(self, held: Open, *, ref: Ref | None = None) -> Open | None:
        """Give a sign of life, or note the placeholder posted for it; None where somebody else has it now."""
        held = replace(held, ref=ref or held.ref)
        return await self._write(held, "" if held.parts else _MESSAGE.dump_json(held.message).decode())

    async def leave(
        self, held: Open, *, due: float, undelivered: bool, in_doubt: bool, unsure: bool
    ) -> Open | None:
        """Let it be taken over from `due` on; noted is whether the chat was to blame, and what is unsure."""
        undelivered_ = held.undelivered + undelivered
        doubts = held.doubts + in_doubt
        left = replace(held, owner="", due=due, undelivered=undelivered_, doubts=doubts, unsure=unsure)
        return await self.hold(left)

    async def settle(self, held: Open, outcome: str, ref: Ref | None) -> bool:
        """Note its outcome and let go of its words; False where somebody else has it now.

        Where its text lies in parts, it is open until they are gone: then a crash leaves none.
        """
        data: dict[str, Any] = {
            "outcome": outcome,
            "ref": ref,
            "at": held.at,
            "tries": held.tries,
            "parts": held.parts,
        }
        due, kept = self._clock() if held.parts else None, KEPT_SECONDS
        if ref and held.message.intent == "ask":
            kept = self._kept
            data |= {"address": asdict(held.message.address), "way": held.message.way}
        item = Item(*held.key, data, expires_at=self._clock() + kept, due=due)
        settled = await self._store.put_if(item, held.version)
        if settled and held.parts:
            try:
                await self._close(replace(item, version=held.version + 1))
            except StoreError as error:  # it is settled; its parts go when it is found to be due
                log.warning("parts not deleted", error=type(error).__name__)
        return settled

    async def posted(self, where: Thread, message: str) -> Posted | None:
        """The reply to a message that was settled; None where none stands that is known."""
        item = await self._store.get(keys.thread(where), f"message#{word(message)}")
        if item is None or "address" not in item.data:
            return None
        return Posted(item.data["ref"], Address(**item.data["address"]), item.data["way"])

    async def coming(self, where: Thread, message: str) -> Message | None:
        """A message that is not settled; None where it is, or never came."""
        item = await self._store.get(keys.thread(where), f"message#{word(message)}")
        if item is None or item.due is None or "outcome" in item.data:
            return None
        with contextlib.suppress(ValidationError):
            return _MESSAGE.validate_json(await self._words(item))
        return None

    async def answered(self, where: Thread, ref: Ref) -> str:
        """The id of the message to which that is the reply, or a part of it; empty where none is known."""
        for item in await self._store.query(keys.thread(where), "message#"):
            if ref and "address" in item.data and ref in item.data["ref"].split():
                return unquote(item.sk.removeprefix("message#"))
        return ""

    async def wait(self, held: Open) -> None:
        """Note that a message waits until Wherein is let into its room."""
        room, ends = keys.thread(held.message.thread.whole_room), held.at + KEPT_SECONDS
        pointer = {"pk": held.key[0], "sk": held.key[1], "author": held.message.author.id}
        await self._store.put(Item(room, f"waits#{word(held.message.id)}", pointer, expires_at=ends))

    async def in_hand(self, where: Thread) -> list[Message]:
        """The messages of a thread that are not settled, as far as this version can read them."""
        found = []
        for item in await self._store.query(keys.thread(where), "message#"):
            if item.due is not None and "outcome" not in item.data:
                with contextlib.suppress(ValidationError):
                    found.append(_MESSAGE.validate_json(await self._words(item)))
        return found

    async def _words(self, item: Item) -> str:
        parts = item.data["parts"]
        return "".join(part.body for part in await self._store.query(item.pk, parts)) if parts else item.body

    async def wake(self, room: Thread) -> None:
        """Have whoever comes first go on with what waits for that room."""
        for pointer in await self._store.query(keys.thread(room.whole_room), "waits#"):
            item = await self._store.get(pointer.data["pk"], pointer.data["sk"])
            if item and item.due is not None:
                await self._store.put_if(replace(item, due=_long_past(self._clock())), item.version)
            await self._store.delete([pointer.key])

    async def _close(self, settled: Item) -> None:
        await self._drop_parts(settled.key, settled.data["parts"])
        await self._store.put_if(replace(settled, due=None), settled.version)

    async def overdue(self, limit: int) -> list[Key]:
        """Messages that nobody holds, those that have waited longest first."""
        return await self._store.overdue(limit)

    async def signs(self, limit: int) -> dict[Key, float]:
        """The last signs of life of those who hold messages."""
        return await self._store.signs(limit)

    async def _write(self, held: Open, body: str) -> Open | None:
        data = {name: getattr(held, name) for name in KEPT}
        due = -1.0 - held.version if held.due is None else held.due  # another one with each write
        if not held.owner:  # no other clock is to tell when that is over
            wait = due - self._clock()
            if wait <= 0:
                due = _long_past(due)
            elif wait <= SHORT_SECONDS:
                due = -1.0 - held.version - wait / SIGN_SECONDS
        item = Item(*held.key, data, body, expires_at=held.at + KEPT_SECONDS, due=due)
        if await self._store.put_if(item, held.version):
            return replace(held, version=held.version + 1)
        return None

    async def _drop_parts(self, key: Key, parts: str) -> None:
        if parts:
            await self._store.delete(await self._store.keys(key[0], parts))


def _long_past(moment: float) -> float:
    """A time that is over by any clock, however wrong; of two, the earlier stays the earlier."""
    return moment / 2


def _known(data: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of an open message beside its words and who holds it."""
    return {"unsure": True} | {name: data[name] for name in KEPT if name != "owner" and name in data}
