"""What all of the admin's handlers share: who asks, of which workspace or room, and what goes wrong."""

from collections.abc import Awaitable, Callable
from typing import Any

import gradio as gr
import structlog

from bot.policy import NotAllowedError
from bot.replies.words import say, speaking
from bot.types import Author, Thread
from web import draw
from web.calls import AS_IT_COMES
from web.door import author_of
from web.handed import Handed
from web.talk import failed

log = structlog.get_logger(__name__)

PRIVATE: dict[str, Any] = {**AS_IT_COMES, "concurrency_limit": None}
Draw = Callable[[Author, Thread], Awaitable[Any]]


class Table:
    """The admin's table: every handler acts for whoever asks, and the office decides whether they may."""

    def __init__(self, handed: Handed, language: str) -> None:
        self.office, self.language, self.handed = handed.office, language, handed

    async def act(self, request: gr.Request, work: Callable[[Author], Awaitable[Any]], otherwise: Any) -> Any:
        """Do something for whoever asks, in their language; `otherwise` makes of a sentence what is shown."""
        author = author_of(request.request.scope.get("state", {}))
        with speaking(self.language):
            try:
                return await work(author)
            except NotAllowedError as error:
                log.info("refused on the page", author=author.id, right=error.right)
                return otherwise(failed(error))
            except Exception as error:  # whatever goes wrong ends in one sentence
                log.warning("an admin's act failed", error=type(error).__name__, exc_info=error)
                return otherwise(failed(error))

    async def shown(self, request: gr.Request, team: Any, room: Any, what: Draw) -> Any:
        """Something drawn of a workspace or a room; or why it cannot be."""
        return await self.act(request, lambda author: what(author, place(team, room)), alas)


def alas(sentence: str) -> str:
    """Why something cannot be shown, as HTML."""
    return draw.note(sentence, "lead error")


def done(sentence: str) -> str:
    """That something was done, as HTML."""
    return draw.note(sentence, "said")


def place(team: Any, room: Any) -> Thread:
    """What was chosen: a workspace, or a room of it."""
    chosen = room or team
    return Thread.parse(str(chosen)) if chosen and str(chosen).count("/") == 3 else Thread("page")


def named(where: Thread) -> str:
    """A workspace, a room or a thread as people read it."""
    if where == Thread("page"):
        return say("admin.page")
    return " · ".join(filter(None, (where.channel, where.team, where.room, where.thread)))


def short(where: Thread) -> str:
    """A room or a thread, where its workspace is known."""
    return " · ".join(filter(None, (where.room, where.thread))) or named(where)
