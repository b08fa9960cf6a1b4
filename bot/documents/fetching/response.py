"""What the head of an answer says: take what follows, go on elsewhere, or leave it; pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from yarl import URL

from bot.documents.fetching import content
from bot.documents.fetching.refused import Reason, RefusedError
from bot.documents.fetching.targets import parse

REDIRECTS = 301, 302, 303, 307, 308
REFUSALS: dict[int, Reason] = {
    401: "login",
    403: "login",
    404: "missing",
    407: "proxy",
    410: "missing",
    429: "limited",
}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a link that was read before; `url` is where it led."""

    url: str
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a link brought; without data where it is unchanged."""

    url: str  # where it led, without a fragment
    name: str
    media_type: str  # as the server told, or the name; empty where neither did: the bytes will tell
    charset: str
    etag: str
    last_modified: str
    data: bytes = b""
    unchanged: bool = False


def conditions(known: Known | None) -> dict[str, str]:
    """The headers that ask a server for a newer version alone."""
    if not known:
        return {}
    asked = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: value for name, value in asked.items() if value}


def received(
    link: URL, status: int, headers: Mapping[str, str], *, known: Known | None, size: int
) -> Fetched | URL:
    """What is fetched, its data still to come, or where to go on; raises `RefusedError`."""
    if status in REDIRECTS and "Location" in headers:
        onward = headers["Location"].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        return parse(onward, link)
    fetched = _described(link, headers)
    if status == 304 and known:
        return Fetched(
            fetched.url,
            fetched.name,
            fetched.media_type,
            fetched.charset,
            fetched.etag or known.etag,
            fetched.last_modified or known.last_modified,
            unchanged=True,
        )
    host = link.raw_host or ""
    if status not in (200, 203):
        detail = host if status in REFUSALS else str(status)
        raise RefusedError(REFUSALS.get(status, "failing" if status >= 500 else "status"), detail)
    if not content.is_read(fetched.media_type):
        raise RefusedError("type", fetched.media_type)
    length = headers.get("Content-Length", "")
    if length.isdecimal() and int(length[:20]) > size:
        raise RefusedError("large", host)
    return fetched


def _described(link: URL, headers: Mapping[str, str]) -> Fetched:
    told = headers.get("Content-Type", "")
    name = content.name(headers.get("Content-Disposition", ""), link.raw_path, link.raw_host or "")
    return Fetched(
        str(link),
        name,
        content.media_type(told, name),
        content.charset(told),
        headers.get("ETag", ""),
        headers.get("Last-Modified", ""),
    )
