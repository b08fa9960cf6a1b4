"""The reader behind a SageMaker endpoint: `sagemaker://ENDPOINT?region=eu-west-1`.

With `dialect=huggingface` the endpoint is the stock Hugging Face container, else it is `model.serve`.
`AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME` sends it elsewhere, as to `python -m model.serve` on this machine.
"""

import asyncio
import logging
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from urllib.parse import parse_qsl, urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    ReadTimeoutError,
)
from botocore.exceptions import ConnectionError as NoConnectionError
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from model import huggingface, wire
from model.confidence import Calibration
from model.readers import ReaderBusyError, ReaderError, UnknownReaderError
from model.types import Passage, Span

if TYPE_CHECKING:
    from types_boto3_sagemaker_runtime import SageMakerRuntimeClient

log = logging.getLogger(__name__)

CALLS = 16  # at once, each on a thread of its own; as many questions again may wait for one
CONNECT_SECONDS, READ_SECONDS = 1.0, 5.0
ATTEMPTS = 3
WAIT_SECONDS = 0.1  # before the second attempt, at most; before the third twice as long

BUSY = {"ThrottlingException", "TooManyRequestsException", "ModelNotReadyException", "ServiceUnavailable"}
PASSING = {"InternalFailure", "InternalDependencyException", "InternalServerException"}
BUSY_STATUS = {429, 503}  # with which a container refuses what it cannot take now


class _BusyError(ReaderBusyError):
    """The endpoint has too much in hand; moments later it may not."""


class _PassingError(ReaderError):
    """A trouble that may be gone moments later."""


class Dialect(Protocol):
    """How one kind of container is spoken to."""

    def request(self, question: str, passages: Sequence[Passage]) -> bytes | None:
        """What to send; None where there is nothing to ask."""

    def read(self, body: bytes, passages: Sequence[Passage]) -> "Read":
        """What was found, and by what; raises `WireError`."""


class Read(NamedTuple):
    """An endpoint's reply: for each passage its spans, and what came with them."""

    spans: list[list[Span]]
    calibration: Calibration | None
    revision: str


class Own:
    """`model.serve`."""

    def request(self, question: str, passages: Sequence[Passage]) -> bytes | None:
        """The question, with all passages."""
        return wire.request(question, passages) if passages else None

    def read(self, body: bytes, passages: Sequence[Passage]) -> Read:
        """As the endpoint's model found and weighs them."""
        reply = wire.read(body)
        return Read(wire.spans(reply, passages), wire.calibration(reply), reply.revision)


class HuggingFace:
    """The stock container; its scores are not calibrated."""

    def request(self, question: str, passages: Sequence[Passage]) -> bytes | None:
        """The question with each passage that has words, in one call."""
        sent = huggingface.readable(passages)
        return huggingface.request(question, sent) if sent else None

    def read(self, body: bytes, passages: Sequence[Passage]) -> Read:
        """The probabilities as logits; the stock container does not say which model found them."""
        sent = huggingface.readable(passages)
        found = iter(wire.lying(huggingface.read(body, len(sent)), sent))
        return Read([next(found) if passage.text.strip() else [] for passage in passages], None, "")


DIALECTS: dict[str, type[Dialect]] = {"wherein": Own, "huggingface": HuggingFace}


