"""infra/upload_image.sh, with programs on its way that note how they are called."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from model.deployment import archive
from model.readers import PROJECT
from tests.test_deployment import small

ACCOUNT = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
BOT, ENDPOINT = f"{ACCOUNT}/wherein-bot", f"{ACCOUNT}/wherein-endpoint"
DIGESTS = {"wherein-bot": f"sha256:{'1' * 64}", "wherein-endpoint": f"sha256:{'2' * 64}"}
SECRET = "ecr-password"
# Each notes its words; what it answers lies in files of its own.
PROGRAM = """#!{python} -SE
import json, os, pathlib, sys
here = pathlib.Path({here!r})
name, words = {name!r}, sys.argv[1:]
said = sys.stdin.read() if name in ("docker", "buildah") and words[0] == "login" else ""
with (here / "calls").open("a") as calls:
    calls.write(json.dumps([name, *words, *([f"<{{said}}"] if said else [])]) + "\\n")
answers = json.loads((here / "answers.json").read_text())
line = " ".join([name, *words])
for beginning, answer in sorted(answers.items(), reverse=True):  # the longest first
    if line.startswith(beginning):
        if answer is None:
            sys.exit(1)
        print(answer)
        break
else:  # a push whose answer is given leaves nothing
    if name in ("docker", "buildah") and "push" in words:
        pushed = words[-1].removeprefix("docker://")
        repository = pushed.rpartition(":")[0]
        name = repository.partition("/")[2]
        answers["aws ecr describe-images --region eu-west-1 --repository-name " + name] = {digests!r}[name]
        (here / "answers.json").write_text(json.dumps(answers))
