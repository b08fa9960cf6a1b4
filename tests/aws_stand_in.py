"""AWS's stand-in on loopback: moto's server, with what moto lacks and a rehearsal asks.

python -m tests.aws_stand_in PORT
"""

import json
import sys
import threading
from typing import Any

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.core.responses import ActionResult
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler
from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket
from moto.sagemaker.models import sagemaker_backends
from moto.sagemaker.responses import SageMakerResponse
from moto.server import main


def list_tags_for_resource(self: ApplicationAutoScalingResponse) -> str:
    """No tags: Terraform asks for those of what scales."""
    return json.dumps({"Tags": {}})


_create_model = SageMakerResponse.create_model


def create_model(self: SageMakerResponse) -> ActionResult:
    """A model that stays cut off where it is to be: moto forgets that."""
    made, request = _create_model(self), json.loads(self.body)
    model = self.sagemaker_backend.describe_model(request["ModelName"])
    model.enable_network_isolation = request.get("EnableNetworkIsolation", False)
    return made


def update_endpoint(self: SageMakerResponse) -> ActionResult:
    """An endpoint that goes over at once: moto has no fleet that could be tried first."""
    request = json.loads(self.body)
    endpoint = sagemaker_backends[self.current_account][self.region].endpoints[request["EndpointName"]]
    endpoint.endpoint_config_name = request["EndpointConfigName"]
    return ActionResult({"EndpointArn": endpoint.arn})


def get_permission(self: FakeBucket, *_: Any) -> PermissionResult:
    """Whoever asks may: moto refuses all whom a condition in a bucket's policy does not concern."""
    return PermissionResult.NEUTRAL


_call_action, _one_by_one = DynamoHandler.call_action, threading.Lock()


def call_action(self: DynamoHandler) -> Any:
    """One call after the other: moto looks at a condition and writes in two steps, on many threads."""
    with _one_by_one:
        return _call_action(self)


_query = Table.query


def query(self: Table, hash_key: Any, *arguments: Any, **options: Any) -> Any:
    """A query that looks at what it may find alone: moto sorts the whole table for each."""
    whole, index = self.items, arguments[6]
    if index:
        names = {key["AttributeName"] for key in self.get_index(index, error_if_not=True).schema}
        items = (item for part in whole.values() for item in part.values() if names <= item.attrs.keys())
        self.items = {hash_key: dict(enumerate(items))}
    else:
        self.items = {hash_key: whole.get(hash_key, {})}
    try:
        return _query(self, hash_key, *arguments, **options)
    finally:
        self.items = whole


def complete() -> None:
    """Add to moto what it lacks."""
    DynamoHandler.call_action = call_action  # and so nobody else sees the table while a query does
    Table.query = query
    ApplicationAutoScalingResponse.list_tags_for_resource = list_tags_for_resource
    SageMakerResponse.create_model = create_model
    SageMakerResponse.update_endpoint = update_endpoint
    FakeBucket.get_permission = get_permission


if __name__ == "__main__":
    complete()
    main(["-H", "127.0.0.1", "-p", sys.argv[1]])
