"""Hand-written stand-ins that keep the contracts."""

import asyncio
import hashlib
import json
import sys
import threading
import time
import urllib.request
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from aiohttp import ClientError, ClientSession
from aiohttp.web import Application, Request, Response, json_response, run_app

from bot.archive import Archive
from bot.changes import Changes
from bot.conversation import Conversation
from bot.desk import Desk
from bot.documents import Parsed, Place, Places
from bot.documents.fetching.refused import RefusedError
from bot.documents.fetching.response import Fetched, Known
from bot.doing import Doing
from bot.intake import Intake
from bot.intake import Limits as IntakeLimits
from bot.said import JOINED
from bot.stores import StoreError
from bot.stores.memory import MemoryStore
from bot.telemetry import Metrics
from bot.types import (
    UNKNOWN,
    Address,
    Attachment,
    Author,
    DeliveryError,
    House,
    Message,
    NotAcceptedError,
    Ref,
    Reply,
    Thread,
    Unknown,
    as_text,
)
from model.answerer import Answerer
from model.confidence import Calibration, Weights
from model.ladder import Ladder
from model.types import Document, Passage, Span


class FakeReader:
    """Finds a given word wherever it stands, as surely as it was told to be."""

    name = "fake"
    revision = "1"
    calibration: Calibration | None = None

    def __init__(self, word: str, margin: float = 5.0) -> None:
        self.word, self.margin = word, margin
        self.asked: deque[tuple[str, list[Passage]]] = deque(maxlen=100)  # a measure asks without end

    async def read(self, question: str, passages: Sequence[Passage]) -> list[list[Span]]:
        self.asked.append((question, list(passages)))
        return [
            [Span(place, place + len(self.word), self.margin)]
            if (place := p.text.find(self.word)) >= 0
            else []
            for p in passages
        ]

    def close(self) -> None:
        pass


def calibrated(word: str, margin: float = 5.0, *, line: float = 0.5, languages=()) -> FakeReader:
    """A reader that is as sure as its margin alone says: at 1 it is 73 %."""
    reader = FakeReader(word, margin)
    reader.calibration = Calibration(0, 0, Weights(0, 1, 0, 0, 0, 0), line, languages)
    return reader


class BrokenReader(FakeReader):
    """Raises what it was given instead of reading."""

    def __init__(self, error: Exception) -> None:
        super().__init__("")
        self.error = error

    async def read(self, question: str, passages: Sequence[Passage]) -> list[list[Span]]:
        raise self.error


class Clock:
    """A clock that is set by hand."""

    now = 1_000_000_000.0

    def __call__(self) -> float:
        return self.now


class SlowReader(FakeReader):
    """Finds its word, but only when it is let go."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.begun, self.go, self.cancelled = asyncio.Event(), asyncio.Event(), 0

    async def read(self, question: str, passages: Sequence[Passage]) -> list[list[Span]]:
        found = await super().read(question, passages)
        self.begun.set()
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return found


class SlowEngine:
    """Reads when it is let go, and keeps what it was asked, run by run."""

    def __init__(self, *, shares_runs: bool = False) -> None:
        self.shares_runs = shares_runs
        self.runs: list[list[str]] = []
        self.begun, self.go = threading.Event(), threading.Event()

    def read_many(self, asked: Sequence[tuple[str, Sequence[Passage]]]) -> list[list[list[Span]]]:
        if not asked:
            return []
        self.runs.append([question for question, _ in asked])
        self.begun.set()
        self.go.wait(timeout=30)
        if any(question == "raise" for question, _ in asked):
            raise RuntimeError("the network is broken")
        return [[[Span(0, 1, float(len(question)))] for _ in passages] for question, passages in asked]


class FakeSageMaker:
    """SageMaker's runtime on loopback: answers what it was told to, in turn, the last again and again."""

    def __init__(self, *answers: tuple[int, dict[str, str], object]) -> None:
        self.answers = list(answers)  # status, headers, body
        self.asked: list[tuple[str, object]] = []

    async def answer(self, request: Request) -> Response:
        self.asked.append((request.match_info["name"], await request.json()))
        status, headers, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if status == 0:  # it never answers
            await asyncio.sleep(3)
        text = body if isinstance(body, str) else json.dumps(body)
        return Response(status=status, headers=headers, text=text, content_type="application/json")

    def application(self) -> Application:
        served = Application()
        served.router.add_post("/endpoints/{name}/invocations", self.answer)
        return served


