"""Where something is in Slack: teams and channels, addresses, ids and links; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.types import Address, Attachment

Body = Mapping[str, Any]

HOSTED = "hosted", "snippet", "post", "docs", "space", "quip", None  # modes of files that Slack itself keeps
DIRECT = "D"  # the ids of conversations with one person begin so
NO_SUCH_FILE = "check_file_info"


@dataclass(frozen=True, slots=True)
class Place:
    """A channel of a workspace."""

    team: str
    enterprise: str
    channel: str
    kind: str = ""  # channel, group, im, mpim; empty: not told


def team(body: Body) -> tuple[str, str]:
    """The workspace as whose app we hear of it, and its organisation.

    A channel may be shared with others: what somebody of theirs says comes by our authorization.
    https://docs.slack.dev/apis/events-api/#authorizations
    """
    told: Body = next(iter(body.get("authorizations") or ()), {})
    of = body.get("team") if isinstance(body.get("team"), Mapping) else {}
    user = body.get("user") if isinstance(body.get("user"), Mapping) else {}
    assert isinstance(of, Mapping)
    assert isinstance(user, Mapping)
    enterprise = (
        told.get("enterprise_id")
        or body.get("enterprise_id")
        or body.get("context_enterprise_id")
        or of.get("enterprise_id")
        or (body.get("enterprise") or {}).get("id")
        or ""
    )
    first = (
        told.get("team_id"),
        body.get("team_id"),
        body.get("context_team_id"),
        of.get("id"),
        user.get("team_id"),
        enterprise,
    )
    return next(filter(None, first), ""), enterprise


def place(body: Body) -> Place:
    """Where an event is."""
    event = body["event"]
    where, enterprise = team(body)
    channel = event.get("channel") or ""
    if isinstance(channel, Mapping):
        channel = channel["id"]
    return Place(where, enterprise, channel, event.get("channel_type") or "")


def id_of(where: Place, ts: str) -> str:
    """The id of a message: the same, whichever event brings it."""
    return f"{where.team}/{where.channel}/{ts}"


def moment(ts: str) -> float:
    """When that was, in seconds since the epoch."""
    return float(ts)


def address(
    where: Place,
    *,
    thread: str = "",
    under: str = "",
    ts: str = "",
    user: str = "",
    id: str = "",
    private: bool = False,
    thin: bool = False,
    response_url: str = "",
    place: str = "",
) -> Address:
    """Where a reply goes: `under` a message, and for one person alone where it is private.

    `thread` is the one that is read; `thin` says that files may have come with it of which nothing was told.
    `place` is "pressed" where the `response_url` can put another in the place of the message that was
    pressed, which only its person sees.
    """
    data: dict[str, Any] = {
        "team": where.team,
        "enterprise": where.enterprise,
        "channel": where.channel,
        "thread": thread,
        "under": under,
        "ts": ts,
        "user": user,
        "id": id,
        "private": private,
        "thin": thin,
        "response_url": response_url,
        "place": place,
    }
    return Address("slack", {name: value for name, value in data.items() if value})


def permalink(url: str, channel: str, ts: str, root: str = "") -> str:
    """A link that opens a message; empty where the workspace's own address is not known."""
    if not url:
        return ""
    in_thread = f"?thread_ts={root}&cid={channel}" if root and root != ts else ""
    return f"{url.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}{in_thread}"


def files(said: Body) -> tuple[Attachment, ...]:
    """The files of a message; one without a `url` has to be asked for."""
    return tuple(map(attachment, said.get("files") or ()))


def attachment(file: Body) -> Attachment:
    """A file, as Slack tells of it."""
    plain = file.get("mode") in HOSTED and file.get("file_access") != NO_SUCH_FILE
    return Attachment(
        file["id"],
        file.get("name") or file.get("title") or "",
        file.get("mimetype") or "",
        int(file.get("size") or 0),
        (file.get("url_private_download") or file.get("url_private") or "") if plain else "",
        file.get("permalink") or "",
    )
