"""The shape of what Slack sends: what is not of it is refused before anybody looks into it; pure."""

from collections.abc import Mapping
from typing import Any

from yarl import URL

from bot.types import is_text

TEXTS = (
    "type",
    "team_id",
    "enterprise_id",
    "context_team_id",
    "context_enterprise_id",
    "event_id",
    "trigger_id",
    "response_url",
    "channel_id",
    "user_id",
    "command",
    "text",
)
OBJECTS = "event", "channel", "container", "enterprise", "message", "view"
WEB = "https", "http"
OF_A_VIEW = "view_submission", "view_closed"
LISTS = "actions", "authorizations"  # of objects


def is_body(given: object) -> bool:
    """Whether something is shaped as Slack's bodies are, as far as both Bolt and we rely on it.

    `team` and `user` are ids in one kind of body, and objects in another.
    """
    if not isinstance(given, Mapping):
        return False
    texts = all(_is_text(given.get(name)) for name in TEXTS)
    objects = all(isinstance(given.get(name), Mapping | None) for name in OBJECTS)
    either = all(_is_text(given.get(name)) or _is_named(given[name]) for name in ("team", "user"))
    view, event = given.get("view") or {"type": ""}, given.get("event", {})
    objects = objects and isinstance(view.get("type"), str) and event is not None
    viewed = bool(given.get("view")) or given.get("type") not in OF_A_VIEW
    lists = given.get("actions") != [] and all(_are_objects(given.get(name)) for name in LISTS)
    return texts and objects and viewed and either and lists and _is_address(given.get("response_url"))


def id_in(given: Mapping[str, Any], name: str) -> str:
    """The id of that name; raises `TypeError` where it is none."""
    found = given.get(name)
    if not (isinstance(found, str) and found and is_text(found)):
        raise TypeError(name)
    return found


def _is_text(given: object) -> bool:
    return given is None or (isinstance(given, str) and is_text(given))


def _is_address(given: str | None) -> bool:
    """Whether Bolt can answer there, where it answers by itself; or there is no such place."""
    if given is None:
        return True
    try:
        url = URL(given)
    except ValueError:
        return False
    return url.scheme in WEB and bool(url.host)


def _is_named(given: object) -> bool:
    return isinstance(given, Mapping) and _is_text(given.get("id"))


def _are_objects(given: object) -> bool:
    return given is None or (isinstance(given, list) and all(isinstance(one, Mapping) for one in given))
