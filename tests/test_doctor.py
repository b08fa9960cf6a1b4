"""The set-up is examined part by part, and the line to change is named."""

import socket
import time

import pytest

from bench.common import free_port
from bot import app, doctor
from bot.__main__ import main
from bot.settings import Settings
from bot.stores import StoreError
from bot.stores.memory import MemoryStore
from model.readers import ReaderError
from tests.fakes import Loopback, fetched


def settings(**changes):
    ports = {"port": free_port(), "web_port": 0}
    return Settings(**(ports | {"store": "memory:", "model": "lexical:"} | changes))


def line(findings, part):
    return next(finding for finding in findings if finding.part == part)


async def test_a_set_up_that_is_right_has_a_line_for_each_part():
    findings = await app.examine(settings(web_port=free_port()))
    assert [finding.part for finding in findings] == [
        "settings",
        "store",
        "reader",
        "port",
        "port",
        "secrets",
        "http",
    ]
    assert all(finding.ok for finding in findings)
    assert str(findings[1]) == "ok   store      memory: wrote, read and deleted an item"


@pytest.mark.parametrize(
    ("changes", "part", "words"),
    [
        ({"store": "sqlite:/nowhere/x.db"}, "settings", "WHEREIN_STORE=sqlite:/nowhere/x.db"),
        ({"model": "gpt:4"}, "settings", "WHEREIN_MODEL=gpt:4"),
        ({"model": "onnx:/nowhere"}, "reader", "onnx did not answer, lexical did"),
        ({"host": "0.0.0.0", "web_port": 1, "admin_password": "short"}, "secrets", "WHEREIN_ADMIN_PASSWORD"),
    ],
)
async def test_what_is_wrong_is_named_by_its_setting(changes, part, words, monkeypatch):
    monkeypatch.setenv("WHEREIN_API_KEY", "a key that nobody guesses")
    finding = line(await app.examine(settings(**changes)), part)
    assert not finding.ok
    assert words in finding.line
    assert str(finding).startswith("BAD ")


async def test_a_name_that_no_setting_has_is_noted_and_nothing_is_wrong_for_it(monkeypatch, capsys):
    monkeypatch.setenv("WHEREIN_ADMIN_PASWORD", "hush")
    told = "WHEREIN_ADMIN_PASWORD is the name of no setting, and nothing reads it:"
    told += " was WHEREIN_ADMIN_PASSWORD meant?"
    findings = await app.examine(settings())
    assert all(finding.ok for finding in findings)
    assert str(findings[0]) == f"note settings   {told}"
    monkeypatch.setenv("WHEREIN_HOST", "0.0.0.0")  # what was misspelt is then what is wrong
    assert main(["doctor"]) == 1
    assert capsys.readouterr().out.splitlines()[1:] == [f"note settings   {told}"]
    assert main(["run"]) == 2
    assert capsys.readouterr().err.splitlines()[1:] == [told]


async def test_a_key_that_can_be_guessed_is_named(monkeypatch):
    monkeypatch.setenv("WHEREIN_API_KEY", "x")
    finding = line(await app.examine(settings(host="0.0.0.0")), "http")
    assert (finding.ok, finding.line) == (False, "WHEREIN_API_KEY has 1 characters: give it 16 or more.")


async def test_a_port_that_another_has_is_named():
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        finding = line(await app.examine(settings(port=port)), "port")
    assert not finding.ok
    assert f"WHEREIN_PORT={port}" in finding.line


class DeafStore(MemoryStore):
    """Takes everything and keeps nothing."""

    async def put(self, *items):
        pass


class BrokenStore(MemoryStore):
    """Does not answer."""

    async def put(self, *items):
        raise StoreError("The disk is full.")


async def no_answer():
    return None


async def broken():
    raise ReaderError("The network cannot be run.")


@pytest.mark.parametrize(
    ("store", "ask", "part", "words"),
    [
        (DeafStore, no_answer, "store", "does not give back"),
        (BrokenStore, no_answer, "store", "The disk is full."),
        (MemoryStore, no_answer, "reader", "finds nothing in a known text"),
        (MemoryStore, broken, "reader", "cannot be run"),
    ],
)
async def test_a_part_that_fails_is_one_line_and_the_others_are_still_examined(store, ask, part, words):
    findings = await doctor.examine(settings(), store(time.time), ask, [])
    assert words in line(findings, part).line
    assert line(findings, "secrets").ok


async def test_what_a_channel_finds_wrong_is_told():
    class Unset(Loopback):
        async def check(self):
            return ["LOOPBACK_TOKEN is not set: set it."]

    findings = await doctor.examine(settings(), MemoryStore(time.time), no_answer, [Unset("")])
    assert line(findings, "loopback").line == "LOOPBACK_TOKEN is not set: set it."


async def test_a_channel_that_cannot_be_checked_is_a_finding():
    class Broken(Loopback):
        async def check(self):
            raise OSError("no route")

    findings = await doctor.examine(settings(), MemoryStore(time.time), no_answer, [Broken("")])
    assert line(findings, "loopback").line == "it could not be checked: no connection comes to be."


def test_the_command_ends_with_0_or_1(start):
    page = str(free_port())
    running = start(lines=3, WHEREIN_WEB_PORT=page)
    port = running.url.rpartition(":")[2]
    assert "Wherein" in fetched(f"http://127.0.0.1:{page}/").decode()
    examined = start(lines=0, command="doctor", WHEREIN_PORT=port, WHEREIN_WEB_PORT=page)
    said, _ = examined.communicate(timeout=60)
    assert (examined.returncode, len(said.splitlines())) == (0, 7), said
    assert said.count("Wherein is running there") == 2
    assert fetched(f"{running.url}/healthz") == b"ok\n"
    wrong = start(lines=0, command="doctor", WHEREIN_MODEL="onnx:nowhere")
    said, _ = wrong.communicate(timeout=60)
    assert wrong.returncode == 1
    assert "BAD  reader     WHEREIN_MODEL=onnx:nowhere" in said
    unset = start(lines=0, command="doctor", WHEREIN_PORT="x")
    said, _ = unset.communicate(timeout=60)
    assert unset.returncode == 1
    assert said.startswith("BAD  settings   WHEREIN_PORT=x")
