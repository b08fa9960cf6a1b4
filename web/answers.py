"""Plain answers of the page's server: a refusal, a redirect, a small file."""

from starlette.types import Send


async def refuse(send: Send, status: int, sentence: str, *more: tuple[bytes, bytes]) -> None:
    """Answer with a status and a sentence."""
    await answer(send, status, sentence.encode(), b"text/plain; charset=utf-8", *more)


async def redirect(send: Send, place: str, *more: tuple[bytes, bytes]) -> None:
    """Lead a browser elsewhere."""
    await answer(send, 303, b"", b"text/plain", (b"location", place.encode()), *more)


async def answer(send: Send, status: int, body: bytes, kind: bytes, *more: tuple[bytes, bytes]) -> None:
    """Answer with these bytes."""
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
