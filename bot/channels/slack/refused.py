"""What can go wrong with a call to Slack, and what Slack calls it."""

import logging
from collections.abc import Mapping
from typing import Any

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError, SlackClientError

# The last two: what Slack's library raises where an answer is JSON and no object, or no text.
FAILURES = (SlackClientError, ClientError, TimeoutError, OSError, AttributeError, ValueError)

QUIET = logging.getLogger(f"{__name__}.sdk")  # what Slack's library logs of OAuth holds codes and tokens
QUIET.setLevel(logging.CRITICAL)


def reason(error: SlackApiError) -> str:
    """Slack's word for why it refused, such as `invalid_auth`; the status, where it answered otherwise."""
    response: Any = error.response
    data = getattr(response, "data", response)
    named = data.get("error") if isinstance(data, Mapping) else None
    status = getattr(response, "status_code", 0)
    if status == 429:
        return "ratelimited"
    return str(named) if named else f"HTTP {status}"
