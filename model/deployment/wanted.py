"""What is to be deployed, and how; each part refuses with one sentence what cannot be."""

import math
import re
from dataclasses import dataclass, field

CANARY, WAIT, ALARMS = 50, 3600, 10  # at most: percent, seconds, names; AWS's own limits
MEMORY = range(1024, 6145, 1024)  # MB that a serverless endpoint may have
CONCURRENCY = 200  # calls at once that it may take
METRICS = ("cpu", "concurrency")
PIPELINE_LEFT = (5, 3)  # the version of transformers that has no question-answering pipeline any more

ENDPOINT = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+", re.ASCII)
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
SUBNET, GROUP = re.compile(r"subnet-[0-9a-f]{8,17}"), re.compile(r"sg-[0-9a-f]{8,17}")
KEY = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/\S+", re.ASCII)
INSTANCE = re.compile(r"ml\.[a-z0-9-]+\.[a-z0-9]+")
TRANSFORMERS = re.compile(r"-transformers(\d+)\.(\d+)")
PINNED = re.compile(r"\S+(@sha256:[0-9a-f]{64}|:(?!latest$)[\w.-]+)", re.ASCII)


class DeployError(Exception):
    """Something cannot be deployed; the text is a sentence for whoever deploys."""


class NoAccessError(DeployError):
    """AWS cannot even be asked from here."""


class FailedError(DeployError):
    """AWS took it, and it came to nothing."""


def _hold(condition: object, otherwise: str) -> None:
    if not condition:
        raise DeployError(otherwise)


@dataclass(frozen=True, slots=True)
class Archive:
    """A folder of weights as model.tar.gz in S3, for our own container."""

    digest: str  # of what is in it
    bucket: str

    def __post_init__(self) -> None:
        _hold(BUCKET.fullmatch(self.bucket), f"--bucket: “{self.bucket}” is no bucket's name.")

    @property
    def key(self) -> str:
        """Where it lies in its bucket."""
        return f"models/{self.digest}/model.tar.gz"


@dataclass(frozen=True, slots=True)
class Stock:
    """A model of the Hugging Face hub, which the stock container fetches by itself."""

    model: str


@dataclass(frozen=True, slots=True)
class Instances:
    """Machines that are always there."""

    type: str = "ml.c7i.large"
    count: int = 1

    def __post_init__(self) -> None:
        known = INSTANCE.fullmatch(self.type)
        _hold(known, f"--instance: “{self.type}” is no type such as ml.c7i.large.")
        _hold(self.count >= 1, "--count: at least one instance is needed.")


@dataclass(frozen=True, slots=True)
class Serverless:
    """Memory that is there while it is asked."""

    memory: int
    concurrency: int

    def __post_init__(self) -> None:
        sizes = ", ".join(map(str, MEMORY))
        _hold(self.memory in MEMORY, f"--serverless: the memory is one of {sizes} MB.")
        possible = 1 <= self.concurrency <= CONCURRENCY
        _hold(possible, f"--concurrency: between 1 and {CONCURRENCY} calls at once.")


@dataclass(frozen=True, slots=True)
class Guard:
    """How an update is watched before it holds, and what takes it back."""

    canary: int | None  # percent of the fleet that is tried first; None: all of it
    wait: int  # seconds of trying, before the rest and again before the old fleet goes
    alarms: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        possible = self.canary is None or 1 <= self.canary <= CANARY
        _hold(possible, f"--canary: between 1 and {CANARY} percent of the instances.")
        _hold(0 <= self.wait <= WAIT, f"--wait: between 0 and {WAIT} seconds.")
        _hold(len(self.alarms) <= ALARMS, f"--alarm: at most {ALARMS} of them.")


@dataclass(frozen=True, slots=True)
class Scaling:
    """Between how many instances, and for which values of which metrics."""

    least: int
    most: int
    targets: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        in_order = 1 <= self.least <= self.most
        _hold(in_order, "--autoscale: two numbers of instances, the smaller first, from 1 on.")
        known = self.targets and self.targets.keys() <= set(METRICS)
        _hold(known, f"--target: one of {', '.join(METRICS)}, and its value.")
        possible = all(0 < value < math.inf for value in self.targets.values())
        _hold(possible, "--target: its value is above 0.")


@dataclass(frozen=True, slots=True)
class Network:
    """Where the instances stand, and who may speak to them."""

    subnets: tuple[str, ...]
    groups: tuple[str, ...]

    def __post_init__(self) -> None:
        _hold(self.subnets and self.groups, "--subnet and --security-group: one goes with the other.")
        for subnet in self.subnets:
            _hold(SUBNET.fullmatch(subnet), f"--subnet: “{subnet}” is none.")
        for group in self.groups:
            _hold(GROUP.fullmatch(group), f"--security-group: “{group}” is none.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """An endpoint, and what is to answer there."""

    endpoint: str
    role: str
    image: str
    content: Archive | Stock
    hosting: Instances | Serverless
    guard: Guard | None = None
    scaling: Scaling | None = None
    network: Network | None = None  # None: in one of SageMaker's own
    key: str = ""  # of KMS, for the instances' disks

    def __post_init__(self) -> None:
        _hold(ENDPOINT.fullmatch(self.endpoint), f"--endpoint: “{self.endpoint}” is no name.")
        _hold(ROLE.fullmatch(self.role), f"--role: “{self.role}” is no role's ARN.")
        self._check_image()
        _hold(not self.key or KEY.fullmatch(self.key), f"--kms-key: “{self.key}” is no key's ARN.")
        if isinstance(self.hosting, Serverless):
            _hold(not self.network, "--serverless: such an endpoint stands in no network of yours.")
            _hold(not self.key, "--serverless: such an endpoint has no disks for --kms-key.")
            _hold(not self.guard, "--serverless: such an endpoint has no --canary, no --alarm.")
            _hold(not self.scaling, "--serverless: such an endpoint scales by itself.")
            return
        if self.scaling:
            between = self.scaling.least <= self.hosting.count <= self.scaling.most
            _hold(between, "--count: not between the two numbers of --autoscale.")
        if self.guard and self.guard.canary:
            _hold(
                self.hosting.count > 1,
                "--canary: it is half of the instances at most, so --count is 2 or more.",
            )

    def _check_image(self) -> None:
        pinned = PINNED.fullmatch(self.image)
        _hold(
            pinned,
            f"--image: “{self.image}” may be another one tomorrow; give its digest or a tag that stays.",
        )
        version = TRANSFORMERS.search(self.image)
        able = not version or (int(version[1]), int(version[2])) < PIPELINE_LEFT
        _hold(
            able or isinstance(self.content, Archive),
            "--image: its transformers has no question-answering any more; 4.51.3 is the last that has it.",
        )
