"""The manifest and the code are held together: what one needs, the other has, and nothing more."""

import ast
import inspect
import re
from pathlib import Path

import pytest
import yaml
from slack_sdk.web.async_client import AsyncWebClient

from bot.__main__ import main
from bot.channels.slack import manifest, scopes
from bot.channels.slack.installing import REDIRECT
from model.readers import PROJECT

FOLDER = Path(manifest.__file__).parent
TEXT = (PROJECT / "manifest.yml").read_text()
WHOLE = yaml.safe_load(TEXT)

# What Slack's library calls a method, and what Slack calls it.
KNOWN = {
    name: found[1]
    for name, member in inspect.getmembers(AsyncWebClient, inspect.isfunction)
    if (found := re.search(r'self\.api_call\(\s*"([\w.]+)"', inspect.getsource(member)))
}


def nodes():
    """All that is written in the channel, but for the tables themselves."""
    for path in sorted(FOLDER.glob("*.py")):
        if path.stem != "scopes":
            yield from ast.walk(ast.parse(path.read_text()))


def called():
    """The methods of the Web API that the channel calls, by the library's names or by Slack's."""
    methods = set()
    for node in nodes():
        if isinstance(node, ast.Attribute) and node.attr in KNOWN:
            methods.add(KNOWN[node.attr])
        elif isinstance(node, ast.Constant) and node.value in KNOWN.values():
            methods.add(node.value)
    # Bolt's walk through OAuth, and the renewing of tokens, which are the library's
    return methods | {"oauth.v2.access"}


def named():
    """The words that stand as strings in the channel."""
    return {node.value for node in nodes() if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def scopes_of(whole):
    return whole["oauth_config"]["scopes"]["bot"]


def events_of(whole):
    return whole["settings"]["event_subscriptions"]["bot_events"]


def test_the_library_says_what_its_methods_are():
    assert KNOWN["chat_postMessage"] == "chat.postMessage"
    assert KNOWN["assistant_threads_setStatus"] == "assistant.threads.setStatus"
    assert len(KNOWN) > 250


def test_each_method_that_is_called_has_its_scopes_in_the_table_and_no_other_has():
    assert called() - set(scopes.METHODS) == set()
    assert set(scopes.METHODS) - called() == set()


def test_each_scope_that_is_needed_is_asked_for_and_no_other():
    asked = scopes_of(WHOLE)
    assert len(asked) == len(set(asked))
    assert set(asked) == scopes.needed()
    assert "user" not in WHOLE["oauth_config"]["scopes"]


def test_each_event_that_is_listened_for_is_subscribed_and_no_other():
    assert sorted(events_of(WHOLE)) == sorted(scopes.EVENTS)
    assert {event.partition(".")[0] for event in scopes.EVENTS} - named() == set()


def test_each_surface_is_there():
    assert scopes.SURFACES.keys() - {"files"} <= WHOLE["features"].keys()
    (command,) = WHOLE["features"]["slash_commands"]
    assert command["command"] == "/wherein"
    shortcuts = {(one["type"], one["name"], one["callback_id"]) for one in WHOLE["features"]["shortcuts"]}
    assert shortcuts == {
        ("message", "Ask about this", "wherein_about"),
        ("global", "Ask Wherein", "wherein_ask"),
    }
    assert WHOLE["features"]["app_home"] == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": False,
    }


def test_it_keeps_slacks_limits():
    shown, features = WHOLE["display_information"], WHOLE["features"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 174 <= len(shown["long_description"]) <= 4_000
    assert len(features["agent_view"]["agent_description"]) <= 300
    assert len(features["agent_view"]["suggested_prompts"]) <= 4
    for shortcut in features["shortcuts"]:
        assert len(shortcut["name"]) <= 24
        assert len(shortcut["description"]) <= 150
    assert WHOLE["_metadata"]["major_version"] == 2


def test_each_scope_says_what_it_is_for():
    for scope in scopes_of(WHOLE):
        assert re.search(rf"- {scope} # \S", TEXT), scope


def test_for_an_address_all_that_slack_calls_lies_there():
    told = yaml.safe_load(manifest.for_url(TEXT, "https://a.b/wherein/"))
    events = "https://a.b/wherein/slack/events"
    assert told["settings"]["event_subscriptions"]["request_url"] == events
    assert told["settings"]["interactivity"]["request_url"] == events
    assert told["features"]["slash_commands"][0]["url"] == events
    assert told["oauth_config"]["redirect_urls"] == [f"https://a.b/wherein{REDIRECT}"]
    assert "example.com" not in manifest.for_url(TEXT, "https://a.b")
    assert (told["settings"]["token_rotation_enabled"], told["settings"]["socket_mode_enabled"]) == (
        False,
        False,
    )


def test_for_many_workspaces_tokens_rotate_and_nothing_else_differs():
    one, many = (yaml.safe_load(manifest.for_url(TEXT, "https://a.b", many=many)) for many in (False, True))
    assert many["settings"].pop("token_rotation_enabled") is True
    assert one["settings"].pop("token_rotation_enabled") is False
    assert many == one


def test_for_socket_mode_there_is_no_address_and_all_the_rest():
    printed = manifest.for_socket(TEXT)
    told = yaml.safe_load(printed)
    assert "https://" not in printed
    assert told["settings"]["socket_mode_enabled"] is True
    assert (scopes_of(told), events_of(told)) == (scopes_of(WHOLE), events_of(WHOLE))
    assert told["settings"]["interactivity"] == {"is_enabled": True}
    assert "redirect_urls" not in told["oauth_config"]
    assert [command["command"] for command in told["features"]["slash_commands"]] == ["/wherein"]


@pytest.mark.parametrize(
    "arguments", [["--socket"], ["--url", "https://a.b"], ["--url", "https://a.b", "--many"]]
)
def test_the_command_prints_it(capsys, arguments):
    assert main(["manifest", *arguments]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("_metadata:\n")
    assert set(scopes_of(yaml.safe_load(printed))) == scopes.needed()


@pytest.mark.parametrize(
    "arguments",
    [
        ["manifest"],
        ["manifest", "--socket", "--url", "https://a.b"],
        ["manifest", "--socket", "--many"],
        ["manifest", "--url", "http://a.b"],
        ["manifest", "--url", "https://a b"],
        ["manifest", "--url", "https://a.b\n  evil: true"],
        ["doctor", "--socket"],
    ],
)
def test_a_command_that_makes_no_sense_is_refused(capsys, arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("command", "named", "before"),
    [
        ("manifest", ("--url", "--socket"), "https://api.slack.com/apps"),
        ("teams-package", ("--app-id", "--host"), "docs/teams.md"),
    ],
)
def test_a_command_s_help_and_its_refusal_name_what_it_wants(capsys, command, named, before):
    with pytest.raises(SystemExit, match="0"):
        main([command, "--help"])
    helped = " ".join(capsys.readouterr().out.split())
    assert before in helped
    assert "--team" not in helped  # what others want
    with pytest.raises(SystemExit, match="2"):
        main([command])
    refused = capsys.readouterr().err.splitlines()[-1]
    assert all(option in helped and option in refused for option in named)
