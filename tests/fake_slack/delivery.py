"""How Slack brings an app what happened: signed posts with redeliveries, or envelopes over a socket."""

import asyncio
import hashlib
import hmac
import json
import secrets
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout, WSMsgType
from aiohttp.web import Request, WebSocketResponse

from tests.fake_slack.workspace import Json, fresh


def signed(secret: str, body: bytes, at: float | None = None) -> dict[str, str]:
    """The headers that say a request is Slack's."""
    stamp = str(int(time.time() if at is None else at))
    mac = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={mac}"}


@dataclass
class Delivery:
    """Something that is brought to the app, and how that went."""

    kind: str  # events_api, slash_commands or interactive
    payload: Json
    statuses: list[int] = field(default_factory=list)  # 0: no answer
    seconds: list[float] = field(default_factory=list)
    answer: Any = None  # what the app said in its acknowledgement
    tried: asyncio.Event = field(default_factory=asyncio.Event)
    task: "asyncio.Task[None] | None" = None

    @property
    def taken(self) -> bool:
        """Whether it was acknowledged."""
        return bool(self.statuses) and 200 <= self.statuses[-1] < 300


class Deliveries:
    """Everything on its way to the app, by whichever way it asked for."""

    def __init__(self, signing_secret: str) -> None:
        self.url = ""  # of the app: nothing is sent over HTTP without one
        self.secret = signing_secret
        self.ack_seconds = 3.0
        self.retry_after = [0.0, 60.0, 300.0]
        self.all: list[Delivery] = []
        self.sockets: list[Socket] = []
        self.deaf = False  # no acknowledgement reaches Slack: it brings everything again
        self.keep = True  # what was delivered; a bench has no use for it
        self._session: ClientSession | None = None
        self._running: set[asyncio.Task[None]] = set()

    def bring(self, kind: str, payload: Json) -> Delivery:
        """Begin to bring something."""
        delivery = Delivery(kind, payload)
        if self.keep:
            self.all.append(delivery)
        delivery.task = asyncio.create_task(self._bring(delivery))
        self._running.add(delivery.task)
        delivery.task.add_done_callback(self._running.discard)
        return delivery

    async def settled(self) -> None:
        """Wait until nothing is on its way."""
        while running := list(self._running):
            await asyncio.gather(*running, return_exceptions=True)
            await asyncio.sleep(0)  # what is done leaves the set by a callback, and nothing waits for those

    async def close(self) -> None:
        """Stop."""
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        for socket in self.sockets:
            await socket.ws.close()
        if self._session:
            await self._session.close()

    async def _bring(self, delivery: Delivery) -> None:
        reason, pauses = "", [0.0, *(self.retry_after if delivery.kind == "events_api" else [])]
        try:
            for number, pause in enumerate(pauses):
                await asyncio.sleep(pause)
                began = time.perf_counter()
                reason, stop = await self._try(delivery, number, reason)
                delivery.seconds.append(time.perf_counter() - began)
                delivery.tried.set()
                if stop or (delivery.taken and not self.deaf):
                    return
        finally:
            delivery.tried.set()

    async def _try(self, delivery: Delivery, number: int, reason: str) -> tuple[str, bool]:
        if self.sockets:
            return await self._over_socket(delivery, number, reason)
        if not self.url:
            delivery.statuses.append(0)
            return "connection_failed", True
        return await self._over_http(delivery, number, reason)

    async def _over_http(self, delivery: Delivery, number: int, reason: str) -> tuple[str, bool]:
        body, kind = written(delivery)
        headers = {"Content-Type": kind, "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)"}
        headers |= signed(self.secret, body)
        if number:
            headers |= {"x-slack-retry-num": str(number), "x-slack-retry-reason": reason}
        status, said, sent = await self.post(body, headers)
        delivery.statuses.append(status)
        delivery.answer = _json(said)
        if status == 0:
            return said.decode(), False
        return "http_error", sent.get("x-slack-no-retry") == "1"

    async def post(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes, Mapping[str, str]]:
        """Send bytes to the app: status, what it said, its headers; status 0 and a reason where none came."""
        if self._session is None:
            self._session = ClientSession()
        limit = ClientTimeout(total=self.ack_seconds)
        try:
            async with self._session.post(self.url, data=body, headers=headers, timeout=limit) as answer:
                return answer.status, await answer.read(), answer.headers
        except TimeoutError:
            return 0, b"http_timeout", {}
        except ClientError:
            return 0, b"connection_failed", {}

    async def _over_socket(self, delivery: Delivery, number: int, reason: str) -> tuple[str, bool]:
        socket = self.sockets[number % len(self.sockets)]
        try:
            async with asyncio.timeout(self.ack_seconds):
                delivery.answer = await socket.send(delivery, number, reason)
        except (TimeoutError, ConnectionError):
            delivery.statuses.append(0)
            return "timeout", False
        delivery.statuses.append(200)
        return "", False