class CountedStore:
    """A store that notes what is asked of it, by name."""

    def __init__(self, store):
        self._store, self.calls = store, []

    def __getattr__(self, name):
        self.calls.append(name)
        return getattr(self._store, name)


class ForgetfulStore(MemoryStore):
    """Lists documents whose texts are gone."""

    async def query(self, pk, prefix="", *, limit=None, newest_first=False):
        if prefix.startswith("text#"):
            return []
        return await super().query(pk, prefix, limit=limit, newest_first=newest_first)


class TamperedStore(MemoryStore):
    """Gives every text but the first with its words changed."""

    given = 0

    async def query(self, pk, prefix="", *, limit=None, newest_first=False):
        found = await super().query(pk, prefix, limit=limit, newest_first=newest_first)
        self.given += prefix.startswith("text#")
        if self.given < 2:
            return found
        return [replace(item, body=item.body.replace("Priya", "Nobody")) for item in found]


class FullStore(MemoryStore):
    """Takes documents and no turns."""

    async def put(self, *items):
        if any(item.sk.startswith("turn#") for item in items):
            raise StoreError("the disk is full")
        await super().put(*items)


class PlainFiles:
    """Reads files as they stand, each after `seconds`; those named in `failures` cannot be read."""

    def __init__(self) -> None:
        self.seconds, self.read_so_far = 0.0, []
        self.failures: dict[str, Exception] = {}

    async def read(self, name: str, media_type: str, data: bytes) -> Parsed:
        self.read_so_far.append(name)
        await asyncio.sleep(self.seconds)
        if name in self.failures:
            raise self.failures[name]
        text = data.decode()
        marks = tuple(Place(at, f"page {n}", f"page={n}") for n, at in enumerate(_pages(text), 1))
        kind = name.rpartition(".")[2] if "." in name else "text"
        return Parsed(kind, text, places=Places(marks), pages=len(marks))


def _pages(text: str) -> list[int]:
    return [0, *(place + 1 for place, character in enumerate(text) if character == "\f")]


class PlainLinks:
    """A net of a few links: their bytes, or why they cannot be had."""

    def __init__(self) -> None:
        self.net: dict[str, bytes | Exception] = {}
        self.asked: list[tuple[str, Known | None]] = []

    async def fetch(self, url: str, *, again: Known | None = None) -> Fetched:
        self.asked.append((url, again))
        found = self.net.get(url, RefusedError("missing", "example.org"))
        if isinstance(found, Exception):
            raise found
        etag = hashlib.sha256(found).hexdigest()
        same = again is not None and again.etag == etag
        name = url.rpartition("/")[2] or "page.html"
        return Fetched(url, name, "text/html", "", etag, "", b"" if same else found, same)


class PlainSource:
    """What a chat has: files by their id, and what was said where an address leads."""

    def __init__(self) -> None:
        self.files: dict[str, bytes | Exception] = {}
        self.said: dict[str, list[Message]] = {}
        self.histories = 0

    async def fetch(self, attachment: Attachment, address: Address) -> bytes:
        found = self.files[attachment.id]
        if isinstance(found, Exception):
            raise found
        return found

    async def history(self, address: Address, most: int) -> list[Message]:
        self.histories += 1
        return self.said.get(str(address.data.get("place", "")), [])[-most:]


