"""Where a link leads, as far as the link itself tells; pure.

It is parsed once, by what the client parses with, and written anew: whoever is asked sees what was checked.
"""

import re

from yarl import URL

from bot.documents.fetching.addresses import is_public, literal
from bot.documents.fetching.refused import RefusedError

LONGEST = 4_096  # characters
PORTS = 80, 443

_CONTROL = re.compile(r"[\x00-\x1f\x7f\\]")
_WRITTEN_OUT = re.compile(r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+")  # RFC 3986
_NAME = re.compile(r"(?!.{254})(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}")


def parse(link: str, base: URL | None = None) -> URL:
    """A link, or where a redirect from `base` leads, in one spelling and without its fragment.

    Raises `RefusedError`.
    """
    link = link.strip(" ")
    if len(link) > LONGEST or _CONTROL.search(link):
        raise RefusedError("link")
    try:
        # A link that is written out stays as it is: a signature may be over its very letters.
        url = URL(link, encoded=_WRITTEN_OUT.fullmatch(link) is not None)
        return _checked(base.join(url) if base else url)
    except ValueError as error:  # UnicodeError among them
        raise RefusedError("link") from error


def _checked(url: URL) -> URL:
    if url.scheme not in ("http", "https"):
        raise RefusedError("scheme", url.scheme) if url.scheme else RefusedError("link")
    host = ((url.host and url.raw_host) or "").lower().removesuffix(".")
    if "@" in url.raw_authority:
        raise RefusedError("credentials", host)
    if url.port not in PORTS:
        raise RefusedError("port", str(url.port))
    return url.with_host(_checked_host(host)).with_fragment(None)


def _checked_host(host: str) -> str:
    try:
        address = literal(host)
    except ValueError as error:
        raise RefusedError("address", host) from error
    if address:
        if not is_public(address):
            raise RefusedError("address", host)
        return str(address)
    if "." not in host and _NAME.fullmatch(f"{host}.com"):  # localhost, or a name of this network
        raise RefusedError("address", host)
    if not _NAME.fullmatch(host):
        raise RefusedError("link")
    return host
