"""The command: `python -m bot [run]`."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence

from bot import app, telemetry
from bot.settings import Settings, SettingsError, load

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; its exit status, 2 where a setting is wrong."""
    parser = argparse.ArgumentParser(prog="python -m bot", description="Wherein: I quote; I don't write.")
    parser.add_argument("command", nargs="?", choices=["run"], default="run", help="run the service")
    parser.parse_args(arguments)
    try:
        settings = load(Settings)
        telemetry.set_up_logs(settings.log)
        asyncio.run(_run(settings))
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def finish() -> None:
        stop.set()
        for number in SIGNALS:  # a second one ends it at once
            loop.remove_signal_handler(number)

    for number in SIGNALS:
        loop.add_signal_handler(number, finish)
    await app.run(settings, stop, say=lambda line: print(line, flush=True))


if __name__ == "__main__":
    sys.exit(main())
