"""`POST /ask`, with texts, files and links; and the endpoint's `POST /invocations`, with the real reader."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp.web import AppRunner, TCPSite
from hypothesis import strategies as st

from model.serve import WAITING, Endpoint
from tests.fuzz import mutations, wire
from tests.fuzz.case import Case
from tests.fuzz.house import House, numbered
from tests.fuzz.target import Batch, told

CONTEXT = "Badges end in May. The front desk renews them."
ASKED = {
    "a question": {"question": "Who renews badges?"},
    "with a context": {"question": "Who renews badges?", "context": CONTEXT},
    "in a thread": {"question": "Who renews badges?", "context": CONTEXT, "thread": "t"},
    "again": {"question": "And when?", "thread": "t"},
    "with a file": {
        "question": "Who renews badges?",
        "files": [{"name": "badges.md", "data": base64.b64encode(CONTEXT.encode()).decode()}],
    },
    "with a link": {"question": "Who renews badges?", "links": ["http://127.0.0.1/a"], "thread": "l"},
}
INVOKED = {
    "one": {"question": "Who renews badges?", "passages": [CONTEXT]},
    "several passages": {"question": "Who renews badges?", "passages": [CONTEXT, "", "Nobody knows."]},
    "several questions": [{"question": "Who?", "passages": [CONTEXT]}, {"question": "When?", "passages": []}],
}


def _cases(name: str, path: str, sources: dict[str, Any]) -> st.SearchStrategy[Case]:
    def case(source: str, changes: Any, coded: Any, request: mutations.Request) -> Case:
        body = mutations.written(mutations.changed(sources[source], changes)).encode()
        query, headers, comes = request
        kind = {"Content-Type": "application/json"} | headers
        return Case(name, source, mutations.rebuilt(body, coded), path, kind, query, comes)

    coded = st.one_of(*[mutations.RAW_BYTES] * 20, mutations.BIG_BYTES)
    return st.builds(case, st.sampled_from(sorted(sources)), mutations.SAID, coded, mutations.REQUESTS)


class Ask:
    """The http channel."""

    name = "ask"
    cases = _cases("ask", "/ask", ASKED)

    def __init__(self, house: House) -> None:
        self._house = house

    async def _send(self, number: int, case: Case) -> wire.Answer:
        data = wire.request(case, case.body, {}, number)
        return await wire.sent("127.0.0.1", self._house.port, data, ends=case.ends)

    async def batch(self, cases: list[Case]) -> Batch:
        """Send them, and look at the log."""
        await self._house.freshen()
        return await told(self._house, None, cases, self._send)


class Invocations:
    """The endpoint's container."""

    name = "invocations"
    cases = _cases("invocations", "/invocations", INVOKED)

    def __init__(self, house: House, port: int) -> None:
        self._house, self._port = house, port

    async def _send(self, number: int, case: Case) -> wire.Answer:
        return await wire.sent(
            "127.0.0.1", self._port, wire.request(case, case.body, {}, number), ends=case.ends
        )

    async def batch(self, cases: list[Case]) -> Batch:
        """Send them, and look at the log."""
        await self._house.freshen()
        return await told(self._house, None, cases, self._send)


@asynccontextmanager
async def endpoint(house: House) -> AsyncIterator[Invocations]:
    """The endpoint with the shipped model, on a port of its own."""
    served = Endpoint("model/weights", WAITING, "onnx")
    application = served.application()
    application.middlewares.append(numbered)
    runner = AppRunner(application, access_log=None, handler_cancellation=True)
    await runner.setup()
    await TCPSite(runner, "127.0.0.1", 0).start()
    await served.load()
    try:
        yield Invocations(house, runner.addresses[0][1])
    finally:
        await runner.cleanup()
        served.close()
