"""Looks up every pinned package among published vulnerabilities: `make audit`.

Status 0: all were looked up, and nothing is known against them; 1: something is; 3: not all could be looked
up. An index that knows no advisories finds nothing: so a release is looked up first against which there
are many, and where nothing is found of that, nothing else is believed. The last line says what it came to.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model.readers import PROJECT

AUDIT = PROJECT / ".venv-audit" / "bin" / "pip-audit"
KNOWN_BAD = "jinja2==2.10"  # 2018: six advisories and more
SERVICES = "pypi", "osv"
SECONDS = 600.0
NODE = "tests/node", "tests/playground"

Run = Callable[[Sequence[str]], str]


@dataclass(slots=True)
class Found:
    """What came of looking up."""

    known: int = 0  # packages that were looked up
    unknown: list[str] = field(default_factory=list)  # what could not be
    wrong: list[str] = field(default_factory=list)  # a line for each advisory

    def __iadd__(self, other: "Found") -> "Found":
        """Both."""
        self.known += other.known
        self.unknown += other.unknown
        self.wrong += other.wrong
        return self

    @property
    def status(self) -> int:
        """As above."""
        return 1 if self.wrong else 3 if self.unknown or not self.known else 0

    def __str__(self) -> str:
        if self.wrong:
            return f"VULNERABLE: {len(self.wrong)} known advisories concern what is pinned here."
        if self.status:
            return (
                f"NOT AUDITED: of {len(self.unknown)} nothing could be learnt; {self.known} were looked up."
            )
        return f"ok: {self.known} pinned packages were looked up, and nothing is known against them."


def run(command: Sequence[str]) -> str:
    """What a command prints, whatever its status says."""
    ran = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False, cwd=PROJECT)
    return ran.stdout


def python(name: str, requirements: Path, service: str, run: Run = run) -> Found:
    """What is known of a file's packages."""
    command = [str(AUDIT), "-r", str(requirements), "-s", service, "-f", "json", "--disable-pip", "--no-deps"]
    try:
        told = json.loads(run([*command, "--progress-spinner", "off"]))["dependencies"]
    except (OSError, LookupError, TypeError, ValueError, subprocess.TimeoutExpired):
        return Found(unknown=[name])
    return Found(
        known=sum("vulns" in one for one in told),
        unknown=[f"{name}: {one['name']}" for one in told if "vulns" not in one],
        wrong=[
            f"{name}: {one['name']} {one['version']}: {advisory['id']}, mended in"
            f" {', '.join(advisory['fix_versions']) or 'no release'}"
            for one in told
            for advisory in one.get("vulns", ())
        ],
    )


def service(run: Run = run) -> str:
    """The first service that knows what is known to be bad; empty where none does."""
    with tempfile.TemporaryDirectory() as folder:
        bad = Path(folder) / "bad.txt"
        bad.write_text(f"{KNOWN_BAD}\n")
        return next((name for name in SERVICES if python("it", bad, name, run).wrong), "")


def node(folder: str, run: Run = run) -> Found:
    """What is known of the packages that a lock file of npm's pins."""
    try:
        told = json.loads(run(["npm", "audit", "--json", "--package-lock-only", "--prefix", folder]))
        counts, bad = told["metadata"]["dependencies"], told["vulnerabilities"]
    except (OSError, LookupError, TypeError, ValueError, subprocess.TimeoutExpired):
        return Found(unknown=[f"{folder}/package-lock.json"])
    wrong = [f"{folder}: {name}: {of['severity']}" for name, of in bad.items()]
    return Found(known=int(counts["total"]), wrong=wrong)


def audited(run: Run = run, say: Callable[[str], Any] = print) -> Found:
    """All that is pinned here, looked up."""
    known = service(run)
    say(
        f"Python's are looked up by {known}."
        if known
        else "No service for Python's packages answers as it must."
    )
    found = Found()
    for name, one in _all(known, run):
        state = f"{len(one.wrong)} advisories" if one.wrong else "not looked up" if one.unknown else "ok"
        say(f"{state:<15} {name}")
        found += one
    for line in found.wrong:
        say(line)
    return found


def _all(known: str, run: Run) -> Iterator[tuple[str, Found]]:
    for file in sorted((PROJECT / "requirements").glob("*.txt")):
        name = f"requirements/{file.name}"
        yield name, python(name, file, known, run) if known else Found(unknown=[name])
    for folder in NODE:
        yield f"{folder}/package-lock.json", node(folder, run)


if __name__ == "__main__":
    result = audited()
    print(result)
    sys.exit(result.status)
