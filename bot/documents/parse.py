"""Has the right module read a file; runs in a worker."""

import importlib
import warnings

from bot.documents import Limits, Parsed, UnreadableError, Why
from bot.documents.file import File
from bot.documents.kinds import kind_of
from bot.documents.writer import EnoughError, Writer


def parse(file: File, limits: Limits | None = None) -> Parsed:
    """What is read in a file; raises `UnreadableError`, and nothing else."""
    out = Writer(limits or Limits())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a library says about somebody's file is nobody's concern
        return out.parsed(into(file, out))


def into(file: File, out: Writer) -> str:
    """Write what is read in a file, which may be one in another; the kind that it is."""
    if not file.data.strip(b"\0 \t\r\n"):
        raise UnreadableError(Why.EMPTY)
    if len(file.data) > out.limits.bytes:
        raise UnreadableError(Why.TOO_LARGE)
    kind, since = "", out.length
    try:
        kind = kind_of(file)
        importlib.import_module(f"bot.documents.{kind}").read(file, out)
    except UnreadableError:
        raise
    except EnoughError as error:
        if out.depth:
            raise
        out.leave_rest(error.why, since)
    except ImportError as error:
        raise UnreadableError(Why.MISSING, error.name or kind) from error
    except RecursionError:
        out.leave_rest(Why.TOO_DEEP, since)
    except MemoryError:
        out.leave_rest(Why.TOO_LARGE, since)
    except Exception:  # a library met what its makers had not thought of
        out.leave_rest(Why.DAMAGED, since)
    return kind
