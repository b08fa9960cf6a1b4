"""What breaks, what is said of it, and what comes back: by the service as it starts, and by the doctor.

docs/recovery.md tells the same to who runs it; a test holds its sentences to what is said.
"""

import asyncio
import contextlib
import hashlib
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import aiohttp
import boto3
import pytest
from structlog.testing import capture_logs

from bench.common import free_port
from bot import app, channels, doctor, inbox
from bot.channels.slack import checks
from bot.channels.teams import signed
from bot.delivery import Limits
from bot.settings import Settings, SettingsError
from bot.stores import Item, StoreError, dynamodb, sqlite
from bot.stores import open as open_store
from model.readers import PROJECT
from tests.fake_slack import FakeSlack
from tests.fake_slack.delivery import signed as slack_signed
from tests.fakes import ChatServer, Loopback
from tests.teams_house import on_loopback

WEIGHTS = PROJECT / "model" / "weights"
ASKED = {"question": "Who signed the lease?", "context": "Ada signed the lease."}
ROWS = 400


def settings(**changes):
    given = {"port": free_port(), "web_port": 0, "store": "memory:", "model": "lexical:"}
    return Settings(**(given | changes))


def line(findings, part):
    return next(finding.line for finding in findings if finding.part == part and not finding.ok)


class Running:
    """A service that `app.run` started, and who asks it."""

    def __init__(self, url, client):
        self.url, self.client = url, client

    async def get(self, path):
        async with self.client.get(self.url + path) as answer:
            return answer.status, await answer.text()

    async def post(self, path, body, **headers):
        async with self.client.post(self.url + path, json=body, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None)

    async def until_ready(self, status):
        async with asyncio.timeout(20):
            while (found := await self.get("/readyz"))[0] != status:
                await asyncio.sleep(0.02)
        return found[1]


@contextlib.asynccontextmanager
async def running(own, opened=None):
    """The service as `python -m bot` runs it, in this process."""
    stop, lines = asyncio.Event(), []
    task = asyncio.create_task(app.run(own, stop, lines.append, opened))
    while not lines and not task.done():
        await asyncio.sleep(0.005)
    if task.done():
        task.result()
    try:
        async with aiohttp.ClientSession() as client:
            yield Running(f"http://127.0.0.1:{own.port}", client)
    finally:
        stop.set()
        await task


async def started(own):
    """Why the service does not start."""
    with pytest.raises(SettingsError) as refused:
        await app.run(own, asyncio.Event())
    return str(refused.value)


# --------------------------------------------------------------------------- a damaged database


async def written(file, rows=ROWS):
    """A database in which some texts are kept."""
    store = open_store(f"sqlite:{file}")
    await store.put(*(Item(f"p{n}", "s", {"n": n}, "said " * 200) for n in range(rows)))
    await store.scrub()
    await store.close()
    return file


def torn(file):
    """A page whose write was cut off: half of it is of something else."""
    pages = file.read_bytes()
    middle = len(pages) // 2 // 4096 * 4096
    file.write_bytes(pages[:middle] + b"\xa5" * 2048 + pages[middle + 2048 :])


def cut_off(file):
    file.write_bytes(file.read_bytes()[: 4096 * 20])


def overwritten(file):
    file.write_bytes(b"Minutes of the meeting in May. " * 400)


@pytest.mark.parametrize(
    ("breaks", "words"), [(torn, "it is damaged"), (cut_off, "it is damaged"), (overwritten, "no database")]
)
async def test_a_damaged_database_keeps_the_service_from_starting_and_is_left_as_it_is(
    tmp_path, breaks, words
):
    file = await written(tmp_path / "wherein.db")
    breaks(file)
    left = file.read_bytes()
    own = settings(store=f"sqlite:{file}")
    refused = await started(own)
    assert refused.startswith(f"WHEREIN_STORE=sqlite:{file}: The database {file} cannot be opened: ")
    assert words in refused
    assert "backup" in refused
    assert line(await app.examine(own), "settings") == refused
    assert file.read_bytes() == left


async def test_a_database_that_is_damaged_while_the_service_runs_is_not_ready_until_it_is_replaced(tmp_path):
    file = await written(tmp_path / "wherein.db", rows=10 * ROWS)  # more than SQLite holds in memory
    service = app.build(settings(store=f"sqlite:{file}"))
    store = service.archive.store
    with file.open("r+b") as opened:
        opened.seek(8192)
        opened.write(b"\xa5" * (file.stat().st_size - 8192))
    every = asyncio.gather(*(store.get(f"p{n}", "s") for n in range(10 * ROWS)))
    with pytest.raises(StoreError, match="it is damaged: put a backup in its place"):
        await every
    for _ in range(2):  # and no write that succeeds makes it whole
        with pytest.raises(StoreError, match="it is damaged"):
            await store.check()
    found = await doctor.examine(service.settings, store, nobody_asked, [])
    assert "it is damaged" in line(found, "store")
    await service.close()


