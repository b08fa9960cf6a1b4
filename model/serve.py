"""The endpoint's own container: `GET /ping` and `POST /invocations`, as SageMaker asks them.

    python -m model.serve [serve] [--model FOLDER] [--runtime NAME] [--host ADDRESS] [--port PORT]
                          [--waiting LENGTH]

What is sent and answered is said in `model.wire`. Where more waits than `--waiting` allows, the answer is a
503 at once. SageMaker starts its containers with the word `serve`, and the model in /opt/ml/model.
"""

import argparse
import asyncio
import json
import logging
import signal
import sys
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from aiohttp.web import (
    Application,
    AppRunner,
    HTTPRequestEntityTooLarge,
    Request,
    RequestPayloadError,
    Response,
    TCPSite,
)

from model import machine, readers, wire
from model.embedded import EmbeddedReader
from model.readers import ReaderBusyError, ReaderError
from model.types import Passage

log = logging.getLogger(__name__)

SHIPPED, MOUNTED = Path("model/weights"), Path("/opt/ml/model")
EVERYWHERE = "0.0.0.0"  # noqa: S104 — inside a container, whose network says who reaches it
WAITING = 256_000  # code points that may wait: some three seconds on two cores
PATIENCE = 4.0  # seconds that a question may wait: our own reader gives up after five
RETRY_SECONDS = 1
GRACE_SECONDS = 20.0  # for what is in hand when it is told to stop; SageMaker waits for 30
RUNTIMES = ("auto", "onnx", "openvino")
CHECK = "Who signed the lease?", "Ada signed the lease.", "Ada"


def chosen(runtime: str) -> str:
    """The runtime to read with: OpenVINO is faster only where the processor multiplies bf16 in its own units.

    On ARM `auto` is ONNX Runtime; OpenVINO runs there by its documentation, which is all we know of it.
    """
    if runtime != "auto":
        return runtime
    fast = machine.features() & machine.MATRIX_UNITS and find_spec("openvino")
    return "openvino" if fast else "onnx"


class Endpoint:
    """One model, once it is loaded, and the requests to it."""

    def __init__(self, location: str, waiting: int, runtime: str = "auto") -> None:
        self._location, self._waiting, self._runtime = location, waiting, runtime
        self._reader: EmbeddedReader | None = None  # until it has answered a question whose answer is known

    def application(self) -> Application:
        """Its routes: SageMaker's two, and the one that stands in for SageMaker itself."""
        served = Application(client_max_size=wire.BODY)
        served.router.add_get("/ping", self.ping)
        served.router.add_post("/invocations", self.invocations)
        served.router.add_post("/endpoints/{name}/invocations", self.stand_in)
        return served

    async def load(self) -> None:
        """Open the model and ask it a known question; raises `ReaderError`."""
        url = f"{chosen(self._runtime)}:{self._location}"
        reader = await asyncio.to_thread(readers.open_one, url, self._waiting, PATIENCE)
        assert isinstance(reader, EmbeddedReader)
        question, text, known = CHECK
        (found,) = await reader.read(question, [Passage("", 0, text)])
        if known not in [text[span.start : span.end] for span in found[:1]]:
            reader.close()
            raise ReaderError(f"The model in {self._location} does not find what a known text says.")
        self._reader = reader
        threads = machine.threads()
        log.info("The model %s is loaded: %s reads it on %d threads.", reader.revision, reader.name, threads)

    def close(self) -> None:
        """Let go of the model."""
        if self._reader:
            self._reader.close()

    async def ping(self, _: Request) -> Response:
        """Whether it can be asked."""
        return Response(status=200 if self._reader else 503)

    async def invocations(self, request: Request) -> Response:
        """The reply to a question or to several."""
        try:
            asked = wire.asked(await request.read())
        except wire.WireError as error:
            return _told(400, str(error))
        except HTTPRequestEntityTooLarge:
            return _told(413, f"The request is longer than {wire.BODY:,} bytes.")
        except RequestPayloadError:
            return _told(400, "The request cannot be read: it is cut short or badly compressed.")
        if self._reader is None:
            return _told(503, "The model is not loaded yet.")
        try:
            several = asked if isinstance(asked, list) else [asked]
            replies = [await _one(self._reader, one) for one in several]  # in turn: others come between
        except ReaderBusyError as error:
            return _told(503, str(error))
        except ReaderError as error:
            log.error("%s", error)
            return _told(500, str(error))
        drawn = [reply.model_dump_json() for reply in replies]
        return _json(200, f"[{','.join(drawn)}]" if isinstance(asked, list) else drawn[0])

    async def stand_in(self, request: Request) -> Response:
        """The same at SageMaker's own address, where a container's error comes inside one of SageMaker's."""
        answer = await self.invocations(request)
        if answer.status == 200:
            return answer
        told = {
            "Message": "The container answered with an error.",
            "OriginalStatusCode": answer.status,
            "OriginalMessage": answer.text,
        }
        return _json(424, json.dumps(told), {"x-amzn-errortype": "ModelError"})


async def _one(reader: EmbeddedReader, asked: wire.Asked) -> wire.Reply:
    found = await reader.read(asked.question, [Passage("", 0, text) for text in asked.passages])
    return wire.replied(reader.name, reader.revision, reader.calibration, found)


def _told(status: int, sentence: str) -> Response:
    headers = {"Retry-After": str(RETRY_SECONDS)} if status == 503 else {}
    return _json(status, json.dumps({"error": sentence}), headers)


def _json(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    return Response(status=status, text=text, content_type="application/json", headers=headers)


# --------------------------------------------------------------------------- the process


class _JsonLines(logging.Formatter):
    """A record as one line of JSON; of an error only its type, since its text may quote."""

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0]:
            said["error"] = record.exc_info[0].__name__
        return json.dumps(said)


async def run(endpoint: Endpoint, host: str, port: int) -> None:
    """Serve until the process is told to end, then finish what is in hand; raises `ReaderError`, OSError."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = AppRunner(
        endpoint.application(),
        access_log=None,
        handler_cancellation=True,  # whoever hangs up leaves the queue
        shutdown_timeout=GRACE_SECONDS,
    )
    await runner.setup()
    try:
        await TCPSite(runner, host, port, backlog=1024).start()
        await endpoint.load()
        await stop.wait()
        log.info("stopping")
    finally:
        await runner.cleanup()
        endpoint.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m model.serve", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("command", nargs="?", choices=["serve"], help="given by SageMaker: listen to others")
    parser.add_argument("--model", help="the folder of weights; /opt/ml/model where there is one")
    parser.add_argument(
        "--runtime", choices=RUNTIMES, default="auto", help="auto: openvino where it is here and faster"
    )
    parser.add_argument("--host", help="address to listen on; 127.0.0.1, after `serve` 0.0.0.0")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--waiting", type=int, default=WAITING, help="code points that may wait to be read")
    asked = parser.parse_args(arguments)
    handler = logging.StreamHandler()
    handler.setFormatter(_JsonLines())
    logging.basicConfig(level="INFO", handlers=[handler], force=True)
    host = asked.host or (EVERYWHERE if asked.command else "127.0.0.1")
    location = asked.model or str(MOUNTED if MOUNTED.is_dir() else SHIPPED)
    endpoint = Endpoint(location, asked.waiting, asked.runtime)
    try:
        asyncio.run(run(endpoint, host, asked.port))
    except (ReaderError, OSError) as error:
        log.error("%s", error)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
