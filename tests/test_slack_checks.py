"""The doctor's lines about Slack: each names what is to be changed."""

import socket
import ssl

import pytest
import yaml
from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ConnectionTimeoutError,
    ServerDisconnectedError,
)
from aiohttp.web import Application, Request, Response, json_response
from slack_sdk.oauth.installation_store import Installation as Installed
from slack_sdk.signature import SignatureVerifier

from bot.archive.vault import SealedVault
from bot.channels.slack import checks, manifest, scopes
from bot.channels.slack.checks import SetUp, missing_scopes, of_manifest, problems
from bot.channels.slack.vaulted import Installations, name_of
from bot.stores.memory import MemoryStore
from bot.unreached import unreached
from model.readers import PROJECT
from tests.fakes import Clock
from tests.test_vault import NEW, OLD


class FewMethods:
    """Slack, as far as the doctor asks it; it notes which method was called."""

    def __init__(self):
        self.scopes, self.calls = list(scopes.BOT), []
        self.errors, self.manifest = {}, {}

    def application(self):
        app = Application()
        app.router.add_route("*", "/api/{method}", self._method)
        app.router.add_post("/slack/events", self._events)
        self.answer = None
        return app

    async def _method(self, request: Request) -> Response:
        method = request.match_info["method"]
        self.calls.append((method, request.headers.get("Authorization")))
        if method in self.errors:
            return json_response({"ok": False, "error": self.errors[method]})
        told = {
            "auth.test": {"bot_id": "B1"},
            "bots.info": {"bot": {"app_id": "A1"}},
            "apps.manifest.export": {"manifest": self.manifest},
            "apps.connections.open": {"url": "wss://x"},
        }[method]
        headers = {"X-OAuth-Scopes": ",".join(self.scopes)}
        return json_response({"ok": True} | told, headers=headers)

    async def _events(self, request: Request) -> Response:
        """A Wherein that knows the secret “hush”."""
        if self.answer:
            return self.answer
        signed = SignatureVerifier("hush").is_valid_request(await request.read(), dict(request.headers))
        return json_response(
            {"challenge": (await request.json())["challenge"]}, status=200 if signed else 401
        )


@pytest.fixture
async def slack(aiohttp_server):
    fake = FewMethods()
    server = await aiohttp_server(fake.application())
    fake.base = str(server.make_url("")).rstrip("/")
    return fake


def by_socket(slack, **fields):
    given = {"api_url": f"{slack.base}/api/", "bot_token": "xoxb-1", "app_token": "xapp-1"}
    return SetUp(**given | fields)


def by_url(slack, **fields):
    return by_socket(slack, **{"app_token": "", "signing_secret": "hush", "public_url": slack.base} | fields)


def shown():
    """The manifest of an app over a socket, as Slack has it when nothing is missing."""
    return yaml.safe_load(manifest.for_socket((PROJECT / "manifest.yml").read_text()))


async def test_complaint_19_what_is_set_up_right_has_no_line(slack):
    slack.manifest = shown()
    assert await problems(by_socket(slack, config_token="xoxe.xoxp-1")) == []
    assert slack.calls == [
        ("auth.test", "Bearer xoxb-1"),
        ("bots.info", "Bearer xoxb-1"),
        ("apps.manifest.export", "Bearer xoxe.xoxp-1"),
        ("apps.connections.open", "Bearer xapp-1"),
    ]


async def test_complaint_19_a_scope_that_is_missing_is_named_with_its_line(slack):
    slack.scopes.remove("files:read")
    assert await problems(by_socket(slack)) == [
        "oauth_config.scopes.bot: add files:read to the app's manifest, then install Wherein again."
    ]
    assert len(missing_scopes(["chat:write", " commands "])) == len(scopes.needed()) - 2


async def test_complaint_20_no_channel_and_no_person_is_listed(slack):
    vault = SealedVault(MemoryStore(Clock()), [OLD])
    await problems(by_socket(slack), vault)
    assert {method for method, _ in slack.calls} <= {"auth.test", "apps.connections.open"}


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("invalid_auth", "SLACK_BOT_TOKEN: Slack does not know it: copy it anew"),
        ("token_revoked", "SLACK_BOT_TOKEN: it was revoked"),
        ("token_expired", "settings.token_rotation_enabled"),
        ("account_inactive", "SLACK_BOT_TOKEN: the app was taken out"),
        ("fatal_error", "SLACK_BOT_TOKEN: Slack refuses it: fatal_error."),
    ],
)
async def test_a_token_that_slack_refuses_is_said(slack, error, said):
    slack.errors["auth.test"] = error
    (line,) = await problems(by_socket(slack))
    assert said in line
    assert "xoxb-1" not in line


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("missing_scope", "SLACK_APP_TOKEN: it lacks connections:write"),
        ("not_allowed_token_type", "SLACK_APP_TOKEN: it is a token of another kind"),
        ("invalid_auth", "SLACK_APP_TOKEN: Slack does not know it"),
        ("forbidden_team", "settings.socket_mode_enabled: set it to true"),
    ],
)
async def test_socket_mode_that_would_not_open_is_said(slack, error, said):
    slack.errors["apps.connections.open"] = error
    (line,) = await problems(by_socket(slack))
    assert line.startswith(said)


