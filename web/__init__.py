"""The page: a demo to try it with, and where it is run; on its own port, in the service's process."""

import asyncio
import contextlib
import os
import socket
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from web.handed import Handed

TIDY_SECONDS = 300.0
GRADIO = {
    "GRADIO_ANALYTICS_ENABLED": "False",  # it looks up hosts of its own otherwise
    "GRADIO_ANALYTICS_MAX_EVENTS": "1",  # nor is it to sum up, after each event, all before it
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000",
}


async def serve(handed: "Handed", listener: socket.socket) -> None:
    """Show the page on an open socket until cancelled.

    It has a thread and a loop of its own: Gradio takes seconds to import, and milliseconds for each of its
    answers, and what a chat waits for stands behind neither. A browser that comes sooner waits at the socket.
    """
    os.environ |= GRADIO
    here, ended = asyncio.get_running_loop(), asyncio.Event()
    page = _Page(
        replace(handed, trial=There(handed.trial, here), office=There(handed.office, here)), listener
    )

    def run() -> None:
        try:
            asyncio.run(page.show())
        except BaseException as error:
            page.error = error
        finally:
            with contextlib.suppress(RuntimeError):  # the service has ended meanwhile
                here.call_soon_threadsafe(ended.set)

    threading.Thread(target=run, name="page", daemon=True).start()
    try:
        await ended.wait()
    finally:
        page.end()
        await ended.wait()
        handed.uploads.close()
    if page.error:
        raise page.error


class There:
    """Something of the service's loop, for the page's: what is asked of it is done there and awaited here."""

    def __init__(self, of: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._of, self._loop = of, loop

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._of, name)

        async def there(*given: Any) -> Any:
            done = asyncio.run_coroutine_threadsafe(method(*given), self._loop)
            return await asyncio.wrap_future(done)

        return there


class _Page:
    """The page's server on its thread; `end` may be called on any."""

    def __init__(self, handed: "Handed", listener: socket.socket) -> None:
        self._handed, self._listener = handed, listener
        self._server: Any = None
        self._ending = False
        self.error: BaseException | None = None

    async def show(self) -> None:
        """Serve until the end."""
        from web.page import server

        self._server = server(self._handed)
        self._server.should_exit = self._ending
        tasks = [asyncio.create_task(self._handed.uploads.sweep_on()), asyncio.create_task(self._tidy())]
        try:
            await self._server.serve(sockets=[self._listener])
        finally:
            for task in tasks:
                task.cancel()
            await self._handed.sign_on.close()

    async def _tidy(self) -> None:
        while True:
            await asyncio.sleep(TIDY_SECONDS)
            await self._handed.trial.tidy()

    def end(self) -> None:
        """Have the server end, now or as soon as it is there."""
        self._ending = True
        if self._server:
            self._server.should_exit = True
