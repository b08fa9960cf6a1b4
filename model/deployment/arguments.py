"""What is wanted, as a command says it."""

import argparse

from model.deployment import stock
from model.deployment.wanted import (
    METRICS,
    Archive,
    DeployError,
    Guard,
    Instances,
    Network,
    Scaling,
    Serverless,
    Stock,
    Wanted,
)

WEIGHTS, INSTANCE = "model/weights", "ml.c7i.large"
CONCURRENCY, WAIT = 10, 300


def parser(about: str) -> argparse.ArgumentParser:
    """What may be asked."""
    made = argparse.ArgumentParser(prog="python -m model.deploy", description=about.splitlines()[0])
    made.add_argument("--endpoint", required=True, metavar="NAME")
    made.add_argument(
        "--role", required=True, metavar="ARN", help="with which SageMaker fetches image and weights"
    )
    made.add_argument("--region", help="AWS_DEFAULT_REGION, if not given")
    made.add_argument("--dry-run", action="store_true", help="only print the calls that would be made")

    content = made.add_argument_group("what answers there")
    content.add_argument("--image", metavar="URI", help="the container, by digest or a tag that stays")
    content.add_argument("--bucket", help="where the weights are put")
    content.add_argument("--weights", metavar="FOLDER", help=f"{WEIGHTS}, if not given")
    content.add_argument(
        "--stock",
        nargs="?",
        const=stock.MODEL,
        metavar="MODEL_ID",
        help="instead of weights: the stock container with a model of the Hugging Face hub",
    )

    hosting = made.add_argument_group("on what")
    either = hosting.add_mutually_exclusive_group()
    either.add_argument("--instance", metavar="TYPE", help=f"{INSTANCE}, if not given")
    either.add_argument("--serverless", type=int, metavar="MB", help="memory, instead of instances")
    hosting.add_argument("--count", type=int, metavar="N", help="instances to begin with")
    hosting.add_argument(
        "--concurrency", type=int, metavar="N", help="of a serverless endpoint: calls at once"
    )

    hosting.add_argument("--subnet", action="append", metavar="ID", help="in which the instances stand")
    hosting.add_argument("--security-group", action="append", metavar="ID", help="of the instances")
    hosting.add_argument("--kms-key", default="", metavar="ARN", help="for the instances' disks")

    scaling = made.add_argument_group("how many, where Terraform does not say so")
    scaling.add_argument("--autoscale", nargs=2, type=int, metavar=("MIN", "MAX"))
    scaling.add_argument(
        "--target",
        nargs=2,
        action="append",
        metavar=("METRIC", "VALUE"),
        help="concurrency: calls at once on an instance; cpu: percent of one core, so two cores reach 200",
    )

    guard = made.add_argument_group("how an update is watched")
    guard.add_argument("--canary", type=int, metavar="PERCENT", help="of the instances that are tried first")
    guard.add_argument("--wait", type=int, metavar="SECONDS", help=f"of trying; {WAIT}, if not given")
    guard.add_argument(
        "--alarm", action="append", metavar="NAME", help="in CloudWatch; it takes the update back"
    )
    return made


def wanted(asked: argparse.Namespace, region: str | None, digest: str | None) -> Wanted:
    """What was asked for, with the digest of the weights where there are any; raises `DeployError`."""
    scaling = _scaling(asked)
    return Wanted(
        asked.endpoint,
        asked.role,
        asked.image or _stock_image(region),
        Archive(digest, asked.bucket) if digest else Stock(asked.stock),
        _hosting(asked),
        _guard(asked),
        scaling,
        _network(asked),
        asked.kms_key,
    )


def _network(asked: argparse.Namespace) -> Network | None:
    if not asked.subnet and not asked.security_group:
        return None
    return Network(tuple(asked.subnet or ()), tuple(asked.security_group or ()))


def _stock_image(region: str | None) -> str:
    if region is None:
        raise DeployError("--stock: its container has another address in each region: give --region.")
    return stock.image(region)


def _hosting(asked: argparse.Namespace) -> Instances | Serverless:
    if asked.serverless is None:
        if asked.concurrency is not None:
            raise DeployError("--concurrency: it belongs to --serverless.")
        count = asked.count if asked.count is not None else asked.autoscale[0] if asked.autoscale else 1
        return Instances(asked.instance or INSTANCE, count)
    if asked.count is not None:
        raise DeployError("--count: a serverless endpoint has no instances; --concurrency is what it has.")
    return Serverless(asked.serverless, CONCURRENCY if asked.concurrency is None else asked.concurrency)


def _guard(asked: argparse.Namespace) -> Guard | None:
    if asked.canary is None and not asked.alarm:
        if asked.wait is not None:
            raise DeployError("--wait: it belongs to --canary or --alarm.")
        return None
    return Guard(asked.canary, WAIT if asked.wait is None else asked.wait, tuple(asked.alarm or ()))


def _scaling(asked: argparse.Namespace) -> Scaling | None:
    if not asked.autoscale:
        if asked.target:
            raise DeployError("--target: it belongs to --autoscale.")
        return None
    least, most = asked.autoscale
    try:
        targets = {metric: float(value) for metric, value in asked.target or []}
    except ValueError:
        raise DeployError(f"--target: one of {', '.join(METRICS)}, and a number.") from None
    return Scaling(least, most, targets)
