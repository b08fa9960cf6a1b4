"""A deployment from the command on, over moto's AWS, whose UpdateEndpoint the stand-in has written."""

import itertools
import json
import sys

import boto3
import pytest
from botocore.config import Config
from moto.sagemaker.models import sagemaker_backends
from moto.sagemaker.responses import SageMakerResponse

from model import deploy
from model.deployment import archive, aws
from model.deployment.plan import Step
from model.deployment.wanted import FailedError
from tests import aws_stand_in
from tests.test_deployment import small

ACCOUNT, REGION, BUCKET = "123456789012", "eu-west-1", "models-of-wherein"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/wherein"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/wherein:1.0"
STOCK = f"763104351884.dkr.ecr.{REGION}.amazonaws.com/huggingface-pytorch-inference:2.6.0-transformers4.51.3"
OURS = ("--image", IMAGE, "--bucket", BUCKET, "--instance", "ml.c5.large")
NETWORK = ("--subnet", "subnet-12345678", "--subnet", "subnet-87654321", "--security-group", "sg-12345678")
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000"
_numbers = itertools.count()


def client(service):
    return boto3.session.Session(region_name=REGION).client(
        service, config=Config(retries={"total_max_attempts": 1})
    )


@pytest.fixture
def name(amazon, aws, monkeypatch):
    """An endpoint's name that nobody has yet, with AWS at hand and a bucket there."""
    aws.setenv("AWS_ENDPOINT_URL", amazon)
    aws.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setattr("model.deployment.aws.POLL_SECONDS", 0.0)
    s3 = client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    yield f"wherein-{next(_numbers)}"
    for kept in s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        s3.delete_object(Bucket=BUCKET, Key=kept["Key"])
    s3.delete_bucket(Bucket=BUCKET)


@pytest.fixture
def weights(tmp_path, monkeypatch):
    """Small weights instead of the shipped ones."""
    made = small(tmp_path / "weights")
    monkeypatch.setattr("model.deploy.WEIGHTS", str(made))
    return made


@pytest.fixture
def run(name, weights, capsys):
    """Run the command for that endpoint; its exit status, and what it said."""

    def begin(*arguments):
        status = deploy.main(["--endpoint", name, "--role", ROLE, *arguments])
        return status, *capsys.readouterr()

    return begin


def backend(name):
    return sagemaker_backends[ACCOUNT][REGION].endpoints[name]


@pytest.fixture
def update_endpoint(monkeypatch):
    """The stand-in's UpdateEndpoint: what was asked of it, and what then becomes of the endpoint."""
    asked, becomes = [], {}

    def update(self):
        answer = aws_stand_in.update_endpoint(self)
        asked.append(json.loads(self.body))
        for field, value in becomes.items():
            setattr(backend(asked[-1]["EndpointName"]), field, value)
        return answer

    monkeypatch.setattr(SageMakerResponse, "update_endpoint", update)
    return asked, becomes


@pytest.fixture
def recorded(monkeypatch):
    """The calls that are really made."""
    made, real = [], aws.Account._make

    def make(self, step, folder):
        made.append(step.drawn())
        real(self, step, folder)

    monkeypatch.setattr(aws.Account, "_make", make)
    return made


# --------------------------------------------------------------------------- what comes to be


def test_an_endpoint_comes_to_be_and_the_same_call_again_does_nothing(run, name, weights, tmp_path, recorded):
    status, out, err = run(*OURS, "--count", "2")
    assert (status, err) == (0, "")
    assert out.endswith(f"done\nWHEREIN_MODEL=sagemaker://{name}?region={REGION}\n")
    sagemaker = client("sagemaker")
    endpoint = sagemaker.describe_endpoint(EndpointName=name)
    configuration = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    (variant,) = configuration["ProductionVariants"]
    assert (variant["VariantName"], variant["InitialInstanceCount"]) == ("AllTraffic", 2)
    container = sagemaker.describe_model(ModelName=variant["ModelName"])["PrimaryContainer"]
    place = container["ModelDataUrl"].removeprefix(f"s3://{BUCKET}/")
    body = client("s3").get_object(Bucket=BUCKET, Key=place)["Body"].read()
    archive.pack(weights, tmp_path / "again")
    assert body == (tmp_path / "again").read_bytes()
    made = len(recorded)
    status, out, _ = run(*OURS, "--count", "2")
    assert (status, len(recorded)) == (0, made)
    assert out.startswith("nothing to do\n")


