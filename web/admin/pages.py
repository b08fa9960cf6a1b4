"""What an admin is shown: the handlers that change nothing."""

from collections.abc import Awaitable, Callable
from typing import Any

import gradio as gr

from bot.replies.words import say
from bot.types import Author, Thread
from web.admin import overview
from web.admin.desk import Draw, Table, named, short
from web.handed import Office

Listed = Callable[[Office, Author, Thread], Awaitable[str]]


class Pages:
    """The handlers that show something, in one language."""

    def __init__(self, table: Table) -> None:
        self._table, self._office = table, table.office

    async def places(self, request: gr.Request) -> tuple[Any, Any]:
        """The workspaces, and the rooms of the first."""

        async def work(author: Author) -> tuple[Any, Any]:
            teams = await self._office.teams(author)
            choices = [(named(team), str(team)) for team in teams]
            return gr.update(choices=choices, value=choices[0][1]), await self._rooms(author, teams[0])

        nothing = gr.update(choices=[], value=None)
        return tuple(await self._table.act(request, work, lambda _: (nothing, nothing)))

    async def rooms(self, team: Any, request: gr.Request) -> Any:
        """The rooms of a workspace."""

        async def work(author: Author) -> Any:
            return await self._rooms(author, Thread.parse(str(team)))

        return await self._table.act(request, work, lambda _: gr.update(choices=[], value=None))

    async def _rooms(self, author: Author, team: Thread) -> Any:
        rooms = await self._office.rooms(author, team)
        choices = [(say("admin.all_rooms"), ""), *((short(room), str(room)) for room in rooms)]
        return gr.update(choices=choices, value="")

    async def overview(self, team: Any, request: gr.Request) -> tuple[Any, ...]:
        """Figures, plot and tables of a workspace."""

        async def draw(author: Author, where: Thread) -> Any:
            return await overview.overview(self._office, author, where)

        shown = await self._table.shown(request, team, "", draw)
        return shown if isinstance(shown, tuple) else (shown, "", "")

    async def cost(
        self,
        team: Any,
        tasks: Any,
        vcpu: Any,
        memory: Any,
        endpoint: Any,
        instances: Any,
        request: gr.Request,
    ) -> str:
        """What a thousand questions cost."""
        shape = overview.shape(tasks, vcpu, memory, endpoint, instances)

        async def draw(author: Author, where: Thread) -> str:
            return await overview.cost(self._office, author, where, shape)

        return str(await self._table.shown(request, team, "", draw))

    def listing(self, of: Listed) -> Callable[..., Awaitable[str]]:
        """The handler that lists something of a workspace or a room."""

        async def draw(author: Author, where: Thread) -> str:
            return await of(self._office, author, where)

        async def listed(team: Any, room: Any, request: gr.Request) -> str:
            return str(await self._shown(request, team, room, draw))

        return listed

    async def _shown(self, request: gr.Request, team: Any, room: Any, draw: Draw) -> Any:
        return await self._table.shown(request, team, room, draw)
