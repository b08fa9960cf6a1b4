"""A reader to a SageMaker endpoint: our container with a folder of weights, or the stock Hugging Face one.

    python -m model.deploy --endpoint NAME --role ARN --image URI --bucket BUCKET [--weights FOLDER]
    python -m model.deploy --endpoint NAME --role ARN --stock [MODEL_ID]

The same call again changes nothing. `--dry-run` prints, as JSON, the calls that would be made.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from model.deployment import archive
from model.deployment.arguments import WEIGHTS, parser, wanted
from model.deployment.plan import Found, Step, plan
from model.deployment.wanted import DeployError, FailedError, NoAccessError
from model.readers import folder

if TYPE_CHECKING:
    from model.deployment.aws import Account


def _account(region: str | None) -> "Account":
    try:
        from model.deployment.aws import Account
    except ImportError as error:
        raise NoAccessError(f"{error.name} is not installed: pip install -r requirements/aws.txt") from error
    return Account(region)


def _packed(asked: argparse.Namespace, out: Path) -> str | None:
    """The digest of the packed weights, where there are any."""
    if asked.stock:
        if asked.weights or asked.bucket:
            raise DeployError(
                "--stock: its weights come from the hub, so there is no --weights, no --bucket."
            )
        return None
    if not asked.image or not asked.bucket:
        raise DeployError("Give --image and --bucket for our own container, or --stock for the stock one.")
    return archive.pack(folder(asked.weights or WEIGHTS), out / archive.NAME)


def deploy(asked: argparse.Namespace, out: Path) -> None:
    """Look, plan, and then print the plan or perform it; raises `DeployError`."""
    digest = _packed(asked, out)
    try:
        account = _account(asked.region)
    except NoAccessError as error:
        if not asked.dry_run:
            raise
        said = wanted(asked, asked.region, digest)
        print(f"As if nothing were there yet, for nobody looked: {error}", file=sys.stderr)
        _print(plan(said, Found()))
        return
    said = wanted(asked, account.region, digest)
    steps = plan(said, account.look(said))
    if asked.dry_run:
        _print(steps)
        return
    account.perform(steps, out, partial(print, flush=True))
    print("done" if steps else "nothing to do")
    dialect = "&dialect=huggingface" if asked.stock else ""
    print(f"WHEREIN_MODEL=sagemaker://{asked.endpoint}?region={account.region}{dialect}")


def _print(steps: Sequence[Step]) -> None:
    print(json.dumps([step.drawn() for step in steps], indent=2))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit status: 2 where it cannot be tried, 1 where it was and failed."""
    asked = parser(__doc__ or "").parse_args(arguments)
    try:
        with TemporaryDirectory(prefix="wherein-") as out:
            deploy(asked, Path(out))
    except DeployError as error:
        print(error, file=sys.stderr)
        return 1 if isinstance(error, FailedError) else 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
