"""What may be asked of what is remembered: sources, pins, forgetting, export, counts, gaps.

Every way in (a command, a button, the page) comes through here, and is held to the same rights.
"""

import asyncio
import time
from collections.abc import Callable, Collection
from dataclasses import asdict, replace
from typing import Any, Literal

import structlog
from cachetools import TTLCache

from bot import followups, receipts
from bot.archive import Archive
from bot.archive.records import CHECK, DIGEST, FIT, GROUP, SETTINGS, Act
from bot.archive.threads import Forgotten, Golden
from bot.feedback import Feedback
from bot.gaps import Gap, grouped
from bot.receipts import Why
from bot.rights import ROOMS, Rights
from bot.stores import StoreError
from bot.types import Address, Author, Message, Thread, Turn
from model.types import Document

log = structlog.get_logger(__name__)

GROUP_SECONDS = 3_600.0  # that a room's group is not looked up again

Drop = Callable[[Collection[str]], None]
"""Lets go of what is cached of documents with these ids."""


class Desk(Rights):
    """Acts for somebody, as far as they may; `where` is a thread, or a room as a whole."""

    def __init__(
        self,
        archive: Archive,
        drop: Drop,
        *,
        admins: Collection[str] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(archive, admins=admins, clock=clock)
        self._drop = drop
        self.feedback = Feedback(archive, self, clock)
        self._groups: TTLCache[Thread, str] = TTLCache(ROOMS, GROUP_SECONDS)

    # ----------------------------------------------------------------------- sources and pins

    async def sources(self, author: Author, where: Thread) -> tuple[list[Document], list[Document]]:
        """What is read for a question here: the thread's documents, and what is pinned to its room."""
        await self.allow(author, "sources", where)
        room = await self._archive.threads.shelf(where.whole_room) if where.room else []
        return (await self._archive.threads.shelf(where) if where.thread else []), room

    async def pin(self, author: Author, where: Thread, document: Document) -> None:
        """Put a document where every thread of the room reads it, for good."""
        await self.allow(author, "pin", where)
        threads, room = self._archive.threads, where.whole_room
        others = any(
            found.id == document.id and found.added_by != author.id for found in await threads.shelf(room)
        )
        if others:  # it takes the place of what somebody else pinned
            await self.allow(author, "unpin others'", where)
        pinned = replace(document, added_by=author.id, added_at=self._clock())
        await threads.put(room, pinned, at=self._clock(), keep=True)
        if others:
            await self.note(author, "pin over", room)

    async def unpin(self, author: Author, where: Thread, document: str) -> bool:
        """Take a pinned document away, with what quotes it; False where there is none."""
        room = where.whole_room
        pinned = [found for found in await self._archive.threads.shelf(room) if found.id == document]
        if not pinned:
            return False
        own = pinned[0].added_by == author.id != ""
        await self.allow(author, "unpin" if own else "unpin others'", where)
        await self._gone(where, await self._archive.threads.remove(room, document))
        if not own:
            await self.note(author, "unpin", room)
        return True

    async def approve(self, author: Author, where: Thread, golden: Golden) -> bool:
        """Keep a question with the answer that it got, to check later that it still gets it.

        False where the document that gave it is gone.
        """
        await self.allow(author, "pin", where)
        return await self._archive.threads.approve(where, replace(golden, author=author.id))

    # ----------------------------------------------------------------------- forgetting

    async def forget(
        self, author: Author, where: Thread, what: Literal["mine", "thread", "room", "everything"]
    ) -> Forgotten:
        """Delete what somebody put in or asked (in the whole team), or all that a thread, a room or the team
        holds; a thread in which only they spoke is theirs."""
        threads = self._archive.threads
        if what == "mine":
            await self.allow(author, "forget", where)
            return await self._gone(where, await threads.forget_person(where, author.id))
        if what == "thread":
            own = await self._is_theirs(author, where)
            await self.allow(author, "forget" if own else "forget others'", where)
            forgotten = await self._gone(where, await threads.forget(where))
            if own:
                return forgotten
        elif what == "room":
            await self.allow(author, "forget others'", where)
            forgotten = await threads.forget_room(where)
        else:
            await self.allow(author, "forget everything", where)
            forgotten = await threads.forget_team(where)
        await self.note(author, f"forget {what}", where)
        return await self._gone(where, forgotten)

    async def leave(self, where: Thread) -> None:
        """Delete all that was kept of a room, or of a whole team, since Wherein was put out of it."""
        threads = self._archive.threads
        rooms = [where.whole_room] if where.room else [*await threads.of_team(where), where.whole_team]
        forgotten = await (threads.forget_room(where) if where.room else threads.leave_team(where))
        await self._gone(where, forgotten)
        for room in rooms:
            for kind in (SETTINGS, DIGEST, FIT, CHECK, GROUP):
                await self._archive.records.delete(kind, str(room))
        if not where.room:
            await self._archive.records.forget_team(where)

    async def place(self, where: Thread, group: str) -> None:
        """Note which group a room is in, so that it is left with that."""
        room = where.whole_room
        if self._groups.get(room) == group:
            return
        try:
            there = await self._archive.records.get(GROUP, str(room))
            if there.data != {"id": group}:
                await self._archive.records.put(GROUP, str(room), {"id": group}, there.version)
        except StoreError as error:  # who asks is answered all the same
            log.warning("group not noted", error=type(error).__name__)
        else:
            self._groups[room] = group

    async def leave_group(self, where: Thread, group: str) -> None:
        """Delete all that was kept of a group's rooms, since Wherein was put out of them."""
        for room in await self._archive.threads.of_team(where):
            there = await self._archive.records.get(GROUP, str(room))
            if there.data.get("id") == group:
                await self.leave(room)
                await self._archive.records.delete(GROUP, str(room))
                self._groups.pop(room, None)

    async def forget_person(self, author: Author, where: Thread, person: str) -> Forgotten:
        """Delete what somebody else put in or asked, in the whole team."""
        await self.allow(author, "forget others'", where)
        forgotten = await self._archive.threads.forget_person(where, person)
        await self.note(author, "forget person", where)
        return await self._gone(where, forgotten)

    async def _is_theirs(self, author: Author, where: Thread) -> bool:
        """Whether nobody else's words are in a thread."""
        threads = self._archive.threads
        shelf, said = await threads.contents(where)
        others = {document.added_by for document in (*shelf, *said)}
        others |= {turn.author for turn in await threads.turns(where)}
        return others <= {author.id}

    async def _gone(self, where: Thread, forgotten: Forgotten) -> Forgotten:
        """See to it that nothing is left in this process, in the store's files, and in what was learnt."""
        self._drop(forgotten.documents)
        try:
            await self.feedback.refit(where)
            await self._archive.store.scrub()
        except StoreError as error:  # it is deleted; a chore scrubs again, and the next vote refits
            log.info("scrubbing is put off", error=type(error).__name__)
        return forgotten

    # ----------------------------------------------------------------------- looking

    async def export(self, author: Author, where: Thread) -> dict[str, Any]:
        """All that a thread, or a room with its threads, holds; as plain JSON."""
        await self.allow(author, "export", where)
        await self.note(author, "export", where)
        threads = [where] if where.thread else [*await self._archive.threads.of_room(where), where]
        settings = await self.settings(where)
        approved = await self._archive.threads.approved(where)
        return {
            "settings": settings.model_dump(),
            "approved": [asdict(one) for one in approved if one.thread == str(where) or not where.thread],
            "threads": [await self._exported(thread) for thread in dict.fromkeys(threads)],
        }

    async def _exported(self, where: Thread) -> dict[str, Any]:
        threads = self._archive.threads
        in_hand = await self._archive.messages.in_hand(where)
        documents = [
            asdict(document) | {"text": await threads.text(where, document.id, document.version)}
            for document in await threads.shelf(where)
        ]
        documents += [asdict(message) for message in (await threads.contents(where))[1]]
        return {
            "thread": asdict(where),
            "documents": documents,
            "turns": [asdict(turn) for turn in await threads.turns(where)],
            "votes": [asdict(vote) for vote in await self._archive.votes.of_thread(where)],
            "in_hand": [asdict(_without_ways_in(message)) for message in in_hand],
            "asked_by": await threads.askers(where),
            "muted": await threads.is_muted(where),
        }

    async def why(self, author: Author, where: Thread, answer: str) -> Why | None:
        """What was read for an answer, by what, and what else was found; None where it is forgotten."""
        await self.allow(author, "sources", where)
        threads = self._archive.threads
        turns = await threads.turns(where)
        turn = next((one for one in turns if one.id == answer), None)
        if turn is None:
            return None
        asked = followups.of_turn(turn, where, turns)
        shelf, said = await threads.contents(where)
        pinned = await threads.shelf(where.whole_room) if where.room else []

        async def load(document: Document) -> str | None:
            if document in said:
                return document.text
            return await threads.text(Thread.parse(document.shelf), document.id, document.version)

        return await receipts.why(turn, asked, [*shelf, *said, *pinned], load)

    async def gaps(self, author: Author, where: Thread) -> list[tuple[Thread, Turn]]:
        """The questions of a room that found nothing, with where they were asked."""
        await self.allow(author, "administer", where)
        return await self._archive.threads.gaps(where)

    async def gap_groups(self, author: Author, where: Thread) -> list[Gap]:
        """The same, grouped by what they ask for: what most people did not find stands first."""
        return await asyncio.to_thread(grouped, await self.gaps(author, where))

    async def counts(self, author: Author, where: Thread, days: int = 31) -> dict[str, dict[str, int]]:
        """What was counted in a team, by the day."""
        await self.allow(author, "administer", where)
        return await self._archive.records.counts(where, days)

    async def acts(self, author: Author, where: Thread, limit: int = 100) -> list[Act]:
        """What admins did in a team, the newest first."""
        await self.allow(author, "administer", where)
        return await self._archive.records.acts(where, limit)


def _without_ways_in(message: Message) -> Message:
    """A message without the addresses at which whoever has them may answer it, or fetch its files."""
    files = tuple(replace(file, url="") for file in message.attachments)
    return replace(message, address=Address(), attachments=files)
