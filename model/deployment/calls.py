"""What is said to AWS, as data; pure.

Models and configurations cannot be changed once they are made, so each is named after what it holds: the same
holds always have the same name, and another one never has it.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from model.deployment.wanted import Archive, Guard, Scaling, Serverless, Wanted

if TYPE_CHECKING:
    from types_boto3_application_autoscaling.literals import MetricTypeType
    from types_boto3_application_autoscaling.type_defs import TargetTrackingScalingPolicyConfigurationTypeDef
    from types_boto3_sagemaker.type_defs import (
        ContainerDefinitionTypeDef,
        CreateEndpointConfigInputTypeDef,
        CreateEndpointInputTypeDef,
        CreateModelInputTypeDef,
        DeploymentConfigTypeDef,
        ProductionVariantTypeDef,
        UpdateEndpointInputTypeDef,
    )

VARIANT = "AllTraffic"  # in every configuration: an update goes from a variant to one of the same name
NAME = 63  # characters, at most
DEPLOYING = 3600  # seconds that starting and stopping instances may take; waiting comes on top
SCALE_OUT_SECONDS, SCALE_IN_SECONDS = 60, 300  # between one change and the next


def model(wanted: Wanted) -> "CreateModelInputTypeDef":
    """The model: the image, and what it is to read with."""
    container: ContainerDefinitionTypeDef = {"Image": wanted.image}
    if isinstance(wanted.content, Archive):
        label = wanted.content.digest[:12]
        container["ModelDataUrl"] = f"s3://{wanted.content.bucket}/{wanted.content.key}"
    else:
        label = "stock"
        container["Environment"] = {"HF_MODEL_ID": wanted.content.model, "HF_TASK": "question-answering"}
    made: CreateModelInputTypeDef = {
        "ModelName": "",
        "ExecutionRoleArn": wanted.role,
        "PrimaryContainer": container,
        "EnableNetworkIsolation": _isolated(wanted),
    }
    if wanted.network:
        subnets, groups = list(wanted.network.subnets), list(wanted.network.groups)
        made["VpcConfig"] = {"Subnets": subnets, "SecurityGroupIds": groups}
    return made | {"ModelName": _named(wanted.endpoint, label, _digest(made))}


def configuration(wanted: Wanted) -> "CreateEndpointConfigInputTypeDef":
    """The configuration: the model, and on what it runs."""
    variant: ProductionVariantTypeDef = {
        "VariantName": VARIANT,
        "ModelName": model(wanted)["ModelName"],
        "InitialVariantWeight": 1.0,
    }
    if isinstance(wanted.hosting, Serverless):
        variant["ServerlessConfig"] = {
            "MemorySizeInMB": wanted.hosting.memory,
            "MaxConcurrency": wanted.hosting.concurrency,
        }
    else:
        variant["InstanceType"] = wanted.hosting.type  # type: ignore[typeddict-item]  # AWS says which there are
        variant["InitialInstanceCount"] = wanted.hosting.count
        variant["RoutingConfig"] = {"RoutingStrategy": "LEAST_OUTSTANDING_REQUESTS"}
    made: CreateEndpointConfigInputTypeDef = {"EndpointConfigName": "", "ProductionVariants": [variant]}
    if wanted.key:
        made["KmsKeyId"] = wanted.key
    return made | {"EndpointConfigName": _named(wanted.endpoint, _digest(made))}


def created(wanted: Wanted) -> "CreateEndpointInputTypeDef":
    """An endpoint that was not there."""
    name = configuration(wanted)["EndpointConfigName"]
    return {"EndpointName": wanted.endpoint, "EndpointConfigName": name}


def updated(wanted: Wanted, *, scaled: bool) -> "UpdateEndpointInputTypeDef":
    """An endpoint that goes over to another configuration; one that scales keeps its number of instances."""
    name = configuration(wanted)["EndpointConfigName"]
    call: UpdateEndpointInputTypeDef = {"EndpointName": wanted.endpoint, "EndpointConfigName": name}
    if scaled and not isinstance(wanted.hosting, Serverless):
        call["RetainAllVariantProperties"] = True
        call["ExcludeRetainedVariantProperties"] = [
            {"VariantPropertyType": "DesiredWeight"},
            {"VariantPropertyType": "DataCaptureConfig"},
        ]
    if wanted.guard:
        call["DeploymentConfig"] = _guarded(wanted.guard)
    return call


def _guarded(guard: Guard) -> "DeploymentConfigTypeDef":
    first: DeploymentConfigTypeDef = {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": guard.wait},
            "MaximumExecutionTimeoutInSeconds": DEPLOYING + 2 * guard.wait,
        }
    }
    if guard.canary:
        first["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"] = {
            "Type": "CANARY",
            "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": guard.canary},
            "WaitIntervalInSeconds": guard.wait,
        }
    if guard.alarms:
        first["AutoRollbackConfiguration"] = {"Alarms": [{"AlarmName": name} for name in guard.alarms]}
    return first


def scalable(endpoint: str) -> dict[str, Any]:
    """What it is that scales."""
    return {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{endpoint}/variant/{VARIANT}",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }


def bounds(scaling: Scaling) -> dict[str, int]:
    """Between how many instances."""
    return {"MinCapacity": scaling.least, "MaxCapacity": scaling.most}


def policies(endpoint: str, scaling: Scaling) -> dict[str, Mapping[str, Any]]:
    """For each metric the policy that holds it near its value, by its name."""
    return {policy(metric): _tracking(endpoint, metric, value) for metric, value in scaling.targets.items()}


def policy(metric: str) -> str:
    """The name of a metric's policy."""
    return f"wherein-{metric}"


def _tracking(endpoint: str, metric: str, value: float) -> Mapping[str, Any]:
    tracked: TargetTrackingScalingPolicyConfigurationTypeDef = {
        "TargetValue": value,
        "ScaleOutCooldown": SCALE_OUT_SECONDS,
        "ScaleInCooldown": SCALE_IN_SECONDS,
    }
    if metric == "concurrency":  # seen every ten seconds
        kind: MetricTypeType = "SageMakerVariantConcurrentRequestsPerModelHighResolution"
        tracked["PredefinedMetricSpecification"] = {"PredefinedMetricType": kind}
    else:  # the sum over an instance's cores: with two of them up to 200
        tracked["CustomizedMetricSpecification"] = {
            "Namespace": "/aws/sagemaker/Endpoints",
            "MetricName": "CPUUtilization",
            "Dimensions": [
                {"Name": "EndpointName", "Value": endpoint},
                {"Name": "VariantName", "Value": VARIANT},
            ],
            "Statistic": "Average",
            "Unit": "Percent",
        }
    return tracked


def _isolated(wanted: Wanted) -> bool:
    """Whether the container is cut off: the stock one fetches its model, and a serverless one cannot be."""
    return isinstance(wanted.content, Archive) and not isinstance(wanted.hosting, Serverless)


def _digest(call: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(call, sort_keys=True).encode()).hexdigest()[:12]


def _named(endpoint: str, *parts: str) -> str:
    end = "-".join(parts)
    return f"{endpoint[: NAME - 1 - len(end)].rstrip('-')}-{end}"