def conversation_over(
    remembered: Archive,
    reader: FakeReader | Answerer,
    *,
    clock: Callable[[], float] = time.time,
    deadline: float = 5.0,
    files: PlainFiles | None = None,
    links: PlainLinks | None = None,
    sources: dict[str, PlainSource] | None = None,
    limits: IntakeLimits | None = None,
) -> Conversation:
    """The real conversation over an archive, with fakes at its edges."""
    answerer = reader if isinstance(reader, Answerer) else Answerer(Ladder([reader]))

    def drop(documents):
        answerer.forget([*documents, JOINED])

    changes = Changes(remembered, drop, clock=clock)
    desk = Desk(remembered, drop, clock=clock)
    taken = Intake(
        remembered,
        changes,
        files or PlainFiles(),
        links or PlainLinks(),
        sources or {},
        limits or IntakeLimits(),
    )

    async def wrong():
        return []

    doing = Doing(remembered, desk, taken, wrong, clock=clock)
    made = Conversation(answerer, remembered, desk, taken, changes, doing, Metrics(), deadline=deadline)
    made.answerer, made.desk, made.intake, made.changes = answerer, desk, taken, changes
    return made


def document(text: str, id: str = "d", version: str = "1") -> Document:
    """A document with that text."""
    return Document(id, version, text, title=f"title of {id}")


# --------------------------------------------------------------------------- a chat


class ChatServer:
    """A chat on loopback: it takes posts and updates, tells what was posted, and fails as it is told to.

    `faults` are used up by the calls that change something: "busy" (429), "broken" (500), "gone" (410),
    "lost": it takes the post and breaks the connection before it says so, and "late": it takes the post, and
    says so when `tell` is set.
    """

    def __init__(self) -> None:
        self.posts: dict[str, dict] = {}
        self.faults: list[str] = []
        self.tell = asyncio.Event()
        self.app = Application()
        self.app.router.add_post("/posts", self._post)
        self.app.router.add_put("/posts/{ref}", self._update)
        self.app.router.add_delete("/posts/{ref}", self._delete)
        self.app.router.add_get("/posts", self._list)
        self.app.router.add_post("/faults", self._fail)

    def of(self, message: str) -> list[dict]:
        """What was posted for a message and stands there now."""
        return [post for post in self.posts.values() if post["of"] == message]

    async def _post(self, request: Request) -> Response:
        ref = f"ref-{len(self.posts)}"
        return await self._take(request, ref, {"ref": ref, "changed": 0})

    async def _delete(self, request: Request) -> Response:
        post = self.posts[request.match_info["ref"]]
        post |= {"of": "", "text": "", "kind": "deleted"}
        return json_response({})

    async def _update(self, request: Request) -> Response:
        old = self.posts[request.match_info["ref"]]
        return await self._take(request, old["ref"], {"ref": old["ref"], "changed": old["changed"] + 1})

    async def _take(self, request: Request, ref: str, post: dict) -> Response:
        fault = self.faults.pop(0) if self.faults else ""
        status = {"busy": 429, "broken": 500, "gone": 410}.get(fault)
        if status:
            return json_response({}, status=status, headers={"Retry-After": "0.02"})
        self.posts[ref] = await request.json() | post
        if fault == "lost":
            request.transport.abort()
        if fault == "late":
            await self.tell.wait()
        return json_response({"ref": ref})

    async def _fail(self, request: Request) -> Response:
        self.faults += await request.json()
        return json_response({})

    async def _list(self, request: Request) -> Response:
        of = request.query.get("of")
        return json_response(self.of(of) if of else list(self.posts.values()))


