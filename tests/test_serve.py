"""The endpoint's container: what it is asked, what it answers, and how it starts and ends."""

import asyncio
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from bench.common import free_port
from model import ladder, wire
from model.batches import EACH
from model.embedded import EmbeddedReader
from model.ladder import FAILURES
from model.readers import PROJECT, ReaderError
from model.serve import Endpoint, chosen
from model.types import Passage
from tests.fakes import SlowEngine
from tests.test_app import MARKER

WEIGHTS = PROJECT / "model" / "weights"
TEXT = "Ada signed the lease. Grace paid for it."
ASKED = {"question": "Who signed the lease?", "passages": [TEXT, ""]}


def post(url, body, path="/invocations"):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(url + path, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


@pytest.fixture
def start():
    """Start `python -m model.serve` with these arguments; wait until it can be asked."""
    started = []

    def begin(*arguments, ready=True, port=None):
        port = port or free_port()
        command = [sys.executable, "-m", "model.serve", *arguments, "--port", str(port)]
        process = subprocess.Popen(command, cwd=PROJECT, stderr=subprocess.PIPE, text=True)
        process.url = f"http://127.0.0.1:{port}"
        started.append(process)
        process.said = ""
        while ready and "is loaded" not in process.said:
            process.said = process.stderr.readline()
            assert process.poll() is None
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


# --------------------------------------------------------------------------- questions


async def test_the_reply_is_what_the_embedded_reader_finds(served, reader):
    status, body = await asyncio.to_thread(post, served, ASKED)
    passages = [Passage("d", 0, text) for text in ASKED["passages"]]
    reply = wire.read(json.dumps(body).encode())
    assert status == 200
    assert wire.spans(reply, passages) == await reader.read(ASKED["question"], passages)
    assert wire.calibration(reply) == reader.calibration
    assert (reply.model, reply.revision) == ("onnx", reader.revision)
    assert (WEIGHTS / "SHA256SUMS").read_text().count(reply.revision) == 1


def test_several_questions_are_answered_in_their_order(served):
    other = {"question": "Who paid?", "passages": [TEXT]}
    status, body = post(served, [ASKED, other, ASKED])
    assert status == 200
    assert body == [post(served, one)[1] for one in (ASKED, other, ASKED)]


def test_many_clients_at_once_get_the_answers_that_each_gets_alone(served):
    asked = [
        {"question": f"Who signed the {thing}?", "passages": [f"{name} signed the {thing}. " * length]}
        for length, (name, thing) in enumerate([("Ada", "lease"), ("Grace", "treaty"), ("Mary", "poem")], 1)
    ]
    alone = [post(served, one) for one in asked]
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(lambda one: post(served, one), asked * 16)) == alone * 16


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "invalid JSON"),
        (b"\xff{", "invalid JSON"),
        (b"[]", "at least 1 item"),
        (b"17", "should be an object"),
        ({}, "question: field required"),
        ({"question": "Who?"}, "passages: field required"),
        ({"question": "", "passages": []}, "question: string should have at least 1 character"),
        ({"question": 1, "passages": []}, "question: input should be a valid string"),
        ({"question": "Who?", "passages": "text"}, "passages: input should be a valid"),
        ({"question": "Who?", "passages": [None]}, "passages.0: input should be a valid string"),
        (
            {"question": "Who?", "passages": ["x" * (wire.PASSAGE + 1)]},
            "passages.0: string should have at most",
        ),
        ({"question": "Who?", "passages": [""] * (wire.PASSAGES + 1)}, "passages: list should have at most"),
        ({"question": "x" * (wire.QUESTION + 1), "passages": []}, "question: string should have at most"),
        ({"question": "Who?", "passages": [], "top_k": 3}, "a field that is not known"),
        ([ASKED, {"question": "Who?"}], "1.passages: field required"),
        (b'{"question": "\\ud800", "passages": []}', "invalid JSON"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_one_sentence(served, body, words):
    status, told = post(served, body)
    assert status == 400
    assert words in told["error"]
    assert "\n" not in told["error"]


def test_a_request_that_is_too_long_is_refused(served):
    status, told = post(served, b" " * (wire.BODY + 1))
    assert (status, list(told)) == (413, ["error"])


def test_no_refusal_repeats_what_was_sent(served):
    assert MARKER not in str(post(served, {"question": "Who?", "passages": [], MARKER: 1}))
    assert MARKER not in str(post(served, {"question": 1, "passages": [MARKER]}))


def test_in_sagemakers_place_an_error_comes_as_sagemaker_gives_it(served):
    status, told = post(served, {}, "/endpoints/any/invocations")
    assert (status, told["OriginalStatusCode"]) == (424, 400)
    assert "field required" in told["OriginalMessage"]


# --------------------------------------------------------------------------- too many, too early


@pytest.fixture
async def slow(aiohttp_client):
    """An endpoint whose engine reads when it is let go, and whose queue holds five short questions."""
    engine = SlowEngine()
    endpoint = Endpoint("", 0)
    endpoint._reader = EmbeddedReader("onnx", engine, waiting=5 * (EACH + 10), patience=60)
    client = await aiohttp_client(endpoint.application(), server_kwargs={"handler_cancellation": True})
    yield engine, endpoint, client
    engine.go.set()
    endpoint.close()


async def held_at_least(endpoint, length):
    async with asyncio.timeout(10):
        while endpoint._reader._batches.held < length:
            await asyncio.sleep(0.01)


async def test_a_full_queue_answers_503_at_once_instead_of_growing(slow):
    engine, endpoint, client = slow
    asked = {"question": "Who?", "passages": ["x"]}
    first = asyncio.create_task(client.post("/invocations", json=asked))
    await asyncio.to_thread(engine.begun.wait, 10)
    waiting = [asyncio.create_task(client.post("/invocations", json=asked)) for _ in range(5)]
    await held_at_least(endpoint, 5 * EACH)
    held = endpoint._reader._batches.held
    refused = await asyncio.gather(*(client.post("/invocations", json=asked) for _ in range(50)))
    assert {(answer.status, answer.headers["Retry-After"]) for answer in refused} == {(503, "1")}
    assert "Too many questions" in (await refused[0].json())["error"]
    assert endpoint._reader._batches.held == held
    assert (await client.get("/ping")).status == 200  # it is busy, not broken
    engine.go.set()
    assert [(await task).status for task in (first, *waiting)] == [200] * 6


async def test_several_questions_of_one_caller_wait_one_by_one(slow):
    engine, endpoint, client = slow
    asked = {"question": "Who?", "passages": ["x"]}
    several = asyncio.create_task(client.post("/invocations", json=[asked] * 20))
    await asyncio.to_thread(engine.begun.wait, 10)
    other = asyncio.create_task(client.post("/invocations", json=asked | {"question": "When?"}))
    await held_at_least(endpoint, EACH)
    engine.go.set()
    assert [(await task).status for task in (several, other)] == [200, 200]
    assert engine.runs[1] == ["When?"]


async def test_whoever_hangs_up_leaves_the_queue(slow):
    engine, endpoint, client = slow
    asked = {"question": "Who?", "passages": ["x"]}
    first = asyncio.create_task(client.post("/invocations", json=asked))
    await asyncio.to_thread(engine.begun.wait, 10)
    second = asyncio.create_task(client.post("/invocations", json=asked))
    await held_at_least(endpoint, EACH)
    second.cancel()
    async with asyncio.timeout(10):
        while endpoint._reader._batches.held:
            await asyncio.sleep(0.01)
    engine.go.set()
    assert (await first).status == 200


async def test_a_network_that_breaks_is_a_500_in_a_sentence(slow):
    engine, _, client = slow
    engine.go.set()
    answer = await client.post("/invocations", json={"question": "raise", "passages": ["x"]})
    assert answer.status == 500
    assert "cannot be run: RuntimeError" in (await answer.json())["error"]


async def test_it_can_be_asked_only_once_the_model_has_answered(aiohttp_client):
    endpoint = Endpoint(str(WEIGHTS), 1000)
    client = await aiohttp_client(endpoint.application())
    assert (await client.get("/ping")).status == 503
    assert (await client.post("/invocations", json=ASKED)).status == 503
    await endpoint.load()
    assert (await client.get("/ping")).status == 200
    assert (await client.post("/invocations", json=ASKED)).status == 200
    endpoint.close()


async def test_a_model_that_misreads_what_is_known_is_not_served(monkeypatch):
    monkeypatch.setattr("model.serve.CHECK", ("Who signed the lease?", "Ada signed it.", "Grace"))
    endpoint = Endpoint(str(WEIGHTS), 1000)
    with pytest.raises(ReaderError, match="does not find"):
        await endpoint.load()
    assert endpoint._reader is None


# --------------------------------------------------------------------------- the runtime


@pytest.fixture
def computer(monkeypatch):
    """A processor with these features, and OpenVINO or not."""

    def be(*features, openvino):
        monkeypatch.setattr("model.machine.features", lambda: set(features))
        monkeypatch.setattr("model.serve.find_spec", lambda name: openvino and object())

    return be


@pytest.mark.parametrize(
    ("features", "openvino", "expected"),
    [
        (("avx512_vnni", "amx_bf16"), True, "openvino"),
        (("avx512_vnni", "amx_bf16"), False, "onnx"),
        (("avx512_vnni", "avx512_bf16"), True, "onnx"),
        ((), True, "onnx"),
    ],
)
def test_openvino_reads_where_it_is_here_and_the_processor_has_matrix_units(
    computer, features, openvino, expected
):
    computer(*features, openvino=openvino)
    assert chosen("auto") == expected
    assert [chosen(runtime) for runtime in ("onnx", "openvino")] == ["onnx", "openvino"]


async def test_a_runtime_that_is_not_here_is_said_in_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "openvino", None)
    monkeypatch.delitem(sys.modules, "model.readers.openvino", raising=False)
    with pytest.raises(ReaderError, match="needs openvino, which is not installed"):
        await Endpoint(str(WEIGHTS), 1000, "openvino").load()


