"""`manifest.yml` for one address, for many workspaces, or for Socket Mode: pure, line by line.

The file is read as text, so that its comments, which say what each scope is for, are printed as well.
"""

import re
from collections.abc import Sequence

EXAMPLE = "https://wherein.example.com"
FILE = "manifest.yml"

_ADDRESS = re.compile(rf"\b(?:request_url|url): {re.escape(EXAMPLE)}/")


def for_url(text: str, url: str, *, many: bool = False) -> str:
    """The manifest of an app that Slack reaches at an address; of one for `many`, whose tokens rotate."""
    lines = [line.replace(EXAMPLE, url.rstrip("/")) for line in _body(text)]
    return _joined(_switched(lines, "token_rotation_enabled") if many else lines)


def for_socket(text: str) -> str:
    """The manifest of an app that reaches Slack by itself: it has no address."""
    lines = [line for line in _body(text) if not _ADDRESS.search(line)]
    start = next(n for n, line in enumerate(lines) if line.strip() == "redirect_urls:")
    end = next(n for n in range(start + 1, len(lines)) if not lines[n].strip().startswith("- "))
    return _joined(_switched(lines[:start] + lines[end:], "socket_mode_enabled"))


def _body(text: str) -> list[str]:
    """Its lines without those that say how to print it."""
    lines = text.splitlines()
    return lines[next(n for n, line in enumerate(lines) if not line.startswith("#")) :]


def _switched(lines: Sequence[str], name: str) -> list[str]:
    switch = re.compile(rf"^(\s*{name}: )false\b.*")
    return [switch.sub(r"\1true", line) for line in lines]


def _joined(lines: Sequence[str]) -> str:
    return "\n".join(lines) + "\n"
