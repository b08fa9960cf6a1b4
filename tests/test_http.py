"""POST /ask, with the real walk behind it: what it answers, and how it refuses."""

import asyncio
import base64
import json
import math

import pytest
from aiohttp.test_utils import TestClient, TestServer
from openapi_spec_validator import validate

from bot import app
from bot.channels.http.drawn import RefusalOut
from bot.settings import Settings
from model.ladder import Ladder
from model.readers import ReaderError
from tests import papers
from tests.fakes import BrokenReader
from tests.raw import AMBIGUOUS, ENDLESS, told_raw

CONTEXT = "Badges end in May. The front desk renews them."
JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def serve(tmp_path):
    """Start the service on a port of its own; again on the same database where it is called again."""
    running = []

    async def start(**settings):
        settings = {"store": f"sqlite:{tmp_path / 'test.db'}", "max_bytes": 300_000} | settings
        service = app.build(Settings(**settings))
        client = TestClient(TestServer(service.http))
        client.service = service
        await client.start_server()
        running.append((service, client))
        return client

    async def stop():
        while running:
            service, client = running.pop()
            await client.close()
            await service.close()

    start.stop = stop
    yield start
    await stop()


async def asked(client, status=200, **body):
    answer = await client.post("/ask", json=body)
    assert answer.status == status, await answer.text()
    return await answer.json()


async def test_a_question_with_a_context_gets_its_sentence(serve):
    reply = await asked(await serve(), question="Who renews badges?", context=CONTEXT)
    answer = reply["answer"]
    assert reply["kind"] == "answer"
    assert answer["sentence"] == "The front desk renews them."
    assert answer["text"] == CONTEXT[answer["start"] : answer["end"]]
    assert "front desk" in answer["text"]
    assert 0.5 <= answer["confidence"] <= 1
    assert answer["reader"] == "onnx"
    assert reply["read"] == [answer["source"]]
    assert list(reply) == [
        "id", "kind", "text", "answer", "nearest", "conflict", "asked", "read", "skipped",
    ]  # fmt: skip
    assert list(answer) == ["text", "start", "end", "sentence", "confidence", "source", "place", "reader"]
    assert list(answer["source"]) == ["id", "title", "where"]


@pytest.mark.parametrize(
    ("context", "question", "text"),
    [
        ("The manager is משה כהן and the budget is 500 ₪.", "Who is the manager?", "משה כהן"),
        ("👩‍👩‍👧‍👦 The release is 🚀 on Friday at noon.", "When is the release?", "Friday"),
        (
            "Zoe\u0308 Nun\u0303ez signs the cheques. Bob files them.",
            "Who signs the cheques?",
            "Zoe\u0308 Nun\u0303ez",
        ),
    ],
)
async def test_any_script_is_answered_with_offsets_in_code_points(serve, context, question, text):
    reply = await asked(await serve(), question=question, context=context)
    answer = reply["answer"]
    assert reply["kind"] == "answer", reply
    assert text in answer["text"]
    assert context[answer["start"] : answer["end"]] == answer["text"]


async def test_what_is_in_another_language_is_not_guessed_at(serve):
    hebrew = "פריז היא בירת צרפת. ירושלים היא בירת ישראל."
    reply = await asked(await serve(), question="מהי בירת צרפת?", context=hebrew)
    assert (reply["kind"], reply["answer"]) == ("unsure", None)
    assert reply["text"] == "I read English, and that question looks like Hebrew: I would only be guessing."


async def test_where_nothing_answers_the_nearest_sentence_is_given(serve):
    reply = await asked(await serve(), question="Who is the king of Spain?", context=CONTEXT)
    assert (reply["kind"], reply["answer"]) == ("unsure", None)
    assert reply["nearest"] in CONTEXT


async def test_a_thread_remembers_what_it_was_given_over_a_restart(serve):
    question = "Who renews badges?"
    first = await asked(await serve(), question=question, context=CONTEXT, thread="t")
    await serve.stop()
    client = await serve()
    later = await asked(client, question=question, thread="t")
    assert later["answer"] == first["answer"]
    assert (await asked(client, question=question, thread="u"))["read"] == []


async def test_a_context_alone_is_not_kept(serve, tmp_path):
    client = await serve()
    await asked(client, question="Who renews xylophones?", context="Quincunx renews the xylophones.")
    assert (await asked(client, question="Who renews?"))["read"] == []
    await serve.stop()
    for file in tmp_path.iterdir():
        assert b"uincunx" not in file.read_bytes()
        assert b"ylophone" not in file.read_bytes()


