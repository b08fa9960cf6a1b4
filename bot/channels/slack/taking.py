"""What is done with a body of Slack's within its request: a message is accepted, a dialog is opened."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from cachetools import TTLCache
from slack_bolt.response import BoltResponse

from bot.channels.slack import leaving
from bot.channels.slack.dialogues import Dialogues
from bot.channels.slack.parsed import to_message
from bot.channels.slack.people import People
from bot.channels.slack.tokens import Installation
from bot.replies.words import say, speaking
from bot.types import Address, Attachment, DeliveryError, House, Message, NotAcceptedError, VaultError

log = structlog.get_logger(__name__)

SENT_AGAIN = "event_callback"  # the kind of body that Slack sends again
IN_DIALOGS = "next", "why"  # what is shown in a window of its own

WHOLE, WHOLE_SECONDS = 10_000, 60.0

Body = Mapping[str, Any]
Files = tuple[Attachment, ...]
Leave = Callable[[Body], Awaitable[None]]
Say = Callable[[Address, str], Awaitable[None]]


class Taking:
    """Takes what comes; what is beside the promise goes on after the acknowledgement."""

    def __init__(
        self, house: House, people: People, dialogues: Dialogues, say_alone: Say, leave: Leave
    ) -> None:
        self._house, self._people, self._dialogues, self._say = house, people, dialogues, say_alone
        self._leave = leave
        self.whole: TTLCache[str, Files] = TTLCache(WHOLE, WHOLE_SECONDS)  # of mentions as messages, by id
        self._at_work: set[asyncio.Task[None]] = set()

    async def take(self, body: Body, ours: Installation) -> BoltResponse:
        """Accept the message in a body, or open what it asks for."""
        if leaving.gone(body):
            return await self._left(body)
        message = to_message(body, ours, time.time())
        if message and message.addressed and not message.address.data.get("thin"):
            self.whole[message.id] = message.attachments
        if message is None or (message.intent in IN_DIALOGS and body.get("type") == "block_actions"):
            opens = self._dialogues.opens(body, ours, message)
            if opens is None:
                id = body.get("event_id") or body.get("trigger_id")
                log.debug("nothing for us", kind=_kind(body), id=str(id)[:100])
            else:
                self.begin(opens)
            return _taken()
        if beside := self._dialogues.beside(body, ours, message):
            self.begin(beside)
            return _taken()
        try:
            await self._house.accept(message)
        except NotAcceptedError:
            return self._not_taken(body, message)
        return _taken()

    async def _left(self, body: Body) -> BoltResponse:
        """Wherein was put out: what it kept is forgotten, or Slack tells it again."""
        try:
            await self._leave(body)
        except (NotAcceptedError, VaultError) as error:
            log.error("not left", error=type(error).__name__)
            return BoltResponse(status=503, body="")
        return _taken()

    def _not_taken(self, body: Body, message: Message) -> BoltResponse:
        """Have it sent again: by Slack, or where Slack does not, by who did it."""
        if body.get("type") == SENT_AGAIN:
            return BoltResponse(status=503, body="")
        known = self._people.known(message.thread.team, message.author.id)
        with speaking(known.locale):
            again = say("again")
        if "command" in body:
            return _taken({"response_type": "ephemeral", "text": again})
        if body.get("type") == "view_submission":
            blocks = body["view"].get("blocks") or ()
            field = next((one["block_id"] for one in blocks if one.get("type") == "input"), "question")
            return _taken({"response_action": "errors", "errors": {field: again}})
        self.begin(self._say(message.address, again))
        return _taken()

    # ----------------------------------------------------------------------- after the acknowledgement

    def begin(self, work: Awaitable[object]) -> None:
        """Go on with something after the acknowledgement; what fails is logged."""

        async def go() -> None:
            try:
                await work
            except DeliveryError as error:
                log.warning("not shown", reason=str(error))
            except Exception as error:
                log.warning("not shown", error=type(error).__name__, exc_info=error)

        task = asyncio.create_task(go())
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)

    async def drain(self, seconds: float) -> None:
        """Finish what was begun, within a time."""
        if self._at_work:
            _, left = await asyncio.wait(self._at_work, timeout=seconds)
            for task in left:
                task.cancel()


def _kind(body: Body) -> str:
    """What kind of body it is, in a word of Slack's."""
    event = body.get("event")
    return str(event.get("type") if isinstance(event, Mapping) else body.get("type"))[:50]


def _taken(said: Mapping[str, Any] | None = None) -> BoltResponse:
    body = json.dumps(said) if said else ""
    return BoltResponse(status=200, body=body, headers={"content-type": ["application/json"]} if said else {})
