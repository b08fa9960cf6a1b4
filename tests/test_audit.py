"""`make audit` says what it could not look up, and never that all is well because nothing answered."""

import json

import pytest

from tests import audit
from tests.audit import Found

ADVISORY = {"id": "PYSEC-1", "fix_versions": ["2.11"], "aliases": [], "description": ""}


class Tools:
    """pip-audit and npm, with what an index behind them tells."""

    def __init__(self, *, knows=("pypi",), bad=(), lacks=(), npm=True):
        self.knows, self.bad, self.lacks, self.npm = knows, bad, lacks, npm

    def __call__(self, command):
        if command[0] == "npm":
            return json.dumps(
                {"metadata": {"dependencies": {"total": 3}}, "vulnerabilities": {}} if self.npm else {}
            )
        file, service = command[2], command[4]
        names = ["jinja2"] if file.endswith("bad.txt") else ["aiohttp", "yarl"]
        return json.dumps({"dependencies": [self._one(name, service) for name in names], "fixes": []})

    def _one(self, name, service):
        if service not in self.knows or name in self.lacks:
            return {"name": name, "skip_reason": "not found"}
        wrong = name == "jinja2" or name in self.bad
        return {"name": name, "version": "1", "vulns": [ADVISORY] if wrong else []}


def told(tools):
    said = []
    found = audit.audited(tools, said.append)
    return found.status, str(found), said


def test_where_all_was_looked_up_and_nothing_is_known_it_is_well():
    status, last, _ = told(Tools())
    assert status == 0
    assert last.startswith("ok: ")


def test_what_is_known_is_told_with_the_release_that_mends_it():
    status, last, said = told(Tools(bad=["yarl"]))
    assert (status, last.partition(":")[0]) == (1, "VULNERABLE")
    assert "requirements/run.txt: yarl 1: PYSEC-1, mended in 2.11" in said


@pytest.mark.parametrize(
    "tools",
    [
        Tools(knows=()),
        Tools(lacks=["yarl"]),
        Tools(npm=False),
        lambda _: "",
        lambda _: "null",
        lambda _: "{}",
    ],
)
def test_where_something_could_not_be_looked_up_the_last_line_says_so(tools):
    """pip-audit itself then says “No known vulnerabilities found”, and ends with 0."""
    status, last, _ = told(tools)
    assert (status, last.partition(":")[0]) == (3, "NOT AUDITED")


def test_where_one_service_knows_nothing_the_next_is_asked():
    assert audit.service(Tools(knows=("osv",))) == "osv"
    assert told(Tools(knows=("osv",)))[0] == 0


def test_nothing_looked_up_is_not_well():
    assert Found().status == 3
