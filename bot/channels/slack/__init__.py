"""Slack: what people say there becomes messages, and what Wherein says becomes blocks."""

from bot import settings
from bot.channels.slack.chat import Slack
from bot.channels.slack.settings import Settings


def open(service: settings.Settings) -> Slack:
    """The channel, with its settings from the environment."""
    return Slack(settings.load(Settings), int(service.max_bytes))
