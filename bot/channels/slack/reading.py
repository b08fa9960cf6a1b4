"""What was said before, and the files that came with it, as Slack hands them over."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.slack import written
from bot.channels.slack.clients import Clients
from bot.channels.slack.errors import as_source
from bot.channels.slack.files import Download
from bot.channels.slack.parsed import by_a_person, spoken
from bot.channels.slack.people import People
from bot.channels.slack.places import DIRECT, HOSTED, NO_SUCH_FILE, Place, attachment, files
from bot.channels.slack.queues import HISTORY, REPLIES, Queues
from bot.channels.slack.tokens import Installation, Tokens
from bot.types import Address, Attachment, Message, SourceError

PAGE = 200
PAGES = 10  # of a thread: more than we keep of one
NAMES_SECONDS = 2.0  # for the names of all who spoke

Said = Mapping[str, Any]


class Reading:
    """Asks Slack for what its events did not bring."""

    def __init__(
        self, clients: Clients, tokens: Tokens, people: People, download: Download, queues: Queues
    ) -> None:
        self._clients, self._tokens, self._people = clients, tokens, people
        self._download, self._queues = download, queues

    async def _ours(self, address: Address) -> Installation:
        with as_source():
            ours = await self._tokens.of(address.data.get("team", ""), address.data.get("enterprise", ""))
        if ours is None:
            raise SourceError("gone")
        return ours

    # ----------------------------------------------------------------------- history

    async def history(self, address: Address, most: int) -> Sequence[Message]:
        """The last messages there, oldest first; of people alone."""
        ours, data = await self._ours(address), address.data
        client, channel, thread = self._clients.of(ours.token), data.get("channel", ""), data.get("thread")
        if not channel:
            return ()
        try:
            with as_source(), self._queues.aside(data.get("team", ""), REPLIES if thread else HISTORY):
                if thread:
                    found = await _thread(client, channel, thread, most)
                else:
                    found = await _room(client, channel, data.get("ts", ""), most)
        except SourceError as error:
            if error.reason == "uninvited" and channel.startswith(DIRECT):
                raise SourceError("unsupported") from error  # two people's own: nobody can let us in
            raise
        where = Place(data.get("team", ""), data.get("enterprise", ""), channel)
        said = [one for each in found if (one := spoken(each, where, ours))]
        return await self._named(ours, [replace(one, intent="heard", address=address) for one in said])

    async def _named(self, ours: Installation, said: Sequence[Message]) -> Sequence[Message]:
        """The same with people's names, as far as Slack tells them soon enough."""
        users = {one.author.id for one in said}.union(*(written.all_mentioned(one) for one in said))
        try:
            async with asyncio.timeout(NAMES_SECONDS):
                await self._people.names(ours, users)
        except TimeoutError:
            pass

        def name(user: str) -> str:
            return self._people.known(ours.team, user).name

        return [
            replace(
                written.all_named(one, name),
                author=replace(self._people.known(ours.team, one.author.id), outside=one.author.outside),
            )
            for one in said
        ]

    async def beside(self, message: Message, ours: Installation) -> tuple[Attachment, ...]:
        """The files of a message whose event told of none."""
        data, client = message.address.data, self._clients.of(ours.token)
        channel, ts, thread = data["channel"], data["ts"], data.get("thread") or ""
        asked = {"channel": channel, "latest": ts, "oldest": ts, "inclusive": True, "limit": 1}
        in_thread = thread not in ("", ts)
        with as_source(), self._queues.aside(data.get("team", ""), REPLIES if in_thread else HISTORY):
            if in_thread:
                told = await client.conversations_replies(ts=thread, **asked)
            else:
                told = await client.conversations_history(**asked)
        found = [one for one in told.get("messages") or () if one.get("ts") == ts]
        return files(found[0]) if found and by_a_person(found[0], ours) else ()

    # ----------------------------------------------------------------------- files

    async def fetch(self, attachment: Attachment, address: Address) -> bytes:
        """The bytes of a file."""
        ours = await self._ours(address)
        if not attachment.url:
            attachment = await self._told(attachment, self._clients.of(ours.token))
        return await self._download.of(attachment, ours.token)

    async def _told(self, given: Attachment, client: AsyncWebClient) -> Attachment:
        """A file of which the event told too little, as `files.info` tells it."""
        with as_source():
            try:
                file = (await client.files_info(file=given.id))["file"]
            except SlackApiError as error:
                if error.response.get("error") == "file_not_found":
                    raise SourceError("gone") from error
                raise
            if file.get("mode") in ("tombstone", "hidden_by_limit"):
                raise SourceError("gone")
            if file.get("mode") not in HOSTED:
                raise SourceError("unsupported")
            found = attachment({**file, "file_access": None})
        if not found.url or file.get("file_access") == NO_SUCH_FILE:
            raise SourceError("gone")
        return found


async def _thread(client: AsyncWebClient, channel: str, thread: str, most: int) -> list[Said]:
    """The last messages of a thread: Slack tells them oldest first, page by page, each with the first."""
    found: dict[str, Said] = {}
    cursor = ""
    for _ in range(PAGES):
        told = await client.conversations_replies(channel=channel, ts=thread, limit=PAGE, cursor=cursor)
        found |= {one["ts"]: one for one in told.get("messages") or ()}
        cursor = (told.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            break
    return list(found.values())[-most:]


async def _room(client: AsyncWebClient, channel: str, before: str, most: int) -> list[Said]:
    """The last messages of a room, oldest first."""
    found: list[Said] = []
    cursor = ""
    while len(found) < most:
        asked: dict[str, Any] = {"latest": before} if before else {}
        limit = min(PAGE, most - len(found))
        told = await client.conversations_history(channel=channel, limit=limit, cursor=cursor, **asked)
        found += told.get("messages") or ()
        cursor = (told.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            break
    return found[::-1]
