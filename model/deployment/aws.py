"""AWS itself: looks at what is there, and makes the calls of a plan."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from model.deployment import calls
from model.deployment.plan import READY, WORKING, Endpoint, Found, Step
from model.deployment.wanted import WAIT, Archive, DeployError, FailedError, NoAccessError, Wanted

if TYPE_CHECKING:
    from types_boto3_sagemaker import SageMakerClient

POLL_SECONDS = 15.0
PATIENCE = calls.DEPLOYING + 2 * WAIT + 600.0  # seconds: AWS gives up before
CONFIG = Config(connect_timeout=5, read_timeout=60, retries={"mode": "standard", "total_max_attempts": 3})
MISSING = {"404", "NoSuchKey"}


class Account:
    """One region of the account that the credentials lead to."""

    def __init__(self, region: str | None) -> None:
        try:
            self._session = boto3.session.Session(region_name=region)
            credentials = self._session.get_credentials()
        except BotoCoreError as error:  # a profile that is not there
            raise DeployError(f"AWS cannot be asked: {error}.") from error
        if credentials is None:
            raise NoAccessError("There are no AWS credentials: set AWS_PROFILE, or run `aws configure`.")
        if not self._session.region_name:
            raise NoAccessError("No region is given: --region eu-west-1, or AWS_DEFAULT_REGION.")
        self.region = self._session.region_name
        with _ours():
            self._connect()

    def _connect(self) -> None:
        self.sagemaker: SageMakerClient = self._session.client("sagemaker", config=CONFIG)
        self.s3 = self._session.client("s3", config=CONFIG)
        self.autoscaling = self._session.client("application-autoscaling", config=CONFIG)

    def look(self, wanted: Wanted) -> Found:
        """What is there of what is wanted; raises `DeployError`."""
        model = calls.model(wanted)["ModelName"]
        configuration = calls.configuration(wanted)["EndpointConfigName"]
        with _ours():
            made = {
                model: self._there(self.sagemaker.describe_model, ModelName=model),
                configuration: self._there(
                    self.sagemaker.describe_endpoint_config, EndpointConfigName=configuration
                ),
            }
            if isinstance(wanted.content, Archive):
                key = {"Bucket": wanted.content.bucket, "Key": wanted.content.key}
                made[wanted.content.key] = self._there(self.s3.head_object, **key)
            described = self._there(self.sagemaker.describe_endpoint, EndpointName=wanted.endpoint)
            endpoint = _endpoint(described) if described else None
            if endpoint and self._holds(endpoint.configuration, wanted):
                endpoint = replace(endpoint, configuration=configuration)
                made |= {model: described, configuration: described}  # by other names
            return Found(
                frozenset(name for name, there in made.items() if there),
                endpoint,
                *self._scaling(calls.scalable(wanted.endpoint)),
            )

    def perform(self, steps: Sequence[Step], folder: Path, say: Callable[[str], None]) -> None:
        """Make the calls of a plan, in turn, with files from `folder`; raises `DeployError`."""
        for step in steps:
            if step.until:
                say(f"waiting until {step.request['EndpointName']} serves with {step.until}")
                self._wait(step.request["EndpointName"], step.until)
                continue
            say(f"{step.service} {step.call}")
            with _ours():
                self._make(step, folder)

    def _make(self, step: Step, folder: Path) -> None:
        client: Any = {
            "s3": self.s3,
            "sagemaker": self.sagemaker,
            "application-autoscaling": self.autoscaling,
        }[step.service]
        if not step.file:
            getattr(client, step.call)(**step.request)
            return
        with (folder / step.file).open("rb") as body:
            getattr(client, step.call)(**step.request, Body=body)

    def _wait(self, name: str, configuration: str) -> None:
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            time.sleep(POLL_SECONDS)  # first: what was asked a moment ago may not be seen yet
            with _ours():
                seen = self.sagemaker.describe_endpoint(EndpointName=name)
            status = seen["EndpointStatus"]
            reason = seen.get("FailureReason", "no reason is given").rstrip(".")
            if status in WORKING:
                continue
            if status != READY:
                raise FailedError(f"The endpoint {name} is {status}: {reason}.")
            if seen["EndpointConfigName"] != configuration:
                raise FailedError(
                    f"The endpoint {name} went back to {seen['EndpointConfigName']}, since an alarm rang or"
                    f" the new instances did not answer: {reason}."
                )
            return
        raise FailedError(f"The endpoint {name} is not in service after {PATIENCE:.0f} s.")

    def _holds(self, configuration: str, wanted: Wanted) -> bool:
        """Whether a configuration holds what is wanted, whoever made it: Terraform has other names."""
        found = self._there(self.sagemaker.describe_endpoint_config, EndpointConfigName=configuration)
        if not found:
            return False
        variant = found["ProductionVariants"][0]
        model = self._there(self.sagemaker.describe_model, ModelName=variant["ModelName"])
        (aim,) = calls.configuration(wanted)["ProductionVariants"]
        return (
            (found.get("KmsKeyId") or "") == wanted.key
            and covers(variant, {**aim, "ModelName": variant["ModelName"]})
            and covers(model or {}, {**calls.model(wanted), "ModelName": variant["ModelName"]})
        )

    def _there(self, describe: Callable[..., Any], **which: str) -> Mapping[str, Any] | None:
        try:
            found: Mapping[str, Any] = describe(**which)
        except ClientError as error:
            code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
            if code in MISSING or (code == "ValidationException" and message.startswith("Could not find")):
                return None
            raise
        return found

    def _scaling(self, what: Mapping[str, Any]) -> tuple[Mapping[str, int] | None, Mapping[str, Any]]:
        space, resource = what["ServiceNamespace"], what["ResourceId"]
        targets = self.autoscaling.describe_scalable_targets(ServiceNamespace=space, ResourceIds=[resource])
        bounds = [
            {"MinCapacity": target["MinCapacity"], "MaxCapacity": target["MaxCapacity"]}
            for target in targets["ScalableTargets"]
        ]
        policies = self.autoscaling.describe_scaling_policies(ServiceNamespace=space, ResourceId=resource)
        known = {
            policy["PolicyName"]: policy.get("TargetTrackingScalingPolicyConfiguration", {})
            for policy in policies["ScalingPolicies"]
        }
        return bounds[0] if bounds else None, known


def covers(found: Any, wanted: Any) -> bool:
    """Whether all that is wanted was found; the order of names does not matter, and AWS may say more."""
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and all(covers(found.get(k), v) for k, v in wanted.items())
    if isinstance(wanted, list):
        return isinstance(found, list) and sorted(found) == sorted(wanted)
    return bool(found == wanted)


def _endpoint(described: Mapping[str, Any]) -> Endpoint:
    pending = described.get("PendingDeploymentSummary", {})
    name = pending.get("EndpointConfigName", described["EndpointConfigName"])
    return Endpoint(described["EndpointStatus"], name)


@contextmanager
def _ours() -> Iterator[None]:
    """What AWS refuses, or why it cannot be asked, in one sentence."""
    try:
        yield
    except ClientError as error:
        said = error.response["Error"]
        message = said["Message"].rstrip(".")
        raise DeployError(f"AWS refuses {error.operation_name}: {said['Code']}: {message}.") from error
    except (BotoCoreError, OSError, ValueError) as error:  # the last for an address that is none
        raise DeployError(f"AWS cannot be asked: {str(error).rstrip('.')}.") from error
