"""What can go wrong with a call to Slack, and what Slack calls it."""

import logging

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError, SlackClientError

# The last three: Slack's library takes for granted that an answer is JSON, and holds what it should.
FAILURES = (SlackClientError, ClientError, TimeoutError, OSError, AttributeError, KeyError, ValueError)

QUIET = logging.getLogger(f"{__name__}.sdk")  # what Slack's library logs of OAuth holds codes and tokens
QUIET.setLevel(logging.CRITICAL)


def reason(error: SlackApiError) -> str:
    """Slack's word for why it refused, such as `invalid_auth`; the status, where it answered otherwise."""
    data = getattr(error.response, "data", error.response)
    told = data.get("error") if isinstance(data, dict) else None
    return str(told or f"status {getattr(error.response, 'status_code', 'unknown')}")
