"""What a browser may ask of Gradio; and what is logged of who sends what is no request."""

import io
import json

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from aiohttp.web import Application, Request, Response

from bot import telemetry
from tests.fuzz.wire import sent
from web.calls import fits

HANDLERS = {3: 2}
CALL = {"fn_index": 3, "data": ["a", None], "session_hash": "s1"}


def test_a_call_of_a_handler_with_its_arguments_fits():
    assert fits(json.dumps(CALL).encode(), HANDLERS)
    assert fits(json.dumps(CALL | {"event_data": None, "trigger_id": 7}).encode(), HANDLERS)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"\xff", b"[" * 100_000, b'{"fn_index": 3, "data": [NaN, 1], "session_hash": "s"}'],
    ids=lambda body: str(body)[:50],
)
def test_what_is_no_object_is_no_call(body):
    assert not fits(body, HANDLERS)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        *[("fn_index", wrong) for wrong in (4, True, "3", [3], None)],
        *[("data", wrong) for wrong in (["a"], None, "ab", ["\ud800", 1])],
        *[("session_hash", wrong) for wrong in (None, "", "a b", "s" * 65)],
    ],
)
def test_what_fits_no_handler_is_no_call(name, wrong):
    assert not fits(json.dumps(CALL | {name: wrong}).encode(), HANDLERS)


@pytest.fixture
def log():
    """What is logged."""
    written = io.StringIO()
    telemetry.set_up_logs("info:json", written)
    return written


async def test_who_sends_what_is_no_request_leaves_a_line_and_no_traceback(log):
    async def read(request: Request) -> Response:
        return Response(body=await request.read())

    app = Application()
    app.router.add_post("/", read)
    async with TestServer(app) as server:
        for data in (
            b"\xff\0\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
            b"GET /" + b"a" * 9_000,
        ):
            await sent(server.host, server.port, data, ends=True)
        lines = [json.loads(line) for line in log.getvalue().splitlines() if "aiohttp.server" in line]
        assert len(lines) >= 2
        assert all("cannot be read" in line["event"] and "exception" not in line for line in lines), lines


async def test_an_error_of_ours_keeps_its_traceback(log):
    async def fail(request: Request) -> Response:
        raise LookupError

    app = Application()
    app.router.add_post("/", fail)
    async with TestServer(app) as server, ClientSession() as client:
        assert (await client.post(server.make_url("/"))).status == 500
    assert "LookupError" in log.getvalue()
    assert "exception" in json.loads(log.getvalue().splitlines()[0])
