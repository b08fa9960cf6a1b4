"""A wrong setting is one sentence that names it."""

import re

import pytest

from bot import app, channels
from bot.channels import http
from bot.channels.slack.settings import Settings as Slack
from bot.channels.teams.settings import Settings as Teams
from bot.settings import Settings, SettingsError, is_loopback, load, names, unread
from model.readers import PROJECT


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WHEREIN_PORT", "eighty"),
        ("WHEREIN_PORT", "70000"),
        ("WHEREIN_WEB_PORT", "-1"),
        ("WHEREIN_TTL_DAYS", "0"),
        ("WHEREIN_DEADLINE", "soon"),
        ("WHEREIN_MAX_BYTES", "many"),
        ("WHEREIN_LOG", "loud"),
        ("WHEREIN_LOG", "info:xml"),
    ],
)
def test_a_wrong_value_is_said_in_one_sentence_that_names_the_setting(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        load(Settings)
    said = str(raised.value)
    assert said.startswith(f"{name}={value}: ")
    assert said.endswith(".")
    assert "\n" not in said


@pytest.mark.parametrize(
    ("name", "value", "field", "meant"),
    [
        ("WHEREIN_MAX_BYTES", "5 MB", "max_bytes", 5_000_000),
        ("WHEREIN_DEADLINE", "7 s", "deadline", 7.0),
        ("WHEREIN_CHANNELS", "http, slack", "channels", ("http", "slack")),
        ("WHEREIN_LOG", "DEBUG:json", "log", "debug:json"),
        ("WHEREIN_PORT", "", "port", 8080),
        ("WHEREIN_PROXY", "http://me:secret@proxy:3128", "proxy", "http://me:secret@proxy:3128"),
    ],
)
def test_a_value_is_understood_as_people_write_it(monkeypatch, name, value, field, meant):
    monkeypatch.setenv(name, value)
    assert getattr(load(Settings), field) == meant


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("WHEREIN_RETENTON_DAYS", ", and nothing reads it."),
        ("WHEREIN_ADMIN_PASWORD", ": was WHEREIN_ADMIN_PASSWORD meant?"),
        ("WHEREIN_PASSWORD", ": was WHEREIN_ADMIN_PASSWORD meant?"),
        ("WHEREIN_APIKEY", ": was WHEREIN_API_KEY meant?"),
        ("wherein_webport", ": was WHEREIN_WEB_PORT meant?"),
    ],
)
def test_a_name_that_nothing_reads_is_said_with_the_one_that_was_meant_and_without_its_value(
    monkeypatch, name, meant
):
    monkeypatch.setenv(name, "hush")
    (said,) = unread(*app.SETTINGS)
    assert said.startswith(f"{name.upper()} is the name of no setting")
    assert said.endswith(meant)
    assert "hush" not in said


def test_no_name_that_is_set_anywhere_here_is_said_to_be_none(monkeypatch):
    """Also of a way in that is not on; a name that is empty does nothing, whatever it is."""
    for part in ("Dockerfile", "Makefile", "infra/ecs.tf", "infra/storage.tf", "README.md", ".ci/run"):
        for name in re.findall(r"\bWHEREIN_[A-Z_]+\b", (PROJECT / part).read_text()):
            monkeypatch.setenv(name, "1")
    monkeypatch.setenv("wherein_log", "info")
    monkeypatch.setenv("WHEREIN_NOTHING", "")
    monkeypatch.setenv("WHEREINABOUTS", "1")
    assert unread(*app.SETTINGS) == []


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.com"])
def test_an_address_that_others_reach_needs_a_key_and_a_password(monkeypatch, host):
    monkeypatch.setenv("WHEREIN_HOST", host)
    with pytest.raises(SettingsError, match="WHEREIN_ADMIN_PASSWORD"):
        load(Settings)
    monkeypatch.setenv("WHEREIN_WEB_PORT", "0")
    service = load(Settings)
    for blank in ("", " \n"):
        monkeypatch.setenv("WHEREIN_API_KEY", blank)
        with pytest.raises(SettingsError, match="WHEREIN_API_KEY"):
            channels.open("http", service)
    monkeypatch.setenv("WHEREIN_API_KEY", "k\n")  # as a mounted file ends
    assert channels.open("http", service)._api_key == "k"


@pytest.mark.parametrize("kind", [*app.SETTINGS, Slack, Teams])
def test_a_secret_of_nothing_but_blanks_is_no_secret_and_not_none_either(monkeypatch, kind):
    fields = zip(names(kind), kind.model_fields.values(), strict=True)
    secrets = [name for name, field in fields if not field.repr and name != "WHEREIN_PROXY"]
    assert secrets
    for name in secrets:
        monkeypatch.setenv(name, " \n")
        with pytest.raises(SettingsError) as raised:
            load(kind)
        monkeypatch.delenv(name)
        assert str(raised.value) == f"{name}: that is nothing but blanks: give it, or do not set it."


def test_two_ports_that_are_one_are_named(monkeypatch):
    monkeypatch.setenv("WHEREIN_WEB_PORT", "8080")
    with pytest.raises(SettingsError, match="WHEREIN_PORT and WHEREIN_WEB_PORT are both 8080"):
        load(Settings)


@pytest.mark.parametrize(
    ("host", "near"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("a.b", False)]
)
def test_loopback_is_known_in_its_spellings(host, near):
    assert is_loopback(host) is near


@pytest.mark.parametrize(
    ("setting", "value"),
    [("channels", ("irc",)), ("store", "redis:x"), ("store", "sqlite:/nowhere/x.db"), ("model", "gpt:4")],
)
def test_a_part_that_cannot_be_had_is_named_with_its_setting(setting, value):
    with pytest.raises(SettingsError, match=f"WHEREIN_{setting.upper()}"):
        app.build(Settings(**{setting: value}))


@pytest.mark.parametrize(
    "value", ["proxy:3128", "socks5://me:secret@proxy", "http://", "http://me:secret@proxy:x"]
)
def test_a_wrong_proxy_is_named_without_its_password(monkeypatch, value):
    monkeypatch.setenv("WHEREIN_PROXY", value)
    with pytest.raises(SettingsError, match=r"^WHEREIN_PROXY is no proxy: say http://HOST:PORT\.$"):
        load(Settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WHEREIN_STORE", "postgres://me:hush@db/wherein"),
        ("WHEREIN_MODEL", "https://me:hush@model"),
        ("WHEREIN_PUBLIC_URL", "https://me:hush@wherein.example.com"),
        ("WHEREIN_PORT", "http://hush@proxy:80"),
        ("SLACK_API_URL", "ftp://me:hush@slack"),
    ],
)
def test_an_address_that_is_wrong_is_named_without_its_password(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        app.build(load(Settings)), load(Slack)
    assert raised.value.args[0].startswith(f"{name}=")
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize(
    "value", ["wherein.example.com", "ftp://a.b", "https://", "https://a.b/?x=1", "http://a:x"]
)
def test_a_public_address_that_is_none_is_named(monkeypatch, value):
    monkeypatch.setenv("WHEREIN_PUBLIC_URL", value)
    with pytest.raises(SettingsError, match=r"^WHEREIN_PUBLIC_URL="):
        load(Settings)


def test_a_public_address_may_end_with_a_slash(monkeypatch):
    monkeypatch.setenv("WHEREIN_PUBLIC_URL", "https://a.b/wherein/")
    assert load(Settings).public_url == "https://a.b/wherein"


def test_secrets_are_not_printed():
    assert "hush" not in repr(Settings(admin_password="hush"))
    assert "hush" not in repr(http.Settings(api_key="hush"))
