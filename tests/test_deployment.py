"""What a deployment would do, as data: the archive, the calls, their order."""

import hashlib
import os
import shutil
import sys
import tarfile
from dataclasses import replace
from types import ModuleType

import boto3
import pytest
from botocore.validate import ParamValidator

from model import readers
from model.deployment import archive, calls, stock
from model.deployment.plan import Endpoint, Found, Step, plan
from model.deployment.wanted import (
    ENDPOINT,
    Archive,
    DeployError,
    Guard,
    Instances,
    Scaling,
    Serverless,
    Stock,
    Wanted,
)
from model.readers import PROJECT
from model.types import Passage

WEIGHTS = PROJECT / "model" / "weights"
OURS = Wanted(
    "wherein",
    "arn:aws:iam::123456789012:role/wherein",
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com/wherein:1.0",
    Archive("ab" * 32, "models-of-ours"),
    Instances("ml.c5.large", 2),
)
STOCK = replace(OURS, image=stock.USUAL.format(region="eu-west-1"), content=Stock(stock.MODEL))
SERVERLESS = replace(OURS, hosting=Serverless(2048, 10))
GUARDED = replace(OURS, guard=Guard(25, 300, ("wherein-5xx", "wherein-latency")))
BAKED = replace(OURS, guard=Guard(None, 300, ("wherein-5xx",)))
SCALED = replace(OURS, scaling=Scaling(2, 6, {"cpu": 120.0, "concurrency": 4.0}))
ALL = [OURS, STOCK, SERVERLESS, GUARDED, BAKED, SCALED]
AIM = calls.configuration(OURS)["EndpointConfigName"]
OTHER = Endpoint("InService", "another")


def said(steps):
    return [step.call for step in steps]


# --------------------------------------------------------------------------- the archive


def small(folder):
    """A folder that passes for weights, but nothing can read with it."""
    folder.mkdir()
    files = {"model.int8.onnx": b"a network", "tokenizer.json": b"{}", "calibration.json": b"{}"}
    sums = [f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items()]
    for name, data in (files | {"SHA256SUMS": "".join(sums).encode()}).items():
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture
def weights(tmp_path):
    return small(tmp_path / "weights")


def test_the_same_weights_give_the_same_archive_whenever_and_wherever_they_lie(tmp_path, weights):
    digest = archive.pack(weights, tmp_path / "one.tar.gz")
    other = shutil.copytree(weights, tmp_path / "other")
    (other / ".cache").mkdir()
    (other / ".cache" / "left").write_text("by an editor")
    for path in other.iterdir():
        os.utime(path, (1, 1))
        path.chmod(0o700)
    assert archive.pack(other, tmp_path / "two.tar.gz") == digest
    assert (tmp_path / "one.tar.gz").read_bytes() == (tmp_path / "two.tar.gz").read_bytes()


def test_another_file_gives_another_digest(tmp_path, weights):
    digest = archive.pack(weights, tmp_path / "one.tar.gz")
    (weights / "calibration.json").write_text("null")
    assert archive.pack(weights, tmp_path / "two.tar.gz") != digest


async def test_what_is_unpacked_can_be_read_with(tmp_path, reader):
    archive.pack(WEIGHTS, tmp_path / archive.NAME)
    with tarfile.open(tmp_path / archive.NAME) as packed:
        assert {entry.mtime for entry in packed} == {0}
        packed.extractall(tmp_path / "unpacked", filter="data")
    unpacked = readers.open_one(f"onnx:{tmp_path / 'unpacked'}")
    passages = [Passage("d", 0, "Ada signed the lease.")]
    assert await unpacked.read("Who signed?", passages) == await reader.read("Who signed?", passages)
    unpacked.close()


def test_damaged_weights_are_not_packed(tmp_path, weights):
    (weights / "tokenizer.json").write_text("null")
    with pytest.raises(DeployError, match="The weights are damaged"):
        archive.pack(weights, tmp_path / archive.NAME)


def test_a_name_longer_than_an_archive_has_is_one_sentence(tmp_path, weights):
    (weights / ("n" * 120)).write_text("x")
    with pytest.raises(DeployError, match="cannot be packed: name is too long"):
        archive.pack(weights, tmp_path / archive.NAME)


def test_a_folder_without_weights_is_not_packed(tmp_path):
    with pytest.raises(DeployError, match="The weights are missing"):
        archive.pack(tmp_path, tmp_path / archive.NAME)


# --------------------------------------------------------------------------- the calls


@pytest.fixture(scope="module")
def clients():
    session = boto3.session.Session("none", "none", region_name="eu-west-1")
    return {service: session.client(service) for service in ("s3", "sagemaker", "application-autoscaling")}