def test_the_command_says_it_in_one_line_and_ends_with_2(start, tmp_path):
    file = asyncio.run(written(tmp_path / "wherein.db"))
    torn(file)
    refused = [start(lines=0, command=command) for command in ("run", "doctor")]
    said = [process.communicate(timeout=30) for process in refused]
    assert [process.returncode for process in refused] == [2, 1]
    for out, errors in said:
        assert len((out + errors).splitlines()) == 1
        assert "it is damaged: put a backup in its place" in out + errors


# --------------------------------------------------------------------------- who may write


@contextlib.contextmanager
def somebody_else():
    """A user who owns nothing here, where we are root, who may write whatever it says there."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.mark.parametrize("only_read", ["file", "folder"])
def test_a_database_that_cannot_be_written_keeps_the_service_from_starting(only_read):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = asyncio.run(written(folder / "wherein.db"))
        file.chmod(0o444 if only_read == "file" else 0o666)
        folder.chmod(0o777 if only_read == "file" else 0o555)
        with somebody_else(), pytest.raises(SettingsError) as refused:
            app.build(settings(store=f"sqlite:{file}"))
        folder.chmod(0o777)
    assert f"WHEREIN_STORE=sqlite:{file}: The database {file} cannot be opened: " in str(refused.value)
    assert "let the service's user" in str(refused.value)


# --------------------------------------------------------------------------- a full disk


class Disk:
    """A small disk that is filled: a file system of its own where that can be had, else a limit on files."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="wherein-disk-"))
        mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(self.folder)]
        self.real = os.geteuid() == 0 and subprocess.run(mount, capture_output=True).returncode == 0

    def fill(self):
        if not self.real:
            largest = max(file.stat().st_size for file in self.folder.iterdir())
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))
            return
        with (
            (self.folder / "filler").open("wb", buffering=0) as filler,
            pytest.raises(OSError, match="No space left"),
        ):
            all(filler.write(bytes(4096)) for _ in range(1_000))

    def free(self):
        if self.real:
            (self.folder / "filler").unlink(missing_ok=True)
        else:
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def close(self):
        self.free()
        if self.real:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True)
        shutil.rmtree(self.folder)


@pytest.fixture
def disk():
    made = Disk()
    yield made
    made.close()


async def test_where_the_disk_is_full_nothing_is_taken_that_would_be_lost_and_all_goes_on_when_there_is_room(
    disk, aiohttp_server, monkeypatch
):
    monkeypatch.setattr(inbox, "Limits", lambda: Limits(hold=1.0, renew=0.3, pause=0.1))
    chat = ChatServer()
    chat.faults = ["broken"] * 6  # what is accepted before has no answer yet when the disk is full
    server = await aiohttp_server(chat.app)
    loopback = Loopback(str(server.make_url("")).rstrip("/"))
    text = {"id": "d", "version": "1", "text": f"Ada signed the lease. {'It was in May. ' * 400}"}
    own = settings(store=f"sqlite:{disk.folder / 'wherein.db'}")
    accepted, refused = [], []

    async def say(service, id):
        said = {"id": id, "thread": id, "text": "Who signed the lease?", "documents": [text]}
        status, _ = await service.post("/loopback", said)
        assert status in (200, 503)
        (accepted if status == 200 else refused).append(id)

    with capture_logs() as logs:
        async with running(own, [loopback]) as service:
            for n in range(4):
                await say(service, f"before-{n}")
            assert not refused
            disk.fill()
            while len(refused) < 4:  # what room there is in the file itself may still take some
                await say(service, f"full-{len(accepted) + len(refused)}")
            state = json.loads(await service.until_ready(503))
            examined = await examined_store(own)
            disk.free()
            assert json.loads(await service.until_ready(200))["store"] == "ok"
            await say(service, "after")
            assert accepted[-1] == "after"
            async with asyncio.timeout(60):
                while not all(answers(chat, id) for id in accepted):
                    await asyncio.sleep(0.05)
    expected = "the disk is full: make room on it" if disk.real else "the disk fails"
    assert expected in state["store"]
    assert expected in examined
    assert expected in next(one["reason"] for one in logs if one["event"] == "not accepted")
    assert {len(answers(chat, id)) for id in accepted} == {1}
    assert not any(chat.of(id) for id in refused)


def answers(chat, id):
    return [post for post in chat.of(id) if post["kind"] == "answer"]


async def examined_store(own):
    """What the doctor finds beside the service that runs."""
    store = open_store(own.store)
    try:
        return line(await doctor.examine(own, store, nobody_asked, []), "store")
    finally:
        await store.close()


