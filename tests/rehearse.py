"""The whole way without AWS: made, deployed to, asked, broken and unmade, against a stand-in on loopback.

    python -m tests.rehearse

Terraform and its AWS provider are the real ones, and so are the bot, the endpoint's container and
`model.deploy`; AWS is `tests.aws_stand_in`, its balancer `tests.balancer`. TF_PLUGIN_DIR names a folder of
providers where their registry cannot be reached. Where there is no provider, the last line says so.
"""

import asyncio
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from bench.common import free_port
from model.deployment import archive
from model.readers import PROJECT
from tests.fake_slack import FakeSlack
from tests.made import NAME, Made
from tests.rehearse_asking import DOMAIN, KEY, serve
from tests.stack import ACCOUNT, CREDENTIALS, REGION, NoTerraformError, Stack
from tests.steps import process, step

ROLES = {
    "execution": ["ecr", "logs", "secretsmanager"],
    "task": ["dynamodb", "sagemaker"],
    "endpoint": ["cloudwatch", "ec2", "ecr", "logs", "s3"],
    "flow": ["logs"],
}
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{NAME}"
BOT, ENDPOINT, NEXT = (f"sha256:{digit * 64}" for digit in "012")


def main() -> int:
    """Rehearse, a line for each step."""
    began = time.monotonic()
    with TemporaryDirectory(prefix="wherein-rehearsal-") as folder:
        log = Path(os.environ.get("REHEARSAL_LOG", f"{folder}/log"))
        try:
            asyncio.run(_rehearse(Path(folder), log))
        except NoTerraformError as error:
            print(f"not rehearsed: {error}")
            return 0
        except BaseException:
            print(log.read_text()[-6000:] if log.exists() else "", file=sys.stderr)
            raise
    print(f"rehearsed in {time.monotonic() - began:.0f} s")
    return 0


async def _rehearse(folder: Path, log: Path) -> None:
    async with FakeSlack().running() as slack:
        slack.install(yaml.safe_load((PROJECT / "manifest.yml").read_text()))
        await _walk(folder, log, slack)


async def _walk(folder: Path, log: Path, slack: FakeSlack) -> None:
    port = free_port()
    amazon = f"http://127.0.0.1:{port}"
    stack, made = Stack(folder, amazon, log), Made(amazon)
    with step("terraform init"):
        stack.init()
    with ExitStack() as held:
        at_once = os.environ | {"MOTO_ACM_VALIDATION_WAIT": "0"}  # a certificate's proof is found in a minute
        held.enter_context(process(["tests.aws_stand_in", str(port)], port, log, at_once))
        _first(stack, made)
        secrets = slack.environment() | {"WHEREIN_API_KEY": KEY}
        _second(stack, made, secrets, {"SLACK_API_URL": secrets.pop("SLACK_API_URL")})
        _deploy(stack, made, amazon, log)
        await serve(made, amazon, slack, log)
        with step("destroy"):
            stack.destroy()
            assert stack.left() == []
            made.nothing_is_left()


# --------------------------------------------------------------------------- made


def _first(stack: Stack, made: Made) -> None:
    zone = made.route53.create_hosted_zone(Name=DOMAIN, CallerReference="rehearsal")["HostedZone"]["Id"]
    with step("first apply, without images"):
        stack.apply(
            region=REGION,
            domain=DOMAIN,
            zone_id=zone.rpartition("/")[2],
            channels=["http", "slack"],
            public_ask=True,
            nat="one",
            protect=False,
            reader="endpoint",
            endpoint_instance="ml.c5.xlarge",
            endpoint_concurrency=3,
            alarm_emails=["somebody@example.com"],
        )
        made.nothing_runs_yet()
        made.the_table_is_as_the_store_says()
        made.nobody_reaches_a_task_but_the_balancer()


def _second(stack: Stack, made: Made, secrets: dict[str, str], settings: dict[str, str]) -> None:
    with step("second apply, with images by digest and the weights in their bucket"):
        with TemporaryDirectory() as out:
            packed = Path(out) / archive.NAME
            key = f"models/{archive.pack(PROJECT / 'model' / 'weights', packed)}/{archive.NAME}"
            made.s3.put_object(Bucket=stack.outputs()["models_bucket"], Key=key, Body=packed.read_bytes())
        stack.apply(
            bot_image=f"{REGISTRY}-bot@{BOT}",
            endpoint_image=f"{REGISTRY}-endpoint@{ENDPOINT}",
            model_data=key,
            secrets=secrets,
            settings=settings,
        )
        made.the_listener_leads(DOMAIN, ["/slack/*", "/ask", "/openapi.json"])
        made.the_balancer_asks_for_health()
        made.roles_may(ROLES)
        made.it_scales(endpoint_cpu=240.0, endpoint_calls=3.0)
        made.secrets_are(secrets)
        made.it_is_watched()


def _deploy(stack: Stack, made: Made, amazon: str, log: Path) -> None:
    """Another image to the endpoint; what Terraform would do next leaves it there."""
    environment = os.environ | CREDENTIALS | {"AWS_ENDPOINT_URL": amazon}
    words = stack.outputs()["deploy"].split()

    def deploy(digest: str) -> list[str]:
        command = [sys.executable, "-m", "model.deploy", *words, "--image", f"{REGISTRY}-endpoint@{digest}"]
        done = subprocess.run(
            command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
        )
        with log.open("a") as written:
            written.write(done.stdout + done.stderr)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def serving() -> str:
        return str(made.sagemaker.describe_endpoint(EndpointName=NAME)["EndpointConfigName"])

    with step("python -m model.deploy: what Terraform brought there, another image, and that again"):
        before = serving()
        assert "nothing to do" in deploy(ENDPOINT)
        assert "done" in deploy(NEXT)
        assert "nothing to do" in deploy(NEXT)
        assert serving() != before
    with step("plan: the next apply, with a newer image too, leaves the endpoint's configuration as it is"):
        stack.given(endpoint_image=f"{REGISTRY}-endpoint@{NEXT}")
        for change in stack.plan():
            ours = change["type"] in ("aws_sagemaker_model", "aws_sagemaker_endpoint_configuration")
            assert not ours, f"{change['address']} would be {change['change']['actions']}"
            if change["type"] == "aws_sagemaker_endpoint":
                was, will = change["change"]["before"], change["change"]["after"]
                assert change["change"]["actions"] == ["update"], change
                assert will["endpoint_config_name"] == was["endpoint_config_name"] == serving()


if __name__ == "__main__":
    sys.exit(main())
