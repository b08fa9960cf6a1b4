"""Both images as Fargate runs them: an unprivileged user, a read-only root, nothing but /tmp to write to.

    infra/images.sh | python -m tests.images

Each is asked a question, the bot by way of the endpoint too, and told to end. With Docker they run as
containers; with buildah alone, which mounts no root read-only, in a mount namespace of their own.
"""

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from bench.common import PARAGRAPH, QUESTIONS, free_port
from model import wire
from model.readers import PROJECT
from model.types import Passage
from tests.fakes import fetched
from tests.stack import CREDENTIALS

USER = 10001
KEY = "rehearsal-0123456789abcdef"
START_SECONDS, END_SECONDS = 120.0, 40.0
WRITES = """
import os, pathlib
print(os.getuid(), os.getgid())
for folder in ("/", "/app", "/opt/venv", "/etc", "/var/tmp", "/home", "/run", "/dev/shm", "/tmp"):
    try:
        pathlib.Path(folder, "written").write_text("x")
        print(folder)
    except OSError:
        pass
"""
# What the root's own mounts would have under it; /dev/shm is memory, as on Fargate.
NAMESPACE = """
set -e
mount --bind "$0" "$0"
mount -t proc proc "$0/proc"
mount --rbind /dev "$0/dev"
mount -t tmpfs -o mode=1777 tmp "$0/tmp"
mount -o remount,ro,bind "$0"
exec chroot --userspec="$1" "$0" /bin/sh -c 'cd "$0" && exec "$@"' "${@:2}"
"""


class Runner(Protocol):
    """A way to run an image."""

    def close(self) -> None:
        """Let go of it."""

    def size(self) -> int:
        """Of the image, in bytes, unpacked."""

    def command(self, environment: Mapping[str, str], *words: str, program: Sequence[str] = ()) -> list[str]:
        """What starts it, with more words than its own, or with a program in place of its own."""


class Docker:
    """As containers of Docker."""

    def __init__(self, image: str) -> None:
        self._image = image

    def close(self) -> None:
        """Nothing is left: each container removes itself."""

    def size(self) -> int:
        """Of the image, in bytes, unpacked."""
        return int(_said("docker", "image", "inspect", "--format", "{{.Size}}", self._image))

    def command(self, environment: Mapping[str, str], *words: str, program: Sequence[str] = ()) -> list[str]:
        """What starts it; a signal to it reaches the program."""
        run = ["docker", "run", "--rm", "--network", "host", "--read-only", "--tmpfs", "/tmp:mode=1777"]
        run += ["--cap-drop", "ALL"]
        for name, value in environment.items():
            run += ["--env", f"{name}={value}"]
        run += ["--entrypoint", program[0]] if program else []
        return [*run, self._image, *program[1:], *words]


class Buildah:
    """In the image's own files, mounted."""

    def __init__(self, image: str) -> None:
        self._image = image
        told = json.loads(_said("buildah", "inspect", "--type", "image", image))
        self._config = told["Docker"]["config"]
        assert self._config["Healthcheck"], "the image has no HEALTHCHECK"
        assert self._config["Labels"]["org.opencontainers.image.revision"]
        self._container = _said("buildah", "from", image)
        self._root = _said("buildah", "mount", self._container)

    def close(self) -> None:
        """Leave the image as it was."""
        _said("buildah", "rm", self._container)

    def size(self) -> int:
        """Of the image, in bytes, unpacked."""
        return sum(
            os.lstat(os.path.join(folder, name)).st_size
            for folder, _, names in os.walk(self._root)
            for name in names
        )

    def command(self, environment: Mapping[str, str], *words: str, program: Sequence[str] = ()) -> list[str]:
        """What starts it; each step becomes the next, so that a signal to it reaches the program."""
        config = self._config
        start = program or [*(config["Entrypoint"] or []), *(words or config["Cmd"] or [])]
        given = [*config["Env"], *(f"{name}={value}" for name, value in environment.items())]
        inside = [config["WorkingDir"] or "/", "/usr/bin/env", "-i", *given, *start]
        namespace = ["unshare", "--mount", "--propagation", "private"]
        return [*namespace, "bash", "-c", NAMESPACE, self._root, config["User"], *inside]


def main(lines: Sequence[str]) -> int:
    """Try the images that `infra/images.sh` names, a line for each."""
    images = dict(line.split() for line in lines)
    docker = (
        shutil.which("docker") and subprocess.run(["docker", "info"], capture_output=True).returncode == 0
    )
    runners: dict[str, Runner] = {
        target: Docker(name) if docker else Buildah(name) for target, name in images.items()
    }
    try:
        _try(runners)
    finally:
        for runner in runners.values():
            runner.close()
    print("both images answer, and end with status 0")
    return 0


