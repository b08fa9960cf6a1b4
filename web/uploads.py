"""Files on their way from a browser to the reader: in memory while they are read, on disk only before."""

import asyncio
import contextlib
import hashlib
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from bot.types import Address, Attachment, Message, SourceError

CHANNEL = "page"
PREFIX = "wherein-page-"
MOST_FILES = 10  # of one go
KEPT_SECONDS = 120.0  # a file that nobody asked to read is deleted after this
FULL = 5  # times the most bytes of one go: then no more is taken until some is gone


def _delete_left() -> None:
    """Delete what a process of ours left that was killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        pid = folder.name.removeprefix(PREFIX).partition("-")[0]
        try:
            ours = pid.isdigit() and folder.lstat().st_uid == os.getuid() and not folder.is_symlink()
            if ours:
                os.kill(int(pid), 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except OSError:  # it is gone meanwhile, or somebody else's
            continue


class Uploads:
    """The page's files: it is where the reader fetches them from."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes  # of one go
        self._held: dict[str, bytes] = {}
        self._coming = 0  # uploads under way

    @cached_property
    def folder(self) -> Path:
        """Where files lie until they are read: this process's own, and only it looks in there."""
        _delete_left()
        return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))

    async def fetch(self, attachment: Attachment, address: Address) -> bytes:
        """The bytes of a file that is being read."""
        try:
            return self._held[attachment.url]
        except KeyError as error:
            raise SourceError("gone") from error

    async def history(self, address: Address, most: int) -> Sequence[Message]:
        """Nothing was said here before."""
        return ()

    @contextlib.contextmanager
    def lent(self, paths: Sequence[str]) -> Iterator[tuple[Attachment, ...]]:
        """The files at these paths for as long as they are read; on disk they are gone at once."""
        names: list[str] = []
        try:
            files = []
            for path in paths[:MOST_FILES]:
                data = self._take(Path(path))
                names.append(uuid.uuid4().hex)
                self._held[names[-1]] = data
                id = hashlib.sha256(Path(path).name.encode() + b"\0" + data).hexdigest()[:16]
                files.append(Attachment(id, Path(path).name, size=len(data), url=names[-1]))
            yield tuple(files)
        finally:
            self.delete(paths)
            for name in names:
                self._held.pop(name, None)

    def _take(self, path: Path) -> bytes:
        if not path.resolve().is_relative_to(self.folder.resolve()):  # it is a path that somebody made up
            raise SourceError("gone")
        try:
            data = path.read_bytes()
        except OSError as error:
            raise SourceError("gone") from error
        self.delete([str(path)])
        return data

    def knows(self, path: str) -> bool:
        """Whether a file of that path came from a browser, or did until a moment ago."""
        try:
            where = Path(path).resolve()
            return where.parent.parent == self.folder.resolve() and (where.is_file() or not where.exists())
        except (OSError, ValueError):  # no path at all
            return False

    def delete(self, paths: Sequence[str]) -> None:
        """Delete files that came from a browser, and nothing else."""
        for path in map(Path, paths):
            if path.resolve().is_relative_to(self.folder.resolve()):
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)
                    path.parent.rmdir()

    @contextlib.contextmanager
    def coming(self) -> Iterator[None]:
        """While an upload is under way; when the last one ends, nothing half is left of any."""
        self._coming += 1
        try:
            yield
        finally:
            self._coming -= 1
            if not self._coming:
                self._delete_halves()

    def _delete_halves(self) -> None:
        for path in self.folder.iterdir():
            if path.is_file():  # a whole one lies in a folder of its own
                path.unlink(missing_ok=True)

    @property
    def is_full(self) -> bool:
        """Whether so much waits on disk that no more is taken."""
        return self._size() > FULL * self.max_bytes

    def _size(self) -> int:
        return sum(path.stat().st_size for path in self._files())

    def _files(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file()]

    def sweep(self) -> None:
        """Delete what lies there for too long: of a browser that went away, or of half a file."""
        ends = time.time() - KEPT_SECONDS
        for path in self._files():
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < ends:
                    self.delete([str(path)])

    async def sweep_on(self) -> None:
        """Sweep until cancelled."""
        while True:
            await asyncio.sleep(KEPT_SECONDS / 4)
            await asyncio.to_thread(self.sweep)

    def close(self) -> None:
        """Delete the folder, where there is one."""
        if "folder" in vars(self):
            shutil.rmtree(self.folder, ignore_errors=True)
