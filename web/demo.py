"""The demo: put something in, ask, and see the answer marked where it stands."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr
import structlog

from bot.replies.words import number, say, speaking
from bot.types import QUESTION_LIMIT
from web import draw, preview
from web.calls import AS_IT_COMES
from web.door import author_of
from web.examples import EXAMPLES, Example
from web.handed import Handed
from web.sessions import Session, Sessions
from web.talk import Talk, failed, typed
from web.uploads import MOST_FILES

log = structlog.get_logger(__name__)

LONG = 20_000  # code points: a text over that is read long enough to say how long it is
Shown = tuple[str, Any, Any]  # the conversation, the question's field, the list of sources


class Demo:
    """The demo's handlers, in one language; each asks the door who it is."""

    def __init__(self, handed: Handed, sessions: Sessions, language: str) -> None:
        self._handed, self._sessions, self._language = handed, sessions, language
        self._talk = Talk(handed)

    def session(self, request: gr.Request) -> Session:
        """The session of whoever asks, who is spoken to in the page's language."""
        author = author_of(request.request.scope.get("state", {}))
        return self._sessions.of(str(request.session_hash), replace(author, locale=self._language))

    async def ask(self, question: str, text: str, request: gr.Request) -> AsyncIterator[Shown]:
        """Answer a question; first a sign that it is being answered."""
        session, question = self.session(request), str(question or "").strip()
        yield self._busy(session, question, text), gr.skip(), gr.skip()
        yield await self._answered(session, question, str(text or ""))

    async def try_out(self, place: int, request: gr.Request) -> AsyncIterator[tuple[Any, ...]]:
        """Put in an example and ask its question; one of the same text goes on in the same thread."""
        example, session = EXAMPLES[place], self.session(request)
        if session.text not in ("", typed(example.text).id) or example.beside or session.example:
            await self._forget(session)
        session.example = bool(example.beside)
        yield self._busy(session, example.question, example.text), gr.skip(), gr.skip(), example.text
        yield (*(await self._answered(session, example.question, example.text, example)), gr.skip())

    def _busy(self, session: Session, question: str, text: str) -> str:
        with speaking(self._language):
            long = len(text or "") > LONG
            what = say("page.reading_long", count=number(len(text))) if long else say("looking")
            return draw.conversation(session.turns, (), draw.working(question, what))

    async def _answered(
        self, session: Session, question: str, text: str, example: Example | None = None
    ) -> Shown:
        with speaking(self._language):
            beside = example.beside if example else None
            also = [typed(beside[1], beside[0], at=1.0)] if beside else []
            try:
                asked = await self._talk.ask(session, question[: 2 * QUESTION_LIMIT], text, also)
                previews = preview.all_of(self._handed.previews, asked.reply)
                return draw.conversation(session.turns, previews), "", await self._sources(session)
            except Exception as error:
                log.warning("the page could not show an answer", error=type(error).__name__, exc_info=error)
                return draw.note(failed(error), "lead error"), gr.skip(), gr.skip()

    # ----------------------------------------------------------------------- what is put in

    async def put_in(
        self, given: Sequence[Mapping[str, Any]] | None, request: gr.Request
    ) -> AsyncIterator[tuple[Any, ...]]:
        """Read files; they are gone from the disk as soon as they are in hand."""
        session = self.session(request)
        with speaking(self._language):
            busy = draw.working("", say("reading"))
        yield None, busy, gr.skip()
        with speaking(self._language):
            said = await self._said(self._talk.put_in(session, [file["path"] for file in given or ()]))
            sources = await self._sources(session)
        yield None, draw.note(said, "said"), sources

    async def follow(self, link: str, request: gr.Request) -> AsyncIterator[tuple[Any, ...]]:
        """Read a link."""
        session = self.session(request)
        with speaking(self._language):
            busy = draw.working("", say("reading"))
        yield gr.skip(), busy, gr.skip()
        with speaking(self._language):
            said = await self._said(self._talk.follow(session, str(link or "")[:4_096]))
            sources = await self._sources(session)
        yield "", draw.note(said, "said"), sources

    async def _said(self, work: Any) -> str:
        try:
            return str(await work)
        except Exception as error:
            log.warning("the page could not take something in", error=type(error).__name__, exc_info=error)
            return failed(error)

    async def keep(self, kept: Sequence[str] | None, request: gr.Request) -> Any:
        """Take away what was unticked."""
        session = self.session(request)
        with speaking(self._language):
            for document in await self._talk.sources(session):
                if document.id not in (kept or ()):
                    await self._talk.take_away(session, document.id)
            return await self._sources(session)

    async def _sources(self, session: Session) -> Any:
        there = await self._talk.sources(session)
        choices = [(document.title, document.id) for document in there]
        return gr.update(choices=choices, value=[id for _, id in choices], visible=bool(choices))

    async def start_over(self, request: gr.Request) -> tuple[Any, ...]:
        """Forget all of it."""
        session = self.session(request)
        await self._forget(session)
        with speaking(self._language):
            return draw.conversation((), ()), "", "", await self._sources(session), ""

    async def _forget(self, session: Session) -> None:
        await self._talk.forget(session)
        session.turns, session.text, session.example = [], "", False

    async def leave(self, request: gr.Request) -> None:
        """The page is closed: forget all that it held."""
        author = author_of(request.request.scope.get("state", {}))
        session = self._sessions.end(str(request.session_hash), author)
        if session:
            await self._talk.forget(session)


