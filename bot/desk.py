"""What may be asked of what is remembered: sources, pins, forgetting, export, settings, counts, gaps.

Every way in (a command, a button, the page) comes through here, and is held to the same rights.
"""

import time
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, replace
from typing import Any, Literal

import structlog
from cachetools import TTLCache
from pydantic import ValidationError

from bot import policy
from bot.archive import Archive
from bot.archive.keys import word
from bot.archive.records import Act
from bot.archive.threads import Forgotten, Golden
from bot.policy import NotAllowedError, Right, RoomSettings
from bot.stores import StoreError
from bot.types import Author, Thread, Turn
from model.types import Document

log = structlog.get_logger(__name__)

SETTINGS, BUCKET = "settings", "bucket"  # kinds of records
SETTINGS_SECONDS = 10.0  # another task's change is known here after this
ROOMS = 10_000  # whose settings are at hand
ATTEMPTS = 8  # at settings that others write at the same time

Drop = Callable[[Collection[str]], None]
"""Lets go of what is cached of documents with these ids."""


class WrongSettingError(Exception):
    """A room's setting is unknown or has a wrong value; the text is a sentence for whoever set it."""


class Desk:
    """Acts for somebody, as far as they may; `where` is a thread, or a room as a whole."""

    def __init__(
        self,
        archive: Archive,
        drop: Drop,
        *,
        admins: Collection[str] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._archive, self._drop, self._admins, self._clock = archive, drop, admins, clock
        self._settings: TTLCache[Thread, RoomSettings] = TTLCache(ROOMS, SETTINGS_SECONDS)

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
            await self._note(author, "pin over", room)

    async def unpin(self, author: Author, where: Thread, document: str) -> bool:
        """Take a pinned document away, with what quotes it; False where there is none."""
        room = where.whole_room
        pinned = [found for found in await self._archive.threads.shelf(room) if found.id == document]
        if not pinned:
            return False
        own = pinned[0].added_by == author.id != ""
        await self.allow(author, "unpin" if own else "unpin others'", where)
        await self._gone(await self._archive.threads.remove(room, document))
        if not own:
            await self._note(author, "unpin", room)
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
            return await self._gone(await threads.forget_person(where, author.id))
        if what == "thread":
            own = await self._is_theirs(author, where)
            await self.allow(author, "forget" if own else "forget others'", where)
            forgotten = await self._gone(await threads.forget(where))
            if own:
                return forgotten
        elif what == "room":
            await self.allow(author, "forget others'", where)
            forgotten = await threads.forget_room(where)
        else:
            await self.allow(author, "forget everything", where)
            forgotten = await threads.forget_team(where)
        await self._note(author, f"forget {what}", where)
        return await self._gone(forgotten)

    async def forget_person(self, author: Author, where: Thread, person: str) -> Forgotten:
        """Delete what somebody else put in or asked, in the whole team."""
        await self.allow(author, "forget others'", where)
        forgotten = await self._archive.threads.forget_person(where, person)
        await self._note(author, "forget person", where)
        return await self._gone(forgotten)

    async def _is_theirs(self, author: Author, where: Thread) -> bool:
        """Whether nobody else's words are in a thread."""
        threads = self._archive.threads
        shelf, said = await threads.contents(where)
        others = {document.added_by for document in (*shelf, *said)}
        others |= {turn.author for turn in await threads.turns(where)}
        return bool(where.thread) and others <= {author.id}

    async def _gone(self, forgotten: Forgotten) -> Forgotten:
        """See to it that nothing of it is left in this process and in the store's files."""
        self._drop(forgotten.documents)
        try:
            await self._archive.store.scrub()
        except StoreError as error:  # it is deleted; a chore scrubs again
            log.info("scrubbing is put off", error=type(error).__name__)
        return forgotten

    # ----------------------------------------------------------------------- looking

    async def export(self, author: Author, where: Thread) -> dict[str, Any]:
        """All that a thread, or a room with its threads, holds; as plain JSON."""
        await self.allow(author, "export", where)
        await self._note(author, "export", where)
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
        documents = [
            asdict(document) | {"text": await threads.text(where, document.id, document.version)}
            for document in await threads.shelf(where)
        ]
        documents += [asdict(message) for message in (await threads.contents(where))[1]]
        return {
            "thread": asdict(where),
            "documents": documents,
            "turns": [asdict(turn) for turn in await threads.turns(where)],
        }

    async def gaps(self, author: Author, where: Thread) -> list[tuple[Thread, Turn]]:
        """The questions of a room that found nothing, with where they were asked."""
        await self.allow(author, "administer", where)
        return await self._archive.threads.gaps(where)

    async def counts(self, author: Author, where: Thread, days: int = 31) -> dict[str, dict[str, int]]:
        """What was counted in a team, by the day."""
        await self.allow(author, "administer", where)
        return await self._archive.records.counts(where, days)

    async def acts(self, author: Author, where: Thread, limit: int = 100) -> list[Act]:
        """What admins did in a team, the newest first."""
        await self.allow(author, "administer", where)
        return await self._archive.records.acts(where, limit)

    # ----------------------------------------------------------------------- settings

    async def settings(self, where: Thread) -> RoomSettings:
        """What holds in a room: its own settings, else its team's, else ours."""
        room = where.whole_room
        known = self._settings.get(room)
        if known is None:
            teams_own = await self._archive.records.get(SETTINGS, str(where.whole_team))
            rooms_own = await self._archive.records.get(SETTINGS, str(room))
            known = RoomSettings.model_validate(_understood({**teams_own.data, **rooms_own.data}))
            self._settings[room] = known
        return known

    async def set(self, author: Author, where: Thread, changes: Mapping[str, Any]) -> RoomSettings:
        """Change settings of a room, or of a team where `where` has no room; None unsets one.

        Raises `WrongSettingError` with a sentence, and changes nothing then.
        """
        await self.allow(author, "settings", where)
        key, records = str(where.whole_room), self._archive.records
        for _ in range(ATTEMPTS):
            there = await records.get(SETTINGS, key)
            wanted = {**_understood(there.data), **changes}
            wanted = {name: value for name, value in wanted.items() if value is not None}
            checked = _checked(wanted).model_dump(include=set(wanted))
            if await records.put(SETTINGS, key, checked, there.version):
                self._settings.clear()
                await self._note(author, f"set {', '.join(sorted(changes))}", where.whole_room)
                return await self.settings(where)
        raise StoreError("The settings are being changed by others just now.")

    # ----------------------------------------------------------------------- rights and limits

    async def charge(self, author: Author, where: Thread) -> float:
        """Count a question for somebody's limit in a room; how many seconds they must wait, 0 for none."""
        key, records = f"{where.whole_room}/{word(author.id)}", self._archive.records
        room, now = await self.settings(where), self._clock()
        for _ in range(ATTEMPTS):
            there = await records.get(BUCKET, key)
            spent = policy.spend(there.data.get("full_at", 0.0), now, room)
            data, ends = {"full_at": spent.full_at}, spent.full_at + 1
            if spent.wait or await records.put(BUCKET, key, data, there.version, expires_at=ends):
                return spent.wait
        return 60 / room.per_minute  # they ask many times at once, all over the place

    async def allow(self, author: Author, right: Right, where: Thread) -> None:
        """Raise `NotAllowedError` where somebody may not do that here, whoever `WHEREIN_ADMINS` names."""
        if not policy.may(policy.known(author, self._admins), right, await self.settings(where)):
            raise NotAllowedError(right)

    async def _note(self, author: Author, what: str, where: Thread) -> None:
        act = Act(uuid.uuid4().hex, self._clock(), author.id, what, str(where))
        await self._archive.records.note(where, act)
        log.info("administered", act=act.id, author=author.id, what=what)


def _understood(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Stored settings, without those that another version of ours knows or wants otherwise."""
    try:
        RoomSettings.model_validate(stored)
    except ValidationError as error:
        wrong = {problem["loc"][0] for problem in error.errors(include_url=False) if problem["loc"]}
        return {name: value for name, value in stored.items() if name not in wrong}
    return dict(stored)


def _checked(wanted: Mapping[str, Any]) -> RoomSettings:
    try:
        return RoomSettings.model_validate(wanted)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        if first["type"] == "extra_forbidden":
            known = ", ".join(RoomSettings.model_fields)
            raise WrongSettingError(f"“{name}” is no setting: there are {known}.") from error
        raise WrongSettingError(f"“{name}”: {first['msg'][0].lower()}{first['msg'][1:]}.") from error
