"""What comes of an answer, unpacked as it comes, within limits; pure."""

import zlib

from bot.documents.fetching.refused import RefusedError

RATIO = 100  # what a page of text, however repetitive, stays under
GRACE = 1_000_000  # bytes that may come of a few: small texts of one letter are no bombs
CODINGS = "", "identity", "gzip", "x-gzip"


class Body:
    """The bytes of one answer; raises `RefusedError` as soon as there is one too many."""

    def __init__(self, coding: str, limit: int, host: str) -> None:
        if coding.strip().lower() not in CODINGS:
            raise RefusedError("packed", host)
        packed = coding.strip().lower() in ("gzip", "x-gzip")
        self._unpack = zlib.decompressobj(zlib.MAX_WBITS | 16) if packed else None
        self._limit, self._host = limit, host
        self._came, self._data = 0, bytearray()

    def feed(self, chunk: bytes) -> None:
        """Take what came."""
        self._came += len(chunk)
        if self._came > self._limit:
            raise RefusedError("large", self._host)
        self._data += self._unpacked(chunk) if self._unpack else chunk
        if len(self._data) > self._limit:
            raise RefusedError("large", self._host)

    def _unpacked(self, chunk: bytes) -> bytes:
        assert self._unpack is not None
        if self._unpack.eof:  # padding, as browsers take it
            return b""
        sane = GRACE + RATIO * self._came
        room = min(self._limit, sane) - len(self._data) + 1
        try:
            unpacked = self._unpack.decompress(chunk, room)
        except zlib.error as error:
            raise RefusedError("broken", self._host) from error
        if len(self._data) + len(unpacked) > sane:
            raise RefusedError("packed", self._host)
        return unpacked

    def all(self) -> bytes:
        """All of it, once the last has come."""
        if self._unpack and self._came and not self._unpack.eof:
            raise RefusedError("broken", self._host)
        return bytes(self._data)