@pytest.mark.parametrize("wanted", ALL)
@pytest.mark.parametrize("found", [Found(), Found(endpoint=OTHER), Found(endpoint=OTHER, bounds={})])
def test_every_call_is_one_that_aws_describes(clients, wanted, found):
    for step in plan(wanted, found):
        meta = clients[step.service].meta
        operation = meta.service_model.operation_model(meta.method_to_api_mapping[step.call])
        report = ParamValidator().validate(step.request, operation.input_shape)
        assert not report.has_errors(), report.generate_report()


@pytest.mark.parametrize(
    "other",
    [
        replace(OURS, image=f"{OURS.image}.1"),
        replace(OURS, role=f"{OURS.role}2"),
        replace(OURS, content=Archive("cd" * 32, "models-of-ours")),
        replace(OURS, content=Archive("ab" * 32, "models-of-others")),
        STOCK,
        SERVERLESS,
        replace(OURS, endpoint="whereout"),
    ],
)
def test_another_model_has_another_name(other):
    assert calls.model(other)["ModelName"] != calls.model(OURS)["ModelName"]
    assert calls.configuration(other)["EndpointConfigName"] != AIM


def test_the_same_model_on_other_machines_keeps_its_name():
    for hosting in (Instances("ml.c5.large", 3), Instances("ml.c5.xlarge", 2)):
        other = replace(OURS, hosting=hosting)
        assert calls.model(other) == calls.model(OURS)
        assert calls.configuration(other)["EndpointConfigName"] != AIM


def test_a_model_s_name_begins_with_its_endpoint_and_its_archive():
    assert calls.model(OURS)["ModelName"].startswith(f"wherein-{'ab' * 6}-")


@pytest.mark.parametrize("endpoint", ["w", "w" * 63, f"{'w' * 36}-{'w' * 20}"])
def test_every_name_is_one_that_aws_takes(endpoint):
    wanted = replace(OURS, endpoint=endpoint)
    assert ENDPOINT.fullmatch(calls.model(wanted)["ModelName"])
    assert ENDPOINT.fullmatch(calls.configuration(wanted)["EndpointConfigName"])


def test_our_container_is_cut_off_where_it_can_be():
    isolated = [calls.model(wanted)["EnableNetworkIsolation"] for wanted in (OURS, STOCK, SERVERLESS)]
    assert isolated == [True, False, False]


def test_the_stock_container_is_told_its_model_and_its_task():
    container = calls.model(STOCK)["PrimaryContainer"]
    assert container["Environment"] == {"HF_MODEL_ID": stock.MODEL, "HF_TASK": "question-answering"}
    assert "ModelDataUrl" not in container


def test_the_processor_is_tracked_as_percent_of_one_core():
    tracking = calls.policies("wherein", SCALED.scaling)["wherein-cpu"]
    metric = tracking["CustomizedMetricSpecification"]
    assert (tracking["TargetValue"], metric["Statistic"], metric["Unit"]) == (120.0, "Average", "Percent")
    assert (metric["Namespace"], metric["MetricName"]) == ("/aws/sagemaker/Endpoints", "CPUUtilization")
    assert [dimension["Value"] for dimension in metric["Dimensions"]] == ["wherein", "AllTraffic"]


def test_an_update_is_tried_on_some_and_taken_back_by_its_alarms():
    config = calls.updated(GUARDED, scaled=False)["DeploymentConfig"]
    policy = config["BlueGreenUpdatePolicy"]
    assert policy["TrafficRoutingConfiguration"] == {
        "Type": "CANARY",
        "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 25},
        "WaitIntervalInSeconds": 300,
    }
    assert policy["MaximumExecutionTimeoutInSeconds"] > 2 * 300
    names = [alarm["AlarmName"] for alarm in config["AutoRollbackConfiguration"]["Alarms"]]
    assert names == ["wherein-5xx", "wherein-latency"]


def test_without_a_guard_aws_updates_in_its_own_way():
    assert "DeploymentConfig" not in calls.updated(OURS, scaled=False)


def test_an_endpoint_that_scales_keeps_its_number_of_instances():
    assert calls.updated(OURS, scaled=True)["RetainAllVariantProperties"] is True
    assert "RetainAllVariantProperties" not in calls.updated(OURS, scaled=False)
    assert "RetainAllVariantProperties" not in calls.updated(SERVERLESS, scaled=True)


# --------------------------------------------------------------------------- their order


def test_where_nothing_is_everything_is_made_and_then_waited_for():
    assert said(plan(SCALED, Found())) == [
        "put_object",
        "create_model",
        "create_endpoint_config",
        "create_endpoint",
        "describe_endpoint",
        "register_scalable_target",
        "put_scaling_policy",
        "put_scaling_policy",
    ]


