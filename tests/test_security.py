"""What is attacked as a whole: no secret comes out, nothing leaves, and docs/security.md says what is so."""

import ast
import asyncio
import base64
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from bench.common import free_port
from bot import app, settings
from bot.channels import http
from bot.channels.slack.settings import Settings as Slack
from bot.channels.teams.settings import Settings as Teams
from model.readers import PROJECT
from tests.alone import QUESTION, TEXT, apart
from tests.fake_slack.delivery import signed
from tests.test_app import ended
from tests.test_recovery import running

# --------------------------------------------------------------------------- secrets


class Echo(BaseHTTPRequestHandler):
    """Whatever is asked of it fails, but who we are, and its answer repeats all that it was sent."""

    def do_GET(self):
        length = int(self.headers.get("Content-Length") or 0)
        said = f"{self.path}\n{self.headers}\n".encode() + self.rfile.read(length)
        self.server.heard.append(said)
        status = (500, 401, 403, 400, 407)[len(self.server.heard) % 5]
        if self.path == "/api/auth.test":
            us = {"ok": True, "user_id": "UB", "bot_id": "B1", "team_id": "T1", "user": "w", "team": "t"}
            status, said = 200, json.dumps(us | {"url": "https://t.slack.com/"}).encode()
        self.send_response(status, said.decode("latin-1").replace("\n", " ").replace("\r", " ")[:500])
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_POST = do_GET  # noqa: N815  # the library's name

    def log_message(self, *_):
        pass


@pytest.fixture
def echo():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    server.heard, server.url = [], f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


CANARIES = {
    "WHEREIN_API_KEY": "canary-of-the-api-key",
    "WHEREIN_ADMIN_PASSWORD": "canary-of-the-password",
    "WHEREIN_SECRET_KEY": base64.b64encode(b"canary-of-the-key-of-32-bytes!!!").decode(),
    "SLACK_BOT_TOKEN": "xoxb-canary-of-the-bot",
    "SLACK_SIGNING_SECRET": "canary-of-the-signature",
    "SLACK_CONFIG_TOKEN": "xoxe.xoxp-canary-of-the-app",
    "TEAMS_APP_PASSWORD": "canary-of-teams",
    "AWS_SECRET_ACCESS_KEY": "canary-of-amazon",
    "AWS_SESSION_TOKEN": "canary-of-the-session",
}
PROXY = "canary-of-the-proxy"


def careless(echo):
    """The environment in which every peer is careless, and every secret a canary."""
    return CANARIES | {
        "WHEREIN_LOG": "debug:json",
        "WHEREIN_CHANNELS": "http,slack,teams",
        "WHEREIN_MODEL": "sagemaker://wherein?region=eu-west-1,onnx:model/weights",
        "WHEREIN_PROXY": f"http://somebody:{PROXY}@127.0.0.1:{echo.server_port}",
        "SLACK_API_URL": f"{echo.url}/api/",
        "TEAMS_APP_ID": "11111111-2222-4333-8444-555555555555",
        "TEAMS_TENANT_ID": "99999999-2222-4333-8444-555555555555",
        "TEAMS_ALLOW_UNSIGNED": "true",
        "TEAMS_OPENID_URL": f"{echo.url}/openid",
        "TEAMS_TOKEN_ISSUER": "https://issuer.example",
        "TEAMS_LOGIN_URL": echo.url,
        "TEAMS_OAUTH_SCOPE": "https://api.example",
        "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": echo.url,
        "AWS_ACCESS_KEY_ID": "none",
    }


def leaked(*texts):
    """The canaries that stand in what was written, as they are or in Base64."""
    found = "\n".join(texts)
    plain = [*CANARIES.values(), PROXY]
    coded = [base64.b64encode(f"somebody:{PROXY}".encode()).decode()]
    return [one for one in plain + coded if one in found]