async def nobody_asked():
    return None


def test_where_no_file_can_be_written_at_all_the_service_answers_and_the_page_says_why_it_does_not(tmp_path):
    """No room in /tmp, nor anywhere else: no process of this kind may write a byte."""
    port, page = str(free_port()), str(free_port())
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT), "PYTHONDONTWRITEBYTECODE": "1"}
    environment |= {"WHEREIN_PORT": port, "WHEREIN_WEB_PORT": page}
    environment |= {"WHEREIN_STORE": "memory:", "WHEREIN_MODEL": "lexical:", "WHEREIN_LOG": "info:json"}
    process = subprocess.Popen(
        [sys.executable, "-m", "bot"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)),
    )
    try:
        for _ in range(3):
            assert process.stdout.readline()
        told = subprocess.run(
            ["curl", "-s", f"http://127.0.0.1:{port}/ask", "--json", json.dumps(ASKED)], capture_output=True
        )
        assert json.loads(told.stdout)["answer"]["reader"] == "lexical"
        said = next(entry for entry in map(json.loads, process.stderr) if "page failed" in entry["event"])
        assert "No usable temporary directory" in said["reason"]
        assert "exception" not in said
    finally:
        process.terminate()
        process.communicate(timeout=20)
    assert process.returncode == 0


# --------------------------------------------------------------------------- DynamoDB


@pytest.fixture
def made(amazon, table):
    """A client of the stand-in, the name of a table, and where it is as `WHEREIN_STORE` names it."""
    client = boto3.client("dynamodb", region_name="eu-west-1", endpoint_url=amazon)
    yield client, table, f"dynamodb://{table}?region=eu-west-1"
    client.close()


async def test_a_table_that_is_missing_is_named_and_what_is_asked_is_not_lost(made):
    client, table, url = made
    own = settings(store=url)
    async with running(own) as service:
        client.delete_table(TableName=table)
        state = json.loads(await service.until_ready(503))
        status, told = await service.post("/ask", ASKED | {"thread": "t"})
        assert (await service.post("/ask", ASKED))[0] == 200  # what is lent needs no store
    assert f"There is no DynamoDB table {table}" in state["store"]
    assert status == 503
    assert "ask again" in told["text"]


@pytest.mark.parametrize("lacks", ["keys", "index"])
async def test_a_table_of_another_shape_is_named(made, lacks):
    client, table, url = made
    shape = dynamodb.SHAPE
    if lacks == "index":
        attributes = [one for one in shape["AttributeDefinitions"] if one["AttributeName"] in ("pk", "sk")]
        other = shape | {"AttributeDefinitions": attributes}
        del other["GlobalSecondaryIndexes"]
    else:
        other = {
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        }
    client.create_table(TableName=table, **other)
    found = line(await app.examine(settings(store=url)), "store")
    assert f"The DynamoDB table {table} has another shape" in found
    assert "pk and sk" in found
    assert "open_work" in found


# --------------------------------------------------------------------------- weights


def copied(folder):
    shutil.copytree(WEIGHTS, folder)
    return folder


