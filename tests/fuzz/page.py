"""The page: Gradio's API as the browser calls it, with handlers' arguments, and uploads."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from hypothesis import strategies as st

from tests.fuzz import mutations, wire
from tests.fuzz.case import Case
from tests.fuzz.house import House
from tests.fuzz.target import Batch, told
from tests.workplace import serving

PAGES = "/en", "/de/admin"
JOIN, DATA, UPLOAD = "/gradio_api/queue/join", "/gradio_api/queue/data", "/gradio_api/upload"
TEXT = "Badges end in May. The front desk renews them."
USUAL: dict[str, Any] = {
    "textbox": TEXT,
    "number": 3,
    "slider": 50,
    "checkboxgroup": ["a"],
    "dropdown": "slack/Acme",
}
FORM = (
    b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
    b"The front desk renews badges.\r\n--x--\r\n"
)


def _handlers(config: Any, usual: dict[str, Any]) -> dict[int, list[Any]]:
    """Of each handler that the page has, arguments that fit."""
    kinds = {one["id"]: one["type"] for one in config["components"]}
    return {
        one["id"]: [usual.get(kinds.get(id, "")) for id in one["inputs"]] for one in config["dependencies"]
    }


def _cases(handlers: dict[str, dict[int, list[Any]]]) -> st.SearchStrategy[Case]:
    known = [(page, number, data) for page, of in handlers.items() for number, data in of.items()]

    def called(
        which: tuple[str, int, list[Any]], changes: Any, coded: Any, request: mutations.Request
    ) -> Case:
        page, number, data = which
        told = {
            "data": data,
            "event_data": None,
            "fn_index": number,
            "trigger_id": 1,
            "session_hash": "~session~",
        }
        body = mutations.rebuilt(mutations.written(mutations.changed(told, changes)).encode(), coded)
        query, headers, comes = request
        kind = {"Content-Type": "application/json"} | headers
        return Case("page", f"{page} {number}", body, page + JOIN, kind, query, comes)

    def given(coded: Any, request: mutations.Request) -> Case:
        query, headers, comes = request
        kind = {"Content-Type": "multipart/form-data; boundary=x"} | headers
        return Case(
            "page", "an upload", mutations.rebuilt(FORM, coded), PAGES[0] + UPLOAD, kind, query, comes
        )

    calls = st.builds(called, st.sampled_from(known), mutations.SAID, mutations.RAW_BYTES, mutations.REQUESTS)
    return st.one_of(*[calls] * 4, st.builds(given, mutations.RAW_BYTES, mutations.REQUESTS))


class Page:
    """The page's server."""

    name = "page"

    def __init__(self, house: House, url: str) -> None:
        self._house, self._url = house, url
        self._host, self._port = "127.0.0.1", int(url.rpartition(":")[2])
        self._sessions = itertools.count()
        configs = {page: httpx.get(f"{url}{page}/config", timeout=60).json() for page in PAGES}
        usual = USUAL | {"file": [self._file()]}
        self.cases = _cases({page: _handlers(config, usual) for page, config in configs.items()})

    def _file(self) -> dict[str, Any]:
        """A file that was put in, as the browser tells of it."""
        files = {"files": ("a.txt", b"The front desk renews badges.")}
        path = httpx.post(f"{self._url}{PAGES[0]}{UPLOAD}", files=files, timeout=60).json()[0]
        return {"path": path, "orig_name": "a.txt", "size": 29, "meta": {"_type": "gradio.FileData"}}

    async def _send(self, number: int, case: Case) -> wire.Answer:
        session = f"s{next(self._sessions)}"  # never one of before: its stream would stay open
        body = case.body.replace(b"~session~", session.encode())
        headers = {"Host": f"{self._host}:{self._port}"}
        answer = await wire.sent(self._host, self._port, wire.request(case, body, headers), ends=case.ends)
        if answer.status != 200 or not case.path.endswith(JOIN):
            return answer
        page = case.path.removesuffix(JOIN)
        lines = [
            f"GET {page}{DATA}?session_hash={session} HTTP/1.1",
            f"Host: {headers['Host']}",
            "Connection: close",
        ]
        heard = await wire.sent(self._host, self._port, "\r\n".join([*lines, "", ""]).encode())
        done = (
            b"close_stream" in heard.body or b"unexpected_error" in heard.body or b"not_found" in heard.body
        )
        return heard if heard.status != 200 or done else wire.Answer(-1)

    async def batch(self, cases: list[Case]) -> Batch:
        """Have the page do these, and look at the log."""
        await self._house.freshen()
        return await told(self._house, None, cases, self._send)


@asynccontextmanager
async def page(house: House) -> AsyncIterator[Page]:
    """The page with its service, on a thread and a port of its own; what it prints is of the log."""
    place = serving(furnished=False)
    with contextlib.redirect_stderr(house.log):  # type: ignore[type-var]
        there = await asyncio.to_thread(place.__enter__)
        try:
            yield await asyncio.to_thread(Page, house, there.url)
        finally:
            await asyncio.to_thread(place.__exit__, None, None, None)