def mentioned(secret):
    """A mention as Slack sends it, and its headers."""
    event = {"type": "app_mention", "user": "U1", "text": "<@UB> Who?", "ts": "1.1", "channel": "C1"}
    body = {"type": "event_callback", "team_id": "T1", "api_app_id": "A1", "event_id": "Ev1", "event": event}
    sent = json.dumps(body | {"authorizations": []}).encode()
    return sent, signed(secret, sent) | {"Content-Type": "application/json"}


def test_no_secret_stands_in_a_log_an_answer_a_metric_or_the_store_whatever_fails(start, echo, tmp_path):
    process = start(lines=3, **careless(echo))
    key = {"Authorization": f"Bearer {CANARIES['WHEREIN_API_KEY']}"}
    token = "eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.e30.eA"
    link = {"question": "Who?", "links": ["http://93.184.216.34/"]}
    with httpx.Client(base_url=process.url, timeout=60) as client:
        said = [
            client.post("/ask", json={"question": "Who?"}),
            client.post("/ask", json={"question": "Who?"}, headers={"Authorization": "Bearer wrong"}),
            client.post("/ask", json={"question": QUESTION, "context": TEXT}, headers=key),
            client.post("/ask", json=link, headers=key),
            client.post("/ask", json={key["Authorization"]: 1}, headers=key),
            client.post("/ask", content=b"{", headers=key | {"Content-Type": "application/json"}),
            client.post("/api/messages", json={"type": "message"}),
            client.post(
                "/api/messages", json={"type": "message"}, headers={"Authorization": f"Bearer {token}"}
            ),
        ]
        for secret in ("wrong", CANARIES["SLACK_SIGNING_SECRET"]):
            body, headers = mentioned(secret)
            said.append(client.post("/slack/events", content=body, headers=headers))
        ends = time.monotonic() + 30
        while not any(b"/api/chat.post" in one for one in echo.heard):
            assert time.monotonic() < ends
            time.sleep(0.05)
        said += [client.get(path) for path in ("/metrics", "/readyz", "/openapi.json", "/nowhere")]
    assert [one.status_code for one in said[:4]] == [401, 401, 200, 200]
    assert said[2].json()["answer"]["reader"] == "onnx"
    _, written = ended(process)
    assert "question ended" in written
    texts = [one.text + str(one.headers) for one in said]
    assert leaked(written, *process.said, *texts[:4], *texts[5:]) == []
    # Who sends it in a field's name is told that name.
    assert texts[4].count(CANARIES["WHEREIN_API_KEY"]) <= 2
    files = [file.read_bytes().decode("latin-1") for file in tmp_path.iterdir()]
    assert files
    assert leaked(*files) == []
    heard = b"\n".join(echo.heard).decode("latin-1")
    assert {CANARIES["SLACK_BOT_TOKEN"], CANARIES["AWS_SESSION_TOKEN"]} <= set(leaked(heard))
    assert len(leaked(heard)) >= 3  # the proxy's too: what was to be hidden was really there


def test_no_secret_stands_in_what_the_doctor_says(start, echo):
    process = start(lines=0, command="doctor", **careless(echo))
    told, errors = process.communicate(timeout=60)
    assert "BAD  slack" in told
    assert "BAD  teams" in told
    assert leaked(told, errors) == []
    heard = b"\n".join(echo.heard).decode("latin-1")
    assert {CANARIES["TEAMS_APP_PASSWORD"], CANARIES["SLACK_BOT_TOKEN"]} <= set(leaked(heard))


@pytest.mark.parametrize("kind", [settings.Settings, http.Settings, Slack, Teams])
def test_every_setting_that_is_a_secret_is_kept_out_of_what_is_printed(kind):
    secret = re.compile("password|secret|token|key|proxy")
    no_secret = {"token_issuer"}
    for name, field in kind.model_fields.items():
        assert field.repr is (not secret.search(name) or name in no_secret), name


SECRETIVE = re.compile("password|secret|api_key|signature|bearer|cookie|digest")


