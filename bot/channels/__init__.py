"""The ways in; the contract is `bot.types.Channel`, and `WHEREIN_CHANNELS` names the modules."""

from importlib import import_module
from pkgutil import iter_modules

from bot.settings import Settings, SettingsError
from bot.types import Channel


def open(name: str, service: Settings) -> Channel:
    """The channel of that name, with its own settings read; raises `SettingsError`."""
    known = sorted(module.name for module in iter_modules(__path__) if not module.name.startswith("_"))
    if name not in known:
        raise SettingsError(f"WHEREIN_CHANNELS: “{name}” names no channel: known are {', '.join(known)}.")
    channel: Channel = import_module(f"{__name__}.{name}").open(service)
    return channel
