"""Logs and metrics: ids, counts and times, never the text of a message."""

import logging
import math
import re
import sys
import traceback
from collections import Counter as Counted
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter
from typing import TextIO

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.samples import Sample

log = structlog.get_logger(__name__)

OURS = "bot", "model", "web"
ACKNOWLEDGED_SECONDS = 3.0  # after which Slack sends it again
SERVER = "aiohttp.server"
NO_REQUEST = "aiohttp.http_exceptions", "aiohttp.web_protocol"  # where errors about a client's bytes stand
_CONTROLS = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]")
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)


def set_up_logs(setting: str, stream: TextIO = sys.stderr) -> None:
    """Logs as `WHEREIN_LOG` says (`info`, `debug:json`): without a form, text on a terminal, else JSON."""
    level, _, form = setting.partition(":")
    as_text = form == "text" or (not form and stream.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,  # the id of the question in hand
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if as_text else "iso", utc=not as_text),
        _where_it_failed,
    ]
    drawn = (
        structlog.dev.ConsoleRenderer(colors=stream.isatty())
        if as_text
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *([_plain] if as_text else []),  # JSON writes what controls a terminal out by itself
                drawn,
            ],
        )
    )
    wanted = logging.getLevelNamesMapping()[level.upper()]
    handler.addFilter(_is_wanted)
    logging.basicConfig(level=max(wanted, logging.WARNING), handlers=[handler], force=True)
    for ours in OURS:
        logging.getLogger(ours).setLevel(wanted)
    server = logging.getLogger(SERVER)
    for known in list(server.filters):
        server.removeFilter(known)
    server.addFilter(_of_ours)


def _is_wanted(record: logging.LogRecord) -> bool:
    """Of libraries, only what went wrong: they write down what they send, and some set their own level."""
    ours = record.name == SERVER or record.name.partition(".")[0] in OURS
    return ours or record.levelno >= logging.WARNING


def _of_ours(record: logging.LogRecord) -> bool:
    """A line of the HTTP server's, without a traceback where the request was none: anybody can send that."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, ConnectionError) or type(error).__module__ in NO_REQUEST:
        record.exc_info, record.args = None, ()
        record.msg = f"a request cannot be read: {type(error).__name__}"
        record.levelno, record.levelname = logging.INFO, "INFO"
    return True


def _where_it_failed(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """A traceback without its message, which may quote what somebody wrote."""
    raised = event.pop("exc_info", None)
    if raised:
        kind, _error, trace = raised if isinstance(raised, tuple) else sys.exc_info()
        if kind:
            event["exception"] = "".join([*traceback.format_tb(trace), kind.__name__])
    return event


def _plain(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """A line with nothing in it that ends it, or that a terminal would obey."""
    for name, value in event.items():
        if isinstance(value, str) and name != "exception":
            event[name] = _CONTROLS.sub(lambda found: repr(found[0])[1:-1], value)
    return event


def quantile(counts: Mapping[float, float], share: float) -> float:
    """The value under which that share lies, of counts up to each bound; even within a bucket, as if it were.

    What lies over the last finite bound is taken to lie on it.
    """
    bounds = sorted(counts)
    wanted, low, below = share * counts[bounds[-1]], 0.0, 0.0
    for bound in bounds[:-1]:
        if counts[bound] >= wanted and counts[bound] > below:
            return low + (bound - low) * (wanted - below) / (counts[bound] - below)
        low, below = bound, counts[bound]
    return low


class Metrics:
    """What Prometheus is told."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._questions = Counter(
            "wherein_questions",
            "Questions that ended, by where they were asked, what came of them and which reader read.",
            ("channel", "outcome", "reader"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "wherein_stage_seconds",
            "How long a stage of a question took.",
            ("stage",),
            buckets=SECONDS,
            registry=self._registry,
        )

        self._accepted = Counter(
            "wherein_messages",
            "Messages that came in: taken, of no concern, seen before, or refused: not recorded.",
            ("channel", "what"),
            registry=self._registry,
        )
        self._late = Counter(
            "wherein_late_acknowledgements",
            f"Messages that were acknowledged after more than {ACKNOWLEDGED_SECONDS:g} s.",
            ("channel",),
            registry=self._registry,
        )
        self._settled = Histogram(
            "wherein_settled_seconds",
            "From acceptance to outcome, over restarts too.",
            ("channel", "outcome"),
            buckets=SECONDS,
            registry=self._registry,
        )
        self._waiting = Gauge(
            "wherein_waiting",
            "Messages that wait and nobody works on, over all tasks; 1,000 are counted at most.",
            registry=self._registry,
        )
        self._in_hand = Gauge("wherein_in_hand", "Messages that are worked on.", registry=self._registry)
        self._tasks = Gauge("wherein_tasks", "Tasks of the event loop.", registry=self._registry)

    @contextmanager
    def accepting(self, channel: str) -> Iterator[Callable[[str], None]]:
        """Measure how long a message waits for its acknowledgement; what is called says what came of it."""
        started, outcome = perf_counter(), ["refused"]
        try:
            yield lambda what: outcome.__setitem__(0, what)
        finally:
            took = perf_counter() - started
            self._seconds.labels("accept").observe(took)
            self._accepted.labels(channel, outcome[0]).inc()
            if took > ACKNOWLEDGED_SECONDS:
                self._late.labels(channel).inc()
                log.warning("acknowledged late", channel=channel, seconds=round(took, 1))

    def settled(self, channel: str, outcome: str, seconds: float) -> None:
        """Count a message that got its outcome, so many seconds after it was accepted."""
        self._settled.labels(channel, outcome).observe(seconds)

    def waiting(self, messages: int) -> None:
        """Note how many messages wait."""
        self._waiting.set(messages)

    def watch(self, in_hand: Callable[[], float]) -> None:
        """Ask how many messages are in hand whenever Prometheus does."""
        self._in_hand.set_function(in_hand)

    def tasks(self, number: int) -> None:
        """Note how many tasks there are in the event loop."""
        self._tasks.set(number)

    def ended(self, channel: str, outcome: str, reader: str) -> None:
        """Count a question that ended."""
        self._questions.labels(channel, outcome, reader).inc()

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Measure a stage, however it ends."""
        started = perf_counter()
        try:
            yield
        finally:
            self._seconds.labels(stage).observe(perf_counter() - started)

    def stages(self) -> dict[str, tuple[int, float, float]]:
        """Of each stage: how often it was gone through, its median and its 95th percentile in seconds."""
        counts: dict[str, dict[float, float]] = {}
        for sample in self._samples("wherein_stage_seconds_bucket"):
            counts.setdefault(sample.labels["stage"], {})[float(sample.labels["le"])] = sample.value
        return {
            name: (int(of[math.inf]), quantile(of, 0.5), quantile(of, 0.95)) for name, of in counts.items()
        }

    def readers(self) -> dict[str, int]:
        """How many questions each reader read."""
        counts: Counted[str] = Counted()
        for sample in self._samples("wherein_questions_total"):
            counts[sample.labels["reader"]] += int(sample.value)
        return dict(counts.most_common())

    def _samples(self, name: str) -> Iterator[Sample]:
        return (one for metric in self._registry.collect() for one in metric.samples if one.name == name)

    def exposed(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self._registry)