def test_no_secret_is_compared_in_a_time_that_tells_how_much_of_it_was_right():
    found = []
    for file in [*(PROJECT / "bot").rglob("*.py"), *(PROJECT / "web").rglob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq):
                sides = [ast.unparse(side) for side in (node.left, *node.comparators)]
                constant = any(isinstance(side, ast.Constant) for side in (node.left, *node.comparators))
                if not constant and any(SECRETIVE.search(side) for side in sides):
                    found.append(f"{file.name}: {ast.unparse(node)}")
    assert found == ["settings.py: bool(self.client_id) != bool(self.client_secret)"]


# --------------------------------------------------------------------------- what others hold for us


def test_the_linters_rules_against_shells_and_eval_are_on():
    rules = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    assert "S" in rules["select"]
    told = [rule for rule in rules["ignore"] if rule.startswith("S")]
    wanted = {"S102", "S301", "S302", "S307", "S324", "S506", "S602", "S604", "S605", "S701"}
    assert not any(rule.startswith(one) for one in told for rule in wanted)
    for file in [*(PROJECT / "bot").rglob("*.py"), *(PROJECT / "web").rglob("*.py")]:
        excused = set(re.findall(r"noqa: *([A-Z0-9, ]+)", file.read_text()))
        assert not any(rule in one for one in excused for rule in wanted), file


def test_the_balancer_speaks_tls_1_2_and_later_and_hides_what_is_not_public():
    said = (PROJECT / "infra" / "balancer.tf").read_text()
    assert re.search(r'ssl_policy += "ELBSecurityPolicy-TLS13-1-2-', said)
    assert re.search(r"drop_invalid_header_fields += true", said)
    hidden = re.search(r"fixed_response \{[^}]*\}\s*\}\s*condition \{\s*path_pattern \{[^}]*/metrics", said)
    assert hidden


def test_an_image_is_sent_nothing_but_what_it_runs():
    lines = (PROJECT / ".dockerignore").read_text().splitlines()
    sent = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert lines[1] == "*"
    packages = {name for name in sent if re.fullmatch(r"requirements/[a-z]+\.txt", name)}
    assert sent - packages == {"model", "bot", "web", "manifest.yml", "LICENSE"}


# --------------------------------------------------------------------------- the page that tells all this

SECURITY = (PROJECT / "docs" / "security.md").read_text()
LEVEL_2 = """
1.1:1-2 1.2:1-9 1.3:1-11 1.4:1-3 1.5:1-2 2.1:1-3 2.2:1-3 2.3:1-4 2.4:1 3.2:1-2 3.3:1-4 3.4:1-6 3.5:1-5
3.7:1-2 4.1:1-3 4.2:1 4.3:1-2 4.4:1-4 5.1:1 5.2:1-3 5.3:1-2 5.4:1-3 6.1:1-3 6.2:1-12 6.3:1-4 6.4:1-4
6.5:1-5 6.6:1-3 6.8:1-4 7.1:1-3 7.2:1-4 7.3:1-2 7.4:1-5 7.5:1-2 7.6:1-2 8.1:1-2 8.2:1-3 8.3:1 8.4:1
9.1:1-3 9.2:1-4 10.1:1-2 10.2:1-2 10.3:1-4 10.4:1-11 10.5:1-5 10.6:1-2 10.7:1-3 11.1:1-2 11.2:1-3
11.3:1-3 11.4:1-4 11.5:1 11.6:1 12.1:1-3 12.2:1-2 12.3:1-4 13.1:1 13.2:1-5 13.3:1-2 13.4:1-5 14.1:1-2
14.2:1-4 14.3:1-3 15.1:1-3 15.2:1-3 15.3:1-7 16.1:1 16.2:1-5 16.3:1-4 16.4:1-3 16.5:1-3 17.1:1 17.2:1-4
17.3:1-2
"""  # ASVS 5.0.0, levels 1 and 2, by section


