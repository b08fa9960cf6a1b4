"""Pinned links, read again by the clock: a new version takes the old one's place, and its room is told."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import structlog

from bot.archive import Archive
from bot.documents import UnreadableError
from bot.documents.fetching.refused import RefusedError
from bot.documents.fetching.response import Fetched, Known
from bot.intake.things import Links, Things, known, left_of, version_of
from bot.stores import StoreError
from bot.types import Author, Chat, Message, Thread
from model.types import Document

log = structlog.get_logger(__name__)


class Rereading:
    """Asks each pinned link's server whether it has changed, as far as its robots.txt lets a machine."""

    def __init__(
        self,
        archive: Archive,
        things: Things,
        links: Links,
        chats: Mapping[str, Chat],
        *,
        most: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._archive, self._things, self._links, self._chats = archive, things, links, chats
        self._most, self._clock = most, clock  # code points that a room's pins hold

    async def read_all(self) -> None:
        """Read every pinned link again; raises `StoreError`."""
        threads = self._archive.threads
        for team in await threads.teams():
            for room in await threads.of_team(team):
                for document in await threads.pinned(room):
                    if document.again:
                        await self._read(room, document)

    async def _read(self, room: Thread, document: Document) -> None:
        url, etag, modified = json.loads(document.again)
        since = self._clock()
        try:
            fetched = await self._links.fetch(document.where, again=Known(url, etag, modified))
            if not fetched.unchanged:
                await self._renew(room, document, fetched, since)
        except (RefusedError, UnreadableError) as error:  # the version that was read stays
            log.info("a pinned link was not read again", document=document.id, reason=str(error))
        except StoreError:
            raise
        except Exception as error:  # the next one, then
            log.warning("a pinned link failed", document=document.id, error=type(error).__name__)

    async def _renew(self, room: Thread, old: Document, fetched: Fetched, at: float) -> None:
        """Put a new version in the old one's place, unless that was taken away since."""
        version = version_of(fetched.data)
        parsed = await self._things.read(fetched)
        shelf = await self._archive.threads.pinned(room)
        pinned = next((one for one in shelf if (one.id, one.version) == (old.id, old.version)), None)
        held = sum(one.size for one in shelf if one.id != old.id)
        if pinned is None or held + len(parsed.text) > self._most:
            return
        new = replace(
            pinned,
            version=version,
            text=parsed.text,
            kind=parsed.kind,
            title=parsed.title or pinned.title,
            pages=parsed.pages,
            left=left_of(parsed),
            places=parsed.places.pack(),
            shelf="",
        )
        await self._archive.threads.put(room, new, at=at, keep=True)
        if version != old.version:
            await self._tell(room, new)
        # Last, so that who is killed before it reads the link again, and tells the room if that was not done.
        await self._archive.threads.put(room, replace(new, again=known(fetched)), at=at, keep=True)

    async def _tell(self, room: Thread, document: Document) -> None:
        """Have the room told what the new version changes of what was answered from the old."""
        for where, turn in reversed(await self._archive.threads.turns_quoting(room, document.id)):
            posted = await self._archive.messages.posted(where, turn.id)
            chat = self._chats.get(posted.address.channel) if posted else None
            if posted and chat:
                news = Message(
                    f"news-{document.id}-{document.version}",
                    room,
                    "news",
                    "",
                    at=self._clock(),
                    author=Author(document.added_by),
                    address=chat.room(posted.address),
                    about=document.id,
                )
                await self._archive.messages.record(news, "", due=self._clock())
                return
