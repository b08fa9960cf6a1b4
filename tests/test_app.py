"""The service as a person runs it: a process of its own."""

import asyncio
import json
import os
import shlex
import signal
import socket
import subprocess
import urllib.error
import urllib.request

import pytest

from bench.common import free_port
from bot import app
from bot.settings import Settings
from model.readers import PROJECT
from tests.conftest import starting
from tests.fakes import fetched
from tests.stack import CREDENTIALS
from tests.workplace import Visitor

MARKER, PASSWORD = "Quincunx", "hush, said the lady"


def ended(process):
    """Ask it to stop as an orchestrator does; its exit status and what it wrote."""
    process.send_signal(signal.SIGTERM)
    said, errors = process.communicate(timeout=20)
    return process.returncode, said + errors


def test_three_lines_say_where_to_go_and_the_curl_works_before_the_page_is_there(start):
    """Told to end while the page is being made, it ends."""
    process = start(WHEREIN_WEB_PORT=str(free_port()))
    page, curl, health = process.said
    assert fetched(f"{process.url}/healthz") == b"ok\n"
    assert "http://127.0.0.1:" in page
    assert f"{process.url}/readyz" in health
    command = shlex.split(curl[curl.index("curl ") :])
    reply = json.loads(
        subprocess.run([command[0], "-s", *command[1:]], capture_output=True, check=True).stdout
    )
    assert reply["kind"] == "answer"
    status, written = ended(process)
    assert status == 0, written
    assert "Traceback" not in written


def test_it_starts_with_a_setting_that_nothing_reads_says_so_and_ends_cleanly_when_it_is_told_to(start):
    process = start(lines=2, WHEREIN_RETENTON_DAYS="7")
    assert fetched(f"{process.url}/healthz") == b"ok\n"
    status, written = ended(process)
    assert status == 0, written
    assert "WHEREIN_RETENTON_DAYS is the name of no setting" in written
    assert "Traceback" not in written


def test_told_to_end_where_a_balancer_stands_it_is_not_ready_first_and_goes_on_answering(start):
    key = "0123456789abcdef"
    process = start(lines=2, WHEREIN_HOST="0.0.0.0", WHEREIN_API_KEY=key)
    question = {"question": "Who signed the lease?", "context": "Ada signed the lease."}
    bearer = {"Authorization": f"Bearer {key}"}
    assert json.loads(fetched(f"{process.url}/readyz")) == {"store": "ok", "reader": "ok"}
    process.send_signal(signal.SIGTERM)
    while "it is stopping" not in (state := readiness(process.url)):
        assert state == ""
    assert json.loads(fetched(f"{process.url}/ask", question, **bearer))["answer"]["text"] == "Ada"
    assert fetched(f"{process.url}/healthz") == b"ok\n"
    said, errors = process.communicate(timeout=20)
    assert process.returncode == 0, said + errors
    assert "Traceback" not in said + errors


def readiness(url):
    """Why it is not ready; nothing where it is."""
    try:
        fetched(f"{url}/readyz")
    except urllib.error.HTTPError as error:
        return error.read().decode()
    return ""


def test_a_second_signal_ends_it_at_once_and_without_a_traceback(start):
    process = start(lines=2)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    said, errors = process.communicate(timeout=20)
    assert process.returncode in (0, 128 + signal.SIGINT)
    assert "Traceback" not in said + errors


def test_no_log_holds_what_was_written(start):
    process = start(lines=2, WHEREIN_LOG="debug:json")
    body = {"question": f"Who is {MARKER}?", "context": f"{MARKER} is a pattern.", "thread": f"{MARKER}-t"}
    reply = json.loads(fetched(f"{process.url}/ask", body))
    metrics = fetched(f"{process.url}/metrics").decode()
    status, written = ended(process)
    assert status == 0
    assert reply["id"] in written
    assert MARKER not in written + metrics
    lines = [json.loads(line) for line in written.splitlines() if line.startswith("{")]
    assert lines
    assert all("event" in line for line in lines)


def test_no_log_holds_what_was_sent_to_an_endpoint(start, served):
    process = start(
        lines=2,
        WHEREIN_LOG="debug:json",
        WHEREIN_MODEL="sagemaker://here?region=eu-west-1",
        AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME=served,
        **CREDENTIALS,
    )
    body = {
        "question": f"Who signs the cheques of {MARKER}?",
        "context": f"Ada signs the cheques of {MARKER}.",
    }
    reply = json.loads(fetched(f"{process.url}/ask", body))
    assert (reply["answer"]["text"], reply["answer"]["reader"]) == ("Ada", "sagemaker")
    _, written = ended(process)
    assert "further down" not in written
    assert MARKER not in written


def test_no_log_holds_what_made_a_question_fail(start):
    process = start(lines=2, WHEREIN_LOG="debug:json", WHEREIN_DEADLINE="0.001")
    body = {"question": f"Who is {MARKER}?", "context": f"{MARKER} is a pattern. " * 2000}
    with pytest.raises(urllib.error.HTTPError, match="503"):
        fetched(f"{process.url}/ask", body)
    _, written = ended(process)
    assert "question failed" in written
    assert MARKER not in written


