"""Roles allow the calls that are made, and of others only those that have a reason beside them."""

import re

import boto3
import botocore.client
import pytest
from moto.sagemaker.responses import SageMakerResponse

from bot import stores
from bot.stores import Item
from model import deploy, readers
from model.readers import PROJECT
from model.types import Passage
from tests.aws_stand_in import update_endpoint
from tests.fakes import Clock
from tests.test_deployment import small

ROLES = (PROJECT / "infra" / "roles.tf").read_text()
REGION = "eu-west-1"
ROLE = "arn:aws:iam::123456789012:role/wherein-endpoint"
ALSO = {"s3:HeadObject": "s3:GetObject"}  # calls that are allowed by another's name
TABLE, BUCKET = "wherein-roles", "wherein-roles"


def allowed(document):
    """Each action of a policy document, and whether there is a reason beside it."""
    start = ROLES.index(f'data "aws_iam_policy_document" "{document}" {{')
    body = ROLES[start : ROLES.index("\n}\n", start)]
    found, reason = {}, False
    for line in body.splitlines():
        code, _, said = line.partition(" # ")
        if re.match(r"\s*actions\s*=", code):
            reason = bool(said)  # of all in the list
        for action in re.findall(r'"([a-z0-9-]+:[A-Z]\w+)"', code):
            found[action] = reason or bool(said)
    return found


def test_the_reader_of_documents_sees_actions_and_reasons():
    found = allowed("execution")
    assert found["ecr:BatchGetImage"]
    assert found["secretsmanager:GetSecretValue"]
    assert not allowed("task")["dynamodb:Query"]
    assert "kms:Decrypt" in allowed("task")


@pytest.fixture
def calls(monkeypatch):
    """The actions of all calls that clients made from now on make."""
    made, create = set(), botocore.client.ClientCreator.create_client

    def note(model, **_):
        action = f"{model.service_model.signing_name}:{model.name}"
        made.add(ALSO.get(action, action))

    def create_noting(self, *given, **more):
        client = create(self, *given, **more)
        client.meta.events.register("before-call", note)
        return client

    monkeypatch.setattr(botocore.client.ClientCreator, "create_client", create_noting)
    return made


def agree(made, document):
    """Nothing is missing, and nothing is there without being called or having a reason."""
    may = allowed(document)
    assert made - may.keys() == set()
    assert {action for action, reason in may.items() if not reason} == made


@pytest.fixture
def aws_there(amazon, aws):
    aws.setenv("AWS_ENDPOINT_URL", amazon)
    aws.setenv("AWS_DEFAULT_REGION", REGION)
    return aws


async def test_a_task_may_do_what_the_bot_does(aws_there, served, calls, monkeypatch):
    aws_there.setenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", served)
    await stores.open(f"dynamodb://{TABLE}?region={REGION}", clock=Clock()).close()  # makes it: loopback
    calls.clear()
    monkeypatch.setattr("bot.stores.dynamodb.is_loopback", lambda _: False)  # as if it were AWS
    store = stores.open(f"dynamodb://{TABLE}?region={REGION}", clock=Clock())
    await use(store)
    await store.close()
    reader = readers.open_one(f"sagemaker://wherein?region={REGION}")
    await reader.read("Who signed it?", [Passage("", 0, "Ada signed it.")])
    reader.close()
    agree(calls, "task")


async def use(store):
    """Every way to use a store, those behind conditions too."""
    one, other = Item("p", "a", due=1.0), Item("p", "b")
    await store.check()
    await store.put(one)
    await store.put(one, other)
    assert not await store.put_if(other, 7)
    await store.add("p", "c", {"votes": 1}, expires_at=1.0)
    await store.add("p", "c", {"votes": 1})
    assert await store.get("p", "a")
    assert await store.query("p")
    assert await store.keys("p")
    assert await store.overdue(10)
    assert not await store.signs(10)
    await store.delete([("p", "a"), ("p", "b")])
    await store.purge()
    await store.scrub()


async def test_the_store_is_used_in_every_way_that_it_has(aws_there):
    store = stores.open(f"dynamodb://{TABLE}-ways?region={REGION}", clock=Clock())
    ways = {name for name in dir(type(store)) if not name.startswith("_")} - {"close"}
    used = set()

    class Noting:
        def __getattr__(self, name):
            used.add(name)
            return getattr(store, name)

    await use(Noting())
    await store.close()
    assert used == ways


def test_whoever_deploys_may_do_what_the_command_does(aws_there, calls, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(SageMakerResponse, "update_endpoint", update_endpoint, raising=False)
    monkeypatch.setattr("model.deployment.aws.POLL_SECONDS", 0.0)
    where = {"CreateBucketConfiguration": {"LocationConstraint": REGION}}
    boto3.client("s3").create_bucket(Bucket=BUCKET, **where)
    calls.clear()
    weights = str(small(tmp_path / "weights"))
    image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/wherein-endpoint"
    # As output "deploy" of infra/outputs.tf has it.
    words = ["--endpoint", "wherein-roles", "--region", REGION, "--role", ROLE, "--bucket", BUCKET]
    words += ["--instance", "ml.c5.large", "--count", "2", "--canary", "50", "--alarm", "a"]
    words += ["--subnet", "subnet-12345678", "--security-group", "sg-12345678", "--weights", weights]
    for digit in "12":
        assert deploy.main([*words, "--image", f"{image}@sha256:{digit * 64}"]) == 0, capsys.readouterr()
    agree(calls, "deploy")


@pytest.mark.parametrize("document", ["execution", "endpoint"])
def test_what_aws_itself_does_has_its_reason(document):
    assert all(allowed(document).values()), document


def test_no_action_is_allowed_by_a_pattern():
    assert not re.search(r'"[a-z0-9-]+:\w*\*"', ROLES)