async def test_a_question_with_a_context_is_answered_from_that_context(serve):
    client = await serve()
    await asked(client, question="Who renews badges?", context=CONTEXT, thread="t")
    other = "Badges end in June. Omar Haddad renews badges."
    reply = await asked(client, question="Who renews badges?", context=other, thread="t")
    assert reply["read"] == [{"id": reply["read"][0]["id"], "title": "context", "where": ""}]
    assert other[reply["answer"]["start"] : reply["answer"]["end"]] == reply["answer"]["text"]
    assert "Omar" in reply["answer"]["text"]
    assert len((await asked(client, question="Who?", thread="t"))["read"]) == 2


async def test_the_same_context_given_twice_is_one_document(serve):
    client = await serve()
    for _ in range(2):
        await asked(client, question="Who renews badges?", context=CONTEXT, thread="t")
    assert len((await asked(client, question="Who?", thread="t"))["read"]) == 1


REFUSED = [
    (b"", 400, "not JSON"),
    (b"{", 400, "not JSON"),
    (b"\xff\xfe\x00", 400, "not JSON"),
    (b"[" * 100_000, 400, "not JSON"),
    (b'{"question": 1' + b"0" * 5000 + b"}", 400, "not JSON"),
    (b"[]", 400, "not a JSON object"),
    (b'"Who?"', 400, "not a JSON object"),
    (b"null", 400, "not a JSON object"),
    (b"{}", 422, "`question` is missing."),
    (b'{"question": ""}', 422, "`question` is empty."),
    (b'{"question": " \\n\\t"}', 422, "`question` is empty."),
    (b'{"question": null}', 422, "`question` is not a string."),
    (b'{"question": 7}', 422, "`question` is not a string."),
    (b'{"question": "Who\\u0000?"}', 422, "`question` holds a NUL character."),
    (b'{"question": "Who\\ud800?"}', 422, "`question` holds half a surrogate pair"),
    (json.dumps({"question": "x" * 100_000}).encode(), 422, "`question` is longer than 1000 characters."),
    (b'{"question": "Who?", "context": []}', 422, "`context` is not a string."),
    (b'{"question": "Who?", "context": "a\\udfffb"}', 422, "`context` holds half a surrogate pair"),
    (b'{"question": "Who?", "context": "a\\u0000b"}', 422, "`context` holds a NUL character."),
    (b'{"question": "Who?", "thread": ""}', 422, "`thread` is empty."),
    (b'{"question": "Who?", "thread": 3}', 422, "`thread` is not a string."),
    (json.dumps({"question": "Who?", "thread": "t" * 201}).encode(), 422, "`thread` is longer than 200"),
    (b'{"question": "Who?", "answer": 1}', 422, "`answer` is not known here."),
    (b'{"question": "Who?", "\\ud800": 1}', 422, "is not known here."),
    (json.dumps({"question": "Who?", "context": "x" * 300_000}).encode(), 413, "`context` is too large"),
]


@pytest.mark.parametrize(("body", "status", "sentence"), REFUSED, ids=lambda value: str(value)[:40])
async def test_what_cannot_be_asked_is_refused_in_one_sentence_and_the_service_goes_on(
    serve, body, status, sentence
):
    client = await serve()
    refused = await client.post("/ask", data=body, headers=JSON)
    said = await refused.json()
    assert (refused.status, said["kind"]) == (status, "error")
    assert sentence in said["text"]
    assert "Traceback" not in said["text"]
    assert "\n" not in said["text"]
    assert (await asked(client, question="Who renews badges?", context=CONTEXT))["kind"] == "answer"


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
async def test_another_content_type_is_refused(serve, kind):
    client = await serve()
    refused = await client.post("/ask", data=b'{"question": "Who?"}', headers={"Content-Type": kind})
    assert refused.status == 415
    assert "send application/json" in (await refused.json())["text"]


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
async def test_a_badly_compressed_body_is_refused(serve, encoding):
    client = await serve()
    refused = await client.post("/ask", data=b"no such thing", headers=JSON | {"Content-Encoding": encoding})
    assert refused.status == 400
    assert "compressed" in (await refused.json())["text"]


async def test_a_body_that_does_not_come_is_not_waited_for(serve):
    client = await serve(deadline=0.2)

    async def stalled():
        yield b'{"question": '
        await asyncio.sleep(60)

    refused = await client.post("/ask", data=stalled(), headers=JSON)
    assert refused.status == 408


@pytest.mark.parametrize("blank", ["", " \n"])
async def test_a_blank_context_is_none(serve, blank):
    client = await serve()
    await asked(client, question="Who renews badges?", context=CONTEXT, thread="t")
    reply = await asked(client, question="Who renews badges?", context=blank, thread="t")
    assert reply["kind"] == "answer"
    assert len(reply["read"]) == 1