def half_a_network(folder):
    network = folder / "model.int8.onnx"
    network.write_bytes(network.read_bytes()[: network.stat().st_size // 2])
    return "The weights are damaged"


def half_a_network_with_its_sum(folder):
    half_a_network(folder)
    names = ("model.int8.onnx", "tokenizer.json")
    sums = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}" for name in names]
    (folder / "SHA256SUMS").write_text("\n".join(sums) + "\n")
    return "cannot be opened"


def no_tokenizer(folder):
    (folder / "tokenizer.json").unlink()
    return "The weights are missing"


def another_sum(folder):
    sums = (folder / "SHA256SUMS").read_text()
    (folder / "SHA256SUMS").write_text(f"{'0' * 64}{sums[64:]}")
    return "does not match its sum"


def half_of_the_sums(folder):
    (folder / "SHA256SUMS").write_text((folder / "SHA256SUMS").read_text()[:30])
    return "The weights are damaged"


@pytest.mark.parametrize(
    "breaks", [half_a_network, half_a_network_with_its_sum, no_tokenizer, another_sum, half_of_the_sums]
)
async def test_weights_that_are_not_whole_are_not_read_with_and_the_plain_reader_answers(
    tmp_path, breaks, caplog
):
    folder = copied(tmp_path / "weights")
    words = breaks(folder)
    own = settings(model=f"onnx:{folder}")
    async with running(own) as service:
        status, told = await service.post("/ask", ASKED)
    assert (status, told["answer"]["reader"]) == (200, "lexical")
    assert any(words in record.getMessage() for record in caplog.records)
    assert not any(record.exc_info for record in caplog.records)
    assert "onnx did not answer, lexical did" in line(await app.examine(own), "reader")


# --------------------------------------------------------------------------- a clock that is wrong


async def test_what_slack_signs_is_not_believed_with_a_wrong_clock_and_log_and_doctor_say_so(monkeypatch):
    async with FakeSlack().running() as slack:
        for name, value in slack.environment().items():
            monkeypatch.setenv(name, value)
        own = settings(channels=("slack",))
        async with running(own, [channels.open("slack", own)]) as service:
            url, body = f"{service.url}/slack/events", b'{"type": "url_verification", "challenge": "c"}'
            with capture_logs() as logs:
                statuses = []
                for ago in (0, 3_600, -3_600):
                    headers = slack_signed(slack.signing_secret, body, time.time() - ago)
                    headers |= {"Content-Type": "application/json"}
                    async with service.client.post(url, data=body, headers=headers) as answer:
                        statuses.append(answer.status)
        monkeypatch.setattr(checks, "time", SimpleNamespace(time=lambda: time.time() + 3_600))
        found = await checks.problems(checks.SetUp(slack.api_url, slack.team.bot_token, signing_secret="s"))
    assert statuses == [200, 401, 401]
    said = [one for one in logs if "clock" in one["event"]]
    assert [one["minutes"] for one in said] == [-60, 60]
    assert any("clock is 60 minutes ahead of Slack's" in one for one in found)


def test_the_doctor_says_nothing_of_a_clock_that_is_right_or_that_nobody_tells():
    date = "Sun, 29 Nov 2026 16:00:00 GMT"
    assert checks.clock(date, 1795968000.0 + 20) == []
    assert checks.clock("", 0.0) == []
    assert "60 minutes behind Slack's" in checks.clock(date, 1795968000.0 - 3_600)[0]


async def test_what_teams_signs_is_not_believed_with_a_wrong_clock_and_the_reason_says_so(monkeypatch):
    async with on_loopback(monkeypatch) as fake:
        own = settings(channels=("teams",))
        async with running(own) as service:
            fake.bot = f"{service.url}/api/messages"
            activity, now = fake.message("Ada", "a:1", "Who?", mention=False), int(time.time())
            told = []
            for off in (-7_200, 3_600):
                token = fake.identity.sign(fake.url, nbf=now + off, exp=now + off + 3_600)
                told.append(await fake.send(activity, token))
    assert [status for status, _ in told] == [401, 401]
    assert "clock is ahead" in told[0][1]["error"]
    assert "clock is behind" in told[1][1]["error"]
    assert signed.LEEWAY_SECONDS == 300


class Skewed:
    """DynamoDB, as it answers who signs at another time."""

    def get_item(self, **_):
        said = "Signature expired: 20261129T150000Z is now earlier than 20261129T155500Z"
        told = {"Error": {"Code": "InvalidSignatureException", "Message": said}}
        raise dynamodb.ClientError(told | {"ResponseMetadata": {"HTTPStatusCode": 400}}, "GetItem")

    def close(self):
        pass


async def test_a_table_that_refuses_a_wrong_clock_is_told_from_one_that_refuses_the_key():
    store = dynamodb.DynamoStore(Skewed(), "wherein", time.time)
    with pytest.raises(StoreError, match="its clock is wrong"):
        await store.check()
    await store.close()


# --------------------------------------------------------------------------- the page on it


def test_the_page_on_recovery_says_what_is_said():
    told = " ".join((PROJECT / "docs" / "recovery.md").read_text().split())
    sources = " ".join(
        (PROJECT / name).read_text()
        for name in (
            "bot/app.py",
            "bot/channels/slack/listening.py",
            "bot/channels/teams/signed.py",
            "bot/doctor.py",
            "bot/stores/dynamodb.py",
            "model/embedded.py",
        )
    )
    said = " ".join(re.sub(r'"\s*f?"', "", sources).split())
    for words in sqlite.TROUBLES.values():
        assert words in told
    for words in (
        "There is no DynamoDB table",
        "has another shape: it wants the keys pk and sk, both text, and the index open_work",
        "DynamoDB does not answer",
        "DynamoDB refuses what this machine signs: its clock is wrong",
        "The weights are damaged: ",
        "does not match its sum",
        "The weights are missing: ",
        "The weights in ",
        "did not answer, ",
        "the log says why",
        "signed by Slack, and at another time: it is sent anew, or this machine's clock is wrong",
        "it has ended: it is old, or this machine's clock is ahead",
        "it is not valid yet: this machine's clock is behind",
        "the page failed; the service goes on, and WHEREIN_WEB_PORT=0 does without",
    ):
        assert words in told
        assert words in said