"""


class Upload:
    """A repository of a few files with the script, programs that note, and what they were called with."""

    def __init__(self, folder):
        self.folder, self.root = folder, folder / "repository"
        self.tfvars = self.root / "infra" / "images.auto.tfvars"
        (self.root / "infra").mkdir(parents=True)
        for name in ("upload_image.sh", "images.sh"):
            shutil.copy(PROJECT / "infra" / name, self.root / "infra")
        (self.root / "model").mkdir()
        small(self.root / "model" / "weights")
        self._git("init", "-q")
        (self.root / ".gitignore").write_text("*.auto.tfvars\n")
        self.commit()
        (folder / "bin").mkdir()
        for name in ("docker", "aws", "terraform", "buildah"):
            program = folder / "bin" / name
            here = {"python": sys.executable, "here": str(folder), "name": name, "digests": DIGESTS}
            program.write_text(PROGRAM.format(**here))
            program.chmod(0o755)
        self.outputs = {
            "repositories": {"bot": BOT, "endpoint": ENDPOINT},
            "models_bucket": "models",
            "reader": "endpoint",
            "endpoint": "",
            "architecture": "ARM64",
            "endpoint_architecture": "X86_64",
            "deploy": "--endpoint wherein --role arn --bucket models --instance ml.c7i.large --count 2",
        }
        self.answers = {
            "aws ecr get-login-password": SECRET,
            "aws ecr describe-images": None,
            "aws s3api head-object": None,
        }

    def _git(self, *words):
        settings = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        command = ["git", "-C", str(self.root), *settings, *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self):
        self._git("add", "-A")
        self._git("commit", "-q", "--allow-empty", "-m", "Begin")
        self.tag = self._git("rev-parse", "--short=12", "HEAD")

    def run(self, *words, **environment):
        """The script's exit status and what it wrote; `calls` holds what was called."""
        told = {name: {"value": value} for name, value in self.outputs.items()}
        answers = {"terraform output -json": json.dumps(told), **self.answers}
        (self.folder / "answers.json").write_text(json.dumps(answers))
        (self.folder / "calls").write_text("")
        done = subprocess.run(
            ["bash", str(self.root / "infra" / "upload_image.sh"), *words],
            env={
                "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
                "PYTHONPATH": str(PROJECT),
                "PYTHON": str(self.python()),
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        self.calls = [json.loads(line) for line in (self.folder / "calls").read_text().splitlines()]
        return done.returncode, done.stdout, done.stderr

    def python(self):
        """A Python that notes it where the model is deployed, and else does what it is told."""
        program = self.folder / "python"
        program.write_text(
            f'#!/bin/sh\nif [ "$2" = model.deploy ]; then exec terraform fake "$@"; fi\n'
            f'exec {sys.executable} "$@"\n'
        )
        program.chmod(0o755)
        return program

    def changes(self):
        """The calls that change something, as lines."""
        reading = ("docker buildx version", "docker info", "terraform output", "terraform fmt")
        reading += ("aws ecr get-login", "aws ecr describe", "aws s3api head-object")
        lines = [" ".join(call) for call in self.calls]
        return [line for line in lines if not line.startswith(reading)]


@pytest.fixture
def upload(tmp_path):
    return Upload(tmp_path)


def test_both_images_the_weights_and_the_second_apply(upload, tmp_path):
    status, _, err = upload.run("--", "-auto-approve")
    assert status == 0, err
    packed = archive.pack(upload.root / "model" / "weights", tmp_path / "again")
    key = f"models/{packed}/model.tar.gz"
    login, *rest, copied, applied = upload.changes()
    assert login == f"docker login --username AWS --password-stdin {ACCOUNT} <{SECRET}\n"
    for target, repository, (built, tagged, pushed) in (
        ("bot", BOT, rest[:3]),
        ("endpoint", ENDPOINT, rest[3:]),
    ):
        name = f"localhost/wherein-{target}:{upload.tag}"
        assert built.startswith(f"docker buildx build --load --target {target} --build-arg REVISION=")
        processor = {"bot": "arm64", "endpoint": "amd64"}[target]
        assert f"-t {name} --platform linux/{processor}" in built
        assert tagged == f"docker tag {name} {repository}:{upload.tag}"
        assert pushed == f"docker push {repository}:{upload.tag}"
    assert copied.startswith("aws s3 cp --region eu-west-1 ")
    assert copied.endswith(f"model.tar.gz s3://models/{key}")
    assert applied == "terraform apply -auto-approve"
    assert upload.tfvars.read_text().splitlines()[1:] == [
        f'bot_image = "{BOT}@{DIGESTS["wherein-bot"]}"',
        f'endpoint_image = "{ENDPOINT}@{DIGESTS["wherein-endpoint"]}"',
        f'model_data = "{key}"',
    ]


def test_an_endpoint_that_serves_already_gets_its_image_by_model_deploy(upload):
    upload.outputs["endpoint"] = "wherein"
    assert upload.run()[0] == 0
    *_, applied, deployed = upload.changes()
    assert applied == "terraform apply"
    image = f"{ENDPOINT}@{DIGESTS['wherein-endpoint']}"
    assert deployed == f"terraform fake -m model.deploy {upload.outputs['deploy']} --image {image}"


@pytest.mark.parametrize("deploy", ["", "--endpoint wherein --stock distilbert --image stock"])
def test_without_an_endpoint_of_ours_only_the_bot_goes_up(upload, deploy):
    upload.outputs |= {
        "reader": "endpoint" if deploy else "embedded",
        "deploy": deploy,
        "architecture": "X86_64",
    }
    assert upload.run()[0] == 0
    lines = "\n".join(upload.changes())
    assert "linux/amd64" in lines
    assert "wherein-endpoint" not in lines
    assert "s3" not in lines
    assert len(upload.tfvars.read_text().splitlines()) == 2


def test_what_lies_there_already_is_not_built_again(upload):
    look = "aws ecr describe-images --region eu-west-1 --repository-name"
    upload.answers |= {f"{look} {name}": digest for name, digest in DIGESTS.items()}
    upload.answers["aws s3api head-object"] = "{}"
    assert upload.run()[0] == 0
    assert upload.changes() == [
        f"docker login --username AWS --password-stdin {ACCOUNT} <{SECRET}\n",
        "terraform apply",
    ]


def test_without_dockers_engine_buildah_builds_and_pushes(upload):
    upload.answers["docker info"] = None
    assert upload.run()[0] == 0
    lines = "\n".join(upload.changes())
    assert "docker build" not in lines
    assert "buildah build --format docker --target bot" in lines
    assert f"buildah push localhost/wherein-bot:{upload.tag} docker://{BOT}:{upload.tag}" in lines


def test_what_is_not_committed_is_refused_unless_it_is_told_to(upload):
    (upload.root / "infra" / ".terraform.lock.hcl").write_text("Terraform's own")
    assert upload.run()[0] == 0
    (upload.root / "new.txt").write_text("x")
    status, _, err = upload.run()
    assert (status, upload.changes()) == (2, [])
    assert err == "There are changes that are not committed (git status): commit them, or say --dirty.\n"
    assert upload.run("--dirty")[0] == 0
    assert f"{BOT}:{upload.tag}-dirty-2" in "\n".join(upload.changes())


def test_a_dry_run_prints_and_changes_nothing(upload):
    upload.outputs["endpoint"] = "wherein"
    status, out, err = upload.run("--dry-run")
    assert (status, upload.changes()) == (0, []), err
    assert not upload.tfvars.exists()
    for words in ("docker login", "images.sh bot", f"docker push {ENDPOINT}:{upload.tag}", "aws s3 cp"):
        assert words in out
    assert "terraform apply" in out
    assert "model.deploy --endpoint wherein" in out
    assert SECRET not in out + err


@pytest.mark.parametrize(
    ("fault", "answer", "words"),
    [
        ("terraform output -json", None, "terraform output fails: run terraform init first."),
        ("docker push", None, ""),  # Docker says why
        ("docker push", "", "tells no digest of what was pushed to it"),
        ("terraform apply", None, ""),
    ],
)
def test_what_fails_ends_it_with_a_sentence(upload, fault, answer, words):
    upload.answers[fault] = answer
    status, _, err = upload.run()
    assert status != 0
    assert words in err
    assert SECRET not in err
    after = [line for line in upload.changes() if line.startswith("terraform")]
    assert after == (["terraform apply"] if fault == "terraform apply" else [])


def test_before_the_first_apply_it_says_so(upload):
    upload.outputs = {}
    status, _, err = upload.run()
    assert (status, err) == (2, "There is no registry yet: run terraform apply first.\n")


def test_a_word_that_is_not_known_is_refused(upload):
    status, _, err = upload.run("--force")
    assert status == 2
    assert err.startswith("--force: not known")