async def test_a_wrong_method_or_path_is_refused(serve):
    client = await serve()
    told = await client.get("/ask")
    assert (told.status, told.headers["Allow"]) == (405, "POST")
    nothing = await client.post("/nowhere?q=canary", data="canary")
    assert nothing.status == 404
    for refused in (told, nothing):
        assert refused.headers["Content-Type"] == "application/json; charset=utf-8"
        out = await refused.json()
        assert out == RefusalOut(text=out["text"], field=None).model_dump()
        assert "canary" not in out["text"]
    assert (await client.head("/nowhere")).status == 404
    assert (await client.delete("/healthz")).headers["Allow"] == "GET, HEAD"


async def test_at_the_root_it_says_what_it_is_and_where_to_go(serve, monkeypatch):
    monkeypatch.setenv("WHEREIN_API_KEY", "canary-of-the-api-key")
    client = await serve(web_port=7861)
    told = await (await client.get("/", headers={"Host": "anything"})).text()
    routes = {line.strip() for line in told.splitlines() if line.startswith("  ")}
    assert {"POST /ask", "GET  /openapi.json", "GET  /healthz", "GET  /readyz", "GET  /metrics"} == routes
    assert "The page is on port 7861." in told
    assert "canary" not in told


async def test_with_a_key_only_its_bearer_may_ask(serve, monkeypatch):
    monkeypatch.setenv("WHEREIN_API_KEY", "clef-é")
    client = await serve()
    body = {"question": "Who renews badges?", "context": CONTEXT}
    for authorization in ("", "Bearer", "Bearer wrong", "Basic clef-é", "clef-é", "Bearer clef-é2"):
        refused = await client.post("/ask", json=body, headers={"Authorization": authorization})
        assert refused.status == 401
        assert "WHEREIN_API_KEY" in (await refused.json())["text"]
    let_in = await client.post("/ask", json=body, headers={"Authorization": "bearer clef-é"})
    assert let_in.status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example:8080", "[", "0.0.0.0", "x.ngrok.app"]
)
async def test_without_a_key_who_calls_this_machine_by_another_name_may_not_ask(serve, host):
    """A tunnel, or a page in a browser here whose own name was made to lead to this machine."""
    client = await serve()
    body = {"question": "Who renews badges?", "context": CONTEXT}
    answer = await client.post("/ask", json=body, headers={"Host": host})
    assert (answer.status, (await answer.json())["kind"]) == (403, "error")
    for own in ("localhost:8080", "127.0.0.1", "[::1]:8080"):
        assert (await client.post("/ask", json=body, headers={"Host": own})).status == 200


async def test_with_a_key_the_machine_may_be_called_by_any_name(serve, monkeypatch):
    monkeypatch.setenv("WHEREIN_API_KEY", "k" * 16)
    body = {"question": "Who renews badges?", "context": CONTEXT}
    headers = {"Host": "wherein.example.com", "Authorization": f"Bearer {'k' * 16}"}
    assert (await (await serve()).post("/ask", json=body, headers=headers)).status == 200


async def test_every_answer_says_what_it_is_and_is_kept_by_nobody(serve):
    client = await serve(public_url="https://wherein.example.com")
    asked = await client.post("/ask", json={"question": "Who renews badges?", "context": CONTEXT})
    others = [
        await client.get(path) for path in ("/healthz", "/metrics", "/openapi.json", "/nowhere", "/ask")
    ]
    for answer in (asked, *others):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
        assert not any(name.startswith("Access-Control-") for name in answer.headers)
        assert "Server" not in answer.headers


async def test_no_other_page_may_ask_in_a_browsers_name(serve):
    """A form needs no leave to send text; JSON does, and nobody gives it."""
    client = await serve()
    leave = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    assert (await client.options("/ask", headers=leave)).status == 405
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        told = await client.post("/ask", data='{"question": "Who?"}', headers={"Content-Type": kind})
        assert told.status == 415


@pytest.mark.parametrize("request_", AMBIGUOUS, ids=range(len(AMBIGUOUS)))
async def test_where_a_request_ends_is_never_guessed(serve, request_):
    """What one server takes for a body, another might take for somebody's next request."""
    url = str((await serve()).make_url("/"))
    told = await asyncio.to_thread(told_raw, url, request_.format(path="/ask", type="application/json"))
    assert told.split()[1] == "400"
    assert (told.count("HTTP/1."), "wherein_" in told) == (1, False)


