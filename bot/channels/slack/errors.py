"""What Slack refuses, as our errors: for good, for a while, or surely not taken."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from slack_sdk.errors import SlackApiError

from bot.channels.slack.refused import FAILURES, reason
from bot.types import DeliveryError, SourceError, SourceReason, VaultError

UNREACHED = (*FAILURES, VaultError)  # Slack, or the token with which to speak to it
UNREADABLE = (*UNREACHED, KeyError, TypeError)  # the same, or what it answers lacks what it should hold

UNINVITED = "not_in_channel", "channel_not_found", "user_not_in_channel"
TOO_MUCH = "invalid_blocks", "invalid_blocks_format", "msg_too_long", "msg_blocks_too_long"
IN_DOUBT = "fatal_error", "internal_error", "request_timeout", "service_unavailable", "team_added_to_org"
FINAL = (
    *UNINVITED,
    "account_inactive",
    "cannot_reply_to_message",
    "cant_delete_message",
    "cant_update_message",
    "edit_window_closed",
    "ekm_access_denied",
    "invalid_auth",
    "invalid_arguments",
    "is_archived",
    "is_inactive",
    "message_not_found",
    "messages_tab_disabled",
    "missing_scope",
    "no_permission",
    "not_allowed_token_type",
    "not_authed",
    "org_login_required",
    "restricted_action",
    "restricted_action_read_only_channel",
    "restricted_action_thread_locked",
    "restricted_action_thread_only_channel",
    "team_access_not_granted",
    "thread_not_found",
    "token_expired",
    "token_revoked",
    "user_not_found",
)
GONE = "file_not_found", "file_deleted", "message_not_found", "thread_not_found", "access_denied"
LONGEST_SECONDS = 3_600.0
SLOW = "ratelimited", "rate_limited"


class SlackError(DeliveryError):
    """What Slack said to a call, by its name.

    `UninvitedError`: Wherein is not in that channel, or cannot see it. `TooMuchError`: Slack does not take it
    as it is drawn; in plain words it may.
    """

    def __init__(self, name: str, *, wait: float = 0.0, final: bool = False, refused: bool = False) -> None:
        super().__init__(f"Slack: {name}", wait=wait, final=final, refused=refused)
        self.name = name


class UninvitedError(SlackError):
    """Wherein is not in that channel, or cannot see it."""


class TooMuchError(SlackError):
    """Slack does not take it as it is drawn."""


@contextmanager
def as_delivery() -> Iterator[None]:
    """Errors of Slack's as `DeliveryError`."""
    try:
        yield
    except SlackApiError as error:
        raise refused(reason(error), wait_of(error)) from error
    except UNREACHED as error:
        raise DeliveryError(f"Slack: {type(error).__name__}") from error


def refused(name: str, wait: float = 0.0) -> SlackError:
    """What an error of that name says of a post."""
    if name in UNINVITED:
        return UninvitedError(name, final=True)
    if name in TOO_MUCH:
        return TooMuchError(name, final=True)
    if name in FINAL:
        return SlackError(name, final=True)
    if name in IN_DOUBT or name.startswith("HTTP 5"):
        return SlackError(name)
    return SlackError(name, wait=wait, refused=True)


@contextmanager
def as_source() -> Iterator[None]:
    """Errors of Slack's as `SourceError`."""
    try:
        yield
    except SlackApiError as error:
        raise SourceError(_reason(reason(error))) from error
    except TimeoutError as error:
        raise SourceError("slow") from error
    except UNREADABLE as error:
        raise SourceError("failing") from error


def _reason(name: str) -> SourceReason:
    if name in UNINVITED:
        return "uninvited"
    if name in GONE:
        return "gone"
    if name == "missing_scope":
        return "login"
    return "slow" if name in SLOW else "failing"


def wait_of(error: SlackApiError) -> float:
    """The seconds that Slack asks us to wait."""
    headers: Mapping[str, str] = getattr(error.response, "headers", None) or {}
    return seconds(headers, 1.0 if reason(error) in SLOW else 0.0)


def seconds(headers: Mapping[str, str], untold: float) -> float:
    """How long `Retry-After` says that we are to wait; `untold` where it does not, or makes no sense."""
    told = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    try:
        return min(max(float(told), 0.0), LONGEST_SECONDS)
    except ValueError:
        return untold
