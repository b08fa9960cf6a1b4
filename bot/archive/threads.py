"""What a thread or a room remembers: documents on its shelf, turns, approved questions; and forgetting it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from itertools import chain
from typing import Any
from urllib.parse import unquote

from pydantic import TypeAdapter

from bot.archive import keys
from bot.archive.keys import Pointers, moment, word
from bot.archive.votes import Vote, Votes
from bot.stores import ITEM_BYTES, Item, Key, Store, StoreError
from bot.types import Thread, Turn
from model.passages import pieces
from model.types import Document

MESSAGE = "message"  # the kind of a document that somebody said
MARK_SECONDS = 86_400.0  # longer than any message is in hand: then what was forgotten cannot come back
ATTEMPTS = 8  # at a document that others write at the same time

_DOCUMENT, _TURN = TypeAdapter(Document), TypeAdapter(Turn)


@dataclass(frozen=True, slots=True)
class Golden:
    """A question with the answer that somebody approved, for checking that it stays so."""

    id: str
    question: str
    answer: str
    document: str  # the id of the document quoted
    thread: str = ""  # the key of the thread where it was asked
    author: str = ""  # who approved it
    added_by: str = ""  # whose document it is


_GOLDEN = TypeAdapter(Golden)


@dataclass(slots=True)
class Forgotten:
    """What was deleted."""

    documents: set[str] = field(default_factory=set)  # their ids
    turns: set[Key] = field(default_factory=set)

    def __iadd__(self, other: "Forgotten") -> "Forgotten":
        """Both."""
        self.documents |= other.documents
        self.turns |= other.turns
        return self


class Threads:
    """The shelves and turns of all threads; no thread sees another's."""

    def __init__(
        self,
        store: Store,
        pointers: Pointers,
        votes: Votes,
        ttl_seconds: float,
        clock: Callable[[], float],
    ) -> None:
        self._store, self._pointers, self._votes = store, pointers, votes
        self._ttl, self._clock = ttl_seconds, clock

    # ----------------------------------------------------------------------- documents

    async def put(self, where: Thread, document: Document, *, at: float, keep: bool = False) -> None:
        """Put on the shelf what came at that time; a document with the same id there is replaced.

        With `keep` it never expires. What was forgotten since it came is not kept.
        """
        pk, ends = keys.thread(where), None if keep else self._ends()
        await self._pointers.lead_to(where, document.added_by, surely=keep)
        await self._put_parts(pk, _text(document.id, document.version), document.text, ends)
        if document.places:
            await self._put_parts(pk, _places(document.id, document.version), document.places, ends)
        old = await self._list(pk, document, ends)
        if old and old != document.version:
            gone = await self._store.keys(pk, _text(document.id, old))
            await self._store.delete(gone + await self._store.keys(pk, _places(document.id, old)))
        if await self.is_forgotten(where, at, document.added_by, documents=(document.id,)):
            await self._with_votes(where, await self._delete_document(where, document.id))

    async def _put_parts(self, pk: str, prefix: str, text: str, ends: float | None) -> None:
        parts = pieces(text, ITEM_BYTES)
        of = {"parts": len(parts)}
        await self._store.put(
            *(Item(pk, f"{prefix}{n:05}", of, part, expires_at=ends) for n, part in enumerate(parts))
        )

    async def _list(self, pk: str, document: Document, ends: float | None) -> str | None:
        """Put a document into the shelf's list, where it was; the version that it replaces."""
        sk = f"doc#{word(document.id)}"
        about = asdict(replace(document, text="", places="", shelf="", size=len(document.text)))
        for _ in range(ATTEMPTS):
            there = await self._store.get(pk, sk)
            since = there.data["since"] if there else self._clock()
            item = Item(pk, sk, about | {"since": since}, expires_at=ends)
            if await self._store.put_if(item, there.version if there else 0):
                return there.data["version"] if there else None
        await self._store.delete(await self._store.keys(pk, _text(document.id, document.version)))
        raise StoreError("A document is being changed by others just now.")

    async def shelf(self, where: Thread) -> list[Document]:
        """The documents without their texts, in the order in which they came; not what was said."""
        return (await self.contents(where))[0]

    async def pinned(self, where: Thread) -> list[Document]:
        """Those of the shelf that are there for good."""
        items = await self._store.query(keys.thread(where), "doc#")
        kept = {item.data["id"] for item in items if item.expires_at is None}
        return [document for document in await self.shelf(where) if document.id in kept]

    async def contents(self, where: Thread) -> tuple[list[Document], list[Document]]:
        """The shelf, and what was said there: with its texts, in the order in which it was."""
        shelf, said = [], []
        for item in await self._store.query(keys.thread(where), "doc#"):
            document = _DOCUMENT.validate_python({**item.data, "shelf": str(where), "text": item.body})
            if document.kind == MESSAGE:
                said.append(document)
            else:
                shelf.append((float(item.data["since"]), document))
        ordered = [document for _, document in sorted(shelf, key=lambda one: one[0])]
        return ordered, sorted(said, key=lambda one: (one.added_at, one.id))

    async def text(self, where: Thread, document: str, version: str) -> str | None:
        """The text of one version of a document on the shelf; None where it is not there."""
        text = await self._parts(where, _text(document, version))
        if text is not None:
            return text
        item = await self._store.get(keys.thread(where), f"doc#{word(document)}")  # something said is short
        return item.body if item and item.body and item.data["version"] == version else None

    async def stands(self, where: Thread, document: str, version: str) -> bool:
        """Whether that version of a document is the one on the shelf."""
        item = await self._store.get(keys.thread(where), f"doc#{word(document)}")
        return item is not None and item.data["version"] == version

    async def places(self, where: Thread, document: str, version: str) -> str:
        """The places of one version of a document, packed; empty where there are none."""
        return await self._parts(where, _places(document, version)) or ""

    async def _parts(self, where: Thread, prefix: str) -> str | None:
        parts = await self._store.query(keys.thread(where), prefix)
        if not parts or len(parts) != parts[0].data["parts"]:
            return None
        return "".join(part.body for part in parts)

    async def hide(self, where: Thread, document: str) -> None:
        """Take a document off the shelf, and leave what quotes it."""
        pk, name = keys.thread(where), word(document)
        await self._mark(pk, f"forgot#{name}")
        gone: list[Key] = [(pk, f"doc#{name}")]
        for prefix in ("text", "place"):
            gone += await self._store.keys(pk, f"{prefix}#{name}#")
        await self._store.delete(gone)

    async def remove(self, where: Thread, document: str) -> Forgotten:
        """Take a document off the shelf, and delete what quotes it: turns and approved questions."""
        await self._mark(keys.thread(where), f"forgot#{word(document)}")
        return await self._with_votes(where, await self._delete_document(where, document))

    async def _delete_document(self, where: Thread, document: str) -> Forgotten:
        pk, name = keys.thread(where), word(document)
        quoting = await self._store.query(pk, f"quote#{name}#")
        turns = [(item.data["pk"], item.data["sk"]) for item in quoting]
        gone: list[Key] = [(pk, f"doc#{name}"), *turns, *(item.key for item in quoting)]
        gone += await self._store.keys(pk, f"text#{name}#") + await self._store.keys(pk, f"place#{name}#")
        gone += await self._store.keys(keys.thread(where.whole_room), f"golden#{name}#")
        await self._store.delete(gone)
        return Forgotten({document}, set(turns))

    # ----------------------------------------------------------------------- turns

    async def add_turn(self, where: Thread, turn: Turn, shelf: Thread | None = None) -> None:
        """Remember a question and what came of it; `shelf` is where the document lies that it quotes.

        What was forgotten since it was asked is not kept.
        """
        pk, sk, ends = keys.thread(where), f"turn#{moment(turn.at)}#{word(turn.id)}", self._ends()
        await self._pointers.lead_to(where, turn.author)
        to, shelf = {"pk": pk, "sk": sk}, shelf or where
        pointers = []
        if turn.document:
            pointer = f"quote#{word(turn.document)}#{moment(turn.at)}#{word(turn.id)}"
            pointers.append(Item(keys.thread(shelf), pointer, to, expires_at=ends))
        if turn.kind == "unsure":
            gap = f"gap#{moment(turn.at)}#{word(turn.id)}"
            pointers.append(Item(keys.thread(where.whole_room), gap, to, expires_at=ends))
        if pointers:
            await self._store.put(*pointers)
        await self._store.put(Item(pk, sk, asdict(turn), expires_at=ends))
        quoted = (turn.document,) if turn.document else ()
        if await self.is_forgotten(where, turn.at, turn.author, documents=quoted, shelf=shelf):
            await self._store.delete([(pk, sk)])

    async def drop_turn(self, where: Thread, id: str) -> None:
        """Forget the question with that id."""
        pk, end = keys.thread(where), f"#{word(id)}"
        await self._store.delete([key for key in await self._store.keys(pk, "turn#") if key[1].endswith(end)])

    async def turns(self, where: Thread, *, last: int | None = None) -> list[Turn]:
        """The turns, or the `last` few of them, oldest first."""
        items = await self._store.query(keys.thread(where), "turn#", limit=last, newest_first=True)
        return [_turn(item) for item in reversed(items)]

    async def turn(self, where: Thread, id: str) -> Turn | None:
        """The turn of the message with that id; None where it is not there any more."""
        pk, end = keys.thread(where), f"#{word(id)}"
        for _, sk in await self._store.keys(pk, "turn#"):
            if sk.endswith(end) and (item := await self._store.get(pk, sk)):
                return _turn(item)
        return None

    async def turns_quoting(self, where: Thread, document: str) -> list[tuple[Thread, Turn]]:
        """The turns that quote a document of this shelf, with where they are."""
        return [found async for found in self._led_to(where, f"quote#{word(document)}#")]

    async def gaps(self, where: Thread) -> list[tuple[Thread, Turn]]:
        """The questions of a room that found nothing, oldest first, with where they were asked."""
        return [found async for found in self._led_to(where.whole_room, "gap#")]

    async def note_asked(self, where: Thread, author: str) -> None:
        """Remember that somebody asks in this thread; who goes on there may need no mention."""
        if author and where.thread:
            item = Item(keys.thread(where), f"asked#{word(author)}", expires_at=self._ends())
            await self._store.put(item)

    async def has_asked(self, where: Thread, author: str) -> bool:
        """Whether somebody has asked in this thread before."""
        return await self._store.get(keys.thread(where), f"asked#{word(author)}") is not None

    async def askers(self, where: Thread) -> list[str]:
        """The ids of those who have asked in this thread."""
        found = await self._store.query(keys.thread(where), "asked#")
        return [unquote(item.sk.removeprefix("asked#")) for item in found]

    async def mute(self, where: Thread, *, on: bool) -> None:
        """Answer nothing in this thread any more but what is addressed to Wherein, or do so again."""
        item = Item(keys.thread(where), "muted", expires_at=self._ends())
        if on:
            await self._pointers.lead_to(where)
            await self._store.put(item)
        else:
            await self._store.delete([item.key])

    async def is_muted(self, where: Thread) -> bool:
        """Whether somebody muted this thread."""
        return await self._store.get(keys.thread(where), "muted") is not None

    async def _led_to(self, where: Thread, prefix: str) -> AsyncIterator[tuple[Thread, Turn]]:
        for pointer in await self._store.query(keys.thread(where), prefix):
            turn = await self._store.get(pointer.data["pk"], pointer.data["sk"])
            if turn:
                yield Thread.parse(pointer.data["pk"].removeprefix("thread#")), _turn(turn)

    # ----------------------------------------------------------------------- approved questions

    async def approve(self, where: Thread, golden: Golden) -> bool:
        """Keep a question with its answer among those of its room, for as long as the document is there.

        False where the document that it quotes lies neither here nor in the room any more.
        """
        room = where.whole_room
        for person in (golden.author, golden.added_by):
            await self._pointers.lead_to(room, person, surely=True)
        quoted = await self._quoted(where, golden.document)
        ends = quoted.expires_at if quoted else None
        data = asdict(replace(golden, thread=str(where)))
        item = Item(keys.thread(room), _golden(golden.document, golden.id), data, expires_at=ends)
        await self._store.put(item)
        if await self._quoted(where, golden.document):
            return True
        await self._store.delete([item.key])
        return False

    async def _quoted(self, where: Thread, document: str) -> Item | None:
        """A document's place on a shelf, here or in the room."""
        for place in (where, where.whole_room):
            if found := await self._store.get(keys.thread(place), f"doc#{word(document)}"):
                return found
        return None

    async def disapprove(self, where: Thread, golden: Golden) -> None:
        """Take back what the same person approved."""
        key = keys.thread(where.whole_room), _golden(golden.document, golden.id)
        there = await self._store.get(*key)
        if there and there.data["author"] == golden.author:
            await self._store.delete([key])

    async def approved(self, where: Thread) -> list[Golden]:
        """The questions that were approved in a room."""
        items = await self._store.query(keys.thread(where.whole_room), "golden#")
        return [_GOLDEN.validate_python(item.data) for item in items]

    # ----------------------------------------------------------------------- forgetting

    async def forget(self, where: Thread) -> Forgotten:
        """Delete all that a thread holds, or a room's own shelf: documents, turns and what quotes them.

        Messages in hand are answered; what is older than this moment is then not kept.
        """
        await self._mark(keys.forgotten(where), f"thread#{where}")
        gone = await self._delete_thread(where)
        return await self._with_votes(where, gone, lambda vote: vote.thread == str(where))

    async def forget_room(self, where: Thread) -> Forgotten:
        """Delete all that a room holds, and each of its threads."""
        await self._mark(keys.forgotten(where), f"room#{where.whole_room}")
        forgotten = Forgotten()
        for thread in [*await self.of_room(where), where.whole_room]:
            forgotten += await self._delete_thread(thread)
        room = where.whole_room
        return await self._with_votes(
            where, forgotten, lambda vote: Thread.parse(vote.thread).whole_room == room
        )

    async def forget_team(self, where: Thread) -> Forgotten:
        """Delete all that is remembered of a team."""
        await self._mark(keys.forgotten(where), "team")
        forgotten = Forgotten()
        for room in await self.of_team(where):
            forgotten += await self.forget_room(room)
        return await self._with_votes(where, forgotten, lambda _: True)

    async def leave_team(self, where: Thread) -> Forgotten:
        """Delete all that lies in a team's threads, messages in hand and marks included.

        Where it was read is told by pointers, ids alone, which end later.
        """
        rooms = await self.of_team(where)
        held = {keys.thread(room): await self._waiting(room) for room in rooms}
        forgotten = await self.forget_team(where)
        await self._pointers.let_go(where)
        for room in rooms:
            pks = {*held[keys.thread(room)], *map(keys.thread, (room, *await self.of_room(room)))}
            await self._store.delete([key for pk in sorted(pks) for key in await self._store.keys(pk)])
        return forgotten

    async def _waiting(self, room: Thread) -> set[str]:
        """Where messages lie that wait until Wherein is let into a room."""
        return {item.data["pk"] for item in await self._store.query(keys.thread(room), "waits#")}

    async def know(self, where: Thread, author: str = "") -> None:
        """See to it that a thread is found from its team, and its room from somebody, though it is empty."""
        if where.room:
            await self._pointers.lead_to(where.whole_room, author)
        if where.room and where.thread:
            await self._pointers.lead_to(where)

    async def _delete_thread(self, where: Thread) -> Forgotten:
        pk = keys.thread(where)
        gone: list[Key] = []
        shelf, said = await self.contents(where)
        forgotten = Forgotten({document.id for document in (*shelf, *said)})
        for prefix in (
            "doc#",
            "text#",
            "place#",
            "turn#",
            "vote#",
            "golden#",
            "asked#",
            "muted",
            "reading#",
            "brought#",
        ):
            gone += (found := await self._store.keys(pk, prefix))
            forgotten.turns |= set(found) if prefix == "turn#" else set()
        for pointer in (*await self._store.query(pk, "quote#"), *await self._store.query(pk, "gap#")):
            gone.append(pointer.key)
            if pointer.sk.startswith("quote#"):
                forgotten.turns.add((pointer.data["pk"], pointer.data["sk"]))
        for item in await self._store.query(keys.thread(where.whole_room), "golden#"):
            gone += [item.key] if item.data["thread"] == str(where) else []
        gone += await self._that_wait(where, lambda waiting: waiting["pk"] == pk or not where.thread)
        gone += await self._orphans(pk)
        await self._store.delete({*gone, *forgotten.turns})
        return forgotten

    async def _that_wait(self, where: Thread, meant: Callable[[Mapping[str, Any]], bool]) -> list[Key]:
        """Messages that wait until Wherein is let into a room, and what points to them."""
        gone: list[Key] = []
        for pointer in await self._store.query(keys.thread(where.whole_room), "waits#"):
            if meant(pointer.data):
                pk, sk = pointer.data["pk"], pointer.data["sk"]
                gone += [pointer.key, (pk, sk), *await self._store.keys(pk, f"part#{sk}#")]
        return gone

    async def _orphans(self, pk: str) -> list[Key]:
        """Parts of messages that were never recorded, since a task ended before it was."""
        recorded = tuple(item.data.get("parts") or "-" for item in await self._store.query(pk, "message#"))
        return [key for key in await self._store.keys(pk, "part#") if not key[1].startswith(recorded)]

    async def forget_person(self, where: Thread, author: str) -> Forgotten:
        """Delete what somebody put in or asked, in every thread of that team, and what quotes it."""
        await self._mark(keys.forgotten(where), f"person#{word(author)}")
        forgotten = Forgotten()
        for thread in await self.of_person(where, author):
            shelf, said = await self.contents(thread)
            for document in (*shelf, *said):
                if document.added_by == author:
                    forgotten += await self._delete_document(thread, document.id)
            forgotten.turns |= await self._delete_own(thread, author)
        return await self._with_votes(where, forgotten, lambda vote: vote.author == author)

    async def _with_votes(
        self, where: Thread, forgotten: Forgotten, also: Callable[[Vote], bool] = lambda _: False
    ) -> Forgotten:
        """Delete the votes on what was deleted, after it: who votes looks for the turn after writing."""
        await self._votes.forget(where, forgotten.turns, also)
        return forgotten

    async def _delete_own(self, where: Thread, author: str) -> set[Key]:
        """Delete somebody's turns, and the questions that they approved or that quote them."""
        pk = keys.thread(where)
        own = [
            item.key
            for prefix in ("turn#", "golden#")
            for item in await self._store.query(pk, prefix)
            if author in (item.data["author"], item.data.get("added_by"))
        ]
        waiting = await self._that_wait(where, lambda of: of.get("author") == author)
        await self._store.delete([*own, *waiting, (pk, f"asked#{word(author)}")])
        return set(own)

    async def of_room(self, where: Thread) -> list[Thread]:
        """The threads of a room that hold something, and the room itself where it does."""
        return await self._pointers.listed(keys.room(where))

    async def of_team(self, where: Thread) -> list[Thread]:
        """The rooms of a team where something was put in or asked."""
        return await self._pointers.listed(keys.team(where))

    async def teams(self) -> list[Thread]:
        """The teams of which anything is known."""
        return await self._pointers.listed(keys.TEAMS)

    async def of_person(self, where: Thread, author: str) -> list[Thread]:
        """The threads of a team where somebody put in or asked something."""
        return await self._pointers.listed(keys.person(where, author))

    async def _mark(self, pk: str, sk: str) -> None:
        """Say that this is forgotten as of now; before it is deleted, so that nothing slips past."""
        now = self._clock()
        await self._store.put(Item(pk, sk, {"at": now}, expires_at=now + MARK_SECONDS))

    async def is_forgotten(
        self,
        where: Thread,
        at: float,
        author: str,
        *,
        documents: Collection[str] = (),
        shelf: Thread | None = None,
    ) -> bool:
        """Whether something that came at that time was forgotten since; asked after a write, never before."""
        shelf = shelf or where
        whats = {"team", f"room#{where.whole_room}", f"thread#{where}", f"thread#{shelf}"}
        whats |= {f"person#{word(author)}"} if author else set()
        names = {f"forgot#{word(document)}" for document in documents}
        asked = [self._store.query(keys.forgotten(where))]
        asked += [self._store.query(keys.thread(shelf), "forgot#")] if names else []
        marks = chain.from_iterable(await asyncio.gather(*asked))
        return any(mark.sk in whats | names and mark.data["at"] >= at for mark in marks)

    def _ends(self) -> float:
        return self._clock() + self._ttl


def _text(document: str, version: str) -> str:
    return f"text#{word(document)}#{word(version)}#"


def _places(document: str, version: str) -> str:
    return f"place#{word(document)}#{word(version)}#"


def _golden(document: str, id: str) -> str:
    return f"golden#{word(document)}#{word(id)}"


def _turn(item: Item) -> Turn:
    return _TURN.validate_python(item.data)
