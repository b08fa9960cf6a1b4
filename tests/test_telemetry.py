"""Logs are read by people on a terminal and by machines elsewhere, and hold nobody's words."""

import io
import json
import logging

import pytest
import structlog

from bot.telemetry import OURS, Metrics, set_up_logs


@pytest.fixture
def written():
    """What is logged, in the form asked for; the process's own logging is put back after."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()

    def set_up(setting):
        set_up_logs(setting, stream)
        return stream

    yield set_up
    root.handlers[:] = handlers
    root.setLevel(level)
    for ours in OURS:
        logging.getLogger(ours).setLevel(logging.NOTSET)
    structlog.reset_defaults()


WORDS = "somebody wrote this"


def fail():
    structlog.get_logger("bot.here").info("heard", id="m1")
    try:
        raise ValueError(WORDS)
    except ValueError as error:
        structlog.get_logger("bot.here").warning("failed", id="m1", exc_info=error)
        logging.getLogger("elsewhere").exception("also failed")


def test_as_json_each_line_is_an_object(written):
    stream = written("info:json")
    fail()
    heard, failed, other = map(json.loads, stream.getvalue().splitlines())
    assert (heard["event"], heard["id"], heard["level"], heard["logger"]) == (
        "heard",
        "m1",
        "info",
        "bot.here",
    )
    assert "test_telemetry.py" in failed["exception"]
    assert "ValueError" in failed["exception"]
    assert "ValueError" in other["exception"]


@pytest.mark.parametrize("setting", ["info:json", "debug:text", "info"])
def test_the_message_of_an_error_is_never_logged(written, setting):
    stream = written(setting)
    fail()
    assert "heard" in stream.getvalue()
    assert WORDS not in stream.getvalue()


def test_of_libraries_only_what_is_wrong_is_logged(written):
    """What they say on the way holds what they send: tokens, and what people wrote."""
    stream = written("debug:json")
    for library in ("slack_sdk.web.async_base_client", "slack_bolt.App", "botbuilder", "msal", "botocore"):
        logging.getLogger(library).info("sending %s", WORDS)
        logging.getLogger(library).debug("sending %s", WORDS)
    logging.getLogger("bot.x").debug("ours")
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["ours"]


FORGED = "m1\n12:00:00 [info] forged \x1b[2J\r\x07\x9b31m\u2028\u202e"


@pytest.mark.parametrize("setting", ["info:json", "info:text"])
def test_no_id_begins_a_line_or_speaks_to_the_terminal(written, setting):
    stream = written(setting)
    structlog.get_logger("bot.here").info("heard", id=FORGED)
    logging.getLogger("elsewhere").warning("no such thing: %s", FORGED)
    said = stream.getvalue()
    assert said.count("forged") == len(said.splitlines()) == 2
    assert said.replace("\n", "").isprintable()


def test_less_than_the_level_is_not_logged(written):
    stream = written("error")
    fail()
    assert "heard" not in stream.getvalue()
    assert "also failed" in stream.getvalue()


def test_an_acknowledgement_that_comes_late_is_logged_and_one_in_time_is_not(written, monkeypatch):
    stream, metrics = written("info:json"), Metrics()
    with metrics.accepting("slack"):
        pass
    assert stream.getvalue() == ""
    monkeypatch.setattr("bot.telemetry.ACKNOWLEDGED_SECONDS", -1.0)
    with metrics.accepting("slack"):
        pass
    (line,) = map(json.loads, stream.getvalue().splitlines())
    assert (line["event"], line["channel"], line["seconds"]) == ("acknowledged late", "slack", 0.0)


def test_a_stage_is_measured_however_it_ends():
    metrics = Metrics()
    with metrics.timed("whole"):
        pass
    with pytest.raises(KeyError), metrics.timed("whole"):
        raise KeyError
    metrics.ended("http", "answer", "onnx")
    exposed = metrics.exposed().decode()
    assert 'wherein_stage_seconds_count{stage="whole"} 2.0' in exposed
    assert 'wherein_questions_total{channel="http",outcome="answer",reader="onnx"} 1.0' in exposed


def test_a_library_that_sets_its_own_level_is_held_to_ours(written):
    stream, chatty = written("debug:json"), logging.getLogger("bm25s")
    chatty.setLevel(logging.DEBUG)
    chatty.debug("Building index")
    chatty.warning("No index")
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["No index"]
