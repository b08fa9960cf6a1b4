"""The calls that lead from what is there to what is wanted, in their order; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from model.deployment import archive, calls
from model.deployment.wanted import METRICS, Archive, DeployError, Wanted

READY = "InService"
ON_ITS_WAY = {"Creating", "Updating", "SystemUpdating"}  # to what was asked of it last
WORKING = ON_ITS_WAY | {"RollingBack", "Deleting"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint that is there."""

    status: str
    configuration: str  # that it has, or goes over to


@dataclass(frozen=True, slots=True)
class Found:
    """What is there already."""

    made: frozenset[str] = frozenset()  # the archive, the model and the configuration, by key and name
    endpoint: Endpoint | None = None
    bounds: Mapping[str, int] | None = None  # None: it does not scale
    policies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # by name


@dataclass(frozen=True, slots=True)
class Step:
    """One call."""

    service: str
    call: str
    request: Mapping[str, Any]
    file: str = ""  # what is sent with it
    until: str = ""  # repeated until the endpoint serves with this configuration

    def drawn(self) -> dict[str, Any]:
        """As JSON."""
        shown = {"service": self.service, "call": self.call, "request": self.request}
        shown |= {"file": self.file} if self.file else {}
        return shown | ({"until": f"{READY} with {self.until}"} if self.until else {})


def plan(wanted: Wanted, found: Found) -> list[Step]:
    """The calls to make, none where all is as wanted; raises `DeployError` where they cannot be made now."""
    return [*_makes(wanted, found), *_serves(wanted, found), *_scales(wanted, found)]


def _makes(wanted: Wanted, found: Found) -> Iterator[Step]:
    content = wanted.content
    if isinstance(content, Archive) and content.key not in found.made:
        put = {"Bucket": content.bucket, "Key": content.key}
        yield Step("s3", "put_object", put, file=archive.NAME)
    model, configuration = calls.model(wanted), calls.configuration(wanted)
    if model["ModelName"] not in found.made:
        yield Step("sagemaker", "create_model", model)
    if configuration["EndpointConfigName"] not in found.made:
        yield Step("sagemaker", "create_endpoint_config", configuration)


def _serves(wanted: Wanted, found: Found) -> Iterator[Step]:
    there, aim = found.endpoint, calls.configuration(wanted)["EndpointConfigName"]
    if there is None:
        yield Step("sagemaker", "create_endpoint", calls.created(wanted))
    elif there.status == READY and there.configuration != aim:
        scaled = found.bounds is not None
        yield Step("sagemaker", "update_endpoint", calls.updated(wanted, scaled=scaled))
    elif there.status == READY:
        return
    elif there.status not in ON_ITS_WAY or there.configuration != aim:
        raise DeployError(_not_now(wanted.endpoint, there.status))
    yield Step("sagemaker", "describe_endpoint", {"EndpointName": wanted.endpoint}, until=aim)


def _not_now(endpoint: str, status: str) -> str:
    if status in WORKING:
        return f"The endpoint {endpoint} is {status}: something else is in hand there; try again later."
    return (
        f"The endpoint {endpoint} is {status} and cannot be updated: look for the reason with `aws sagemaker"
        f" describe-endpoint --endpoint-name {endpoint}`; once it is deleted, this makes it anew."
    )


def _scales(wanted: Wanted, found: Found) -> Iterator[Step]:
    """Autoscaling, where it is wanted: otherwise whatever there is may be Terraform's."""
    if not wanted.scaling:
        return
    what, bounds = calls.scalable(wanted.endpoint), calls.bounds(wanted.scaling)
    policies = calls.policies(wanted.endpoint, wanted.scaling)
    if found.bounds != bounds:
        yield Step("application-autoscaling", "register_scalable_target", what | bounds)
    for name, tracking in policies.items():
        there = found.policies.get(name, {})
        if any(there.get(part) != value for part, value in tracking.items()):
            policy = {"PolicyName": name, "PolicyType": "TargetTrackingScaling"}
            asked = what | policy | {"TargetTrackingScalingPolicyConfiguration": tracking}
            yield Step("application-autoscaling", "put_scaling_policy", asked)
    for name in sorted(found.policies.keys() & set(map(calls.policy, METRICS)) - policies.keys()):
        yield Step("application-autoscaling", "delete_scaling_policy", what | {"PolicyName": name})