@pytest.mark.parametrize("request_", ENDLESS, ids=range(len(ENDLESS)))
async def test_a_head_without_end_is_refused(serve, request_):
    told = await asyncio.to_thread(told_raw, str((await serve()).make_url("/")), request_)
    assert told[9:12] in ("400", "")


async def test_it_describes_itself_as_openapi(serve):
    client = await serve()
    described = await (await client.get("/openapi.json")).json()
    validate(described)
    assert set(described["paths"]) == {"/ask"}
    assert set(described["components"]["schemas"]["Question"]["properties"]) == {
        "question", "context", "thread", "files", "links",
    }  # fmt: skip


async def test_the_probes_say_alive_ready_and_counted(serve):
    client = await serve()
    await asked(client, question="Who renews badges?", context=CONTEXT)
    assert (await client.get("/healthz")).status == 200
    ready = await client.get("/readyz")
    assert (ready.status, await ready.json()) == (200, {"store": "ok", "reader": "ok"})
    client.service.answerer.read_at = -math.inf  # as if nobody had asked for long
    assert (await client.get("/readyz")).status == 200
    counted = await (await client.get("/metrics")).text()
    assert 'wherein_questions_total{channel="http",outcome="answer",reader="onnx"} 1.0' in counted


async def test_it_is_not_ready_while_it_stops(serve):
    client = await serve()
    client.service.stopping = True
    ready = await client.get("/readyz")
    assert (ready.status, (await ready.json())["service"]) == (503, "it is stopping")
    assert (await client.get("/healthz")).status == 200


async def test_it_is_not_ready_where_the_reader_is_broken(serve):
    client = await serve()
    broken = BrokenReader(ReaderError("The network cannot be run."))
    client.service.answerer._ladder = Ladder([broken])
    ready = await client.get("/readyz")
    assert ready.status == 503
    assert (await ready.json())["reader"] == "ReaderError: The network cannot be run."
    reply = await asked(client, 503, question="Who renews badges?", context=CONTEXT)
    assert "reader does not answer" in reply["text"]


async def test_it_is_not_ready_where_the_store_is_broken(serve):
    client = await serve()
    store = client.service.archive.store
    await store._do(lambda db: db.execute("DROP TABLE items"))
    await store._do(lambda db: db.execute("PRAGMA query_only = ON"))
    ready = await client.get("/readyz")
    assert ready.status == 503
    assert (await ready.json())["store"].startswith("StoreError")
    reply = await asked(client, 503, question="Who?", thread="t")
    assert reply["kind"] == "error"
    assert (await client.get("/healthz")).status == 200


# --------------------------------------------------------------------------- files and links


def file(name, data):
    return {"name": name, "data": base64.b64encode(data).decode()}


async def test_a_file_is_read_with_its_page_and_kept_where_there_is_a_thread(serve):
    client = await serve()
    pdf = papers.pdf([papers.page("Badges end in May."), papers.page("Priya Nair renews the badges.")])
    reply = await asked(client, question="Who renews badges?", files=[file("b.pdf", pdf)], thread="t")
    assert (reply["answer"]["text"], reply["answer"]["place"]) == ("Priya Nair", "page 2")
    assert reply["answer"]["source"]["title"] == "b.pdf"
    for again in ({}, {"files": [file("b.pdf", pdf)]}):
        reply = await asked(client, question="Who renews badges?", thread="t", **again)
        assert reply["answer"]["place"] == "page 2"
    assert not client.service.channels[0]._files


async def test_what_cannot_be_read_is_named_with_its_reason(serve):
    body = {"question": "Who renews badges?", "context": CONTEXT}
    files = [file("shot.png", papers.PNG), file("a.pdf", b"%PDF-1.7 nothing")]
    reply = await asked(await serve(), **body, files=files, links=["http://127.0.0.1/a"])
    assert reply["kind"] == "answer"
    assert [(one["title"], one["why"]) for one in reply["skipped"]] == [
        ("shot.png", "it is a picture"),
        ("a.pdf", "it is damaged, or not made as its kind is"),
        ("http://127.0.0.1/a", "127.0.0.1 is not on the public internet"),
    ]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"files": [{"name": "a", "data": "é"}]}, "files"),
        ({"files": [file("a", b"x"), {"name": "a"}]}, "files[1].data"),
        ({"files": "a"}, "files"),
        ({"files": [file("a", b"x")] * 11}, "files"),
        ({"links": ["http://a.example"] * 6}, "links"),
        ({"links": [7]}, "links[0]"),
    ],
)
async def test_files_and_links_that_are_none_are_refused_with_the_field(serve, given, named):
    refused = await asked(await serve(), 422, question="Who?", **given)
    assert refused["field"] in given
    assert refused["text"].startswith(f"`{named}`")
