"""The settings of this channel, by Slack's own names."""

from typing import Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.settings import CONFIG, Secret, SettingsError

API_URL = "https://slack.com/api/"


class Settings(BaseSettings):
    """Which workspace, or which app for many, and how Slack reaches us: each is a variable `SLACK_…`."""

    model_config = SettingsConfigDict({**CONFIG, "env_prefix": "SLACK_"})

    bot_token: Secret = Field("", repr=False)
    signing_secret: Secret = Field("", repr=False)
    app_token: Secret = Field("", repr=False)
    client_id: str = ""
    client_secret: Secret = Field("", repr=False)
    config_token: Secret = Field("", repr=False)  # of the app's owner: the doctor reads the manifest with it
    api_url: str = API_URL

    @field_validator("api_url")
    @classmethod
    def _ends_with_a_slash(cls, value: str) -> str:
        if not value.startswith(("https://", "http://")):
            raise ValueError("that is no address")
        return value if value.endswith("/") else f"{value}/"

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        """Secrets are named and never shown: each wrong one is told by what is wrong with it."""
        if self.bot_token and not self.bot_token.startswith("xoxb-"):
            raise SettingsError("SLACK_BOT_TOKEN is no bot token: it begins with xoxb-.")
        if self.app_token and not self.app_token.startswith("xapp-"):
            raise SettingsError("SLACK_APP_TOKEN is no app-level token: it begins with xapp-.")
        if bool(self.client_id) != bool(self.client_secret):
            missing = "SLACK_CLIENT_SECRET" if self.client_id else "SLACK_CLIENT_ID"
            raise SettingsError(f"{missing} is not set: installing by OAuth wants the two of them.")
        if not (self.bot_token or self.client_id):
            raise SettingsError(
                "SLACK_BOT_TOKEN is not set: set it for one workspace, or SLACK_CLIENT_ID and"
                " SLACK_CLIENT_SECRET for many."
            )
        if self.bot_token and self.client_id:
            raise SettingsError(
                "SLACK_BOT_TOKEN and SLACK_CLIENT_ID are both set: one workspace by its token, or many by"
                " OAuth."
            )
        if not (self.signing_secret or self.app_token):
            raise SettingsError(
                "SLACK_SIGNING_SECRET is not set: without it nobody knows who sends; or set SLACK_APP_TOKEN"
                " for Socket Mode."
            )
        return self
