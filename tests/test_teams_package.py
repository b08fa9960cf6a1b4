"""The app's package for Teams, held to Microsoft's own schemas and rules."""

import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from jsonschema import Draft4Validator, FormatChecker
from PIL import Image

from bot import mark
from bot.__main__ import main
from bot.channels.teams import package
from bot.commands import parsed

ID, HOST = "11111111-2222-4333-8444-555555555555", "wherein.example.com"
SCHEMAS = Path(__file__).parent / "fixtures" / "teams"


@pytest.fixture(scope="module")
def files():
    with zipfile.ZipFile(io.BytesIO(package.package(ID, HOST))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def wrong(told, schema):
    rules = json.loads((SCHEMAS / schema).read_text())
    return [
        error.message for error in Draft4Validator(rules, format_checker=FormatChecker()).iter_errors(told)
    ]


def picture(data):
    return Image.open(io.BytesIO(data)).convert("RGBA")


def test_the_manifest_keeps_microsoft_s_schema(files):
    told = json.loads(files["manifest.json"])
    assert wrong(told, "MicrosoftTeams.schema.json") == []
    assert wrong(told | {"bots": [{"botId": "no id"}]}, "MicrosoftTeams.schema.json")


def test_the_translation_keeps_microsoft_s_schema_and_translates_all_there_is(files):
    told = json.loads(files["de.json"])
    assert wrong(told, "MicrosoftTeams.Localization.schema.json") == []
    manifest = json.loads(files["manifest.json"])
    for where, german in told.items():
        if where == "$schema":
            continue
        english = manifest
        for step in re.findall(r"\w+", where):
            english = english[int(step) if step.isdecimal() else step]
        kept = where.startswith("name.") or re.search(r"bots.*title", where)
        assert (english == german) == bool(kept), where
    words = json.dumps(manifest)
    assert len(told) - 1 == words.count('"short"') + words.count('"full"') + words.count(
        '"title"'
    ) + words.count('"description": "')


def test_the_manifest_lets_the_bot_be_asked_everywhere(files):
    told = json.loads(files["manifest.json"])
    (bot,), (extension,) = told["bots"], told["composeExtensions"]
    assert (bot["botId"], bot["scopes"], bot["supportsFiles"]) == (
        ID,
        ["personal", "team", "groupChat"],
        True,
    )
    assert (told["validDomains"], told["webApplicationInfo"]["id"]) == ([HOST], ID)
    (command,) = extension["commands"]
    assert (command["type"], command["context"], command["fetchTask"]) == ("action", ["message"], True)
    granted = told["authorization"]["permissions"]["resourceSpecific"]
    assert [one["name"] for one in granted] == ["ChannelMessage.Read.Group", "ChatMessage.Read.Chat"]


def test_each_command_that_is_suggested_is_understood(files):
    lists = json.loads(files["manifest.json"])["bots"][0]["commandLists"]
    commands = {command["title"] for one in lists for command in one["commands"]}
    assert commands == {"help", "sources", "pin", "unpin", "forget", "mute", "settings"}
    assert {parsed(f"{name} 1" if name == "unpin" else name)[0] for name in commands} == commands


def test_what_teams_shows_has_the_lengths_that_it_shows(files):
    shown = json.dumps(json.loads(files["manifest.json"])["bots"])
    commands = re.findall(r'"title": "(.*?)", "description": "(.*?)"', shown)
    assert len(commands) == 13
    assert all(len(title) <= 32 and len(description) <= 128 for title, description in commands)
    german = json.loads(files["de.json"])
    assert len(german["description.short"]) <= 80
    assert max(len(text) for where, text in german.items() if where.endswith("].description")) <= 128


def test_the_icons_are_of_the_sizes_that_teams_wants(files):
    color, outline = picture(files["color.png"]), picture(files["outline.png"])
    assert (color.size, outline.size) == ((192, 192), (32, 32))
    assert {pixel[3] for pixel in color.get_flattened_data()} == {255}
    assert color.getpixel((2, 2))[:3] == mark.TEAL
    assert {pixel[:3] for pixel in outline.get_flattened_data()} == {(255, 255, 255)}
    assert {0, 255} < {pixel[3] for pixel in outline.get_flattened_data()}
    assert outline.getpixel((1, 30))[3] == 0


def test_the_pin_is_the_same_on_both_sides():
    drawn = picture(mark.color(64))
    edge = [drawn.getpixel((x, 50)) for x in range(64)]
    assert edge == edge[::-1]


def test_the_same_app_is_the_same_package():
    assert package.package(ID, HOST) == package.package(ID.upper(), HOST.upper())


def test_the_command_writes_the_package_and_says_where(tmp_path, capsys):
    out = tmp_path / "app.zip"
    assert main(["teams-package", "--app-id", ID, "--host", HOST, "--out", str(out)]) == 0
    assert out.read_bytes() == package.package(ID, HOST)
    assert str(out) in capsys.readouterr().out


@pytest.mark.parametrize(
    ("app_id", "host", "names"),
    [
        ("", HOST, "--app-id"),
        ("wherein", HOST, "--app-id"),
        (f"{{{ID}}}", HOST, "--app-id"),
        (ID.replace("-", ""), HOST, "--app-id"),
        ("00000000-0000-0000-0000-000000000000", HOST, "--app-id"),
        (ID, "", "--host"),
        (ID, "https://wherein.example.com", "--host"),
        (ID, "wherein.example.com/", "--host"),
        (ID, "wherein.example.com:8080", "--host"),
        (ID, "localhost", "--host"),
        (ID, "10.0.0.1", "--host"),
        (ID, "*.example.com", "--host"),
        (ID, "wherein.example.com\n", "--host"),
        (ID, "a" * 250 + ".com", "--host"),
    ],
)
def test_a_wrong_id_or_host_is_told_in_one_sentence(app_id, host, names, tmp_path, capsys):
    out = tmp_path / "app.zip"
    assert main(["teams-package", "--app-id", app_id, "--host", host, "--out", str(out)]) == 2
    told = capsys.readouterr().err
    assert told.startswith(names)
    assert told.count("\n") == 1
    assert not out.exists()


def test_a_file_that_cannot_be_written_is_told_in_one_sentence(tmp_path, capsys):
    out = tmp_path / "no" / "app.zip"
    assert main(["teams-package", "--app-id", ID, "--host", HOST, "--out", str(out)]) == 2
    assert capsys.readouterr().err == f"{out} cannot be written: No such file or directory.\n"
