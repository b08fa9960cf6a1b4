"""The app's package for Teams: a manifest in English and German, and both icons, in a zip.

https://learn.microsoft.com/microsoftteams/platform/resources/schema/manifest-schema
"""

import io
import json
import re
import uuid
import zipfile
from pathlib import Path
from typing import Any

from bot import mark
from bot.replies.words import say, speaking

SCHEMAS = "https://developer.microsoft.com/json-schemas/teams/v1.22/"
VERSION = "1.0.0"  # of the package: raise it with each change, or Teams keeps the one it has
SCOPES = "personal", "team", "groupChat"
COMMANDS = "help", "sources", "pin", "unpin", "forget", "mute", "settings"
ALONE = tuple(
    command for command in COMMANDS if command != "mute"
)  # a chat with Wherein alone has no threads
READS = "ChannelMessage.Read.Group", "ChatMessage.Read.Chat"  # granted by owners, room by room
ASK_ABOUT = "askAbout"
LANGUAGES = ("de",)  # beside English
WRITTEN = 1980, 1, 1, 0, 0, 0  # in the zip, so that the same app is the same package

_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_HOST = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


class PackageError(Exception):
    """An app id or a host with which there is no package: one sentence that says what to give."""


def write(app_id: str, host: str, out: Path) -> None:
    """Write the package; raises `PackageError`."""
    packed = package(app_id, host)
    try:
        out.write_bytes(packed)
    except OSError as error:
        raise PackageError(f"{out} cannot be written: {error.strerror}.") from error


def package(app_id: str, host: str) -> bytes:
    """The package for a bot's id and the host that answers for it; raises `PackageError`."""
    files: dict[str, bytes] = {
        "manifest.json": _json(manifest(_app_id(app_id), _host(host))),
        "color.png": mark.color(192),
        "outline.png": mark.outline(32),
    }
    files |= {f"{language}.json": _json(translation(language)) for language in LANGUAGES}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, WRITTEN), data, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def manifest(app_id: str, host: str) -> dict[str, Any]:
    """What Teams is told about the app, in English."""
    with speaking("en"):
        return {
            "$schema": f"{SCHEMAS}MicrosoftTeams.schema.json",
            "manifestVersion": "1.22",
            "version": VERSION,
            "id": app_id,
            "developer": {
                "name": "Wherein",
                "websiteUrl": f"https://{host}/",
                "privacyUrl": f"https://{host}/",
                "termsOfUseUrl": f"https://{host}/",
            },
            "localizationInfo": {
                "defaultLanguageTag": "en",
                "additionalLanguages": [
                    {"languageTag": language, "file": f"{language}.json"} for language in LANGUAGES
                ],
            },
            "name": {"short": "Wherein", "full": "Wherein"},
            "description": {"short": say("teams.app.short"), "full": say("teams.app.full")},
            "icons": {"color": "color.png", "outline": "outline.png"},
            "accentColor": "#{:02X}{:02X}{:02X}".format(*mark.TEAL),
            "bots": [_bot(app_id)],
            "composeExtensions": [{"botId": app_id, "commands": [_ask_about()]}],
            "defaultInstallScope": "personal",
            "validDomains": [host],
            "webApplicationInfo": {"id": app_id, "resource": f"https://{host}"},
            "authorization": {
                "permissions": {
                    "resourceSpecific": [{"name": name, "type": "Application"} for name in READS],
                }
            },
        }


def _bot(app_id: str) -> dict[str, Any]:
    lists = (["personal"], ALONE), (["team", "groupChat"], COMMANDS)
    return {
        "botId": app_id,
        "scopes": list(SCOPES),
        "supportsFiles": True,
        "isNotificationOnly": False,
        "commandLists": [
            {"scopes": scopes, "commands": [_command(name) for name in names]} for scopes, names in lists
        ],
    }


def _command(name: str) -> dict[str, str]:
    """A command as it is suggested; its title is what is written, and so the same in each language."""
    return {"title": name, "description": say(f"teams.command.{name}")}


def _ask_about() -> dict[str, Any]:
    return {
        "id": ASK_ABOUT,
        "type": "action",
        "context": ["message"],
        "title": say("dialog.about"),
        "description": say("teams.app.about"),
        "fetchTask": True,
    }


def translation(language: str) -> dict[str, str]:
    """The manifest's words in another language, by where they stand in it."""
    with speaking(language):
        told = {
            "$schema": f"{SCHEMAS}MicrosoftTeams.Localization.schema.json",
            "name.short": "Wherein",
            "name.full": "Wherein",
            "description.short": say("teams.app.short"),
            "description.full": say("teams.app.full"),
            "composeExtensions[0].commands[0].title": say("dialog.about"),
            "composeExtensions[0].commands[0].description": say("teams.app.about"),
        }
        for number, names in enumerate((ALONE, COMMANDS)):
            for place, name in enumerate(names):
                where = f"bots[0].commandLists[{number}].commands[{place}]"
                told |= {f"{where}.{key}": value for key, value in _command(name).items()}
        return told


def _app_id(written: str) -> str:
    if not _ID.fullmatch(written) or not uuid.UUID(written).int:
        raise PackageError(
            f"--app-id {written!r} is no app id: give the one of the registration, such as"
            " 11111111-2222-4333-8444-555555555555."
        )
    return written.lower()


def _host(written: str) -> str:
    if not _HOST.fullmatch(written.lower()):
        raise PackageError(
            f"--host {written!r} is no host's name: give it as in wherein.example.com, without https://,"
            " port or path."
        )
    return written.lower()


def _json(told: dict[str, Any]) -> bytes:
    return f"{json.dumps(told, ensure_ascii=False, indent=2)}\n".encode()
