"""The promise kept by real processes: tasks that end with questions in hand."""

import asyncio
import contextlib
import json
import signal
import sqlite3

import aiohttp
import pytest

from bench.promise import ended, place, running
from tests.test_app import MARKER

pytestmark = pytest.mark.timeout(180)


async def test_a_task_killed_in_mid_answer_loses_and_doubles_nothing():
    with place("sqlite") as one, place("sqlite") as other:
        outcomes = await asyncio.gather(ended(one, 40, reads_back=True), ended(other, 40, reads_back=False))
    for outcome in outcomes:
        assert (outcome.answered, outcome.doubled) == (40, 0)
        assert outcome.status == -signal.SIGKILL
    assert outcomes[0].orphaned == 0


async def test_a_task_told_to_end_leaves_nothing_behind_and_ends_with_status_0():
    with place("sqlite") as store:
        outcome = await ended(store, 40, reads_back=False, signal_=signal.SIGTERM)
    assert (outcome.answered, outcome.doubled, outcome.orphaned, outcome.status) == (40, 0, 0, 0)


class Talk:
    """Somebody who says things in the chat, and sees what is answered there."""

    def __init__(self, client, chat, task):
        self.client, self.chat, self.task = client, chat, task

    async def say(self, id, **fields):
        author = {"id": "u", "name": MARKER}
        said = {"id": id, "thread": id, "text": f"Who is {MARKER}?", "author": author} | fields
        async with self.client.post(f"{self.task.url}/loopback", json=said) as answer:
            assert answer.status == 200

    async def fail(self, fault):
        async with self.client.post(f"{self.chat}/faults", json=[fault]):
            pass

    async def answered(self, *ids):
        async with asyncio.timeout(60):
            while True:
                async with self.client.get(f"{self.chat}/posts") as answer:
                    posts = await answer.json()
                if set(ids) <= {post["of"] for post in posts if post["kind"] != "info"}:
                    return
                await asyncio.sleep(0.05)


async def test_no_log_metric_or_record_holds_what_was_said(tmp_path):
    """A word goes every way that a message can go."""
    store, log = f"sqlite:{tmp_path / 'test.db'}", tmp_path / "log"
    text = {"id": "d", "version": "1", "text": f"{MARKER} signs the cheques.", "title": MARKER}
    told = ["answered", "unsure", "empty", "refused", "guest"]
    async with aiohttp.ClientSession() as client, running(store, tasks=1, log=log) as (chat, (task,)):
        talk = Talk(client, chat, task)
        await talk.say("answered", text=f"Who signs the cheques, {MARKER}?", documents=[text])
        await talk.say("unsure", documents=[text | {"text": "Nothing of that kind."}], reads_back=False)
        await talk.say("empty")
        await talk.say("refused", text=" ")
        await talk.say("guest", author={"id": "g", "name": MARKER, "guest": True})
        await talk.say("heard", addressed=False)
        await talk.answered(*told)
        for fault in ("broken", "lost"):
            await talk.fail(fault)
            await talk.say(fault, documents=[text])
            await talk.answered(fault)
        await talk.fail("gone")
        await talk.say("gone", documents=[text])
        async with asyncio.timeout(30):
            while "undeliverable" not in log.read_text():
                await asyncio.sleep(0.05)
        async with client.get(f"{task.url}/metrics") as answer:
            metrics = await answer.text()
    written = log.read_text()
    assert "settled" in written
    assert MARKER not in written + metrics
    assert 'wherein_messages_total{channel="loopback",what="of no concern"} 1.0' in metrics
    for line in written.splitlines():
        assert line.startswith("{"), line
        if json.loads(line)["event"] == "settled":
            assert json.loads(line)["id"] in (*told, "broken", "lost", "gone")
    with contextlib.closing(sqlite3.connect(tmp_path / "test.db")) as db:
        records = repr(db.execute("SELECT * FROM items WHERE sk LIKE 'message#%'").fetchall())
    assert "undeliverable" in records
    assert MARKER not in records
