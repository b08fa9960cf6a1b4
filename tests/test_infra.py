"""What infra/ says of the bot is so, as far as it can be read; make infra-test does the rest."""

import re
import shutil
import subprocess

import pytest

from bench.costs import SIZES
from bot import app
from bot.channels import slack, teams
from bot.settings import names
from bot.stores.dynamodb import EXPIRY, SHAPE
from model.deployment.calls import VARIANT
from model.readers import PROJECT
from tests import rehearse
from tests.stack import StackError

INFRA = {path.stem: path.read_text() for path in (PROJECT / "infra").glob("*.tf")}


def block(name, kind, label):
    """The text of a resource."""
    start = INFRA[name].index(f'resource "{kind}" "{label}" {{')
    return INFRA[name][start : INFRA[name].index("\n}\n", start)]


def test_the_table_has_the_shape_of_the_store():
    table = block("storage", "aws_dynamodb_table", "this")
    attributes = re.findall(r'attribute \{\s+name = "(\w+)"\s+type = "(\w)"', table)
    assert [{"AttributeName": name, "AttributeType": kind} for name, kind in attributes] == SHAPE[
        "AttributeDefinitions"
    ]
    (index,) = SHAPE["GlobalSecondaryIndexes"]
    keys = [key["AttributeName"] for key in SHAPE["KeySchema"] + index["KeySchema"]]
    assert re.findall(r'(?:hash|range)_key\s+= "(\w+)"', table) == keys
    assert f'name               = "{index["IndexName"]}"' in table
    assert 'projection_type    = "INCLUDE"' in table
    (others,) = re.findall(r"non_key_attributes = \[(.*)\]", table)
    assert others.replace('"', "").split(", ") == index["Projection"]["NonKeyAttributes"]
    assert f'attribute_name = "{EXPIRY}"' in table
    assert f'billing_mode                = "{SHAPE["BillingMode"]}"' in table
    assert f"/index/{index['IndexName']}" in INFRA["roles"]


def test_what_logs_are_counted_by_is_logged():
    code = "\n".join(path.read_text() for path in (PROJECT / "bot").rglob("*.py"))
    events = re.findall(r'\$\.event = \\"([^"\\]+)\\"', INFRA["watching"])
    assert "acknowledged late" in events
    for event in events:
        assert re.search(rf'log\.\w+\(\s*"{event}"', code), event


def test_the_environment_of_a_task_is_made_of_settings():
    known = {name for kind in (*app.SETTINGS, slack.Settings, teams.Settings) for name in names(kind)}
    start = INFRA["ecs"].index("  environment = merge(")
    told = set(
        re.findall(r"\b((?:WHEREIN|SLACK|TEAMS)_[A-Z_]+)\s+=", INFRA["ecs"][start:].split("\n  )\n")[0])
    )
    assert len(told) > 8
    assert told - known <= {"WHEREIN_SIGN_ON"}  # comes with the page's own sign-on
    secrets = set(re.findall(r'"((?:WHEREIN|SLACK|TEAMS)_[A-Z_]+)"', INFRA["storage"]))
    assert secrets
    assert secrets <= known


def test_both_say_the_variant_by_one_name():
    assert VARIANT == "AllTraffic"
    assert INFRA["endpoint"].count(f'"{VARIANT}"') == 2
    assert f"variant/{VARIANT}" in INFRA["endpoint"]


# --------------------------------------------------------------------------- where Terraform cannot be had

PROVIDERLESS = """#!/bin/sh
case $1 in
init) echo "Error: Failed to query available provider packages" >&2; exit 1 ;;
esac
"""


