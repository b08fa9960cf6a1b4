"""AWS's stand-in on loopback: moto's server, with the two calls that moto lacks and a rehearsal makes.

    python -m tests.aws_stand_in PORT
"""

import json
import sys

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.core.responses import ActionResult
from moto.sagemaker.models import sagemaker_backends
from moto.sagemaker.responses import SageMakerResponse
from moto.server import main


def list_tags_for_resource(self: ApplicationAutoScalingResponse) -> str:
    """No tags: Terraform asks for those of what scales."""
    return json.dumps({"Tags": {}})


def update_endpoint(self: SageMakerResponse) -> ActionResult:
    """An endpoint that goes over at once: moto has no fleet that could be tried first."""
    request = json.loads(self.body)
    endpoint = sagemaker_backends[self.current_account][self.region].endpoints[request["EndpointName"]]
    endpoint.endpoint_config_name = request["EndpointConfigName"]
    return ActionResult({"EndpointArn": endpoint.arn})


def complete() -> None:
    """Add to moto what it lacks."""
    ApplicationAutoScalingResponse.list_tags_for_resource = list_tags_for_resource
    SageMakerResponse.update_endpoint = update_endpoint


if __name__ == "__main__":
    complete()
    main(["-H", "127.0.0.1", "-p", sys.argv[1]])
