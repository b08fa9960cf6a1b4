"""A reply on its way to a chat: posted once, whatever becomes of each call that posts it."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from bot import replies
from bot.archive.messages import Open
from bot.grip import Grip
from bot.telemetry import Metrics
from bot.types import Chat, DeliveryError, Ref, Reply

T = TypeVar("T")

SENDS = 3  # in one go; then the message waits
LONGEST_WAIT = 30.0  # seconds between two goes at a chat that does not answer
HOLD_SECONDS, RENEW_SECONDS = 10.0, 3.0


@dataclass(slots=True)
class Limits:
    """How long the inbox waits for what; seconds."""

    hold: float = HOLD_SECONDS
    renew: float = RENEW_SECONDS
    pause: float = 1.0  # before the second try; then twice as long each time
    send: float = 10.0  # for one call of a chat


def pause(limits: Limits, failures: int) -> float:
    """The seconds to wait after so many failures."""
    return float(limits.pause * 2 ** max(0, failures - 1))


class Delivery:
    """What is asked of a chat, within a time."""

    def __init__(self, limits: Limits, metrics: Metrics) -> None:
        self._limits, self._metrics = limits, metrics

    async def found(self, chat: Chat, held: Open) -> Ref | None:
        """The reply that was posted before, if there is one and the chat can tell."""
        found = await self.in_time(chat.find(held.message.id, held.message.address))
        return found if isinstance(found, str) else None

    async def hold_place(self, chat: Chat, grip: Grip) -> None:
        """Post a line that the answer will replace, where a second post could not be found out."""
        message = grip.held.message
        if grip.held.ref is None and not chat.reads_back(message.address):
            with grip.at("placing"):
                ref = await self.in_time(chat.send(replies.looking(message), message.address, None))
                await grip.hold(ref=ref)

    async def post(self, chat: Chat, reply: Reply, grip: Grip) -> Ref:
        """Post the reply once, whatever becomes of each call that posts it."""
        address, place = grip.held.message.address, grip.held.ref
        for attempt in range(1, SENDS + 1):
            grip.check()
            try:
                with self._metrics.timed("send"), grip.at("sending"):
                    ref = await self.in_time(chat.send(reply, address, place))
                grip.unsure = True  # until it is settled
                return ref
            except DeliveryError as error:
                grip.unsure |= not error.refused
                if error.final or attempt == SENDS or error.wait > LONGEST_WAIT:
                    raise
                await asyncio.sleep(max(error.wait, pause(self._limits, attempt)))
                sure = error.refused
            if place is None and not sure:  # it may have been posted, though the call failed
                found = await self.found(chat, grip.held)
                if found:
                    return found
        raise AssertionError("the last attempt returns or raises")

    async def in_time(self, call: Awaitable[T]) -> T:
        """What a call of the chat gives; raises `DeliveryError` where that takes too long."""
        try:
            async with asyncio.timeout(self._limits.send):
                return await call
        except TimeoutError as error:
            raise DeliveryError("the chat did not answer in time") from error