@pytest.mark.parametrize("runtime", ["onnx", "openvino"])
def test_it_reads_with_the_runtime_that_it_is_told_and_says_which(start, runtime):
    process = start("--runtime", runtime)
    assert f"{runtime} reads it on" in process.said
    assert post(process.url, ASKED)[1]["model"] == runtime


# --------------------------------------------------------------------------- the process


async def test_where_the_endpoint_dies_the_next_rung_reads_until_it_is_back(start, aws, monkeypatch):
    monkeypatch.setattr("model.ladder.PAUSE", 0.3)
    process = await asyncio.to_thread(start)
    aws.setenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", process.url)
    opened = ladder.open("sagemaker://here?region=eu-west-1,onnx:model/weights")

    async def ask():
        reader, found = await opened.read(ASKED["question"], [Passage("d", 0, TEXT)], time.monotonic() + 20)
        assert TEXT[found[0][0].start : found[0][0].end] == "Ada"
        return reader.name

    assert await ask() == "sagemaker"
    process.kill()
    process.wait()
    assert [await ask() for _ in range(FAILURES + 2)] == ["onnx"] * (FAILURES + 2)
    assert opened.name == "onnx"
    await asyncio.to_thread(start, port=int(process.url.rpartition(":")[2]))
    await asyncio.sleep(0.3)
    assert [await ask() for _ in range(3)] == ["sagemaker"] * 3
    opened.close()


