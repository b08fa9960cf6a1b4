"""The command: `python -m bot [run | doctor | check-golden | manifest | teams-package]`."""

import argparse
import asyncio
import os
import re
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from bot import app, telemetry
from bot.golden import CannotCheckError
from bot.settings import Settings, SettingsError, load
from bot.stores import StoreError
from model.readers import PROJECT

_WEB = re.compile(r"https://[\w.-]+(:\d+)?(/[\w./-]*)?")
PASTE = (
    "Paste it at https://api.slack.com/apps, “From a manifest”; docs/slack.md goes on. No setting is read."
)
REGISTER = "Register the bot with Microsoft before: docs/teams.md says how. No setting is read."
SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; its exit status, 2 where a setting is wrong."""
    asked = _parser().parse_args(arguments)
    command = asked.command or "run"
    if command == "manifest":
        return _manifest(asked)
    if command == "teams-package":
        return _pack(asked.app_id, asked.host, asked.out)
    try:
        settings = load(Settings)
    except SettingsError as error:
        return _misset(error, command)
    telemetry.set_up_logs(settings.log)
    try:
        if command == "doctor":
            return asyncio.run(_examine(settings))
        if command == "check-golden":
            return asyncio.run(_check_golden(settings, asked.team))
        asyncio.run(_run(settings))
    except (CannotCheckError, SettingsError, StoreError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    """What may be asked for; each command's own `--help` says what it wants."""
    parser = argparse.ArgumentParser(
        prog="python -m bot",
        description="Wherein: I quote; I don't write.",
        epilog="Settings are environment variables; the README has them all. COMMAND --help says more.",
    )
    commands = parser.add_subparsers(dest="command", title="commands")

    def add(name: str, what: str, more: str = "") -> argparse.ArgumentParser:
        return commands.add_parser(
            name, help=what, description=f"{what[0].upper()}{what[1:]}. {more}".strip()
        )

    add("run", "run the service (the default)")
    add("doctor", "check the set-up and name each line to change")
    golden = add(
        "check-golden", "ask every approved question again and name each one whose answer has changed"
    )
    golden.add_argument(
        "--team", default="", metavar="CHANNEL/TEAM", help="whose approved questions are asked; else all"
    )
    _for_slack(add("manifest", "print what Slack wants to know of the app", PASTE))
    _for_teams(add("teams-package", "write the app for Teams", REGISTER))
    return parser


def _for_slack(parser: argparse.ArgumentParser) -> None:
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument(
        "--url", type=_web, metavar="https://HOST", help="for an app that Slack reaches at this address"
    )
    where.add_argument("--socket", action="store_true", help="for Socket Mode: no address is needed")
    parser.add_argument("--many", action="store_true", help="for many workspaces, by OAuth; wants --url")
    parser.set_defaults(refuse=parser.error)


def _web(written: str) -> str:
    if not _WEB.fullmatch(written):
        raise argparse.ArgumentTypeError(
            f"{written}: Slack wants an address such as https://wherein.example.com"
        )
    return written


def _for_teams(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--app-id",
        required=True,
        metavar="UUID",
        help="the app id of the bot's registration, the same as TEAMS_APP_ID",
    )
    parser.add_argument(
        "--host",
        required=True,
        help="the name under which Teams reaches the service over https, such as wherein.example.com",
    )
    out = Path("wherein-teams.zip")
    parser.add_argument("--out", type=Path, default=out, help=f"the file to write (default: {out})")


def _misset(error: SettingsError, command: str) -> int:
    """Say which setting is wrong, and which ones nothing reads."""
    findings = app.misset(error)
    if command == "doctor":
        print(*findings, sep="\n")
        return 1
    print(*(finding.line for finding in findings), sep="\n", file=sys.stderr)
    return 2


def _manifest(asked: argparse.Namespace) -> int:
    """Print the manifest of an app for Slack."""
    if asked.socket and asked.many:
        asked.refuse("--many wants --url https://HOST: Socket Mode is for one workspace")
    from bot.channels.slack import manifest  # and what that channel is built on, which takes a while

    text = (PROJECT / manifest.FILE).read_text()
    told = manifest.for_socket(text) if asked.socket else manifest.for_url(text, asked.url, many=asked.many)
    print(told, end="")
    return 0


def _pack(app_id: str, host: str, out: Path) -> int:
    """Write the app for Teams; 2 where it cannot be."""
    from bot.channels.teams import package  # the service runs without it

    try:
        package.write(app_id, host, out)
    except package.PackageError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{out}: upload it in Teams.")
    return 0


async def _check_golden(settings: Settings, team: str) -> int:
    """Print a line for each question whose answer has changed, and what was checked; 1 where one has."""
    checked = await app.check_golden(settings, team)
    for line in (*checked.changes, checked):
        print(line)
    return 1 if checked.changes else 0


async def _examine(settings: Settings) -> int:
    """Print a line for each part of the set-up; 0 where all is right, else 1."""
    findings = await app.examine(settings)
    for finding in findings:
        print(finding)
    return 0 if all(finding.ok for finding in findings) else 1


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def finish(number: int) -> None:
        if stop.is_set():  # a second one ends it at once: what is in hand is taken up again at the next start
            os._exit(128 + number)
        stop.set()

    for number in SIGNALS:
        loop.add_signal_handler(number, finish, number)
    await app.run(settings, stop, say=lambda line: print(line, flush=True))


if __name__ == "__main__":
    sys.exit(main())
