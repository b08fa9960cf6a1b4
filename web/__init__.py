"""The page: a demo to try it with, and where it is run; on its own port, in the service's process."""

import asyncio
import os
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from web.handed import Handed
    from web.page import Server

TIDY_SECONDS = 300.0


async def serve(handed: "Handed", listener: socket.socket) -> None:
    """Show the page on an open socket until cancelled.

    Gradio takes seconds to import, so that happens here, on a thread, when the service already answers;
    a browser that comes sooner waits at the socket.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # it looks up hosts of its own otherwise

    async def made() -> "Server":
        from web.page import server

        return server(handed)

    tasks: list[asyncio.Task[None]] = []
    try:
        server = await asyncio.to_thread(lambda: asyncio.run(made()))  # Gradio wants a loop, or leaks some
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        tasks = [asyncio.create_task(handed.uploads.sweep_on()), asyncio.create_task(_tidy(handed))]
        try:
            await asyncio.shield(serving)
        finally:
            server.should_exit = True
            await asyncio.wait([serving])
    finally:
        for task in tasks:
            task.cancel()
        handed.uploads.close()
        await handed.sign_on.close()


async def _tidy(handed: "Handed") -> None:
    while True:
        await asyncio.sleep(TIDY_SECONDS)
        await handed.trial.tidy()