def written(delivery: Delivery) -> tuple[bytes, str]:
    """What is posted for it, and its media type."""
    if delivery.kind == "events_api":
        return json.dumps(delivery.payload).encode(), "application/json"
    form = {"payload": json.dumps(delivery.payload)} if delivery.kind == "interactive" else delivery.payload
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


def _json(said: bytes) -> Any:
    try:
        return json.loads(said) if said.strip() else None
    except ValueError:
        return said.decode(errors="replace")


class Socket:
    """One connection of Socket Mode."""

    def __init__(self, ws: WebSocketResponse, app_id: str) -> None:
        self.ws, self.app_id = ws, app_id
        self._waiting: dict[str, asyncio.Future[Any]] = {}

    async def hello(self, number: int) -> None:
        """The first thing said."""
        about = {"host": f"applink-{number}", "build_number": 1, "approximate_connection_time": 18_060}
        info = {"app_id": self.app_id}
        await self.ws.send_json(
            {"type": "hello", "num_connections": number, "debug_info": about, "connection_info": info}
        )

    async def send(self, delivery: Delivery, number: int, reason: str) -> Any:
        """Bring something; what came with the acknowledgement."""
        id = str(uuid.uuid4())
        heard = self._waiting[id] = asyncio.get_running_loop().create_future()
        try:
            await self.ws.send_json(
                {
                    "envelope_id": id,
                    "payload": delivery.payload,
                    "type": delivery.kind,
                    "accepts_response_payload": delivery.kind != "events_api",
                }
                | ({"retry_attempt": number, "retry_reason": reason} if delivery.kind == "events_api" else {})
            )
            return await heard
        finally:
            del self._waiting[id]

    async def listen(self) -> None:
        """Take acknowledgements until the app goes."""
        async for said in self.ws:
            if said.type is WSMsgType.TEXT:
                ack = json.loads(said.data)
                heard = self._waiting.get(ack.get("envelope_id", ""))
                if heard and not heard.done():
                    heard.set_result(ack.get("payload"))
        for heard in self._waiting.values():
            if not heard.done():
                heard.set_exception(ConnectionError("the app has gone"))

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask the app to connect anew, as Slack does now and then, and close."""
        await self.ws.send_json(
            {"type": "disconnect", "reason": reason, "debug_info": {"host": f"applink-{fresh('h')}"}}
        )
        await self.ws.close()


class Doors:
    """Where sockets are opened: each door is used once."""

    def __init__(self, deliveries: Deliveries, app_id: str) -> None:
        self._deliveries, self._app_id = deliveries, app_id
        self._tickets: set[str] = set()

    def ticket(self) -> str:
        """A new door."""
        self._tickets.add(ticket := secrets.token_hex(16))
        return ticket

    async def connect(self, request: Request) -> WebSocketResponse:
        """An app comes in."""
        ws = WebSocketResponse(heartbeat=30)
        await ws.prepare(request)
        if request.query.get("ticket") not in self._tickets:
            await ws.close()
            return ws
        self._tickets.discard(request.query["ticket"])
        socket = Socket(ws, self._app_id)
        self._deliveries.sockets.append(socket)
        try:
            await socket.hello(len(self._deliveries.sockets))
            await socket.listen()
        finally:
            self._deliveries.sockets.remove(socket)
        return ws
