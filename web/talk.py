"""The demo without its looks: what somebody puts in and asks, as messages to the conversation."""

import hashlib
import time
import uuid
from collections.abc import Sequence
from dataclasses import replace

from bot.replies import megabytes
from bot.replies.errors import sentence
from bot.replies.words import say
from bot.types import Address, Message, Reply, SourceError
from model.types import Answer, Document
from web.handed import Handed
from web.sessions import Asked, Session
from web.uploads import CHANNEL, MOST_FILES


class Talk:
    """Asks, puts in and takes away, in one session's thread."""

    def __init__(self, handed: Handed) -> None:
        self._trial, self._uploads = handed.trial, handed.uploads
        self._max_bytes = handed.max_bytes

    async def ask(self, session: Session, question: str, text: str, also: Sequence[Document] = ()) -> Asked:
        """The reply to a question, with the texts to show it in; noted in the session.

        `also` are texts that come along with it.
        """
        message = self._message(session, question)
        if len(text.encode("utf-8", "replace")) > self._max_bytes:
            said = say("page.large", most=megabytes(self._max_bytes))
            asked = Asked(question, Reply(message.id, "error", said))
        else:
            message = await self._with_text(session, message, text)
            reply = await self._trial.ask(replace(message, documents=(*message.documents, *also)))
            source = await self._text_of(reply.answer, text)
            asked = Asked(question, reply, source, await self._text_of(reply.conflict, text))
        session.add(asked)
        return asked

    async def _with_text(self, session: Session, message: Message, text: str) -> Message:
        """The message with the text in the field, where that is not what was last asked of."""
        document = typed(text, at=message.at)
        if session.text and session.text != document.id:
            await self._trial.take_away(session.thread, session.text)
            session.text = ""
        if not text.strip() or session.text == document.id:
            return message
        session.text = document.id
        return replace(message, documents=(document,))

    async def _text_of(self, answer: Answer | None, text: str) -> str | None:
        """The text that a quotation stands in; None where it is not there any more."""
        if answer is None:
            return None
        found = await self._trial.text(answer.document)
        if found is None and answer.stands_in(text):
            found = text
        return found if found is not None and answer.stands_in(found) else None

    async def put_in(self, session: Session, paths: Sequence[str]) -> str:
        """Read files; one sentence of what was read and what was not."""
        if len(paths) > MOST_FILES:
            self._uploads.delete(paths)
            return say("page.many", most=MOST_FILES)
        try:
            with self._uploads.lent(paths) as attachments:
                message = replace(self._message(session, ""), attachments=attachments)
                return (await self._trial.ask(message)).text
        except SourceError:
            return say("source.gone")

    async def follow(self, session: Session, link: str) -> str:
        """Read what a link leads to; one sentence of what was read and what was not."""
        link = link.strip()
        if not link:
            return say("page.no_link")
        message = replace(self._message(session, ""), links=(link,))
        return (await self._trial.ask(message)).text

    async def sources(self, session: Session) -> list[Document]:
        """What the session put in, beside the text in the field."""
        return [one for one in await self._trial.shelf(session.thread) if one.id != session.text]

    async def take_away(self, session: Session, document: str) -> None:
        """Take a file or a link away."""
        await self._trial.take_away(session.thread, document)

    async def forget(self, session: Session) -> None:
        """Forget all of a session."""
        await self._trial.forget(session.thread)

    def _message(self, session: Session, text: str) -> Message:
        """A message in the session's thread, which Wherein remembers as long as the page is open."""
        return Message(
            uuid.uuid4().hex,
            session.thread,
            "ask",
            text,
            at=time.time(),
            author=session.author,
            address=Address(CHANNEL),
        )


def typed(text: str, title: str = "", at: float = 0.0) -> Document:
    """What somebody typed or pasted, as a document."""
    version = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    name = title or say("page.your_text")
    return Document(f"text-{version[:16]}", version, text, title=name, added_at=at, size=len(text))


def failed(error: Exception) -> str:
    """What went wrong, in a sentence."""
    return sentence(error)
