"""What an admin changes: settings, the line, pins, approved questions' check, and what is kept at all."""

from typing import Any, get_args

import gradio as gr

from bot.policy import Follow, RoomSettings
from bot.replies.words import number, say
from bot.types import Author, Thread
from web.admin import line, lists
from web.admin.desk import Table, alas, done, place

FORGET = "room", "everything"
FIELDS = "follow", "guests", "per_minute", "at_once", "digest", "words"
Values = tuple[Any, ...]


class Changes:
    """The handlers that change something."""

    def __init__(self, table: Table) -> None:
        self._table, self._office = table, table.office

    # ----------------------------------------------------------------------- settings

    async def settings(self, team: Any, room: Any, request: gr.Request) -> Values:
        """What holds in a room, or in a workspace, each in its field."""

        async def work(author: Author) -> Values:
            return _fields(await self._office.settings(author, place(team, room)))

        return tuple(await self._table.act(request, work, lambda _: (gr.skip(),) * len(FIELDS)))

    async def save(self, team: Any, room: Any, *given: Any, request: gr.Request) -> str:
        """Change what is not as it was."""
        where = place(team, room)

        async def work(author: Author) -> str:
            there = _fields(await self._office.settings(author, where))
            changed = {
                name: new
                for name, old, new in zip(FIELDS, there, given, strict=True)
                if new != old and new is not None
            }
            if not changed:
                return done(say("admin.settings.same"))
            wrong = await self._office.set(author, where, changed)
            return alas(wrong) if wrong else done(say("admin.settings.saved", names=", ".join(changed)))

        return str(await self._table.act(request, work, alas))

    async def reset(self, team: Any, room: Any, request: gr.Request) -> str:
        """Let go of what was set here, so that what holds above holds again."""

        async def work(author: Author) -> str:
            wrong = await self._office.set(author, place(team, room), dict.fromkeys(FIELDS))
            return alas(wrong) if wrong else done(say("admin.settings.unset"))

        return str(await self._table.act(request, work, alas))

    # ----------------------------------------------------------------------- the line

    async def look(self, team: Any, room: Any, at: Any, request: gr.Request) -> Values:
        """What a line would do, before it is saved."""

        async def work(author: Author) -> Values:
            return await line.look(self._office, author, place(team, room), _line(at))

        return tuple(await self._table.act(request, work, lambda said: (alas(said), "")))

    async def draw_line(self, team: Any, room: Any, at: Any, request: gr.Request) -> str:
        """Save a line."""
        return await self._set_line(team, room, _line(at), request)

    async def lift_line(self, team: Any, room: Any, request: gr.Request) -> str:
        """Leave it to the reader again."""
        return await self._set_line(team, room, None, request)

    async def _set_line(self, team: Any, room: Any, at: float | None, request: gr.Request) -> str:
        async def work(author: Author) -> str:
            wrong = await self._office.set(author, place(team, room), {"line": at})
            return alas(wrong) if wrong else done(say("line.saved" if at is not None else "line.lifted"))

        return str(await self._table.act(request, work, alas))

    async def line_now(self, team: Any, room: Any, request: gr.Request) -> Any:
        """The line that holds, on the slider."""

        async def work(author: Author) -> Any:
            there = (await self._office.settings(author, place(team, room))).line
            return gr.skip() if there is None else round(100 * there)

        return await self._table.act(request, work, lambda _: gr.skip())

    # ----------------------------------------------------------------------- pins, approved questions

    async def sources(self, team: Any, room: Any, request: gr.Request) -> Values:
        """What is pinned, and what of it may be unpinned."""

        async def work(author: Author) -> Values:
            shown, choices = await lists.sources(self._office, author, place(team, room))
            return shown, gr.update(choices=choices, value=None)

        return tuple(await self._table.act(request, work, lambda said: (alas(said), gr.skip())))

    async def unpin(self, chosen: Any, request: gr.Request) -> str:
        """Take a pinned document away."""
        key, _, document = str(chosen or "").partition("\n")

        async def work(author: Author) -> str:
            found = await self._office.unpin(author, place("", key), document)
            return done(say("admin.unpinned")) if found else alas(say("admin.unpin.none"))

        return str(await self._table.act(request, work, alas))

    async def check(self, team: Any, request: gr.Request) -> str:
        """Ask the approved questions again."""

        async def work(author: Author) -> str:
            check = await self._office.check(author, place(team, ""))
            if check.problem:
                return alas(check.problem)
            return done(
                say("admin.golden.asked", asked=number(check.asked), changed=number(len(check.changed)))
            )

        return str(await self._table.act(request, work, alas))

    # ----------------------------------------------------------------------- what is kept

    async def export(self, team: Any, room: Any, request: gr.Request) -> str:
        """A link to all that a room holds."""
        where, language = place(team, room), self._table.language

        async def work(author: Author) -> str:
            await self._office.settings(author, where)  # who may not look gets no link
            if not where.room:
                return alas(say("admin.export.which"))
            link = f"/{language}/admin/export?of={where}"
            return f'<p><a href="{link}" download>{say("admin.export.here")}</a></p>'

        return str(await self._table.act(request, work, alas))

    async def forget(self, team: Any, room: Any, typed: Any, request: gr.Request) -> str:
        """Delete all that a room holds, or a workspace where no room is chosen; the word must be typed."""
        where = place(team, room)

        async def work(author: Author) -> str:
            await self._office.settings(author, where)
            if not _agrees(typed):
                return alas(say("admin.forget.type", word=say("admin.forget.word")))
            gone = await self._office.forget(author, where, "room" if where.room else "everything")
            return done(_forgotten(*gone))

        return str(await self._table.act(request, work, alas))

    async def forget_person(self, team: Any, person: Any, typed: Any, request: gr.Request) -> str:
        """Delete what one person put in or asked in a workspace; the word must be typed."""
        who = str(person or "").strip()

        async def work(author: Author) -> str:
            await self._office.settings(author, place(team, ""))
            if not who or not _agrees(typed):
                return alas(say("admin.forget.type", word=say("admin.forget.word")))
            return done(_forgotten(*await self._office.forget_person(author, place(team, ""), who)))

        return str(await self._table.act(request, work, alas))


def _fields(settings: RoomSettings) -> Values:
    return tuple(getattr(settings, name) for name in FIELDS)


def _line(at: Any) -> float:
    """A line from a slider, in percent; what is none is the middle."""
    good = isinstance(at, int | float) and not isinstance(at, bool)
    return round(min(max(float(at), 5), 99) / 100, 2) if good else 0.5


def _agrees(typed: Any) -> bool:
    return str(typed or "").strip().casefold() == say("admin.forget.word").casefold()


def _forgotten(documents: int, turns: int) -> str:
    return say("admin.forgotten", documents=number(documents), turns=number(turns))


def follows() -> list[tuple[str, str]]:
    """The ways to take follow-ups, each as people read it."""
    return [(say(f"admin.follow.{name}"), name) for name in get_args(Follow)]


def export_of(key: str) -> Thread | None:
    """The room that a link exports; None where it names none."""
    where = Thread.parse(key) if key.count("/") == 3 else Thread("page")
    return where if where.room else None
