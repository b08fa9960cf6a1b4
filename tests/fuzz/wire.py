"""A request as bytes, well made or not, and what comes back: no client writes some of these."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass

from tests.fuzz.case import Case

HANG_SECONDS = 5.0
NUMBER = "X-Case"  # names a case in the log


@dataclass(frozen=True, slots=True)
class Answer:
    """Status 0: the connection broke before any came; -1: none came in time."""

    status: int
    body: bytes = b""


def request(case: Case, body: bytes, headers: Mapping[str, str], number: int = 0) -> bytes:
    """The bytes of a request."""
    sent = {"Host": "127.0.0.1", "Connection": "close", NUMBER: str(number), **headers, **case.headers}
    match case.comes:
        case "chunked":
            sent["Transfer-Encoding"] = "chunked"
            half = len(body) // 2
            pieces = [piece for piece in (body[:half], body[half:]) if piece]
            body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
        case "short":
            sent["Content-Length"] = str(len(body) // 2)
        case "long":
            sent["Content-Length"] = str(len(body) + 100)
        case "plain":
            sent["Content-Length"] = str(len(body))
    lines = [f"POST {case.path}{case.query} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items())]
    return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + body


async def sent(host: str, port: int, data: bytes, *, ends: bool = False) -> Answer:
    """What comes of it; `ends`: nothing more is sent, and the other side is told so."""
    writer = None
    try:
        async with asyncio.timeout(HANG_SECONDS):
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(data)
            if ends:
                writer.write_eof()
            return await _answer(reader)
    except TimeoutError:
        return Answer(-1)
    except (ConnectionError, asyncio.IncompleteReadError):
        return Answer(0)
    finally:
        if writer:
            writer.transport.abort()


async def _answer(reader: asyncio.StreamReader) -> Answer:
    """The first answer that is one: before it a server may say that the body can come."""
    while True:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return Answer(0)
        status = int(head.split(b" ", 2)[1])
        if status >= 200:
            break
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return Answer(status, await reader.readexactly(int(length[1])) if length else await reader.read(-1))
