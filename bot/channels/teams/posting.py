"""What goes out: replies, and the sign that one is on its way."""

import asyncio
import contextlib
import json
from collections.abc import Mapping
from typing import Any

import structlog
from cachetools import LRUCache

from bot.channels.teams import drawn
from bot.channels.teams.adapter import Adapter, RefusedError
from bot.channels.teams.incoming import CHAIN, NAME
from bot.channels.teams.settings import Settings, is_among
from bot.types import Address, DeliveryError, Message, Ref, Reply

log = structlog.get_logger(__name__)

LIMIT = 25_000  # bytes as UTF-16; Teams takes three times as much, and cuts what is longer
TYPING_SECONDS = 3.5  # after which Teams takes the sign away
WORKING_SECONDS = 25.0  # longer nobody works
KNOWN = 20_000  # names, and replies by their refs


class Posting:
    """Replies to where their addresses lead."""

    def __init__(self, adapter: Adapter, settings: Settings) -> None:
        self._adapter, self._settings = adapter, settings
        self._names: LRUCache[str, str] = LRUCache(KNOWN)
        self._answers: LRUCache[tuple[str, str], str] = LRUCache(KNOWN)
        self._typing: dict[str, asyncio.Task[None]] = {}

    def meet(self, message: Message) -> None:
        """Note what somebody is called."""
        if message.author.name:
            self._names[message.author.id] = message.author.name

    @property
    def names(self) -> Mapping[str, str]:
        """What people are called, by their ids, as far as it is known."""
        return self._names

    def answer_of(self, address: Address, ref: Ref) -> str:
        """The id of the answer that was posted as that; empty where it is not known here."""
        return self._answers.get((_place(address), ref), "")

    async def send(self, reply: Reply, address: Address, replacing: Ref | None) -> Ref:
        """Post a reply or put it in the place of another: its words, and its buttons in a message below them.

        Teams makes two messages of words with a card, tells the id of neither, and lets neither be replaced.
        """
        self._check(address)
        self._rest(address)
        words, buttons = _apart(drawn.activity(reply, self._names))
        main, below = _parts(replacing)
        if _size(words) > LIMIT:
            words = _apart(drawn.text_only(reply, self._names))[0]
        try:
            ref = await self._put(address, words, main)
        except RefusedError as error:
            log.info("refused as drawn", reason=str(error))
            ref = await self._put(address, _apart(drawn.text_only(reply, self._names))[0], main)
        self._answers[_place(address), ref] = reply.id
        below = await self._put_below(address, buttons, below, again=main != "")
        return f"{ref} {below}".strip()

    async def _put_below(
        self, address: Address, buttons: Mapping[str, Any] | None, below: Ref, *, again: bool
    ) -> Ref:
        """Post the buttons, replace them or take them away; the words stand without them where that fails.

        Where it surely did not come about, and the words can be replaced `again`, all is tried once more.
        """
        try:
            if buttons:
                return await self._put(address, buttons, below)
            if below:
                await self._adapter.delete(address.data, below)
            return ""
        except RefusedError as error:
            log.info("buttons refused", reason=str(error))
        except DeliveryError as error:
            if error.refused and again and not error.final:
                raise
            log.warning("buttons not posted", reason=str(error))
        return below

    async def _put(self, address: Address, activity: Mapping[str, Any], replacing: Ref) -> Ref:
        if replacing:
            await self._adapter.update(address.data, replacing, activity)
            return replacing
        ref = await self._adapter.post(address.data, activity)
        if not ref:
            raise DeliveryError("it was taken without an id")
        return ref

    async def retract(self, ref: Ref, address: Address) -> None:
        """Take a reply away; one that is gone already is no error."""
        self._check(address)
        for part in filter(None, reversed(_parts(ref))):
            try:
                await self._adapter.delete(address.data, part)
            except DeliveryError as error:
                if str(error) != "status 404":
                    raise

    def room(self, address: Address) -> Address:
        """The same without its reply chain."""
        conversation = address.data["conversation"]
        whole = {**conversation, "id": conversation["id"].partition(CHAIN)[0]}
        return Address(NAME, {**address.data, "conversation": whole})

    def _check(self, address: Address) -> None:
        """An address may be older than the settings."""
        hosts = self._settings.endpoints.hosts
        if not is_among(str(address.data.get("serviceUrl", "")), hosts, self._settings.allow_unsigned):
            raise DeliveryError("its service URL is not allowed", final=True)

    # ----------------------------------------------------------------------- typing

    async def working(self, address: Address) -> None:
        """Show that somebody writes, until something is sent there; channels have no sign for it."""
        if address.data.get("conversation", {}).get("conversationType") == "channel":
            return
        place = _place(address)
        if place not in self._typing:
            task = self._typing[place] = asyncio.create_task(self._type(address))
            task.add_done_callback(lambda done: self._typing.pop(place, None))

    async def _type(self, address: Address) -> None:
        with contextlib.suppress(TimeoutError, DeliveryError):
            self._check(address)
            async with asyncio.timeout(WORKING_SECONDS):
                while True:
                    await self._adapter.post(address.data, {"type": "typing"})
                    await asyncio.sleep(TYPING_SECONDS)

    def _rest(self, address: Address) -> None:
        if task := self._typing.get(_place(address)):
            task.cancel()

    async def close(self) -> None:
        """Show nothing any more."""
        for task in (tasks := list(self._typing.values())):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _place(address: Address) -> str:
    return str(address.data.get("conversation", {}).get("id", ""))


def _parts(ref: Ref | None) -> tuple[Ref, Ref]:
    """What Teams calls a reply's words, and its buttons; empty where there are none."""
    words, _, buttons = (ref or "").partition(" ")
    return words, buttons


def _apart(activity: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any] | None]:
    """The words of a reply, and its buttons if it has any."""
    words = {name: value for name, value in activity.items() if name != "attachments"}
    cards = activity.get("attachments")
    return words, {"type": "message", "attachments": cards} if cards else None


def _size(activity: Mapping[str, Any]) -> int:
    return len(json.dumps(activity, ensure_ascii=False).encode("utf-16-le", "surrogatepass"))
