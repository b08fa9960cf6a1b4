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
SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; its exit status, 2 where a setting is wrong."""
    parser = argparse.ArgumentParser(prog="python -m bot", description="Wherein: I quote; I don't write.")
    parser.add_argument(
        "command",
        nargs="?",
        choices=["run", "doctor", "check-golden", "manifest", "teams-package"],
        default="run",
        help="run the service (the default), check the set-up and name each line to change, ask every"
        " approved question again and name each one whose answer has changed, print what Slack wants to know"
        " of the app, or write the app for Teams",
    )
    whose = "whose approved questions are asked; else all"
    parser.add_argument("--team", default="", metavar="CHANNEL/TEAM", help=whose)
    slack = parser.add_argument_group("manifest")
    slack.add_argument("--url", metavar="https://HOST", help="the address that Slack reaches")
    slack.add_argument("--many", action="store_true", help="for many workspaces, by OAuth")
    slack.add_argument("--socket", action="store_true", help="for Socket Mode, without an address")
    teams = parser.add_argument_group("teams-package")
    teams.add_argument("--app-id", default="", metavar="UUID", help="the id of the bot's registration")
    teams.add_argument("--host", default="", help="the host under which Teams reaches the service")
    teams.add_argument("--out", type=Path, default=Path("wherein-teams.zip"), help="the file to write")
    asked = parser.parse_args(arguments)
    command = asked.command
    if command == "manifest":
        return _manifest(parser, asked)
    if asked.url or asked.many or asked.socket:
        parser.error("--url, --many and --socket go with manifest")
    if asked.team and command != "check-golden":
        parser.error("--team goes with check-golden")
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


def _misset(error: SettingsError, command: str) -> int:
    """Say which setting is wrong, and which ones nothing reads."""
    findings = app.misset(error)
    if command == "doctor":
        print(*findings, sep="\n")
        return 1
    print(*(finding.line for finding in findings), sep="\n", file=sys.stderr)
    return 2


def _manifest(parser: argparse.ArgumentParser, asked: argparse.Namespace) -> int:
    """Print the manifest of an app for Slack."""
    if asked.socket == bool(asked.url) or (asked.socket and asked.many):
        parser.error("say --url https://HOST (with --many for many workspaces), or --socket")
    if asked.url and not _WEB.fullmatch(asked.url):
        parser.error(f"--url {asked.url}: Slack wants an address such as https://wherein.example.com")
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
