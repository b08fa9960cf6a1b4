"""A file, or what a link brings -> a document; or why it is none."""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from bot.documents import Parsed, UnreadableError, Why
from bot.documents.fetching.refused import RefusedError
from bot.documents.fetching.response import Fetched, Known
from bot.replies import megabytes, skipped
from bot.replies.words import say
from bot.types import Attachment, Message, Skipped, Source, SourceError
from model.types import Document

AT_ONCE = 4  # files and links in hand, each with its bytes; others wait
FETCH_SECONDS = 8.0  # for a file, as for a link
LINK, FILE = "link-", "file-"  # what the ids begin with of documents that links and files bring

Found = tuple[Document | None, list[Skipped]]


class Files(Protocol):
    """Reads files; `bot.documents.pool` does."""

    async def read(self, name: str, media_type: str, data: bytes) -> Parsed:
        """What is read in a file; raises `UnreadableError`."""


class Links(Protocol):
    """Brings links in; `bot.documents.fetch` does."""

    async def fetch(self, url: str, *, again: Known | None = None) -> Fetched:
        """What a link brings; raises `RefusedError`."""


class Things:
    """Fetches and reads files and links, a few at once."""

    def __init__(self, files: Files, links: Links, sources: Mapping[str, Source], most: int) -> None:
        self._files, self._links, self._sources = files, links, sources
        self._most = most  # bytes of one file
        self._gate = asyncio.Semaphore(AT_ONCE)

    def source(self, message: Message) -> Source | None:
        """Where a message's files come from, and what was said before it."""
        return self._sources.get(message.address.channel or message.thread.channel)

    async def file(self, message: Message, attachment: Attachment) -> Found:
        """What is read in a file."""
        title, most = attachment.name or say("skipped.file"), self._most
        source = self.source(message)
        if attachment.size > most:
            return None, [skipped.too_large(title, megabytes(most))]
        if source is None:
            return None, [skipped.not_handed_over(title, "unsupported")]
        try:
            async with self._gate:
                async with asyncio.timeout(FETCH_SECONDS):
                    data = await source.fetch(attachment, message.address)
                parsed = await self._files.read(attachment.name, attachment.media_type, data)
        except TimeoutError:
            return None, [skipped.not_handed_over(title, "slow")]
        except SourceError as error:
            return None, [skipped.not_handed_over(title, error.reason)]
        except UnreadableError as error:
            return None, [skipped.unreadable(title, error.why, error.detail)]
        document = await _document(f"{FILE}{attachment.id}", data, parsed, message)
        return replace(document, title=title, where=attachment.where), []

    async def link(self, message: Message, link: str) -> Found:
        """What is read behind a link."""
        try:
            async with self._gate:
                fetched = await self._links.fetch(link)
                parsed = await self.read(fetched)
        except RefusedError as error:
            return None, [skipped.refused(link, error)]
        except UnreadableError as error:
            return None, [skipped.unreadable(link, error.why, error.detail)]
        document = await _document(link_name(link), fetched.data, parsed, message)
        title = parsed.title or fetched.name or link
        return replace(document, title=title, where=link, again=known(fetched)), []

    async def read(self, fetched: Fetched) -> Parsed:
        """What is read in what a link brought; raises `UnreadableError`."""
        if not fetched.data:
            raise UnreadableError(Why.EMPTY)
        told = f"{fetched.media_type}; charset={fetched.charset}" if fetched.charset else fetched.media_type
        return await self._files.read(fetched.name, told, fetched.data)


def link_name(link: str) -> str:
    """The id of the document that a link brings."""
    return f"{LINK}{hashlib.sha256(link.encode('utf-8', 'replace')).hexdigest()[:16]}"


def known(fetched: Fetched) -> str:
    """What a link's server wants to know to say whether it has changed."""
    return json.dumps([fetched.url, fetched.etag, fetched.last_modified])


def version_of(data: bytes) -> str:
    """What tells bytes that were read from any others."""
    return hashlib.sha256(data).hexdigest()[:32]


def left_of(parsed: Parsed) -> tuple[tuple[str, str, str], ...]:
    """The parts that were not read, as a document keeps them."""
    return tuple((one.what, str(one.why), one.detail) for one in parsed.left)


async def _document(id: str, data: bytes, parsed: Parsed, message: Message) -> Document:
    packed = await asyncio.to_thread(parsed.places.pack)
    version = await asyncio.to_thread(version_of, data)
    return Document(
        id,
        version,
        parsed.text,
        kind=parsed.kind,
        added_by=message.author.id,
        added_at=message.at,
        size=len(parsed.text),
        pages=parsed.pages,
        left=left_of(parsed),
        places=packed,
    )