def _try(runners: Mapping[str, Runner]) -> None:
    for target, runner in runners.items():
        _writes_nowhere(target, runner)
    with _endpoint(runners["endpoint"]) as reading:
        _bot(runners["bot"], "onnx:model/weights", {}, "onnx")
        by_endpoint = "sagemaker://wherein?region=eu-west-1,onnx:model/weights"
        aws = CREDENTIALS | {"AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": reading}
        _bot(runners["bot"], by_endpoint, aws, "sagemaker")


def _writes_nowhere(target: str, runner: Runner) -> None:
    ids, *written = _said(*runner.command({}, program=["python3", "-c", WRITES])).splitlines()
    assert ids.split()[0] == str(USER), ids
    assert set(written) <= {"/tmp", "/dev/shm"}, written
    listed = json.loads(_said(*runner.command({}, program=["cat", "/opt/venv/sbom.json"])))
    assert "numpy" in {one["name"] for one in listed["components"]}, listed
    print(
        f"{target}: {runner.size() / 1e6:.0f} MB unpacked; {len(listed['components'])} packages in its SBOM",
        end="",
    )
    print(f"; user {ids}; writes to {' '.join(written)}")


@contextmanager
def _endpoint(runner: Runner) -> Iterator[str]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with _running("endpoint", runner.command({}, "serve", "--port", str(port))) as began:
        body = wire.request(QUESTIONS[0], [Passage("", 0, PARAGRAPH)])
        reply = wire.read(_soon(lambda: fetched(f"{url}/invocations", body)))
        best = reply.found[0][0]
        assert PARAGRAPH[best.start : best.end] == "Priya Nair", best
        print(f"endpoint: first answer after {time.monotonic() - began:.1f} s, by {reply.model}")
        yield url


def _bot(runner: Runner, model: str, more: Mapping[str, str], reader: str) -> None:
    port, page = free_port(), free_port()
    environment = {
        "WHEREIN_PORT": str(port),
        "WHEREIN_WEB_PORT": str(page),
        "WHEREIN_STORE": "memory:",
        "WHEREIN_MODEL": model,
        "WHEREIN_API_KEY": KEY,
        "WHEREIN_ADMIN_PASSWORD": KEY,
        **more,
    }
    with _running("bot", runner.command(environment)) as began:
        said = {"question": QUESTIONS[0], "context": PARAGRAPH}
        bearer = {"Authorization": f"Bearer {KEY}"}
        reply = json.loads(_soon(lambda: fetched(f"http://127.0.0.1:{port}/ask", said, **bearer)))
        answered = time.monotonic() - began
        assert (reply["answer"]["text"], reply["answer"]["reader"]) == ("Priya Nair", reader), reply
        _reads_a_file(port, bearer)
        asks = {"Accept": "text/html"}  # as a browser: it is led to the form that asks for the password
        assert b'type="password"' in _soon(lambda: fetched(f"http://127.0.0.1:{page}/", **asks))
        paged = time.monotonic() - began
        print(f"bot: first answer by {reader} after {answered:.1f} s, the page after {paged:.1f} s")


def _reads_a_file(port: int, bearer: Mapping[str, str]) -> None:
    """Files are read in processes of their own, which write to /tmp."""
    data = base64.b64encode((PROJECT / "tests" / "fixtures" / "lease.pdf").read_bytes()).decode()
    said = {"question": "Who signed the lease?", "files": [{"name": "lease.pdf", "data": data}]}
    reply = json.loads(fetched(f"http://127.0.0.1:{port}/ask", said, **bearer))
    assert [one["title"] for one in reply["read"]] == ["lease.pdf"], reply


@contextmanager
def _running(name: str, command: Sequence[str]) -> Iterator[float]:
    """A container until it is told to end, from when it was started."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield began
        process.send_signal(signal.SIGTERM)
        told = time.monotonic()
        said, _ = process.communicate(timeout=END_SECONDS)
        assert process.returncode == 0, f"{name} ended with status {process.returncode}: {said}"
        assert "Traceback" not in said, said
        print(f"{name}: ended with status 0, {time.monotonic() - told:.1f} s after SIGTERM")
    finally:
        if process.poll() is None:
            process.kill()
            print(process.communicate()[0], file=sys.stderr)


def _soon(ask: Any) -> Any:
    """What is answered as soon as anything is."""
    ends = time.monotonic() + START_SECONDS
    while True:
        try:
            return ask()
        except OSError as error:  # it does not listen yet, or is not ready
            if time.monotonic() > ends:
                raise AssertionError(f"no answer after {START_SECONDS:g} s: {error}") from error
            time.sleep(0.05)


def _said(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.stdin.read().splitlines()))