async def test_a_slack_that_cannot_be_reached_is_said_by_its_setting():
    nowhere = SetUp(api_url="http://127.0.0.1:9/api/", bot_token="xoxb-1", app_token="xapp-1")
    found = await problems(nowhere)
    words = "Slack cannot be reached there: the connection is refused."
    assert found == [f"SLACK_API_URL=http://127.0.0.1:9/api/: {words}"] * 2


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ClientConnectorDNSError(None, socket.gaierror(-2, "hush")), "its name cannot be resolved"),
        (ClientConnectorError(None, ConnectionRefusedError(111, "hush")), "the connection is refused"),
        (ClientConnectorError(None, OSError(101, "hush")), "network is unreachable"),
        (ClientConnectorError(None, OSError("hush")), "no connection comes to be"),
        (
            ClientConnectorCertificateError(None, ssl.SSLCertVerificationError(1, "hush")),
            "it cannot prove who it is",
        ),
        (ConnectionTimeoutError("hush"), "it does not answer in time"),
        (TimeoutError(), "it does not answer in time"),
        (ServerDisconnectedError("hush"), "it does not answer as it should"),
        (ValueError("hush"), "it does not answer as it should"),
    ],
    ids=lambda given: given if isinstance(given, str) else type(given).__name__,
)
def test_why_somebody_cannot_be_reached_is_said_in_words(error, words):
    assert unreached(error) == words


# --------------------------------------------------------------------------- by address


async def test_an_address_that_answers_as_wherein_is_right_but_for_its_scheme(slack):
    assert await problems(by_url(slack)) == [
        f"WHEREIN_PUBLIC_URL={slack.base}: Slack posts to https:// addresses alone."
    ]


async def test_an_address_that_is_not_set_is_said(slack):
    (line,) = await problems(by_url(slack, public_url=""))
    assert line.startswith("WHEREIN_PUBLIC_URL is not set")


async def test_an_address_where_nothing_answers_is_said(slack):
    found = await problems(by_url(slack, public_url="http://127.0.0.1:9"))
    assert found[-1].startswith(
        "http://127.0.0.1:9/slack/events does not answer (the connection is refused): start Wherein"
    )


async def test_another_secret_is_said(slack):
    found = await problems(by_url(slack, signing_secret="other"))
    assert found[-1].startswith("SLACK_SIGNING_SECRET: what")


@pytest.mark.parametrize(("status", "text"), [(200, "hello"), (302, ""), (404, "no"), (500, "oops")])
async def test_something_else_at_the_address_is_said(slack, status, text):
    slack.answer = Response(status=status, text=text)
    found = await problems(by_url(slack))
    assert found[-1] == (
        f"{slack.base}/slack/events answers {status}, and not as Wherein: look at what stands before it."
    )


# --------------------------------------------------------------------------- many workspaces


async def test_each_of_many_workspaces_is_named_by_its_id(slack):
    store = MemoryStore(Clock())
    vault = SealedVault(store, [OLD])
    for team in ("T1", "T2"):
        made = Installed(team_id=team, bot_token=f"xoxb-{team}", bot_id="B", bot_user_id="U", user_id="A")
        await Installations(vault).async_save(made)
    await SealedVault(store, [NEW]).put("slack", name_of("T3"), {}, 0)
    slack.errors["auth.test"] = "token_revoked"
    found = await problems(by_socket(slack, bot_token=""), vault)
    assert [line.partition(":")[0] for line in found[:2]] == ["T1", "T2"]
    assert found[2].startswith("WHEREIN_SECRET_KEY does not open what slack keeps as installation#T3")


async def test_of_a_thousand_workspaces_a_few_are_asked(slack):
    vault = SealedVault(MemoryStore(Clock()), [OLD])
    for n in range(30):
        made = Installed(team_id=f"T{n}", bot_token=f"xoxb-{n}", bot_id="B", bot_user_id="U", user_id="A")
        await Installations(vault).async_save(made)
    assert await problems(by_socket(slack, bot_token=""), vault) == []
    assert len(slack.calls) == checks.MOST + 1


# --------------------------------------------------------------------------- the manifest as Slack has it


def test_a_manifest_that_is_ours_needs_no_change():
    assert of_manifest(shown(), socket=True, url="") == []
    by_address = yaml.safe_load(manifest.for_url((PROJECT / "manifest.yml").read_text(), "https://a.b"))
    assert of_manifest(by_address, socket=False, url="https://a.b") == []
    assert of_manifest(by_address, socket=False, url="https://c.d") == [
        "settings.event_subscriptions.request_url: set it to https://c.d/slack/events."
    ]


@pytest.mark.parametrize("event", sorted(scopes.EVENTS))
def test_an_event_that_is_missing_is_named_with_its_line(event):
    lacks = shown()
    lacks["settings"]["event_subscriptions"]["bot_events"].remove(event)
    assert of_manifest(lacks, socket=True, url="") == [
        f"settings.event_subscriptions.bot_events: add {event}, then install Wherein again."
    ]


def test_everything_else_that_is_missing_is_named_too():
    lines = of_manifest({}, socket=True, url="")
    for line in (
        "interactivity.is_enabled",
        "socket_mode_enabled: set it to true",
        "add /wherein",
        "wherein_ask",
    ):
        assert any(line in said for said in lines), line
    assert any(
        "socket_mode_enabled: set it to false" in said for said in of_manifest(shown(), socket=False, url="")
    )


@pytest.mark.parametrize("method", ["bots.info", "apps.manifest.export"])
async def test_a_configuration_token_that_slack_refuses_is_said(slack, method):
    slack.errors[method] = "invalid_auth"
    (line,) = await problems(by_socket(slack, config_token="xoxe.xoxp-1"))
    assert line.startswith("SLACK_CONFIG_TOKEN: ")
