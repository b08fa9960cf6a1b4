"""A folder of weights as model.tar.gz: the same files give the same digest, on every machine, at any time.

python -m model.deployment.archive FOLDER FILE      packs, and prints the digest
"""

import gzip
import hashlib
import shutil
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile

from model.deployment.wanted import DeployError
from model.embedded import checked
from model.readers import ReaderError

NAME = "model.tar.gz"


def pack(weights: Path, out: Path) -> str:
    """Pack a folder that a reader can open; the digest of what is in it. Raises `DeployError`."""
    try:
        checked(weights)
        with TemporaryFile() as plain:
            with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as archive:
                for path in _files(weights):
                    _add(archive, path, path.relative_to(weights).as_posix())
            plain.seek(0)
            digest = hashlib.file_digest(plain, "sha256")  # before it is compressed: builds of zlib differ
            plain.seek(0)
            with out.open("wb") as file, gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
                shutil.copyfileobj(plain, packed)
    except ReaderError as error:
        raise DeployError(str(error)) from error
    except (OSError, ValueError) as error:  # the last for a name longer than an archive has
        raise DeployError(f"The weights cannot be packed: {error}.") from error
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path


def _add(archive: tarfile.TarFile, path: Path, name: str) -> None:
    entry = tarfile.TarInfo(name)  # nobody's, of no time
    entry.size, entry.mode = path.stat().st_size, 0o644
    with path.open("rb") as file:
        archive.addfile(entry, file)


if __name__ == "__main__":
    print(pack(Path(sys.argv[1]), Path(sys.argv[2])))
