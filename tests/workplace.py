"""A service with its page on loopback, and a workspace that people have worked in."""

import asyncio
import json
import random
import socket
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, replace

import httpx

import web
from bot import app
from bot.archive.records import Records
from bot.settings import Settings
from bot.types import Author, Message, Thread
from model.types import Document

PAGE, TEAM = Thread("page"), Thread("slack", "Acme")
PEOPLE, WORKSHOP = (replace(TEAM, room=room) for room in ("people", "workshop"))
ADMIN = Author("root", admin=True)
DAY = 86_400.0
PINNED = {
    PEOPLE: (
        "Handbook 2026",
        "Parental leave is 16 weeks at full pay. Dana Ruiz in People Operations signs every request within"
        " three working days. Holidays are 28 days a year; five of them may be taken over into the next"
        " year.\n\n"
        "Expenses are paid within 14 days. Hotels may cost 140 euros a night, in London 220. Whoever travels"
        " books through the portal, at least a week ahead.",
    ),
    WORKSHOP: (
        "Rules of the workshop",
        "The workshop on Mill Lane opens at eight and closes at six, except on Fridays, when it closes at"
        " noon. Priya Nair keeps the keys. The kiln is lit on Tuesdays only. Fees are paid by the month,"
        " forty euros, and half of that for students.",
    ),
}
ASKED = {  # what people ask, and whether what they get is right
    PEOPLE: [
        ("Who signs a request for parental leave?", True),
        ("How long is parental leave?", True),
        ("How many days of holidays are there a year?", True),
        ("How much may a hotel cost in London?", True),
        ("Within how many days are expenses paid?", True),
        ("How many weeks ahead does one book?", False),
        ("How many days of sick leave are paid?", False),
        ("How much sick leave is there?", False),
        ("Who do I tell that I am on sick leave?", False),
    ],
    WORKSHOP: [
        ("Who keeps the keys?", True),
        ("When is the kiln lit?", True),
        ("When does the workshop close on Fridays?", True),
        ("How much is the fee for students?", False),
        ("Who repairs the lathe?", False),
    ],
}


SET = {"per_minute": 600, "at_once": 600, "words": True}


async def furnish(service, *, words=True):
    """People ask and vote in two channels of a workspace; then two weeks have passed."""
    desk, chance = service.desk, random.Random(7)
    await desk.set(ADMIN, TEAM, SET | {"words": words})
    for room, (title, text) in PINNED.items():
        document = Document(f"doc-{room.room}", "1", text, title, kind="docx", added_at=time.time())
        await desk.pin(Author("dana"), room, document)
        for n, (question, right) in enumerate(ASKED[room]):
            for person in chance.sample(["ada", "ben", "cyd", "eva"], 2):
                author = Author(person)
                where, id = replace(room, thread=f"{n}-{person}"), f"{room.room}-{n}-{person}"
                asked = Message(id, where, "ask", question, at=time.time(), author=author)
                reply = await service.conversation.ask(asked)
                if reply.kind == "answer":
                    vote = "up" if right else "down: that is not what I asked"
                    said = Message(
                        f"v-{id}", where, "feedback", vote, at=time.time(), author=author, about=id
                    )
                    await service.conversation.ask(said)
    for ago in range(1, 15):
        asked = chance.randint(20, 60) if (time.time() - ago * DAY) // DAY % 7 not in (2, 3) else 4
        unsure = round(asked * chance.uniform(0.15, 0.35))
        counts = {"asked": asked, "answer": asked - unsure, "unsure": unsure, "feedback": asked // 6}
        await Records(service.archive.store, lambda ago=ago: time.time() - ago * DAY).count(TEAM, counts)


@dataclass(frozen=True)
class Place:
    """Where the page is, the service behind it, and how to have something done on its loop."""

    url: str
    service: app.Service
    run: Callable


@contextmanager
def serving(*, furnished=True, words=True, per_minute=600, change=lambda handed: handed, **settings):
    """The page's address and its service, which runs on a thread of its own."""
    given = {"store": "memory:", "host": "127.0.0.1", "port": 0, "channels": ()} | settings
    loop, started, stop = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    found = {}

    async def run():
        service = app.build(Settings(**given), channels=())
        await service.desk.set(ADMIN, PAGE, {"per_minute": per_minute, "at_once": per_minute})
        if furnished:
            await furnish(service, words=words)
        door = socket.create_server(("127.0.0.1", 0), backlog=1024)
        found["url"], found["service"] = f"http://127.0.0.1:{door.getsockname()[1]}", service
        page = asyncio.create_task(web.serve(change(app._handed(service)), door))
        started.set()
        await stop.wait()
        page.cancel()
        await asyncio.gather(page, return_exceptions=True)
        await service.close()
        rest = asyncio.all_tasks() - {asyncio.current_task()}  # Gradio's own
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        door.close()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), daemon=True)
    thread.start()
    assert started.wait(60)
    found["run"] = lambda work: asyncio.run_coroutine_threadsafe(work, loop).result(60)
    try:
        httpx.get(f"{found['url']}/healthz", timeout=60)  # Gradio builds one page at a time in a process
        yield Place(found["url"], found["service"], found["run"])
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
        loop.close()


class Visitor:
    """Somebody at the page without a browser: its requests, and its handlers by Gradio's own API."""

    def __init__(self, url, **headers):
        self.url, self.headers = url, headers
        self._configs = {}

    def get(self, path, *, headers=None, **sent):
        """What a path gives."""
        return httpx.get(self.url + path, headers=self.headers | (headers or {}), timeout=30, **sent)

    def post(self, path, *, headers=None, **sent):
        """What a path gives to who sends it something."""
        return httpx.post(self.url + path, headers=self.headers | (headers or {}), timeout=30, **sent)

    def config(self, path):
        """What a page is made of, as it tells the browser."""
        if path not in self._configs:
            answer = self.get(f"{path}/config")
            assert answer.status_code == 200, answer.text
            self._configs[path] = answer.json()
        return self._configs[path]

    def call(self, path, index, data, session="s"):
        """What a handler gives back, the last of it; an error where it says that it failed."""
        told = {"data": data, "fn_index": index, "session_hash": session}
        joined = self.post(f"{path}/gradio_api/queue/join", json=told)
        if joined.status_code != 200:
            raise PermissionError(joined.status_code)
        stream = self.get(f"{path}/gradio_api/queue/data", params={"session_hash": session}).text
        lines = [json.loads(line[6:]) for line in stream.splitlines() if line.startswith("data: ")]
        ended = [line for line in lines if line["msg"] == "process_completed"]
        assert ended, lines
        return ended[-1]["output"].get("data", ended[-1]["output"])

    def handler(self, path, name):
        """The number of the handler of that name."""
        return next(one["id"] for one in self.config(path)["dependencies"] if one["api_name"] == name)

    def ask(self, question, text="", session="s", path="/en"):
        """A question on the demo's page: what is shown."""
        return self.call(path, self.handler(path, "ask"), [question, text], session)[0]


if __name__ == "__main__":  # python -m tests.workplace: to look at
    with serving(web_port=0, admin_password="") as place:
        print(place.url, flush=True)
        threading.Event().wait()
