"""Replies on their way to Slack: posted with the message's id, found again by it, changed and taken away."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.slack import drawn
from bot.channels.slack.clients import Clients
from bot.channels.slack.errors import (
    UNINVITED,
    SlackError,
    TooMuchError,
    UninvitedError,
    as_delivery,
    refused,
    seconds,
)
from bot.channels.slack.pace import Pace
from bot.channels.slack.places import DIRECT
from bot.channels.slack.queues import HISTORY, REPLIES, Queues
from bot.channels.slack.tokens import Installation, Tokens
from bot.types import UNKNOWN, Address, DeliveryError, Ref, Reply, Unknown
from model.passages import pieces

log = structlog.get_logger(__name__)

EVENT = "wherein_reply"  # the type of the metadata that a post carries
ANSWERED, NOWHERE = "answered", "nowhere"  # refs of what only one person sees: it has no name of its own
PAGES, PAGE = 10, 200  # of a thread, where a post is looked for
PLAIN = 3_000  # characters, where Slack took nothing else
NOT_THERE = "thread_not_found", "message_not_found", *UNINVITED

Data = Mapping[str, Any]


class Posting:
    """Posts, updates, and what only one person sees."""

    def __init__(self, clients: Clients, tokens: Tokens, pace: Pace, queues: Queues) -> None:
        self._clients, self._tokens, self._pace, self._queues = clients, tokens, pace, queues

    async def installed(self, address: Address) -> Installation:
        """The installation where an address lies; raises `DeliveryError`."""
        with as_delivery():
            ours = await self._tokens.of(address.data.get("team", ""), address.data.get("enterprise", ""))
        if ours is None:
            raise DeliveryError("Wherein is not installed there", final=True)
        return ours

    async def client(self, address: Address) -> AsyncWebClient:
        """The client for an address."""
        return self._clients.of((await self.installed(address)).token)

    # ----------------------------------------------------------------------- send

    async def send(self, reply: Reply, address: Address, replacing: Ref | None) -> Ref:
        """Post a reply, or put it in the place of one posted before."""
        if not reads_back(address) or (reply.audience == "one" and not _is_alone(address)):
            return await self._privately(reply, address, replacing)
        client, data = await self.client(address), address.data
        if replacing and replacing not in (ANSWERED, NOWHERE):
            channel, _, ts = replacing.partition("/")
            if channel == data["channel"]:
                return await self._update(client, reply, address, channel, ts)
            if found := await self._posted(client, data["channel"], address, str(data.get("id", reply.id))):
                return found  # it waited elsewhere, until Wherein was let in
        try:
            ref = await self._post(client, reply, address, data["channel"], data.get("under", ""))
        except UninvitedError:
            return await self._beside(client, reply, address)
        if data.get("place") == "pressed":  # it is shared now: what only one person saw goes
            await self._respond(address, {"delete_original": True}, quietly=True)
        return ref

    async def _beside(self, client: AsyncWebClient, reply: Reply, address: Address) -> Ref:
        """To who asked alone, where Wherein cannot speak to all."""
        if address.data.get("response_url"):
            await self._respond(address, _drawn(reply) | {"replace_original": False})
            return ANSWERED
        user = address.data.get("user")
        if not user:
            raise UninvitedError("not_in_channel", final=True)
        return await self._post(client, reply, address, user, "")

    async def _post(
        self, client: AsyncWebClient, reply: Reply, address: Address, channel: str, under: str
    ) -> Ref:
        whole = {
            "channel": channel,
            "metadata": _metadata(reply, address),
            "unfurl_links": False,
            "unfurl_media": False,
        }
        whole |= {"thread_ts": under} if under else {}
        await self._pace.wait(f"{address.data.get('team', '')}/{channel}")
        try:
            told = await self._drawn_or_plain(client, "chat.postMessage", whole, reply)
        except DeliveryError as error:
            if error.wait:
                self._pace.hold(f"{address.data.get('team', '')}/{channel}", error.wait)
            raise
        return f"{told['channel']}/{told['ts']}"

    async def _update(
        self, client: AsyncWebClient, reply: Reply, address: Address, channel: str, ts: str
    ) -> Ref:
        whole = {"channel": channel, "ts": ts, "metadata": _metadata(reply, address)}
        await self._drawn_or_plain(client, "chat.update", whole, reply)
        return f"{channel}/{ts}"

    async def _drawn_or_plain(
        self, client: AsyncWebClient, method: str, whole: dict[str, Any], reply: Reply
    ) -> Data:
        """Make a call with the reply as blocks; where Slack takes no such blocks, in plain words."""
        for words in _ways(reply):
            try:
                with as_delivery():
                    told = await client.api_call(method, json=whole | words)
                return told.data if isinstance(told.data, dict) else {}
            except TooMuchError as error:
                log.warning("drawn in plain words", reason=str(error))
                last = error
        raise last

    # ----------------------------------------------------------------------- to one person

    async def _privately(self, reply: Reply, address: Address, replacing: Ref | None) -> Ref:
        """To one person. A line that holds the place is not posted: nothing could take that place, so who is
        answered in the very moment of a crash may be answered twice."""
        if replacing is None and not reads_back(address):
            return NOWHERE
        data = address.data
        instead = data.get("place") == "pressed"
        by_url = bool(data.get("response_url")) and (instead or not data.get("under"))
        try:
            await self._alone(reply, address, by_url=by_url, instead=instead)
        except DeliveryError as error:
            if not error.refused or error.wait:
                raise
            await self._alone(reply, address, by_url=not by_url, instead=False)
        return ANSWERED

    async def _alone(self, reply: Reply, address: Address, *, by_url: bool, instead: bool) -> None:
        if by_url:
            await self._respond(address, _drawn(reply) | {"replace_original": instead})
            return
        data, client = address.data, await self.client(address)
        whole = {"channel": data.get("channel", ""), "user": data.get("user", "")}
        whole |= {"thread_ts": data["under"]} if data.get("under") else {}
        await self._drawn_or_plain(client, "chat.postEphemeral", whole, reply)

    async def _respond(self, address: Address, body: dict[str, Any], *, quietly: bool = False) -> None:
        """Send something to a `response_url`: it works for half an hour, five times."""
        url = address.data.get("response_url")
        try:
            if not url:
                raise DeliveryError("Slack: no response_url", final=True)
            with as_delivery():
                answer = await self._clients.at(url).send_dict({"response_type": "ephemeral", **body})
            if answer.status_code != 200:
                wait = seconds(answer.headers, 1.0) if answer.status_code == 429 else 0.0
                name = f"HTTP {answer.status_code}"
                if answer.status_code in (404, 410) or "_url" in answer.body:
                    raise DeliveryError(f"Slack: response_url {name}", final=True)
                if "blocks" in body and answer.status_code == 400:
                    await self._respond(address, {k: v for k, v in body.items() if k != "blocks"})
                    return
                raise refused(name, wait)
        except DeliveryError as error:
            if not quietly:
                raise
            log.info("a response_url did not take it", reason=str(error))

    # ----------------------------------------------------------------------- find and retract

    async def find(self, message: str, address: Address) -> Ref | Unknown | None:
        """The post that carries the id of that message."""
        if not reads_back(address):
            return UNKNOWN
        client, data = await self.client(address), address.data
        return await self._posted(client, data["channel"], address, message)

    async def _posted(
        self, client: AsyncWebClient, channel: str, address: Address, message: str
    ) -> Ref | None:
        data, cursor = address.data, ""
        for _ in range(PAGES):
            asked: dict[str, Any] = {"channel": channel, "limit": PAGE, "cursor": cursor}
            asked["include_all_metadata"] = True
            asked |= {"oldest": data["ts"]} if data.get("ts") else {}
            try:
                told = await self._page(client, address, asked)
            except SlackError as error:
                if error.name in NOT_THERE:
                    return None
                raise
            if found := _of(message, told.get("messages") or ()):
                return f"{channel}/{found}"
            cursor = (told.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return None
        return None

    async def _page(self, client: AsyncWebClient, address: Address, asked: dict[str, Any]) -> Any:
        """A page of the thread, or of the channel, where an answer belongs; read when its turn has come."""
        data = address.data
        under = data.get("under")

        async def call() -> Any:
            with as_delivery():
                if under:
                    return await client.conversations_replies(ts=under, **asked)
                return await client.conversations_history(**asked)

        method, since = REPLIES if under else HISTORY, data.get("ts", "")
        return await self._queues.take(data.get("team", ""), method, since, call)

    async def retract(self, ref: Ref, address: Address) -> None:
        """Take away what was posted; what only one person saw, as long as that can be done."""
        if ref in (ANSWERED, NOWHERE):
            await self._respond(address, {"delete_original": True}, quietly=True)
            return
        channel, _, ts = ref.partition("/")
        client = await self.client(address)
        try:
            with as_delivery():
                await client.chat_delete(channel=channel, ts=ts)
        except SlackError as error:
            if error.name not in NOT_THERE:
                raise


def reads_back(address: Address) -> bool:
    """Whether a post there can be read back: what only one person sees cannot."""
    return not address.data.get("private")


def _is_alone(address: Address) -> bool:
    """Whether nobody but one person is there anyway."""
    return str(address.data.get("channel", "")).startswith(DIRECT)


def _ways(reply: Reply) -> Sequence[dict[str, Any]]:
    """A reply as it should look, in plain words, and in as many of them as surely fit."""
    text = drawn.text(reply)
    return {"text": text, "blocks": drawn.blocks(reply)}, {"text": text}, {"text": pieces(text, PLAIN)[0]}


def _drawn(reply: Reply) -> dict[str, Any]:
    return {"text": drawn.text(reply), "blocks": drawn.blocks(reply)}


def _metadata(reply: Reply, address: Address) -> dict[str, Any]:
    """What a post carries, so that it can be found by the message that it answers."""
    return {"event_type": EVENT, "event_payload": {"of": address.data.get("id") or reply.id}}


def _of(message: str, posts: Sequence[Data]) -> str | None:
    for post in posts:
        metadata = post.get("metadata") or {}
        if metadata.get("event_type") == EVENT and (metadata.get("event_payload") or {}).get("of") == message:
            return str(post["ts"])
    return None
