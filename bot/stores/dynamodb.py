"""A store in one DynamoDB table, for several tasks at once: `dynamodb://TABLE?region=…`.

The table's shape is written here and nowhere else: Terraform's is held to it by a test. Botocore reads
`AWS_ENDPOINT_URL_DYNAMODB` by itself; where that is on loopback, the table is made if it is missing.
"""

import asyncio
import json
import math
import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from tenacity import AsyncRetrying, retry_if_exception, stop_after_delay, wait_random_exponential

from bot.settings import is_loopback
from bot.stores import Item, Key, StoreError

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")
Record = dict[str, Any]  # an item as DynamoDB writes it: {"pk": {"S": "…"}, …}

SHAPE: dict[str, Any] = {
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "S"},
        {"AttributeName": "queue", "AttributeType": "S"},
        {"AttributeName": "due", "AttributeType": "N"},
    ],
    "KeySchema": [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "open_work",
            "KeySchema": [
                {"AttributeName": "queue", "KeyType": "HASH"},
                {"AttributeName": "due", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["expires_at"]},
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
}
EXPIRY = "expires_at"  # the attribute that time to live goes by

QUEUES = 4  # partitions of the index: one alone takes 1,000 writes a second, and a message needs three
COUNT = "n_"  # begins the name of an attribute that counts
THREADS = 32  # calls at once: boto3 waits in a thread
BATCH = 25  # items that one call writes at most
RETRY_SECONDS = 8.0  # of backing off, for one call: less than a question may take
CONNECT_SECONDS, READ_SECONDS = 2.0, 5.0

THROTTLED = {
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
}
SKEWED = {"InvalidSignatureException", "RequestExpired", "RequestTimeTooSkewed"}
OTHER_SHAPE = "key element", "Missing the key", "specified index", "Invalid index"  # as it is told
BROKEN = {"InternalServerError", "ServiceUnavailable", "TransactionInProgressException"}
ALIVE = f"(attribute_not_exists({EXPIRY}) OR {EXPIRY} > :now)"
FREE = f"attribute_not_exists(pk) OR {EXPIRY} <= :now"


class DynamoStore:
    """Calls of boto3 in a bounded pool of threads; throttles and broken connections are backed off."""

    def __init__(self, client: "DynamoDBClient", table: str, clock: Callable[[], float]) -> None:
        self._client, self._table, self._clock = client, table, clock
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="dynamodb")

    async def get(self, pk: str, sk: str) -> Item | None:
        """One item."""
        found = await self._call("get_item", Key=_key(pk, sk), ConsistentRead=True)
        item = _item(found["Item"]) if "Item" in found else None
        return item if item and (item.expires_at is None or item.expires_at > self._clock()) else None

    async def query(
        self, pk: str, prefix: str = "", *, limit: int | None = None, newest_first: bool = False
    ) -> list[Item]:
        """A partition's items whose sort keys begin so, page by page."""
        asked = _beginning(pk, prefix) | {"FilterExpression": ALIVE, "ScanIndexForward": not newest_first}
        asked["ExpressionAttributeValues"] |= self._now()
        items: list[Item] = []
        async for page in self._pages(asked | ({"Limit": limit} if limit else {})):
            items += map(_item, page)
            if limit is not None and len(items) >= limit:
                break
        return items[:limit]

    async def keys(self, pk: str, prefix: str = "") -> list[Key]:
        """The keys of a partition's items."""
        asked = _beginning(pk, prefix) | {"ProjectionExpression": "pk, sk"}
        return [_key_of(record) async for page in self._pages(asked) for record in page]

    async def put(self, *items: Item) -> None:
        """Write items whatever stands there."""
        if len(items) == 1:
            await self._call("put_item", Item=_record(items[0], items[0].version))
        else:
            await self._batch([{"PutRequest": {"Item": _record(item, item.version)}} for item in items])

    async def put_if(self, item: Item, version: int) -> bool:
        """Write an item where the one that stands there has that version.

        A write whose reply was lost is tried again, and then meets itself: that is a success too.
        """
        record = _record(item, version + 1)
        condition = f"version = :version AND {ALIVE}" if version else FREE
        values = self._now() | ({":version": {"N": str(version)}} if version else {})
        try:
            await self._call(
                "put_item",
                Item=record,
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except _ConditionError as refused:
            return refused.again and _item(refused.there) == _item(record)
        return True

    async def add(
        self, pk: str, sk: str, amounts: Mapping[str, int], *, expires_at: float | None = None
    ) -> None:
        """Add to an item's counts; a reply that was lost may count twice."""
        names = {f"#{place}": COUNT + name for place, name in enumerate(amounts)}
        sums = ", ".join(f"#{place} :{place}" for place in range(len(amounts)))
        values: Record = {f":{place}": {"N": str(amount)} for place, amount in enumerate(amounts.values())}
        expression = f"ADD {sums}"
        if expires_at is not None:
            expression = f"SET {EXPIRY} = :end {expression}"
            values[":end"] = {"N": str(math.ceil(expires_at))}
        asked = {
            "Key": _key(pk, sk),
            "UpdateExpression": expression,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values | self._now(),
            "ConditionExpression": ALIVE,
        }
        try:
            await self._call("update_item", **asked)
        except _ConditionError:  # what stands there has expired
            await self.put_if(Item(pk, sk, expires_at=expires_at), 0)
            await self._call("update_item", **asked)

    async def delete(self, keys: Iterable[Key]) -> None:
        """Delete items."""
        await self._batch([{"DeleteRequest": {"Key": _key(*key)}} for key in keys])

    async def overdue(self, limit: int) -> list[Key]:
        """The keys of items whose `due` has passed, from the index of open work."""
        return [key for _, key in await self._open("BETWEEN :zero AND :now", limit)]

    async def signs(self, limit: int) -> dict[Key, float]:
        """Each `due` under 0, from the same index."""
        return {key: due for due, key in await self._open("< :zero", limit)}

    async def purge(self) -> None:
        """Time to live deletes what has expired."""

    async def scrub(self) -> None:
        """What was deleted is gone, but for backups: point-in-time recovery keeps it up to 35 days."""

    async def check(self) -> None:
        """Raise `StoreError` where the table cannot be read."""
        await self.get("check", "check")

    async def close(self) -> None:
        """Finish what is being written and let go."""
        await asyncio.to_thread(self._pool.shutdown)
        self._client.close()

    def _now(self) -> Record:
        return {":now": {"N": f"{self._clock():.6f}"}}

    async def _open(self, due: str, limit: int) -> list[tuple[float, Key]]:
        """Open work with such a `due`, and each one's, in their order."""
        found = await asyncio.gather(*(self._waiting(f"open#{n}", due, limit) for n in range(QUEUES)))
        records = (record for some in found for record in some)
        return sorted((float(record["due"]["N"]), _key_of(record)) for record in records)[:limit]

    async def _waiting(self, queue: str, due: str, limit: int) -> list[Record]:
        asked = {
            "IndexName": "open_work",
            "ConsistentRead": False,
            "KeyConditionExpression": f"queue = :queue AND due {due}",
            "ExpressionAttributeValues": self._now() | {":queue": {"S": queue}, ":zero": {"N": "0"}},
            "FilterExpression": ALIVE,
        }
        found: list[Record] = []
        async for page in self._pages(asked):
            found += page
            if len(found) >= limit:
                break
        return found

    async def _pages(self, asked: Record) -> AsyncIterator[list[Record]]:
        asked = {"ConsistentRead": True} | asked
        while True:
            page = await self._call("query", **asked)
            yield page["Items"]
            if not page.get("LastEvaluatedKey"):
                return
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    async def _batch(self, requests: Sequence[Record]) -> None:
        for some in _in_batches(requests):
            left = {self._table: some}
            async for attempt in _backing_off():
                with attempt:
                    done = await self._call("batch_write_item", RequestItems=left, TableName=None)
                    left = done.get("UnprocessedItems") or {}
                    if left:
                        raise _PassingError("DynamoDB is throttling.")

    async def _call(self, name: str, **arguments: Any) -> Record:
        """One call; raises `_ConditionError` where a condition did not hold, else `StoreError`."""
        arguments = {"TableName": self._table} | arguments
        arguments = {key: value for key, value in arguments.items() if value is not None}
        call, loop = getattr(self._client, name), asyncio.get_running_loop()
        async for attempt in _backing_off():
            with attempt:
                try:
                    found: Record = await loop.run_in_executor(self._pool, lambda: call(**arguments))
                except (ClientError, BotoCoreError) as error:
                    raise self._ours(error, again=attempt.retry_state.attempt_number > 1) from error
        return found

    def _ours(self, error: ClientError | BotoCoreError, *, again: bool) -> Exception:
        if isinstance(error, HTTPClientError):
            return _PassingError(f"DynamoDB cannot be reached: {type(error).__name__}.")
        if not isinstance(error, ClientError):
            return StoreError(f"DynamoDB cannot be asked: {error}")
        code = error.response.get("Error", {}).get("Code", "")
        if code == "ConditionalCheckFailedException":
            return _ConditionError(error.response.get("Item") or _key("", ""), again)
        if code in THROTTLED | BROKEN or error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
            return _PassingError(f"DynamoDB does not answer: {code}.")
        said = str(error.response.get("Error", {}).get("Message", ""))
        if any(words in said for words in OTHER_SHAPE):
            return StoreError(
                f"The DynamoDB table {self._table} has another shape: it wants the keys pk and sk, both text,"
                " and the index open_work, as infra/storage.tf makes them."
            )
        if code == "ResourceNotFoundException":
            return StoreError(f"There is no DynamoDB table {self._table} in this account and region.")
        if code in SKEWED and ("Signature expired" in said or "not yet current" in said or "Skewed" in code):
            return StoreError(
                "DynamoDB refuses what this machine signs: its clock is wrong. Set it, and have it"
                " kept (NTP)."
            )
        return StoreError(f"DynamoDB refuses: {code}.")


class _PassingError(StoreError):
    """What may be gone in a moment."""


class _ConditionError(Exception):
    """A condition did not hold; `there` is what stands there, `again` that it is not the first try."""

    def __init__(self, there: Any, again: bool) -> None:
        super().__init__()
        self.there, self.again = there, again


def _backing_off() -> AsyncRetrying:
    return AsyncRetrying(
        retry=retry_if_exception(lambda error: isinstance(error, _PassingError)),
        wait=wait_random_exponential(multiplier=0.05, max=1.0),
        stop=stop_after_delay(RETRY_SECONDS),
        reraise=True,
    )


def _in_batches(requests: Sequence[T]) -> Iterator[list[T]]:
    for start in range(0, len(requests), BATCH):
        yield list(requests[start : start + BATCH])


# --------------------------------------------------------------------------- items


def _key(pk: str, sk: str) -> Record:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _key_of(record: Record) -> Key:
    return record["pk"]["S"], record["sk"]["S"]


def _beginning(pk: str, prefix: str) -> Record:
    values = {":pk": {"S": pk}}
    if not prefix:  # DynamoDB knows no empty beginning
        return {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": values}
    values[":prefix"] = {"S": prefix}
    condition = "pk = :pk AND begins_with(sk, :prefix)"
    return {"KeyConditionExpression": condition, "ExpressionAttributeValues": values}


def _record(item: Item, version: int) -> Record:
    record = _key(item.pk, item.sk) | {"version": {"N": str(version)}}
    if item.data:
        record["data"] = {"S": json.dumps(dict(item.data), ensure_ascii=False)}
    if item.body:
        record["body"] = {"S": item.body}
    if item.expires_at is not None:
        record[EXPIRY] = {"N": str(math.ceil(item.expires_at))}  # time to live knows whole seconds only
    if item.due is not None:
        queue = zlib.crc32(item.pk.encode()) % QUEUES
        record |= {"queue": {"S": f"open#{queue}"}, "due": {"N": f"{item.due:.6f}"}}
    return record


def _item(record: Record) -> Item:
    data = json.loads(record["data"]["S"]) if "data" in record else {}
    data |= {name.removeprefix(COUNT): int(n["N"]) for name, n in record.items() if name.startswith(COUNT)}
    return Item(
        *_key_of(record),
        data,
        record["body"]["S"] if "body" in record else "",
        int(record["version"]["N"]) if "version" in record else 0,
        float(record[EXPIRY]["N"]) if EXPIRY in record else None,
        float(record["due"]["N"]) if "due" in record else None,
    )


# --------------------------------------------------------------------------- opening


def open(location: str, *, clock: Callable[[], float]) -> DynamoStore:
    """The store in the table that `//TABLE?region=…` names."""
    parts = urlsplit(location)
    region = parse_qs(parts.query).get("region", [None])[0]
    if not parts.netloc:
        raise StoreError(f"“dynamodb:{location}” names no table: write dynamodb://TABLE?region=REGION.")
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        max_pool_connections=THREADS,
        retries={"total_max_attempts": 1, "mode": "standard"},  # we try again ourselves, without a thread
    )
    try:
        client = boto3.client("dynamodb", region_name=region, config=config)
        if is_loopback(urlsplit(client.meta.endpoint_url).hostname or ""):
            _make(client, parts.netloc)
    except (ClientError, BotoCoreError) as error:
        raise StoreError(f"DynamoDB cannot be asked: {error}") from error
    return DynamoStore(client, parts.netloc, clock)


def _make(client: "DynamoDBClient", table: str) -> None:
    try:
        client.create_table(TableName=table, **SHAPE)
    except client.exceptions.ResourceInUseException:
        return  # it is there
    client.update_time_to_live(
        TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": EXPIRY}
    )
