"""What only the table in DynamoDB has: its shape, paging, throttles, and replies that were lost."""

import asyncio
from types import SimpleNamespace

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from bot import stores
from bot.stores import Item, StoreError, dynamodb
from tests.fakes import Clock


@pytest.fixture
async def store(table):
    opened = stores.open(f"dynamodb://{table}?region=eu-west-1", clock=Clock())
    yield opened
    await opened.close()


class Faulty:
    """The real client, before which some calls fail as they were told to."""

    def __init__(self, client, *faults, after=False):
        self._client, self.faults, self.calls, self._after = client, list(faults), [], after

    def __getattr__(self, name):
        real = getattr(self._client, name)
        if name in ("exceptions", "meta", "close"):
            return real

        def call(**arguments):
            self.calls.append(name)
            fault = self.faults.pop(0) if self.faults else None
            found = real(**arguments) if fault is None or self._after else None
            if fault:
                raise fault
            return found

        return call


def refused(code, status=400):
    answer = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "PutItem")


BROKEN = ConnectionClosedError(endpoint_url="http://127.0.0.1")
PASSING = [
    refused("ThrottlingException"),
    refused("ProvisionedThroughputExceededException"),
    refused("RequestLimitExceeded"),
    refused("InternalServerError", 500),
    refused("Anything", 503),
    BROKEN,
]


@pytest.mark.parametrize("error", PASSING, ids=str)
async def test_what_passes_is_tried_again(store, error):
    store._client = Faulty(store._client, error, error)
    await store.put(Item("p", "s"))
    assert await store.get("p", "s") == Item("p", "s")
    assert store._client.calls == ["put_item"] * 3 + ["get_item"]


async def test_trying_again_ends_in_time(store, monkeypatch):
    monkeypatch.setattr(dynamodb, "RETRY_SECONDS", 0.2)
    store._client = Faulty(store._client, *[refused("ThrottlingException")] * 1000)
    with pytest.raises(StoreError, match="ThrottlingException"):
        await store.get("p", "s")


async def test_trying_again_ends_when_nobody_waits_any_longer(store):
    store._client = Faulty(store._client, *[refused("ThrottlingException")] * 1000)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await store.get("p", "s")
    calls = len(store._client.calls)
    await asyncio.sleep(0.3)
    assert len(store._client.calls) == calls


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (refused("ResourceNotFoundException"), "no DynamoDB table"),
        (refused("AccessDeniedException"), "refuses: AccessDenied"),
    ],
    ids=str,
)
async def test_what_does_not_pass_is_said_at_once(store, error, words):
    store._client = Faulty(store._client, error)
    with pytest.raises(StoreError, match=words):
        await store.get("p", "s")
    assert len(store._client.calls) == 1


async def test_a_conditional_write_whose_reply_was_lost_is_known_to_have_been_ours(store):
    store._client = Faulty(store._client, BROKEN, after=True)
    assert await store.put_if(Item("p", "s", {"by": "us"}), 0)
    assert store._client.calls == ["put_item"] * 2
    assert not await store.put_if(Item("p", "s", {"by": "us"}), 0)


async def test_a_conditional_write_that_another_won_meanwhile_is_not_ours(store):
    await store.put_if(Item("p", "s", {"by": "another"}), 0)
    store._client = Faulty(store._client, BROKEN)
    assert not await store.put_if(Item("p", "s", {"by": "us"}), 0)


async def test_what_a_batch_leaves_unwritten_is_written_after_it(store):
    real, left = store._client, []

    def half(RequestItems):  # noqa: N803 - boto3's own name
        ((table, requests),) = RequestItems.items()
        cut = len(requests) // 2
        left.append(len(requests) - cut if cut else 0)
        real.batch_write_item(RequestItems={table: requests[: cut or 1]})
        return {"UnprocessedItems": {table: requests[cut:]} if cut else {}}

    store._client = SimpleNamespace(batch_write_item=half)
    await store.put(*(Item("p", f"{n:02}") for n in range(40)))
    store._client = real
    assert len(await store.query("p")) == 40
    assert left[0] == 13


def test_the_table_is_made_with_its_index_and_its_expiry(table, amazon):
    stores.open(f"dynamodb://{table}?region=eu-west-1")
    client = boto3.client("dynamodb", endpoint_url=amazon, region_name="eu-west-1")
    made = client.describe_table(TableName=table)["Table"]
    for name in ("KeySchema", "AttributeDefinitions"):
        assert made[name] == dynamodb.SHAPE[name]
    assert [index["IndexName"] for index in made["GlobalSecondaryIndexes"]] == ["open_work"]
    expiry = client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    assert (expiry["TimeToLiveStatus"], expiry["AttributeName"]) == ("ENABLED", "expires_at")


async def test_only_open_work_is_in_the_index(store):
    await store.put(*(Item(f"p{n}", "s", due=1.0 if n % 2 else None) for n in range(20)))
    found = store._client.scan(TableName=store._table, IndexName="open_work")["Items"]
    assert len(found) == 10
    assert set(found[0]) == {"pk", "sk", "queue", "due"}


@pytest.mark.usefixtures("aws")
def test_a_store_that_cannot_be_opened_says_what_to_write():
    with pytest.raises(StoreError, match=r"dynamodb://TABLE\?region=REGION"):
        stores.open("dynamodb:table")
    with pytest.raises(StoreError, match="region"):
        stores.open("dynamodb://table")
