"""The logger that Slack's libraries are given: they would write down what people say."""

import logging


def logger() -> logging.Logger:
    """One that says only what went wrong, and never what was sent."""
    found = logging.getLogger("wherein.slack")
    found.setLevel(logging.ERROR)
    return found
