"""What the service and a worker say over a pipe: JSON with its length before it, then a file's bytes."""

import json
import struct
from dataclasses import asdict
from typing import IO, Any

from bot.documents import Left, Limits, Parsed, Places, UnreadableError, Why
from bot.documents.file import File

_LENGTH = struct.Struct(">I")
LONGEST = 64_000_000  # bytes: no answer is longer; one that says so is not ours


def send_file(pipe: IO[bytes], file: File, limits: Limits) -> None:
    """Hand a file to a worker."""
    said = {"name": file.name, "media_type": file.media_type, "size": len(file.data)}
    _send(pipe, said | {"limits": asdict(limits)})
    pipe.write(file.data)
    pipe.flush()


def take_file(pipe: IO[bytes]) -> tuple[File, Limits]:
    """The file that was handed over; raises `EOFError` where none will be any more."""
    head = json.loads(_take(pipe))
    return File(head["name"], head["media_type"], _exactly(pipe, head["size"])), Limits(**head["limits"])


def send_parsed(pipe: IO[bytes], parsed: Parsed, *, last: bool) -> None:
    """Hand back what was read; `last`: the worker takes no other file."""
    said = {"kind": parsed.kind, "text": parsed.text, "title": parsed.title, "pages": parsed.pages}
    _send(pipe, said | {"places": parsed.places.pack(), "left": parsed.left, "last": last})
    pipe.flush()


def send_reason(pipe: IO[bytes], error: UnreadableError, *, last: bool) -> None:
    """Hand back why nothing was read."""
    _send(pipe, {"why": error.why, "detail": error.detail, "last": last})
    pipe.flush()


def take_answer(pipe: IO[bytes]) -> tuple[Parsed | UnreadableError, bool]:
    """What a worker handed back, and whether it takes no other file; raises `EOFError` where it ended."""
    said = json.loads(_take(pipe))
    if "why" in said:
        return UnreadableError(Why(said["why"]), said["detail"]), said["last"]
    left = tuple(Left(what, Why(why), detail) for what, why, detail in said["left"])
    places = Places.unpack(said["places"])
    return Parsed(said["kind"], said["text"], said["title"], places, left, said["pages"]), said["last"]


def _send(pipe: IO[bytes], said: dict[str, Any]) -> None:
    body = json.dumps(said, ensure_ascii=False).encode()
    pipe.write(_LENGTH.pack(len(body)) + body)


def _take(pipe: IO[bytes]) -> bytes:
    (length,) = _LENGTH.unpack(_exactly(pipe, _LENGTH.size))
    if length > LONGEST:
        raise EOFError
    return _exactly(pipe, length)


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError
    return data
