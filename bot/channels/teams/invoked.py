"""What Teams wants answered within the request: buttons, thumbs and the dialog of “Ask about this”."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot.channels.teams import cards
from bot.channels.teams.adapter import Answered
from bot.channels.teams.incoming import Incoming, at, text_at
from bot.channels.teams.lately import Lately
from bot.channels.teams.posting import Posting
from bot.channels.teams.pressed import asked_about, is_of, pressed, told, voted
from bot.replies.words import say, speaking
from bot.types import House, Message, Reply

ANSWER_SECONDS = 2.0
MESSAGE = "application/vnd.microsoft.activity.message"
POSTED = "share", "delete"  # intents of which all there see what comes

REFUSED: Answered = 403, None
UNKNOWN: Answered = 501, None
WRONG: Answered = 400, None


class Invokes:
    """Answers them, with what the house says in time."""

    def __init__(self, house: House, lately: Lately, posting: Posting) -> None:
        self._house, self._lately, self._posting = house, lately, posting
        self._asking: set[asyncio.Task[Reply]] = set()

    async def answer(self, given: Incoming) -> Answered:
        """The status and body for an invoke; raises `NotAcceptedError`."""
        known: dict[str, Callable[[Incoming], Any]] = {
            "adaptiveCard/action": self._press,
            "message/submitAction": self._vote,
            "composeExtension/fetchTask": self._open,
            "composeExtension/submitAction": self._submit,
        }
        take = known.get(given.name)
        if take is None:
            return UNKNOWN
        with speaking(given.author.locale):
            answered: Answered = await take(given)
            return answered

    # ----------------------------------------------------------------------- on a message

    async def _press(self, given: Incoming) -> Answered:
        if not isinstance(at(given.value, "action"), dict):
            return WRONG
        message = _made(given, at(given.value, "action", "data"))
        if not isinstance(message, Message):
            return message
        if await self._is_posted(message):
            return _told(say("teams.posted"))
        reply = await self._asked(message)
        if reply is None:
            await self._house.accept(message)
            return _told(say("teams.later"))
        return 200, {"statusCode": 200, "type": cards.TYPE, "value": self._card(reply)}

    async def _vote(self, given: Incoming) -> Answered:
        message = voted(given)
        if message is None:
            return UNKNOWN
        about = self._posting.answer_of(message.address, message.ref)
        await self._asked(replace(message, about=about), go_on=True)
        return 200, {}

    # ----------------------------------------------------------------------- in a dialog

    async def _open(self, given: Incoming) -> Answered:
        about = told(given)
        if about is None:
            return 200, _message(say("read.nothing"))
        return 200, cards.dialog(cards.ask_card(about.text))

    async def _submit(self, given: Incoming) -> Answered:
        data = at(given.value, "data")
        if text_at(data, "wherein") == "ask":
            return await self._ask_about(given, text_at(data, "question").strip())
        message = _made(given, data)
        if not isinstance(message, Message):
            return message
        if await self._is_posted(message):
            return 200, _message(say("teams.posted"))
        reply = await self._asked(message)
        if reply is None:
            return 200, _message(say("teams.later.dialog"))
        return 200, cards.dialog(cards.answer_card(reply, self._posting.names))

    async def _ask_about(self, given: Incoming, question: str) -> Answered:
        about = told(given)
        excerpt = about.text if about else ""
        if not question:
            return 200, cards.dialog(cards.ask_card(excerpt, trouble=say("question.none")))
        if about:
            self._lately.note(about)  # for a thread that is not known yet; for another, it is heard
            await self._house.accept(about)
        reply = await self._asked(asked_about(given, question))
        if reply is None:
            trouble = say("teams.later.dialog")
            return 200, cards.dialog(cards.ask_card(excerpt, question=question, trouble=trouble))
        return 200, cards.dialog(cards.answer_card(reply, self._posting.names))

    # ----------------------------------------------------------------------- the house

    async def _is_posted(self, message: Message) -> bool:
        """Whether what comes of it is for all there; then it is accepted, to be posted."""
        if message.intent not in POSTED:
            return False
        await self._house.accept(replace(message, private=False))
        return True

    def _card(self, reply: Reply) -> dict[str, Any]:
        return cards.info_card(reply, self._posting.names)

    async def _asked(self, message: Message, *, go_on: bool = False) -> Reply | None:
        """What the house says; None where that takes longer than Teams waits: then it is let go of, unless it
        is to go on."""
        self._posting.meet(message)
        task = asyncio.ensure_future(self._house.ask(message))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)
        done, _ = await asyncio.wait({task}, timeout=ANSWER_SECONDS)
        if done:
            return task.result()
        if not go_on:
            task.cancel()
        return None

    async def close(self) -> None:
        """Ask nothing any more."""
        for task in (tasks := list(self._asking)):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _made(given: Incoming, data: Any) -> Message | Answered:
    """The message that a button makes, or how it is refused."""
    message = pressed(given, data, private=True)
    if message is None:
        return UNKNOWN
    return message if is_of(given, message) else REFUSED


def _told(text: str) -> Answered:
    """A line that is shown to who pressed, over the card."""
    return 200, {"statusCode": 200, "type": MESSAGE, "value": text}


def _message(text: str) -> dict[str, Any]:
    """A line in a dialog."""
    return {"task": {"type": "message", "value": text}}