def there(wanted, endpoint, **fields):
    model, configuration = calls.model(wanted), calls.configuration(wanted)
    names = {model["ModelName"], configuration["EndpointConfigName"], wanted.content.key}
    return Found(frozenset(names), endpoint, **fields)


def test_where_all_is_as_wanted_nothing_is_done():
    policies = calls.policies("wherein", SCALED.scaling)
    aim = calls.configuration(SCALED)["EndpointConfigName"]
    found = there(SCALED, Endpoint("InService", aim), bounds={"MinCapacity": 2, "MaxCapacity": 6})
    assert plan(SCALED, replace(found, policies=policies)) == []


def test_an_endpoint_with_another_configuration_is_updated():
    assert said(plan(OURS, there(OURS, OTHER))) == ["update_endpoint", "describe_endpoint"]


def test_an_endpoint_on_its_way_to_what_is_wanted_is_waited_for():
    for status in ("Creating", "Updating", "SystemUpdating"):
        (step,) = plan(OURS, there(OURS, Endpoint(status, AIM)))
        assert step == Step("sagemaker", "describe_endpoint", {"EndpointName": "wherein"}, until=AIM)


@pytest.mark.parametrize(
    ("status", "configuration", "words"),
    [
        ("Updating", "another", "is Updating: something else is in hand"),
        ("Deleting", AIM, "is Deleting: something else is in hand"),
        ("RollingBack", AIM, "is RollingBack: something else is in hand"),
        ("Failed", AIM, "is Failed and cannot be updated"),
        ("Failed", "another", "is Failed and cannot be updated"),
    ],
)
def test_an_endpoint_that_cannot_be_updated_now_is_left_alone(status, configuration, words):
    with pytest.raises(DeployError, match=words):
        plan(OURS, Found(endpoint=Endpoint(status, configuration)))


def test_without_autoscale_the_scaling_is_whoever_s_it_is():
    found = there(OURS, Endpoint("InService", AIM), bounds={"MinCapacity": 1, "MaxCapacity": 9})
    assert plan(OURS, replace(found, policies={"wherein-cpu": {}})) == []


def test_a_metric_that_is_not_wanted_any_more_loses_its_policy_and_others_keep_theirs():
    wanted = replace(SCALED, scaling=Scaling(2, 6, {"concurrency": 4.0}))
    policies = calls.policies("wherein", SCALED.scaling) | {"of-terraform": {}}
    found = there(wanted, Endpoint("InService", AIM), bounds={"MinCapacity": 2, "MaxCapacity": 6})
    (step,) = plan(wanted, replace(found, policies=policies))
    assert (step.call, step.request["PolicyName"]) == ("delete_scaling_policy", "wherein-cpu")


def test_a_policy_with_another_value_is_put_again():
    policies = calls.policies("wherein", replace(SCALED.scaling, targets={"cpu": 90.0, "concurrency": 4.0}))
    found = there(SCALED, Endpoint("InService", AIM), bounds={"MinCapacity": 2, "MaxCapacity": 6})
    (step,) = plan(SCALED, replace(found, policies=policies))
    assert (step.call, step.request["PolicyName"]) == ("put_scaling_policy", "wherein-cpu")


# --------------------------------------------------------------------------- the stock container


def image_uris(retrieve):
    """The package's module, with this one function."""
    module = ModuleType("sagemaker.core.image_uris")
    module.retrieve = retrieve
    return module


@pytest.fixture
def package(monkeypatch):
    def install(module):
        for name in ("sagemaker", "sagemaker.core"):
            monkeypatch.setitem(sys.modules, name, ModuleType(name))
        monkeypatch.setitem(sys.modules, "sagemaker.core.image_uris", module)

    return install


def test_the_stock_container_s_address_is_the_package_s(package):
    def retrieve(framework, **asked):
        return f"{asked['region']}/{framework}:{asked['base_framework_version']}-{asked['version']}"

    package(image_uris(retrieve))
    assert stock.image("eu-west-1") == "eu-west-1/huggingface:pytorch2.6.0-4.51.3"


def test_a_region_that_the_package_does_not_know_is_an_error(package):
    def retrieve(framework, **asked):
        raise ValueError("Unsupported region")

    package(image_uris(retrieve))
    with pytest.raises(DeployError, match="no such container is known in moon-1"):
        stock.image("moon-1")


def test_without_the_package_the_usual_address_is_told(package):
    package(None)
    with pytest.raises(DeployError, match="give --image") as raised:
        stock.image("eu-west-1")
    assert "763104351884.dkr.ecr.eu-west-1.amazonaws.com/huggingface-pytorch-inference:2.6.0" in str(
        raised.value
    )