def asked_for():
    """The id of each requirement of the standard up to level 2."""
    for section, first, last in re.findall(r"([\d.]+):(\d+)(?:-(\d+))?", LEVEL_2):
        yield from (f"{section}.{n}" for n in range(int(first), int(last or first) + 1))


def ids(text):
    return re.findall(r"\b\d+\.\d+\.\d+\b", text)


def test_each_requirement_of_level_2_is_met_not_met_or_does_not_apply():
    rows = [line.split("|")[1] for line in SECURITY.splitlines() if re.match(r"\| \d", line)]
    none = re.findall(r"Does not apply: (.*?)(?= Not met: |\nNot met: |\n\n|\Z)", SECURITY, re.DOTALL)
    unmet = re.findall(r"Not met: (.*?)(?=\n\n|\Z)", SECURITY, re.DOTALL)
    told = [id for part in (*rows, *none) for id in ids(part)]
    assert len(told) == len(set(told)), [id for id in told if told.count(id) > 1]
    assert set(asked_for()) - set(told) - {id for part in unmet for id in ids(part)} == set()
    beyond = {"1.2.10", "1.3.12", "4.1.4"}
    assert set(told) - set(asked_for()) == beyond


def test_what_is_not_met_stands_together_on_top():
    top, rest = re.split(r"\n## How to report a vulnerability\n", SECURITY)
    unmet = re.findall(r"Not met: (.*?)(?=\n\n|\Z)", rest, re.DOTALL)
    assert "Not met: " not in top
    assert sorted(ids(top)) == sorted(id for part in unmet for id in ids(part))
    assert top.count("\n- **") == len(ids(top)) + 1  # one has no id of its own
    assert "docs/security.md" in (PROJECT / ".github" / "SECURITY.md").read_text()


def test_each_test_that_the_page_names_exists():
    named = re.findall(r"`(test_\w+)\.(test_\w+)`", SECURITY)
    assert len(named) > 150
    for module in {module for module, _ in named}:
        tree = ast.parse((PROJECT / "tests" / f"{module}.py").read_text())
        there = {
            node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        assert {test for of, test in named if of == module} <= there, module
    rows = [line for line in SECURITY.splitlines() if re.match(r"\| \d", line)]
    assert all("`test_" in row for row in rows)


# --------------------------------------------------------------------------- who holds a door open


async def test_who_begins_a_request_and_never_ends_it_is_hung_up_on(monkeypatch):
    monkeypatch.setattr(app, "IDLE_SECONDS", 0.2)
    own = settings.Settings(port=free_port(), web_port=0, channels=(), store="memory:", model="lexical:")
    async with asyncio.timeout(20), running(own):
        for begun in (b"", b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-"):
            reads, writes = await asyncio.open_connection("127.0.0.1", own.port)
            writes.write(begun)
            assert await reads.read() == b""
            writes.close()


# --------------------------------------------------------------------------- what leaves


def test_by_default_nothing_leaves_this_machine(tmp_path):
    """In a network of its own where the machine lets us, with a device that sees what would have left."""
    begins = apart() if shutil.which("ip") else []
    command = [*begins, sys.executable, "-m", "tests.alone", str(tmp_path)]
    ran = subprocess.run(
        command, cwd=PROJECT, env=dict(os.environ), capture_output=True, text=True, timeout=120
    )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert all("front desk renews badges" in one for one in found["told"])
    assert "<mark>front desk</mark> renews badges" in found["shown"]
    assert (found["pages"], found["status"]) == ([200] * 4, 0)
    assert found["left"] == []
    assert found["seen"] == ["socket.sendto 192.0.2.1"]  # what leaves would have been seen
    seen = found["seen_by_the_device"]
    assert seen is None or [one.split()[:2] for one in seen] == [["17", "192.0.2.1"]]
    assert not (tmp_path / ".cache").exists()  # where ONNX Runtime numbers a machine, to report it later
    assert "Traceback" not in found["errors"]
