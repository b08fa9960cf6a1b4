"""The stack of `infra/`, made by Terraform against a stand-in for AWS: a copy, with its state in a folder."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from model.readers import PROJECT

REGION, ACCOUNT = "us-east-1", "123456789012"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}
NO_PROVIDER = "query available provider packages", "install provider"  # what Terraform says then
# With the provider's usual 25 tries, a call that the stand-in does not know would be tried for an hour;
# with one, a connection that breaks once would end it.
OVERRIDE = """
terraform {
  backend "local" {}
}

provider "aws" {
  max_retries                 = 3
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  s3_use_path_style           = true
}
"""


class NoTerraformError(Exception):
    """Terraform or its provider cannot be had here; the text is a sentence."""


class StackError(Exception):
    """Terraform ended with an error; the text is what it said."""


class Stack:
    """Terraform's commands on a copy of `infra/`."""

    def __init__(self, folder: Path, amazon: str, log: Path) -> None:
        self._folder, self._log = folder / "infra", log
        shutil.copytree(
            PROJECT / "infra",
            self._folder,
            ignore=shutil.ignore_patterns(
                ".terraform*", "*.tfstate*", "*.auto.tfvars", "backend.hcl", "tests"
            ),
        )
        (self._folder / "override.tf").write_text(OVERRIDE)
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_VAR_"))},
            **CREDENTIALS,
            "AWS_ENDPOINT_URL": amazon,
            "AWS_EC2_METADATA_DISABLED": "true",
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
        }
        self._given: dict[str, Any] = {}

    def init(self) -> None:
        """Fetch the provider; raises `NoTerraformError`."""
        if shutil.which("terraform") is None:
            raise NoTerraformError("terraform is not installed here")
        found = os.environ.get("TF_PLUGIN_DIR")
        if found:
            self._environment["TF_CLI_CONFIG_FILE"] = os.devnull
        try:
            self._run("init", "-reconfigure", *([f"-plugin-dir={found}"] if found else []))
        except StackError as error:
            if not any(words in str(error) for words in NO_PROVIDER):
                raise
            raise NoTerraformError("the AWS provider cannot be had here") from error

    def apply(self, **variables: Any) -> None:
        """Make what the variables say; those that were given before stay."""
        self.given(**variables)
        self._run("apply", "-auto-approve", *self._variables())

    def given(self, **variables: Any) -> None:
        """Say what the next plan or apply is given, beside what was said before."""
        self._given |= variables

    def plan(self) -> list[Mapping[str, Any]]:
        """What another apply would change, as Terraform tells it in JSON."""
        self._run("plan", "-out=next", *self._variables())
        told = json.loads(self._run("show", "-json", "next"))
        return [one for one in told.get("resource_changes", []) if one["change"]["actions"] != ["no-op"]]

    def outputs(self) -> dict[str, Any]:
        """What the stack tells of itself."""
        return {name: told["value"] for name, told in json.loads(self._run("output", "-json")).items()}

    def destroy(self) -> None:
        """Unmake all of it."""
        self._run("destroy", "-auto-approve", *self._variables())

    def left(self) -> list[str]:
        """What the state still knows of."""
        return self._run("state", "list").split()

    def _variables(self) -> Sequence[str]:
        path = self._folder / "rehearsal.tfvars.json"
        path.write_text(json.dumps(self._given))
        return [f"-var-file={path}", "-parallelism=30"]

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            [
                "terraform",
                command[0],
                *([] if command[0] in ("output", "show", "state") else ["-no-color"]),
                *command[1:],
            ],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        with self._log.open("a") as log:
            log.write(f"$ terraform {' '.join(command)}\n{done.stdout}{done.stderr}\n")
        if done.returncode:
            raise StackError(done.stderr.strip() or done.stdout.strip())
        return done.stdout