def test_its_instances_stand_in_a_network_and_write_by_a_key(run, name):
    assert run(*OURS, *NETWORK, "--kms-key", KEY)[0] == 0
    sagemaker = client("sagemaker")
    endpoint = sagemaker.describe_endpoint(EndpointName=name)
    configuration = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    assert configuration["KmsKeyId"] == KEY
    (variant,) = configuration["ProductionVariants"]
    network = sagemaker.describe_model(ModelName=variant["ModelName"])["VpcConfig"]
    assert network == {"Subnets": [NETWORK[1], NETWORK[3]], "SecurityGroupIds": [NETWORK[5]]}


def test_a_serverless_endpoint_comes_to_be(run, name):
    assert run("--image", IMAGE, "--bucket", BUCKET, "--serverless", "2048", "--concurrency", "5")[0] == 0
    (variant,) = client("sagemaker").describe_endpoint(EndpointName=name)["ProductionVariants"]
    assert variant["CurrentServerlessConfig"] == {"MemorySizeInMB": 2048, "MaxConcurrency": 5}


def test_the_stock_container_comes_to_be_without_a_bucket(run, name):
    status, out, _ = run("--stock", "--image", STOCK, "--instance", "ml.c5.xlarge")
    assert status == 0
    assert out.endswith(f"WHEREIN_MODEL=sagemaker://{name}?region={REGION}&dialect=huggingface\n")
    endpoint = client("sagemaker").describe_endpoint(EndpointName=name)
    assert endpoint["EndpointStatus"] == "InService"


