"""What a browser may ask of Gradio; and what is logged of who sends what is no request."""

import io
import json

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from aiohttp.web import Application, Request, Response
from starlette.exceptions import HTTPException

from bot import telemetry
from tests.fuzz.wire import sent
from web.calls import fits
from web.streams import DATA, Streams
from web.uploads import Uploads

HANDLERS = {3: ["textbox", "number"], 4: ["file"], 5: ["checkboxgroup", "dropdown", "checkbox", "slider"]}
FILE = {"path": "a.txt", "meta": {"_type": "gradio.FileData"}}
CALL = {"fn_index": 3, "data": ["a", None], "session_hash": "s1"}


@pytest.fixture
def uploads():
    """Where files lie that people put in."""
    made = Uploads(1_000)
    yield made
    made.close()


@pytest.fixture
def call(uploads):
    """Whether a call fits, of what it tells."""
    return lambda **told: fits(json.dumps(CALL | told).encode(), HANDLERS, uploads)


def test_a_call_of_a_handler_with_its_arguments_fits(call):
    assert call()
    assert call(event_data=None, trigger_id=7)
    assert call(data=[None, 0.5])
    assert call(fn_index=5, data=[["a", "b"], "slack/Acme//", True, 50])
    assert call(fn_index=5, data=[[], None, None, None])


def test_a_file_that_was_put_in_fits_as_one(call, uploads):
    there = uploads.folder / "hash" / "a.txt"
    there.parent.mkdir()
    there.write_text("The lease ends in May.")
    file = FILE | {"path": str(there), "orig_name": "a.txt", "size": 22, "mime_type": "text/plain"}
    assert call(fn_index=4, data=[[file]])
    assert call(fn_index=4, data=[[]])
    there.unlink()
    assert call(fn_index=4, data=[[file]])  # what is said of it is that it is gone
    assert not call(fn_index=4, data=[file])
    assert not call(fn_index=4, data=[[file | {"size": "many"}]])
    assert not call(fn_index=4, data=[[file | {"meta": "gradio.FileData"}]])
    assert not call(fn_index=4, data=[[str(there)]])
    assert not call(data=[file, 1])


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "{0}",
        "{0}/hash",
        "{0}/half",
        "{0}/hash/../../a.txt",
        "{0}/hash/a/b.txt",
        "a.txt",
        "",
        "https://a.example/a.txt",
        "{0}/hash/a\0.txt",
        "{0}/hash/" + "a" * 300,
        None,
        7,
    ],
    ids=lambda path: str(path)[:30],
)
def test_a_path_that_somebody_made_up_fits_nowhere(call, uploads, path):
    (uploads.folder / "hash").mkdir()
    (uploads.folder / "half").touch()
    file = FILE | {"path": path.format(uploads.folder) if isinstance(path, str) else path}
    assert not call(fn_index=4, data=[[file]])
    assert not call(data=[file, 1])
    assert not call(fn_index=5, data=[[file], None, None, None])


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"\xff", b"[" * 100_000, b'{"fn_index": 3, "data": [NaN, 1], "session_hash": "s"}'],
    ids=lambda body: str(body)[:50],
)
def test_what_is_no_object_is_no_call(body, uploads):
    assert not fits(body, HANDLERS, uploads)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        *[("fn_index", wrong) for wrong in (9, True, "3", [3], None)],
        *[("data", wrong) for wrong in (["a"], None, "ab", ["\ud800", 1])],
        *[("data", wrong) for wrong in (["a", "b"], [1, 1], [["a"], 1], [{}, 1], ["a", [1]])],
        *[("session_hash", wrong) for wrong in (None, "", "a b", "s" * 65)],
    ],
)
def test_what_fits_no_handler_is_no_call(call, name, wrong):
    assert not call(**{name: wrong})


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


async def streamed(error, *, started=True, path=f"/en{DATA}"):
    """What is sent of a stream that fails like that."""
    sent = []

    async def send(message):
        sent.append(message)

    async def stream(scope, receive, send):
        if started:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise error

    await Streams(stream)({"type": "http", "path": path}, None, send)
    return sent


def none_of_that_name():
    error = RuntimeError("Caught handled exception, but response already started.")
    error.__cause__ = HTTPException(404)
    return error


@pytest.mark.parametrize("error", [none_of_that_name(), KeyError("s1")], ids=repr)
async def test_a_stream_whose_session_is_gone_ends_and_leaves_a_line(log, error):
    assert (await streamed(error))[-1] == {"type": "http.response.body", "body": b""}
    (line,) = map(json.loads, log.getvalue().splitlines())
    assert line["level"] == "info"
    assert "exception" not in line


@pytest.mark.parametrize(
    ("error", "more"),
    [
        (RuntimeError("the loop is closed"), {}),
        (ValueError("no JSON"), {}),
        (KeyError("s1"), {"started": False}),
        (none_of_that_name(), {"path": "/en/gradio_api/upload"}),
    ],
    ids=repr,
)
async def test_what_else_breaks_a_stream_stays_an_error(error, more):
    with pytest.raises(type(error)):
        await streamed(error, **more)