def blocks(handed: Handed, sessions: Sessions, language: str) -> gr.Blocks:
    """The demo in one language, put together."""
    demo = Demo(handed, sessions, language)
    with speaking(language), gr.Blocks(title=say("page.title"), analytics_enabled=False) as page:
        gr.Markdown(_head(language), elem_id="head", sanitize_html=False)
        with gr.Row(elem_id="ask", equal_height=True):
            question = gr.Textbox(
                label=say("page.question"),
                placeholder=say("page.question.hint"),
                max_length=QUESTION_LIMIT,
                autofocus=True,
                scale=8,
                elem_id="question",
            )
            button = gr.Button(say("page.ask"), variant="primary", scale=1, min_width=120, elem_id="go")
        with gr.Row(elem_id="examples"):
            gr.Markdown(say("page.try"), elem_classes="try")
            tries = [gr.Button(one.label or one.question, size="sm", elem_classes="chip") for one in EXAMPLES]
        with gr.Row(equal_height=False, elem_id="work"):
            with gr.Column(scale=6, min_width=320, elem_id="answers"):
                gr.Markdown(f"## {say('page.answer')}")
                said = gr.Markdown(
                    draw.conversation((), ()), elem_id="said", latex_delimiters=[], container=False
                )
            with gr.Column(scale=5, min_width=320, elem_id="sources"):
                gr.Markdown(f"## {say('page.what')}")
                with gr.Tabs():
                    with gr.Tab(say("page.text")):
                        text = gr.Textbox(
                            EXAMPLES[0].text,
                            label=say("page.text.label"),
                            lines=10,
                            max_lines=18,
                            elem_id="text",
                        )
                    with gr.Tab(say("page.files")):
                        given = gr.File(
                            label=say("page.files.label", most=MOST_FILES), file_count="multiple", height=150
                        )
                        gr.Markdown(say("page.files.kinds"), elem_classes="dim")
                    with gr.Tab(say("page.link")):
                        link = gr.Textbox(
                            label=say("page.link.label"), placeholder="https://", max_length=4_096
                        )
                        fetch = gr.Button(say("page.link.read"))
                told = gr.Markdown("", elem_id="told", latex_delimiters=[])
                sources = gr.CheckboxGroup(label=say("page.sources"), visible=False, elem_id="kept")
                clear = gr.Button(say("page.clear"), size="sm", elem_id="clear")
        gr.Markdown(say("page.foot"), elem_id="foot")
        shown = [said, question, sources]
        for asked in (button.click, question.submit):
            asked(demo.ask, [question, text], shown, concurrency_limit=None, **AS_IT_COMES)
        for place, one in enumerate(tries):
            one.click(
                _at(demo, place),
                None,
                [*shown, text],
                concurrency_limit=None,
                **AS_IT_COMES,
            )
        given.upload(demo.put_in, given, [given, told, sources], concurrency_limit=4, **AS_IT_COMES)
        for followed in (fetch.click, link.submit):
            followed(demo.follow, link, [link, told, sources], concurrency_limit=4, **AS_IT_COMES)
        sources.input(demo.keep, sources, sources, concurrency_limit=None, **AS_IT_COMES)
        clear.click(
            demo.start_over,
            None,
            [said, question, text, sources, told],
            concurrency_limit=None,
            **AS_IT_COMES,
        )
        page.unload(demo.leave)
    page.max_file_size = handed.max_bytes
    return page


def _at(demo: Demo, place: int) -> Any:
    """The handler of one example."""

    async def tried(request: gr.Request) -> AsyncIterator[tuple[Any, ...]]:
        async for shown in demo.try_out(place, request):
            yield shown

    return tried


def _head(language: str) -> str:
    other, name = ("de", "Deutsch") if language == "en" else ("en", "English")
    links = f'<a href="/{other}/" lang="{other}" hreflang="{other}">{name}</a>'
    links += f'<a href="/{language}/admin/">{say("page.admin")}</a>'
    return draw.head("Wherein", say("page.tagline"), links)


async def gone(handed: Handed, session: Session) -> None:
    """Forget a session that made room for another."""
    await handed.trial.forget(session.thread)


_TASKS: set[asyncio.Task[None]] = set()


def forgetting(handed: Handed) -> Any:
    """What ends a session without waiting for it."""

    def end(session: Session) -> None:
        task = asyncio.get_running_loop().create_task(gone(handed, session))
        _TASKS.add(task)
        task.add_done_callback(_TASKS.discard)

    return end
