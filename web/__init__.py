"""The page: a demo to try it with; on its own port, in the service's process, handed `ask`."""

import asyncio
import os
import socket
from typing import TYPE_CHECKING

from bot.types import Ask

if TYPE_CHECKING:
    from web.page import Server


async def serve(ask: Ask, listener: socket.socket, *, admin_password: str, max_bytes: int) -> None:
    """Show the page on an open socket until cancelled.

    Gradio takes seconds to import, so that happens here, on a thread, when the service already answers;
    a browser that comes sooner waits at the socket.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # it looks up hosts of its own otherwise

    def made() -> "Server":
        from web.page import server

        return server(ask, admin_password=admin_password, max_bytes=max_bytes)

    server = await asyncio.to_thread(made)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await asyncio.shield(serving)
    finally:
        server.should_exit = True
        await asyncio.wait([serving])
