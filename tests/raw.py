"""Requests as no client writes them, and what a server answers to them, byte for byte."""

import socket
from urllib.parse import urlsplit

SECONDS = 5.0
HEAD = "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {type}\r\n"
SMUGGLED = "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
AMBIGUOUS = (  # each ends in one place for one reader, and in another for another
    HEAD + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    HEAD + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\n" + SMUGGLED,
    HEAD + "Content-Length: 0\r\nContent-Length: 44\r\n\r\n" + SMUGGLED,
    HEAD + "Content-Length: +5\r\n\r\nhello" + SMUGGLED,
    HEAD + "Content-Length: -1\r\n\r\n" + SMUGGLED,
    HEAD + "Content-Length: 0x5\r\n\r\nhello" + SMUGGLED,
    HEAD + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    HEAD + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    HEAD + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + SMUGGLED,
)
ENDLESS = (
    "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + "a" * 1_000_000 + "\r\n\r\n",
    "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n" + "X: a\r\n" * 100_000 + "\r\n",
    "GET /" + "a" * 1_000_000 + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
)


def told_raw(url: str, request: str) -> str:
    """All that a server says to these bytes until it hangs up; empty where it did so at once."""
    where = urlsplit(url)
    told = b""
    with socket.create_connection((where.hostname, where.port), timeout=SECONDS) as connection:
        try:
            connection.sendall(request.encode())
            while some := connection.recv(65_536):
                told += some
        except ConnectionError:  # it hung up before it had heard all
            pass
    return told.decode("latin-1")
