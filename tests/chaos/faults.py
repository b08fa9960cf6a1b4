"""Proxies on loopback that do to a service what networks and overloaded servers do."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector
from aiohttp.web import Application, AppRunner, Request, Response, TCPSite

from tests import balancer

HOP = balancer.HOP | {"host"}
PATIENCE_SECONDS = 60.0  # for who is behind it
HUNG_SECONDS = 20.0  # longer than anybody waits

Refusal = Callable[[str], Response]
"""What a server of a kind says when it is "throttled", "broken" or "unavailable"."""

SHARES = {
    "throttled": 0.03,
    "broken": 0.02,
    "unavailable": 0.01,
    "reset": 0.02,  # the connection breaks before anything is done
    "lost": 0.02,  # it is done, and the connection breaks
    "slow": 0.03,  # it is done late
    "late": 0.02,  # it is done at once, and told late
    "hung": 0.005,  # nothing is done, and nothing is said
    "unheard": 0.005,  # it is done, and nothing is said
}


@dataclass
class Faults:
    """What goes wrong, by chance, while `on`; how often it did."""

    chance: Random
    on: bool = False
    last: float = 0.0  # time.monotonic()
    done: Counter[tuple[str, str]] = field(default_factory=Counter)  # by place and kind

    def pick(self, place: str, shares: Mapping[str, float] = SHARES) -> str:
        """What goes wrong this time; empty: nothing."""
        left = self.chance.random()
        if not self.on:
            return ""
        for kind, share in shares.items():
            left -= share
            if left < 0:
                self.note(place, kind)
                return kind
        return ""

    def note(self, place: str, kind: str) -> None:
        """Count something that went wrong."""
        self.done[place, kind] += 1
        self.last = time.monotonic()


@asynccontextmanager
async def listening(take: Callable[[Request], Awaitable[Response]]) -> AsyncIterator[str]:
    """An address on loopback where that takes all that comes."""
    served = Application(client_max_size=64_000_000)
    served.router.add_route("*", "/{path:.*}", take)
    runner = AppRunner(served, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@dataclass
class Proxy:
    """A server's address on loopback, where things go wrong."""

    name: str
    target: str
    faults: Faults
    refusal: Refusal
    spared: Callable[[Request], bool] = lambda _: False  # what nothing is done to
    broken: Counter[str] = field(
        default_factory=Counter
    )  # done, and who asked never heard: by method and path
    calls: int = 0
    url: str = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Proxy"]:
        """Listen."""
        connector = TCPConnector(limit=0)
        async with (
            ClientSession(connector=connector, auto_decompress=False) as self._client,
            listening(self._take) as self.url,
        ):
            yield self

    async def _take(self, request: Request) -> Response:
        body = await request.read()
        self.calls += 1
        kind = "" if self.spared(request) else self.faults.pick(self.name)
        if kind in ("throttled", "broken", "unavailable"):
            return self.refusal(kind)
        if kind == "reset":
            return _broken(request)
        if kind == "hung":
            await asyncio.sleep(HUNG_SECONDS)
            return _broken(request)
        if kind == "slow":
            await asyncio.sleep(self.faults.chance.uniform(0.2, 3.0))
        answer = await self._pass_on(request, body)
        if kind == "late":
            await asyncio.sleep(self.faults.chance.uniform(0.2, 3.0))
        if kind == "unheard":
            await asyncio.sleep(HUNG_SECONDS)
        gone = request.transport is None or request.transport.is_closing()
        if gone or kind in ("lost", "unheard"):
            self.broken[f"{request.method} {request.path}"] += 1
            return answer if gone else _broken(request)
        return answer

    async def _pass_on(self, request: Request, body: bytes) -> Response:
        kept = {name: value for name, value in request.headers.items() if name.lower() not in HOP}
        limit = ClientTimeout(total=PATIENCE_SECONDS)
        try:
            async with self._client.request(
                request.method,
                f"{self.target}{request.raw_path}",
                data=body,
                headers=kept,
                timeout=limit,
                allow_redirects=False,
            ) as answer:
                headers = {name: value for name, value in answer.headers.items() if name.lower() not in HOP}
                return Response(status=answer.status, body=await answer.read(), headers=headers)
        except (ClientError, RuntimeError):  # RuntimeError: all is over
            return Response(status=502)


def _broken(request: Request) -> Response:
    if request.transport:
        request.transport.abort()
    return Response()


# --------------------------------------------------------------------------- what each kind of server says


def slack(kind: str) -> Response:
    """Slack: https://docs.slack.dev/apis/web-api/rate-limits."""
    if kind == "throttled":
        return _json(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "2"})
    return Response(status=500 if kind == "broken" else 503)


def teams(kind: str) -> Response:
    """Teams' connector."""
    status = {"throttled": 429, "broken": 500, "unavailable": 503}[kind]
    headers = {"Retry-After": "2"} if kind == "throttled" else {}
    return _json(status, {"error": {"code": "Fault"}}, headers)


def dynamodb(kind: str) -> Response:
    """DynamoDB."""
    status, name = {
        "throttled": (400, "ProvisionedThroughputExceededException"),
        "broken": (500, "InternalServerError"),
        "unavailable": (503, "ServiceUnavailable"),
    }[kind]
    return _json(status, {"__type": f"com.amazonaws.dynamodb.v20120810#{name}", "message": "a fault"})


def sagemaker(kind: str) -> Response:
    """An endpoint of SageMaker's."""
    status, name = {
        "throttled": (400, "ThrottlingException"),
        "broken": (500, "InternalFailure"),
        "unavailable": (503, "ServiceUnavailable"),
    }[kind]
    return _json(status, {"Message": "a fault"}, {"x-amzn-errortype": name})


def _json(status: int, body: Mapping[str, object], headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        status=status, text=json.dumps(body), content_type="application/json", headers=dict(headers or {})
    )
