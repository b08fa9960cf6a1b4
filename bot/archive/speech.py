"""What was said in a thread, where Wherein was asked; and what is being read there just now."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import fields, replace

from bot.archive import keys
from bot.archive.keys import Pointers, word
from bot.archive.threads import ATTEMPTS, Threads
from bot.stores import ITEM_BYTES, Item, Store, StoreError
from bot.types import Thread
from model.passages import pieces
from model.types import Document

NAMES = tuple(field.name for field in fields(Document))
AT_ONCE = 32  # writes
READING_SECONDS = 120.0  # longer than reading takes, with one task that dies on the way


class Speech:
    """Messages as documents, each in one item: a thousand are read with one query."""

    def __init__(
        self,
        store: Store,
        pointers: Pointers,
        threads: Threads,
        ttl_seconds: float,
        clock: Callable[[], float],
    ) -> None:
        self._store, self._pointers, self._threads = store, pointers, threads
        self._ttl, self._clock = ttl_seconds, clock

    async def put(self, where: Thread, document: Document, *, at: float) -> bool:
        """Keep what was said, or changed, at that time; False where something newer stands there.

        What was forgotten since is not kept.
        """
        await self._pointers.lead_to(where, document.added_by)
        pk, sk = keys.thread(where), f"doc#{word(document.id)}"
        there = None  # most are new: what stands there is asked for where that is not so
        for _ in range(ATTEMPTS):
            item = _item(pk, document, at, self._clock() + self._ttl)
            if await self._store.put_if(item, there.version if there else 0):
                break
            there = await self._store.get(pk, sk)
            if there and there.data["at"] > at:
                return False
            if there:
                document = replace(document, added_at=there.data["added_at"], title=there.data["title"])
        else:
            raise StoreError("A message is being changed by others just now.")
        if await self._threads.is_forgotten(where, at, document.added_by, documents=(document.id,)):
            await self._store.delete([(pk, sk)])
            return False
        return True

    async def text(self, where: Thread, document: str) -> str:
        """What somebody said, as it stands now; empty where it is not there."""
        item = await self._store.get(keys.thread(where), f"doc#{word(document)}")
        return item.body if item else ""

    async def put_earlier(self, where: Thread, documents: list[Document]) -> None:
        """Keep what was said before Wherein was asked, where nothing newer is known of it."""
        pk, ends = keys.thread(where), self._clock() + self._ttl
        for author in dict.fromkeys(one.added_by for one in documents):
            await self._pointers.lead_to(where, author)
        for start in range(0, len(documents), AT_ONCE):
            await asyncio.gather(
                *(
                    self._store.put_if(_item(pk, one, one.added_at, ends), 0)
                    for one in documents[start : start + AT_ONCE]
                )
            )
        if any([await self._store.query(keys.forgotten(where)), await self._store.query(pk, "forgot#")]):
            for one in documents:
                if await self._threads.is_forgotten(where, one.added_at, one.added_by, documents=(one.id,)):
                    await self._store.delete([(pk, f"doc#{word(one.id)}")])

    async def drop(self, where: Thread, documents: Iterable[Document]) -> None:
        """Let go of the oldest where there are too many; what was answered from them stays."""
        await self._store.delete([(keys.thread(where), f"doc#{word(one.id)}") for one in documents])

    # ----------------------------------------------------------------------- who brought what

    async def bring(self, where: Thread, message: str, document: str) -> None:
        """Note that a document came with a message, and goes with it."""
        sk = f"brought#{word(message)}#{word(document)}"
        ends = self._clock() + self._ttl
        await self._store.put(Item(keys.thread(where), sk, {"document": document}, expires_at=ends))

    async def brought(self, where: Thread, message: str) -> list[str]:
        """The documents that came with that message and no other."""
        own, others = [], set()
        prefix = f"brought#{word(message)}#"
        for item in await self._store.query(keys.thread(where), "brought#"):
            if item.sk.startswith(prefix):
                own.append(str(item.data["document"]))
            else:
                others.add(item.data["document"])
        return [document for document in own if document not in others]

    # ----------------------------------------------------------------------- first contact

    async def meet(self, where: Thread) -> bool:
        """Note that Wherein is asked here: from now on what is said is kept. Whether its history is known."""
        item = Item(keys.thread(where), "met", {"told": False}, expires_at=self._clock() + self._ttl)
        there = await self._store.get(*item.key)
        if there is None:
            await self._pointers.lead_to(where)
            await self._store.put_if(item, 0)
        return bool(there and there.data["told"])

    async def told(self, where: Thread) -> None:
        """Note that what was said before is known."""
        ends = self._clock() + self._ttl
        await self._store.put(Item(keys.thread(where), "met", {"told": True}, expires_at=ends))

    async def has_met(self, where: Thread) -> bool:
        """Whether Wherein was asked here."""
        return await self._store.get(keys.thread(where), "met") is not None

    # ----------------------------------------------------------------------- in the making

    async def expect(self, where: Thread, message: str, what: str) -> None:
        """Note that what a message brings is being read, so that who asks meanwhile waits for it."""
        ends = self._clock() + READING_SECONDS
        await self._store.put(
            Item(keys.thread(where), f"reading#{word(message)}", {"what": what}, expires_at=ends)
        )

    async def read(self, where: Thread, message: str) -> None:
        """Note that it was read."""
        await self._store.delete([(keys.thread(where), f"reading#{word(message)}")])

    async def expected(self, where: Thread, but: str) -> list[str]:
        """What is being read, without what this message brings itself."""
        items = await self._store.query(keys.thread(where), "reading#")
        return [str(item.data["what"]) for item in items if item.sk != f"reading#{word(but)}"]


def _item(pk: str, document: Document, at: float, ends: float) -> Item:
    body = pieces(document.text, ITEM_BYTES)[0]
    about = {name: getattr(document, name) for name in NAMES} | {"text": "", "shelf": "", "size": len(body)}
    sk = f"doc#{word(document.id)}"
    return Item(pk, sk, about | {"since": document.added_at, "at": at}, body, expires_at=ends)