class SageMakerReader:
    """One endpoint, called from a bounded number of threads."""

    name = "sagemaker"

    def __init__(self, endpoint: str, region: str | None, dialect: Dialect) -> None:
        self.calibration: Calibration | None = None  # comes with the first reply
        self.revision = ""  # and so does this
        self._endpoint, self._region, self._dialect = endpoint, region, dialect
        self._pool = ThreadPoolExecutor(max_workers=CALLS, thread_name_prefix="sagemaker")
        self._in_hand = 0
        self._client: SageMakerRuntimeClient | None = None
        self._making = threading.Lock()

    async def read(self, question: str, passages: Sequence[Passage]) -> list[list[Span]]:
        """For each passage its best spans, best first."""
        try:
            body = self._dialect.request(question, passages)
        except wire.WireError as error:
            raise ReaderError(f"The endpoint {self._endpoint} cannot be asked: {error}") from error
        if body is None:
            return [[] for _ in passages]
        if self._in_hand >= 2 * CALLS:
            raise ReaderBusyError(f"Too many questions wait for the endpoint {self._endpoint}.")
        self._in_hand += 1
        try:
            reply = await self._asked(body)
        finally:
            self._in_hand -= 1
        try:
            spans, self.calibration, self.revision = self._dialect.read(reply, passages)
        except wire.WireError as error:
            raise ReaderError(f"The endpoint {self._endpoint} does not speak as agreed: {error}") from error
        return spans

    def close(self) -> None:
        """End the threads; a call in hand ends by its own timeout."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        if self._client:
            self._client.close()

    async def _asked(self, body: bytes) -> bytes:
        """The endpoint's reply; what may pass within moments is tried again."""
        loop = asyncio.get_running_loop()
        attempts = AsyncRetrying(
            retry=retry_if_exception(lambda error: isinstance(error, _BusyError | _PassingError)),
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_random_exponential(multiplier=WAIT_SECONDS),
            reraise=True,
        )

        async def attempt() -> bytes:
            try:
                return await loop.run_in_executor(self._pool, self._invoke, body)
            except RuntimeError as error:
                raise ReaderError("The reader is closed.") from error

        return await attempts(attempt)

    def _invoke(self, body: bytes) -> bytes:
        try:
            reply = self._made().invoke_endpoint(
                EndpointName=self._endpoint,
                ContentType="application/json",
                Accept="application/json",
                Body=body,
            )
            return reply["Body"].read()
        except ClientError as error:
            raise _refusal(self._endpoint, error) from error
        except (BotoCoreError, OSError, ValueError) as error:  # the last for an address that is none
            raise _trouble(self._endpoint, error) from error

    def _made(self) -> "SageMakerRuntimeClient":
        """The client, made by the first who needs it."""
        with self._making:
            if self._client is None:
                config = Config(
                    connect_timeout=CONNECT_SECONDS,
                    read_timeout=READ_SECONDS,
                    max_pool_connections=CALLS,
                    retries={"mode": "standard", "total_max_attempts": 1},  # what to try again is said above
                )
                session = boto3.session.Session(region_name=self._region)
                self._client = session.client("sagemaker-runtime", config=config)
            return self._client


def _refusal(endpoint: str, error: ClientError) -> ReaderError:
    """What the endpoint, or AWS before it, said no with; its message is left out, since it may quote."""
    response: Any = error.response
    code = response.get("Error", {}).get("Code", "")
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in BUSY:
        return _BusyError(f"The endpoint {endpoint} is busy: {code}.")
    if code == "ModelError":
        original = response.get("OriginalStatusCode", 0)
        if original in BUSY_STATUS:
            return _BusyError(f"The endpoint {endpoint} is busy: its container answers {original}.")
        kind = _PassingError if original >= 500 else ReaderError
        return kind(f"The endpoint {endpoint} cannot read: its container answers {original}.")
    if code in PASSING or status >= 500:
        return _PassingError(f"The endpoint {endpoint} fails: {code}.")
    if code == "ValidationError":
        return ReaderError(f"The endpoint {endpoint} does not exist, or refuses the call: {code}.")
    return ReaderError(f"The endpoint {endpoint} refuses the call: {code}.")


def _trouble(endpoint: str, error: Exception) -> ReaderError:
    """Why there is no answer at all."""
    if isinstance(error, NoCredentialsError):
        return ReaderError(f"The endpoint {endpoint} cannot be called: there are no AWS credentials.")
    if isinstance(error, NoRegionError):
        return ReaderError(
            f"The endpoint {endpoint} cannot be called: no region is given, as in “sagemaker://…?region=eu-west-1”."
        )
    if isinstance(error, ReadTimeoutError):
        return ReaderError(f"The endpoint {endpoint} has not answered within {READ_SECONDS:g} s.")
    if isinstance(error, HTTPClientError | NoConnectionError | OSError):
        return _PassingError(f"The endpoint {endpoint} cannot be reached: {type(error).__name__}.")
    return ReaderError(f"The endpoint {endpoint} cannot be called: {type(error).__name__}.")


def open(location: str) -> SageMakerReader:
    """The reader of the endpoint in `location`; nothing is called yet."""
    parts = urlsplit(location)
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    region, dialect = asked.pop("region", None), asked.pop("dialect", "wherein")
    if not parts.netloc or parts.path.strip("/") or asked or dialect not in DIALECTS:
        raise UnknownReaderError(
            f"“sagemaker:{location}” names no endpoint: write sagemaker://ENDPOINT?region=eu-west-1, and"
            " &dialect=huggingface where it is the stock Hugging Face container."
        )
    return SageMakerReader(parts.netloc, region, DIALECTS[dialect]())
