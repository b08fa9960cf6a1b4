"""Signs that Wherein is at work: a status under the message; eyes on it, where Slack takes no status."""

import asyncio
from collections.abc import Mapping

import structlog
from cachetools import TTLCache

from bot.channels.slack.errors import as_delivery
from bot.channels.slack.posting import Posting
from bot.replies.words import say
from bot.types import Address, DeliveryError

log = structlog.get_logger(__name__)

SECONDS = 2.0  # for one call
NO_STATUS_SECONDS = 60.0  # so long a workspace in which that failed is not asked for one
EYES = "eyes"


class Signs:
    """Calls that nothing depends on: an answer does not wait for them, and outlives their failing."""

    def __init__(self, posting: Posting) -> None:
        self._posting = posting
        self._shown: dict[str, asyncio.Task[None]] = {}
        self._eyes: set[str] = set()  # the ids of messages on which they are
        self._no_status: TTLCache[str, bool] = TTLCache(1_000, NO_STATUS_SECONDS)

    def show(self, address: Address) -> None:
        """Begin to show one, where the answer comes under a message for all to see."""
        data = address.data
        if data.get("private") or not data.get("under") or not data.get("id"):
            return
        id = str(data["id"])
        task = asyncio.create_task(self._show(address, say("looking")))
        self._shown[id] = task
        task.add_done_callback(lambda _: self._shown.pop(id, None))

    async def settled(self, address: Address) -> None:
        """Wait until the sign is there: it would stay, if it came after the answer."""
        sign = self._shown.pop(str(address.data.get("id", "")), None)
        if sign:
            await asyncio.wait({sign}, timeout=SECONDS)

    async def hide(self, address: Address) -> None:
        """Take the eyes away; a status goes by itself."""
        if (id := str(address.data.get("id", ""))) in self._eyes:
            self._eyes.discard(id)
            await self._called(address, "reactions.remove", _eyes(address))

    def has_eyes(self, address: Address) -> bool:
        """Whether there is something to hide."""
        return str(address.data.get("id", "")) in self._eyes

    def close(self) -> None:
        """Show nothing more."""
        for task in list(self._shown.values()):
            task.cancel()

    async def _show(self, address: Address, words: str) -> None:
        data, team = address.data, str(address.data.get("team", ""))
        told = {"channel_id": data["channel"], "thread_ts": data["under"], "status": words}
        if team not in self._no_status and await self._called(address, "assistant.threads.setStatus", told):
            return
        self._no_status[team] = True
        if data.get("ts") and await self._called(address, "reactions.add", _eyes(address)):
            self._eyes.add(str(data["id"]))

    async def _called(self, address: Address, method: str, told: Mapping[str, str]) -> bool:
        """Make a call; whether Slack took it."""
        try:
            async with asyncio.timeout(SECONDS):
                client = await self._posting.client(address)
                with as_delivery():
                    await client.api_call(method, json=dict(told))
        except (DeliveryError, TimeoutError) as error:
            log.info("not shown", what=method, reason=type(error).__name__)
            return False
        return True


def _eyes(address: Address) -> dict[str, str]:
    data = address.data
    return {"name": EYES, "channel": data["channel"], "timestamp": data["ts"]}
