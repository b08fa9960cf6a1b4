"""Slack: what people say there becomes messages, and what Wherein says becomes blocks."""

from bot.channels.slack.chat import Slack
from bot.channels.slack.installing import App
from bot.channels.slack.settings import Settings
from bot.settings import Settings as Service
from bot.settings import load


def open(service: Service) -> Slack:
    """The channel, with its settings from the environment; raises `SettingsError`."""
    own = load(Settings)
    many = bool(own.client_id)
    app = App.of(service, own.client_id, own.client_secret, own.api_url) if many else None
    return Slack(own, int(service.max_bytes), app=app, public_url=service.public_url)
