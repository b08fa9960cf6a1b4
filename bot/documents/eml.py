"""Mail: who wrote to whom, when and about what; its words; and each file that it brings."""

import email
import email.policy
from collections.abc import Iterator
from typing import Any

from bot.documents import UnreadableError, Why
from bot.documents.file import File
from bot.documents.parse import into
from bot.documents.writer import Writer, one_line

_SHOWN = ("From", "To", "Cc", "Date", "Subject")


def read(file: File, out: Writer) -> None:
    """Write the mail, then its attachments under their names."""
    _write(email.message_from_bytes(file.data, policy=email.policy.default), out)


def _write(mail: Any, out: Writer) -> None:
    if out.depth > out.limits.depth:
        raise UnreadableError(Why.TOO_DEEP)
    out.title = _header(mail, "Subject")
    for name in _SHOWN:
        if value := _header(mail, name):
            out.place(f"header {name}")
            out.line(f"{name}: {value}")
    out.gap()
    parts = list(_parts(mail, 0))
    body = _body(mail, parts)
    if body is not None:
        _read("message", body, out)
    for number, part in enumerate(part for part in parts if part is not body):
        if number >= out.limits.members:
            out.leave("the other attachments", Why.TOO_LONG)
            break
        if not _says_the_same(part, body):
            _read(f"attachment {_name(part)}", part, out)


def _header(mail: Any, name: str) -> str:
    try:
        return one_line(str(mail.get(name, "")))
    except Exception:  # the standard library trips over what some programs write
        return one_line(next((value for key, value in mail.raw_items() if key.lower() == name.lower()), ""))


def _parts(mail: Any, depth: int) -> Iterator[Any]:
    """The parts that are not only wraps; a mail in a mail is one part."""
    if depth > 50:
        raise UnreadableError(Why.TOO_DEEP)
    if mail.get_content_maintype() == "multipart" and mail.is_multipart():
        for part in mail.iter_parts():
            yield from _parts(part, depth + 1)
    else:
        yield mail


def _body(mail: Any, parts: list[Any]) -> Any:
    """What the mail says: its plain text, or else its HTML."""
    for kind in ("text/plain", "text/html"):
        for part in parts:
            if part.get_content_type() == kind and part.get_content_disposition() != "attachment":
                return part
    return None


def _says_the_same(part: Any, body: Any) -> bool:
    """Whether it is the same message for other programs, or a picture inside of it."""
    if part.get_content_disposition() == "attachment":
        return False
    if part.get_content_maintype() == "image":
        return part.get("Content-ID") is not None
    return body is not None and part.get_content_type() == "text/html" and not part.get_filename()


def _name(part: Any) -> str:
    try:
        name = part.get_filename()
    except Exception:
        name = None
    if name:
        return one_line(name)
    return "mail" if part.get_content_type() == "message/rfc822" else "without a name"


def _read(label: str, part: Any, out: Writer) -> None:
    name = label.removeprefix("attachment ")
    with out.inside(label):
        try:
            if part.get_content_type() == "message/rfc822":
                for inner in part.iter_parts():  # it is one, and was taken apart with the mail around it
                    _write(inner, out)
            else:
                into(File(name, str(part.get("Content-Type", "")), _bytes(part)), out)
        except UnreadableError as error:
            failure = error
        else:
            return
    if failure.why is not Why.EMPTY or label != "message":
        out.leave(label, failure.why, failure.detail)


def _bytes(part: Any) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""
