"""One payload, as it is sent: it can be kept in a file and sent again."""

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "corpus"
HEAD, BODY = 4_000, 900_000  # what is longer may be refused while it is still on its way


@dataclass(frozen=True)
class Case:
    """What is sent, before `~names~` in it are filled in with what is there, and before it is signed."""

    target: str
    source: str  # the real payload that it was made of
    body: bytes
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    comes: str = (
        "plain"  # or "chunked", "short" or "long": its length is told wrong; "none": no length at all
    )
    seal: str = "right"  # or what is wrong with the signature

    @property
    def whole(self) -> bool:
        """Whether an answer must come: the request is well made, and is read to its end."""
        head = len(self.query) + sum(map(len, self.headers.values()))
        plain = self.comes in ("plain", "chunked") and "Transfer-Encoding" not in self.headers
        return plain and head < HEAD and len(self.body) < BODY

    @property
    def ends(self) -> bool:
        """Whether nothing more is sent, though more was promised."""
        return self.comes not in ("plain", "chunked")


def kept(case: Case, why: str) -> str:
    """A case as a file of the corpus, with the reason why it is there."""
    told: dict[str, Any] = {"why": why, **asdict(case)}
    try:
        told["body"] = case.body.decode()
    except UnicodeDecodeError:
        told["body"] = {"base64": base64.b64encode(case.body).decode()}
    return json.dumps(told, indent=1) + "\n"


def read(text: str) -> tuple[Case, str]:
    """A case of the corpus, and why it is there."""
    told = json.loads(text)
    why, body = told.pop("why"), told.pop("body")
    data = base64.b64decode(body["base64"]) if isinstance(body, dict) else body.encode()
    return Case(body=data, **told), why


def corpus(target: str) -> dict[str, Case]:
    """The cases that are kept of one target, by their names."""
    return {path.stem: read(path.read_text())[0] for path in sorted((FOLDER / target).glob("*.json"))}