@pytest.fixture
def path(tmp_path):
    """A PATH without Terraform, to put one in."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("bash", "cat", "cp", "dirname", "env", "mktemp", "rm", "sh"):
        (folder / name).symlink_to(shutil.which(name))
    return folder


def terraform(path, program):
    (path / "terraform").write_text(program)
    (path / "terraform").chmod(0o755)


def said(path, *command):
    done = subprocess.run(
        command,
        cwd=PROJECT,
        env={"PATH": str(path), "TF_PLUGIN_DIR": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout.splitlines()


CHECK = ("bash", "infra/check.sh")


def test_without_terraform_the_check_says_what_it_did_not_run(path):
    status, lines = said(path, *CHECK)
    assert (status, lines[-1]) == (0, "not run: terraform, which is not on this machine")


def test_without_the_provider_the_check_says_what_it_did_not_run(path):
    terraform(path, PROVIDERLESS)
    status, lines = said(path, *CHECK)
    assert status == 0
    assert lines[-1].startswith("not run: terraform validate and terraform test")


@pytest.fixture
def rehearsed(path, monkeypatch, capsys):
    """`make rehearse` there; its exit status and last line."""
    monkeypatch.setenv("PATH", str(path))
    monkeypatch.delenv("TF_PLUGIN_DIR", raising=False)

    def begin():
        return rehearse.main(), capsys.readouterr().out.splitlines()[-1]

    return begin


def test_without_terraform_nothing_is_rehearsed_and_the_last_line_says_so(rehearsed):
    assert rehearsed() == (0, "not rehearsed: terraform is not installed here")


def test_without_the_provider_nothing_is_rehearsed_and_the_last_line_says_so(path, rehearsed):
    terraform(path, PROVIDERLESS)
    assert rehearsed() == (0, "not rehearsed: the AWS provider cannot be had here")


def test_what_is_wrong_with_the_files_is_no_missing_provider(path, rehearsed):
    terraform(path, PROVIDERLESS.replace("Failed to query available provider packages", "wrong"))
    assert said(path, *CHECK)[0] == 1
    with pytest.raises(StackError, match="wrong"):
        rehearsed()


# --------------------------------------------------------------------------- what infra/README.md says

EXAMPLES = PROJECT / "infra" / "examples"
VARIABLES = INFRA["variables"]
SAYS = (PROJECT / "infra" / "README.md").read_text()


def bodies(kind, text):
    """Each variable or output of a file, by its name, as it stands there."""
    return dict(re.findall(rf'^{kind} "(\w+)" {{\n(.*?)^}}', text, re.MULTILINE | re.DOTALL))


def declared(kind, text):
    """The same with its arguments by their names."""
    for name, body in bodies(kind, text).items():
        yield name, dict(re.findall(r"^  (\w+) += (.+?)$", body, re.MULTILINE))


def cell(value):
    return value.replace("|", "\\|")


def rows_of_variables():
    """The table of variables, as Terraform's own words make it."""
    for name, found in declared("variable", VARIABLES):
        kind = "object" if found["type"].startswith("object") else found["type"]
        default = f"`{found['default']}`" if "default" in found else "none: give it"
        yield f"| `{name}` | {kind} | {cell(default)} | {cell(found['description'][1:-1])} |"


def rows_of_outputs():
    for name, found in declared("output", INFRA["outputs"]):
        yield f"| `{name}` | {cell(found['description'][1:-1])} |"


def rows_under(heading):
    section = SAYS.split(f"## {heading}\n")[1].split("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("| `")]


def test_the_readme_of_infra_knows_each_variable_and_its_default():
    assert rows_under("Variables") == list(rows_of_variables())


def test_the_readme_of_infra_knows_each_output():
    assert rows_under("Outputs") == list(rows_of_outputs())


def test_each_refusal_is_a_sentence_that_begins_with_the_name_of_a_variable():
    names = bodies("variable", VARIABLES).keys()
    refusals = re.findall(r'error_message = "(.*)"$', "\n".join(INFRA.values()), re.MULTILINE)
    assert len(refusals) > 60
    for refusal in refusals:
        named, _, words = refusal.partition(": ")
        assert set(named.split(", ")) <= names, refusal
        assert words.endswith("."), refusal


def test_each_variable_that_has_a_rule_is_seen_to_be_refused():
    refused = (PROJECT / "infra" / "tests" / "refused.tftest.hcl").read_text()
    expected = " ".join(re.findall(r"expect_failures = \[(.*?)\]", refused, re.DOTALL))
    variables = bodies("variable", VARIABLES)
    ruled = {name: body.count("validation {") for name, body in variables.items()}
    seen = {name: len(re.findall(rf"\bvar\.{name}\b", expected)) for name in ruled}
    assert {name for name, rules in ruled.items() if seen[name] < rules} == set()
    numbers = {name for name, body in variables.items() if "= number" in body and ruled[name]}
    assert numbers
    assert {name for name in numbers if seen[name] < 2} <= {"budget"}  # which has no upper end


def test_each_example_names_variables_that_there_are():
    known = bodies("variable", VARIABLES).keys()
    examples = sorted(EXAMPLES.glob("*.tfvars"))
    assert [path.stem for path in examples] == sorted(SIZES)
    for path in examples:
        named = set(re.findall(r"^(\w+)\s*=", path.read_text(), re.MULTILINE))
        assert named
        assert named <= known, path.name


def test_each_skip_of_checkov_has_its_reason_beside_it():
    lines = (PROJECT / "infra" / ".checkov.yaml").read_text().split("skip-check:\n")[1].splitlines()
    assert lines
    for line in lines:
        assert re.fullmatch(r"  - CKV2?_AWS_\d+ +# .{20,}", line), line
    for name, text in INFRA.items():
        assert "checkov:skip" not in text, name
