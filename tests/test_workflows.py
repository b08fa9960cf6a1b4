"""The workflows: nothing of others' that may change, no more rights than are needed."""

import re

import pytest
import yaml

from model.readers import PROJECT

PATHS = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"^[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
OUTSIDERS = re.compile(
    r"\$\{\{[^}]*(github\.event\.(pull_request\.(title|body|head\.ref)|issue|comment)|github\.head_ref)"
)

everywhere = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def test_the_workflows_are_these_four():
    assert [path.stem for path in PATHS] == ["apply", "check", "images", "plan"]


@everywhere
def test_every_action_is_pinned_by_the_digest_of_its_commit(path):
    used = re.findall(r"uses: (.*)", path.read_text())
    assert used
    for action in used:
        assert PINNED.match(action), action


@everywhere
def test_a_workflow_may_read_and_no_more(path):
    flow = yaml.safe_load(path.read_text())
    assert flow["permissions"] in ({}, {"contents": "read"})
    for name, job in flow["jobs"].items():
        more = job.get("permissions", {})
        assert more in ({}, {"contents": "read", "id-token": "write"}), name
        assert ("id-token" in more) == (path.stem in ("plan", "apply")), name
        assert job["timeout-minutes"] <= 90
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout"):
                assert step["with"]["persist-credentials"] is False


@everywhere
def test_what_strangers_write_is_never_part_of_a_command(path):
    assert "pull_request_target" not in path.read_text()
    flow = yaml.safe_load(path.read_text())
    for job in flow["jobs"].values():
        for step in job["steps"]:
            assert "${{" not in step.get("run", "").replace("${{ matrix.", ""), step
    assert not OUTSIDERS.search(path.read_text())


def test_only_the_environment_applies_and_a_fork_gets_no_plan():
    apply, plan = (yaml.safe_load((PATHS[0].parent / name).read_text()) for name in ("apply.yml", "plan.yml"))
    assert apply["jobs"]["apply"]["environment"] == "production"
    assert apply["concurrency"] == {"group": "apply", "cancel-in-progress": False}
    assert "head.repo.full_name == github.repository" in plan["jobs"]["plan"]["if"]


@everywhere
def test_what_a_workflow_makes_can_be_made(path):
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"make ([a-z-]+)", path.read_text())) <= targets