class Loopback:
    """A channel by HTTP: a question is acknowledged when it is accepted, and answered in the chat."""

    name = "loopback"

    def __init__(self, chat: str) -> None:
        self.chat = chat
        self._client: ClientSession | None = None

    def mount(self, routes, house: House) -> None:
        self._accept = house.accept
        routes.add_route("POST", "/loopback", self._hear)

    def invitation(self, address: str) -> str:
        return f"Or post to {address}/loopback"

    async def check(self) -> list[str]:
        return []

    async def _hear(self, request: Request) -> Response:
        try:
            taken = await self._accept(said(**await request.json()))
        except NotAcceptedError:
            return json_response({}, status=503)
        return json_response({"taken": taken})

    async def send(self, reply: Reply, address: Address, replacing: Ref | None) -> Ref:
        posted = {"of": as_text(reply.id), "kind": reply.kind, "text": reply.text}
        if replacing:
            return (await self._call("PUT", f"/posts/{replacing}", json=posted))["ref"]
        return (await self._call("POST", "/posts", json=posted))["ref"]

    async def retract(self, ref: Ref, address: Address) -> None:
        await self._call("DELETE", f"/posts/{ref}")

    def reads_back(self, address: Address) -> bool:
        return address.data["reads_back"]

    async def find(self, message: str, address: Address) -> Ref | Unknown | None:
        if not self.reads_back(address):
            return UNKNOWN
        found = await self._call("GET", "/posts", params={"of": message})
        return found[0]["ref"] if found else None

    def room(self, address: Address) -> Address:
        return Address(address.channel, {**address.data, "place": "room"})

    async def working(self, address: Address) -> None:
        pass

    async def close(self) -> None:
        if self._client:
            await self._client.close()

    async def _call(self, method: str, path: str, **sent):
        self._client = self._client or ClientSession()
        try:
            async with self._client.request(method, self.chat + path, **sent) as answer:
                if answer.status == 200:
                    return await answer.json()
                wait = float(answer.headers.get("Retry-After", 0))
                refused = {"wait": wait, "final": answer.status == 410, "refused": True}
                raise DeliveryError(f"status {answer.status}", **refused)
        except ClientError as error:
            raise DeliveryError(type(error).__name__) from error


def said(id: str, text: str, thread: str = "t", *, reads_back: bool = True, **fields) -> Message:
    """A message as the loopback channel makes it."""
    author = Author(**fields.pop("author", {"id": "ada"}))
    documents = tuple(Document(**fields_) for fields_ in fields.pop("documents", ()))
    attachments = tuple(Attachment(**fields_) for fields_ in fields.pop("attachments", ()))
    return Message(
        id,
        Thread("loopback", "team", fields.pop("room", "room"), thread),
        fields.pop("intent", "ask"),
        text,
        documents,
        fields.pop("at", time.time()),
        author=author,
        address=Address("loopback", {"reads_back": reads_back, "place": thread}),
        attachments=attachments,
        **fields,
    )


# --------------------------------------------------------------------------- over HTTP, and in a file


def fetched(url, body=None, **headers):
    """What a server answers to a body, as it is or as JSON; where there is none to a GET."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"} | headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read()


PEOPLE = "Ada Grace Mary Alan Edsger Barbara Donald Radia".split()
THINGS = (
    "lease parser report letter treaty poem bridge clock statue violin sermon garden cheque kettle"
    " lantern harbour engine compass quilt ledger pillar ballad canoe mirror orchard saddle tunnel"
    " whistle carpet furnace hammock spindle"
).split()
EACH = len(THINGS) // len(PEOPLE)


def squad_file(folder, *, impossible, foreign=False):
    """A small file: who made what, article by article.

    Where asked, with questions that nothing answers, or with a first question in German.
    """
    articles = []
    for place, person in enumerate(PEOPLE):
        things = THINGS[place * EACH : (place + 1) * EACH]
        context = " ".join(f"{person} made the {thing} in the spring." for thing in things)
        qas = [
            {"question": f"Who made the {thing}?", "answers": [{"text": person, "answer_start": 0}]}
            | ({"is_impossible": False} if impossible else {})
            for thing in things
        ]
        if impossible:
            qas.append({"question": "How tall is the tower in Paris?", "answers": [], "is_impossible": True})
        articles.append({"title": f"Article of {person}", "paragraphs": [{"context": context, "qas": qas}]})
    if foreign:
        articles[0]["paragraphs"][0]["qas"][0]["question"] = "Wer hat den Kompass im Frühling gemacht?"
    file = folder / "small.json"
    file.write_text(json.dumps({"data": articles}))
    return file


if __name__ == "__main__":  # python -m tests.fakes PORT: the chat, in a process of its own
    run_app(ChatServer().app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