def test_an_endpoint_scales_by_both_metrics_and_then_by_one(run, name):
    scaled = (*OURS, "--autoscale", "1", "4", "--target", "concurrency", "4")
    assert run(*scaled, "--target", "cpu", "120")[0] == 0
    resource = {"ServiceNamespace": "sagemaker", "ResourceId": f"endpoint/{name}/variant/AllTraffic"}
    scaling = client("application-autoscaling")
    (target,) = scaling.describe_scalable_targets(
        ServiceNamespace="sagemaker", ResourceIds=[resource["ResourceId"]]
    )["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 4)
    policies = scaling.describe_scaling_policies(**resource)["ScalingPolicies"]
    assert {policy["PolicyName"] for policy in policies} == {"wherein-cpu", "wherein-concurrency"}
    assert run(*scaled, "--target", "cpu", "120")[1].startswith("nothing to do")
    assert run(*scaled)[0] == 0
    (policy,) = scaling.describe_scaling_policies(**resource)["ScalingPolicies"]
    assert policy["PolicyName"] == "wherein-concurrency"


def test_what_another_made_and_named_otherwise_is_left_as_it_is(run, name, recorded):
    assert run(*OURS, *NETWORK, "--count", "2")[0] == 0
    sagemaker = client("sagemaker")
    serves = sagemaker.describe_endpoint(EndpointName=name)["EndpointConfigName"]
    (variant,) = sagemaker.describe_endpoint_config(EndpointConfigName=serves)["ProductionVariants"]
    model = sagemaker.describe_model(ModelName=variant["ModelName"])
    kept = ("PrimaryContainer", "ExecutionRoleArn", "EnableNetworkIsolation")
    network = {part: ids[::-1] for part, ids in model["VpcConfig"].items()}
    theirs = {part: model[part] for part in kept} | {"VpcConfig": network}
    sagemaker.create_model(ModelName=f"{name}-theirs", **theirs)
    variants = [{**variant, "ModelName": f"{name}-theirs"}]
    sagemaker.create_endpoint_config(EndpointConfigName=f"{name}-theirs", ProductionVariants=variants)
    backend(name).endpoint_config_name = f"{name}-theirs"
    sagemaker.delete_endpoint_config(EndpointConfigName=serves)
    sagemaker.delete_model(ModelName=variant["ModelName"])
    made = len(recorded)
    assert run(*OURS, *NETWORK, "--count", "2")[1].startswith("nothing to do")
    assert len(recorded) == made
    for other in (["--count", "3"], ["--count", "2", "--kms-key", KEY]):
        status, out, _ = run(*OURS, *NETWORK, *other, "--dry-run")
        assert (status, [step["call"] for step in json.loads(out)][-2]) == (0, "update_endpoint")


# --------------------------------------------------------------------------- updates


def test_with_a_stand_in_for_update_endpoint_other_weights_take_over_by_canary(
    run, name, weights, update_endpoint
):
    guarded = (*OURS, "--count", "2", "--canary", "25", "--wait", "60", "--alarm", "a", "--alarm", "b")
    assert run(*guarded)[0] == 0
    asked, _ = update_endpoint
    assert asked == []
    (weights / "README.md").write_text("another")
    status, out, _ = run(*guarded)
    assert status == 0
    assert [line.split()[-1] for line in out.splitlines()[:4]] == [
        "put_object",
        "create_model",
        "create_endpoint_config",
        "update_endpoint",
    ]
    (request,) = asked
    alarms = request["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]
    assert [alarm["AlarmName"] for alarm in alarms] == ["a", "b"]
    assert backend(name).endpoint_config_name == request["EndpointConfigName"]
    assert run(*guarded)[1].startswith("nothing to do")


def test_with_a_stand_in_for_update_endpoint_one_that_went_back_has_failed(run, name, update_endpoint):
    assert run(*OURS)[0] == 0
    _, becomes = update_endpoint
    becomes |= {"endpoint_config_name": "the-old-one", "failure_reason": "an alarm rang"}
    status, _, err = run(*OURS, "--count", "2")
    assert status == 1
    assert f"{name} went back to the-old-one" in err
    assert err.endswith("an alarm rang.\n")
    assert err.count("\n") == 1


def test_with_a_stand_in_for_update_endpoint_one_that_fails_says_why(run, name, update_endpoint):
    assert run(*OURS)[0] == 0
    _, becomes = update_endpoint
    becomes |= {"endpoint_status": "Failed", "failure_reason": "The container did not pass the ping"}
    status, _, err = run(*OURS, "--count", "2")
    assert (status, err) == (1, f"The endpoint {name} is Failed: The container did not pass the ping.\n")
    status, _, err = run(*OURS, "--count", "2")
    assert status == 2
    assert "cannot be updated" in err


class Statuses:
    """A client to whom an endpoint shows one status after the other, the last again and again."""

    def __init__(self, *statuses):
        self.statuses = list(statuses)

    def describe_endpoint(self, **_):
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return {"EndpointStatus": status, "EndpointConfigName": "new"}


WAIT = [Step("sagemaker", "describe_endpoint", {"EndpointName": "e"}, until="new")]


def test_an_endpoint_is_waited_for_until_it_is_in_service(name, tmp_path):
    account = aws.Account(REGION)
    account.sagemaker = Statuses("Creating", "Updating", "RollingBack", "InService")
    account.perform(WAIT, tmp_path, lambda _: None)
    assert account.sagemaker.statuses == ["InService"]


def test_an_endpoint_is_not_waited_for_for_ever(name, tmp_path, monkeypatch):
    monkeypatch.setattr("model.deployment.aws.PATIENCE", 0.05)
    account = aws.Account(REGION)
    account.sagemaker = Statuses("Updating")
    with pytest.raises(FailedError, match="not in service after"):
        account.perform(WAIT, tmp_path, lambda _: None)


# --------------------------------------------------------------------------- a dry run


def test_a_dry_run_prints_what_is_then_done_and_does_nothing(run, recorded):
    status, out, _ = run(*OURS, "--autoscale", "1", "2", "--target", "cpu", "120", "--dry-run")
    assert (status, recorded) == (0, [])
    assert run(*OURS, "--autoscale", "1", "2", "--target", "cpu", "120")[0] == 0
    assert [step for step in json.loads(out) if "until" not in step] == recorded
    status, out, _ = run(*OURS, "--autoscale", "1", "2", "--target", "cpu", "120", "--dry-run")
    assert (status, json.loads(out)) == (0, [])


@pytest.mark.parametrize("lacking", ["boto3", "credentials", "region"])
def test_where_nobody_can_look_a_dry_run_says_so_and_prints_all(run, aws, lacking):
    lack(lacking, aws)
    status, out, err = run(*OURS, "--dry-run")
    assert status == 0
    assert err.startswith("As if nothing were there yet, for nobody looked: ")
    assert [step["call"] for step in json.loads(out)][-2:] == ["create_endpoint", "describe_endpoint"]


def lack(lacking, aws):
    if lacking == "boto3":
        aws.delitem(sys.modules, "model.deployment.aws")
        aws.setitem(sys.modules, "boto3", None)
    elif lacking == "credentials":
        aws.delenv("AWS_ACCESS_KEY_ID")
        aws.delenv("AWS_SECRET_ACCESS_KEY")
    else:
        aws.delenv("AWS_DEFAULT_REGION")


# --------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("lacking", "words"),
    [
        ("boto3", "boto3 is not installed: pip install -r requirements/aws.txt"),
        ("credentials", "There are no AWS credentials"),
        ("region", "No region is given"),
    ],
)
def test_what_is_lacking_is_one_sentence_and_status_2(run, aws, lacking, words):
    lack(lacking, aws)
    status, out, err = run(*OURS)
    assert (status, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Give --image and --bucket"),
        (("--image", IMAGE), "Give --image and --bucket"),
        (("--stock", "--weights", "model/weights"), "there is no --weights"),
        (("--stock", "--image", STOCK.replace("4.51.3", "5.5.3")), "4.51.3 is the last"),
        (("--bucket", BUCKET, "--image", "wherein"), "another one tomorrow"),
        (("--bucket", BUCKET, "--image", "wherein:latest"), "another one tomorrow"),
        (("--bucket", "No Bucket", "--image", IMAGE), "--bucket: “No Bucket”"),
        ((*OURS, "--weights", "tests"), "The weights are missing"),
        ((*OURS, "--role", "admin"), "--role: “admin”"),
        ((*OURS, "--endpoint", "no_name"), "--endpoint: “no_name”"),
        ((*OURS, "--instance", "c7i.large"), "--instance: “c7i.large”"),
        ((*OURS, "--count", "0"), "--count: at least one"),
        ((*OURS, "--concurrency", "5"), "--concurrency: it belongs to"),
        ((*OURS, "--canary", "51", "--count", "4"), "--canary: between 1 and 50"),
        ((*OURS, "--canary", "10"), "--count is 2 or more"),
        ((*OURS, "--alarm", "a", "--wait", "3601"), "--wait: between 0 and 3600"),
        ((*OURS, "--wait", "60"), "--wait: it belongs to"),
        ((*OURS, *("--alarm", "a") * 11), "--alarm: at most 10"),
        ((*OURS, "--autoscale", "3", "2", "--target", "cpu", "60"), "the smaller first"),
        ((*OURS, "--autoscale", "0", "2", "--target", "cpu", "60"), "from 1 on"),
        ((*OURS, "--autoscale", "1", "2"), "--target: one of cpu, concurrency"),
        ((*OURS, "--autoscale", "1", "2", "--target", "heat", "60"), "--target: one of cpu, concurrency"),
        ((*OURS, "--autoscale", "1", "2", "--target", "cpu", "much"), "--target: one of cpu, concurrency"),
        ((*OURS, "--autoscale", "1", "2", "--target", "cpu", "nan"), "--target: its value is above 0"),
        ((*OURS, "--autoscale", "1", "2", "--target", "cpu", "60", "--count", "3"), "--count: not between"),
        ((*OURS, "--target", "cpu", "60"), "--target: it belongs to --autoscale"),
        ((*OURS[:4], "--serverless", "2000"), "--serverless: the memory is one of 1024"),
        ((*OURS[:4], "--serverless", "2048", "--concurrency", "201"), "--concurrency: between 1 and 200"),
        ((*OURS[:4], "--serverless", "2048", "--count", "2"), "has no instances"),
        ((*OURS[:4], "--serverless", "2048", "--alarm", "a"), "has no --canary, no --alarm"),
        ((*OURS, "--subnet", "subnet-12345678"), "--subnet and --security-group: one goes with"),
        ((*OURS, "--subnet", "x", "--security-group", "sg-12345678"), "--subnet: “x” is none"),
        ((*OURS, "--subnet", "subnet-12345678", "--security-group", "x"), "--security-group: “x” is none"),
        ((*OURS, "--kms-key", "alias/mine"), "--kms-key: “alias/mine” is no key's ARN"),
        ((*OURS[:4], "--serverless", "2048", *NETWORK), "no network of yours"),
        ((*OURS[:4], "--serverless", "2048", "--kms-key", KEY), "no disks for --kms-key"),
        (
            (*OURS[:4], "--serverless", "2048", "--autoscale", "1", "2", "--target", "cpu", "60"),
            "scales by itself",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_is_one_sentence_and_status_2(weights, aws, capsys, arguments, words):
    lack("credentials", aws)
    status = deploy.main(["--endpoint", "wherein", "--role", ROLE, *arguments, "--dry-run"])
    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


def test_the_stock_container_without_a_region_is_one_sentence_and_status_2(run, aws):
    aws.delenv("AWS_DEFAULT_REGION")
    status, _, err = run("--stock", "--dry-run")
    assert (status, err) == (2, "--stock: its container has another address in each region: give --region.\n")


def test_a_region_that_is_none_is_one_sentence_and_status_2(run):
    status, _, err = run(*OURS, "--region", "no region")
    assert status == 2
    assert err.startswith("AWS cannot be asked: ")
    assert err.count("\n") == 1


def test_what_aws_refuses_is_one_sentence_and_status_2(run):
    status, _, err = run("--image", IMAGE, "--bucket", "of-nobody", "--instance", "ml.c5.large")
    assert status == 2
    assert err.startswith("AWS refuses PutObject: NoSuchBucket: ")
    assert err.count("\n") == 1


def test_an_aws_that_cannot_be_reached_is_one_sentence_and_status_2(run, aws):
    aws.setenv("AWS_ENDPOINT_URL_SAGEMAKER", "http://127.0.0.1:1")
    status, _, err = run(*OURS)
    assert status == 2
    assert err.startswith("AWS cannot be asked: Could not connect to the endpoint URL")
    assert err.count("\n") == 1
