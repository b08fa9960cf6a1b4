"""Office's files, each a packed folder: what unpacking would cost is looked at before."""

import io
import re
import zipfile

from bot.documents import Limits, UnreadableError, Why

_DECLARES = re.compile(
    rb"<!(?:DOCTYPE|ENTITY)|<\0!\0[DE]|\0<\0!\0[DE]"
)  # as nothing of Office's has, but what shall expand
_HEAD = 4_096  # bytes


def check(data: bytes, limits: Limits) -> None:
    """Raise `UnreadableError` where unpacking it would cost too much, or it is locked or damaged."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > limits.members or sum(m.file_size for m in members) > limits.expanded:
                raise UnreadableError(Why.TOO_LARGE)
            if any(member.flag_bits & 1 for member in members):
                raise UnreadableError(Why.ENCRYPTED)
            for member in members:
                if member.filename.endswith((".xml", ".rels")):
                    with archive.open(member) as part:
                        if _DECLARES.search(part.read(_HEAD)):
                            raise UnreadableError(Why.DAMAGED)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, OSError) as error:
        raise UnreadableError(Why.DAMAGED) from error