def test_it_finishes_what_is_in_hand_when_it_is_told_to_end(start):
    process = start()
    asked = {"question": "Who signed the lease?", "passages": [TEXT * 19] * wire.PASSAGES}
    with ThreadPoolExecutor(1) as pool:
        reply = pool.submit(post, process.url, asked)
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        assert reply.result()[0] == 200
    assert process.wait(timeout=30) == 0


def test_it_serves_as_sagemaker_starts_it_from_a_folder_that_cannot_be_written(start, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(WEIGHTS, folder)
    for place in (*folder.iterdir(), folder):
        place.chmod(stat.S_IRUSR | (stat.S_IXUSR if place.is_dir() else 0))
    process = start("serve", "--model", str(folder))
    assert post(process.url, ASKED)[0] == 200
    assert {file.name for file in folder.iterdir()} == {file.name for file in WEIGHTS.iterdir()}
    folder.chmod(stat.S_IRWXU)


def test_without_a_model_it_ends_with_a_sentence(start, tmp_path):
    process = start("--model", str(tmp_path), ready=False)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 2
    (line,) = errors.splitlines()
    assert "The weights are missing" in json.loads(line)["event"]


def test_its_log_is_json_and_holds_nothing_of_what_was_asked(start):
    process = start()
    good = {"question": f"Who is {MARKER}?", "passages": [f"{MARKER} is."]}
    for body in (good, {"question": MARKER}, b"{"):
        post(process.url, body)
    process.terminate()
    _, errors = process.communicate(timeout=30)
    assert MARKER not in errors
    assert all("event" in json.loads(line) for line in (process.said, *errors.splitlines()))


def test_a_port_that_is_taken_is_said(start):
    first = start()
    port = first.url.rpartition(":")[2]
    again = subprocess.run(
        [sys.executable, "-m", "model.serve", "--port", port],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )
    assert again.returncode == 2
    assert "address already in use" in json.loads(again.stderr.splitlines()[-1])["event"]