# --------------------------------------------------------------------------- with its page


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A process with its page behind a password, and one who knows it; in the end it ends cleanly."""
    folder, port = tmp_path_factory.mktemp("page"), free_port()
    with starting(folder) as begin, (folder / "log").open("w") as errors:
        process = begin(
            errors=errors,
            WHEREIN_WEB_PORT=str(port),
            WHEREIN_ADMIN_PASSWORD=PASSWORD,
            WHEREIN_LOG="debug:json",
        )
        visitor = Visitor(f"http://127.0.0.1:{port}")
        signed = visitor.post("/login", data={"password": PASSWORD}).headers["set-cookie"]
        visitor = Visitor(visitor.url, cookie=signed.partition(";")[0])
        visitor.folder, visitor.service = folder, process.url
        yield visitor
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert "Traceback" not in (folder / "log").read_text()


def test_the_page_answers_on_its_port_and_nothing_else_of_gradio_does(page):
    assert "Wherein" in page.get("/en/").text
    assert fetched(f"{page.url}/healthz") == fetched(f"{page.service}/healthz") == b"ok\n"
    for path in ("/openapi.json", "/docs", "/en/gradio_api/info"):
        assert page.get(path).status_code == 404
    with pytest.raises(OSError, match=r"413|Broken pipe|reset"):
        fetched(f"{page.url}/en/gradio_api/queue/join", {"data": ["x" * 41_000_000]})


def test_a_question_on_the_page_gets_its_sentence_and_leaves_nothing(page):
    shown = page.ask("Who signs the cheques?", f"{MARKER} signs the cheques.")
    assert f"<mark>{MARKER}</mark> signs the cheques." in shown
    log = (page.folder / "log").read_text()
    assert "question ended" in log
    assert MARKER not in log
    assert PASSWORD not in log
    assert all(MARKER.encode() not in file.read_bytes() for file in page.folder.iterdir())


def test_the_page_is_behind_the_password_where_there_is_one(page):
    stranger = Visitor(page.url)
    assert stranger.get("/en/config").status_code == 401
    assert stranger.post("/login", data={"password": "wrong"}).status_code == 401
    assert page.get("/en/config").status_code == 200


def test_where_the_page_cannot_be_had_no_browser_waits_and_the_service_answers(start, tmp_path):
    (tmp_path / "gradio.py").write_text("raise ImportError('none here', name='gradio')")
    port = free_port()
    path = f"{tmp_path}{os.pathsep}{PROJECT}"
    process = start(WHEREIN_WEB_PORT=str(port), PYTHONPATH=path)
    with pytest.raises(OSError, match=r"refused|reset|closed"):
        fetched(f"http://127.0.0.1:{port}/")
    assert fetched(f"{process.url}/healthz") == b"ok\n"
    status, written = ended(process)
    assert status == 0
    assert "Gradio is not installed" in written


async def test_a_page_that_fails_while_it_is_up_does_not_take_the_service_down(monkeypatch):
    failed, stop, said = asyncio.Event(), asyncio.Event(), []

    async def serve(handed, listener):
        failed.set()
        raise RuntimeError("the page broke")

    monkeypatch.setattr("web.serve", serve)
    settings = Settings(store="memory:", host="127.0.0.1", port=0, web_port=free_port(), channels=("http",))
    running = asyncio.create_task(app.run(settings, stop, said.append))
    await failed.wait()
    while not said:
        await asyncio.sleep(0.01)
    health = said[-1].split()[2].removesuffix("/readyz") + "/healthz"
    assert await asyncio.to_thread(fetched, health) == b"ok\n"
    assert not running.done()
    stop.set()
    await running


# --------------------------------------------------------------------------- what is set wrong


def test_a_port_that_is_taken_is_said_in_one_sentence(start):
    with socket.create_server(("127.0.0.1", 0)) as held:
        process = start(lines=0, WHEREIN_PORT=str(held.getsockname()[1]))
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 2
    assert errors.splitlines()[-1].startswith("WHEREIN_PORT=")
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("name", "value"), [("WHEREIN_PORT", "x"), ("WHEREIN_HOST", "0.0.0.0"), ("WHEREIN_MODEL", "gpt:4")]
)
def test_a_wrong_setting_ends_with_status_2(start, name, value):
    process = start(lines=0, **{name: value})
    said, errors = process.communicate(timeout=30)
    assert (process.returncode, said) == (2, "")
    assert len(errors.splitlines()) == 1
    assert "WHEREIN_" in errors


def test_it_starts_where_the_weights_are_missing_and_says_so(start):
    process = start(lines=2, WHEREIN_MODEL="onnx:nowhere")
    body = {"question": "Who signs the lease?", "context": "Ada signs the lease."}
    assert json.loads(fetched(f"{process.url}/ask", body))["answer"]["reader"] == "lexical"
    _, written = ended(process)
    assert "nowhere" in written
