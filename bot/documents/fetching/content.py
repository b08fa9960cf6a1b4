"""What a server says of what it sends: its type and its name; pure."""

import re
from email.message import Message
from mimetypes import MimeTypes
from urllib.parse import unquote

LONGEST_NAME = 120  # characters
UNTOLD = {  # the server does not know, or wants it saved: the name tells more
    "",
    "application/binary",
    "application/download",
    "application/force-download",
    "application/octet-stream",
    "application/x-download",
    "application/x-octet-stream",
    "binary/octet-stream",
}
READ = {
    "application/csv",
    "application/ecmascript",
    "application/javascript",
    "application/json",
    "application/pdf",
    "application/sql",
    "application/toml",
    "application/typescript",
    "application/x-csh",
    "application/x-httpd-php",
    "application/x-javascript",
    "application/x-json",
    "application/x-ndjson",
    "application/x-pdf",
    "application/x-perl",
    "application/x-python",
    "application/x-python-code",
    "application/x-ruby",
    "application/x-sh",
    "application/x-tex",
    "application/x-yaml",
    "application/xml",
    "application/yaml",
    "message/rfc822",
}
_READ_KINDS = re.compile(
    r"text/.+"
    r"|application/(?!(atom|rss)\b).+\+(json|xml|yaml)"
    r"|application/vnd\.openxmlformats-officedocument\."
    r"(wordprocessingml\.document|presentationml\.(presentation|slideshow)|spreadsheetml\.sheet)"
)
_NAMES = MimeTypes(filenames=())  # the same on every machine
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def name(disposition: str, path: str, host: str) -> str:
    """What to call it: as the server would have it saved, else the last part of the path, else the host."""
    header = Message()
    header["Content-Disposition"] = _UNFIT.sub("", disposition)
    given = header.get_filename() or unquote(path)
    last = re.split(r"[/\\]", given.rstrip("/\\"))[-1]
    return _UNFIT.sub("", last).strip()[:LONGEST_NAME] or host


def media_type(content_type: str, name: str) -> str:
    """The type that the server tells, or where it tells none, the one that the name tells, if any."""
    told = content_type.partition(";")[0].strip().lower()
    return told if told not in UNTOLD else _NAMES.guess_type(f"/{name}")[0] or ""


def charset(content_type: str) -> str:
    """The encoding that the server tells, or an empty one; whether it is true, the text tells."""
    header = Message()
    header["Content-Type"] = _UNFIT.sub("", content_type)
    return str(header.get_content_charset("") or "")


def is_read(media_type: str) -> bool:
    """Whether documents of that type are read; where it is unknown, the bytes will tell."""
    return not media_type or media_type in READ or _READ_KINDS.fullmatch(media_type) is not None
