"""The stand-in for AWS's balancer, over moto's elbv2: whom it asks, and whom it does not."""

import asyncio
import contextlib
import itertools

import boto3
import pytest
from aiohttp import ClientSession
from aiohttp.web import Application, AppRunner, Response, TCPSite

from bench.common import free_port
from tests.balancer import NOTHING, Balancer, chosen, created

DOMAIN = "wherein.example.com"
HURRY = 100
_addresses = itertools.count(2)


def rule(priority, paths, hosts=(DOMAIN,)):
    conditions = [{"Field": "path-pattern", "PathPatternConfig": {"Values": paths}}]
    conditions += [{"Field": "host-header", "HostHeaderConfig": {"Values": list(hosts)}}] if hosts else []
    action = {"Type": "forward", "TargetGroupArn": ",".join(paths)}
    return {"Priority": priority, "Conditions": conditions, "Actions": [action]}


DEFAULT = {"Priority": "default", "Conditions": [], "Actions": [{"Type": "fixed-response"}]}
RULES = [
    DEFAULT,
    rule("20", ["/ask", "/openapi.json"]),
    rule("9", ["/slack/*"]),
    rule("30", ["/a?k", "/x[yz]"]),
]


@pytest.mark.parametrize(
    ("host", "path", "led"),
    [
        (DOMAIN, "/slack/events", "/slack/*"),
        (DOMAIN, "/slack/", "/slack/*"),
        (DOMAIN, "/slack", None),
        (DOMAIN, "/ask", "/ask,/openapi.json"),
        (DOMAIN.upper() + ":443", "/ask", "/ask,/openapi.json"),
        (DOMAIN, "/ASK", None),
        (DOMAIN, "/ask/", None),
        ("10.0.0.1", "/ask", None),
        (DOMAIN, "/auk", "/a?k,/x[yz]"),
        (DOMAIN, "/xy", None),
        (DOMAIN, "/x[yz]", "/a?k,/x[yz]"),
        (DOMAIN, "/metrics", None),
    ],
)
def test_the_first_rule_by_priority_that_is_met_in_all_its_conditions(host, path, led):
    (action,) = chosen(RULES, host, path)
    assert action.get("TargetGroupArn") == led


class Task:
    """A target that says who it is, and is as well as it is told."""

    def __init__(self, name):
        self.name, self.port, self.well, self.slow = name, free_port(), True, 0.0
        self.address = f"127.0.0.{next(_addresses)}"  # moto tells targets apart by their address alone
        self.heard = []

    @contextlib.asynccontextmanager
    async def up(self):
        app = Application()
        app.router.add_get("/healthz", self._health)
        app.router.add_route("*", "/{path:.*}", self._answer)
        runner = AppRunner(app, access_log=None)
        await runner.setup()
        await TCPSite(runner, self.address, self.port).start()
        self.down = runner.cleanup
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _health(self, _):
        return Response(status=200 if self.well else 503)

    async def _answer(self, request):
        self.heard.append((request.method, request.raw_path, request.headers["Host"], await request.read()))
        await asyncio.sleep(self.slow)
        return Response(text=self.name, status=201)


@pytest.fixture
def stack(amazon, aws):
    """A balancer with a target group behind one rule, as Terraform makes them."""
    where = {"region_name": "us-east-1", "endpoint_url": amazon}
    elbv2, ec2 = boto3.client("elbv2", **where), boto3.client("ec2", **where)
    balancer, group = created(elbv2, ec2)
    (https,) = elbv2.create_listener(
        LoadBalancerArn=balancer,
        Port=443,
        Protocol="HTTP",
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": NOTHING}],
    )["Listeners"]
    to = {"Port": "443", "Protocol": "HTTPS", "StatusCode": "HTTP_301"}
    elbv2.create_listener(
        LoadBalancerArn=balancer,
        Port=80,
        Protocol="HTTP",
        DefaultActions=[{"Type": "redirect", "RedirectConfig": to}],
    )
    elbv2.create_rule(
        ListenerArn=https["ListenerArn"],
        Priority=10,
        Conditions=rule("10", ["/ask"])["Conditions"],
        Actions=[{"Type": "forward", "TargetGroupArn": group}],
    )
    yield elbv2, balancer, group
    elbv2.delete_load_balancer(LoadBalancerArn=balancer)
    elbv2.delete_target_group(TargetGroupArn=group)


class Front:
    """What clients speak to."""

    def __init__(self, stack):
        self.elbv2, self.arn, self.group = stack
        self.ports = {80: free_port(), 443: free_port()}

    def register(self, *tasks):
        targets = [{"Id": task.address, "Port": task.port} for task in tasks]
        self.elbv2.register_targets(TargetGroupArn=self.group, Targets=targets)

    def deregister(self, *tasks):
        targets = [{"Id": task.address, "Port": task.port} for task in tasks]
        self.elbv2.deregister_targets(TargetGroupArn=self.group, Targets=targets)

    async def ask(self, path="/ask", port=443, host=DOMAIN):
        url = f"http://127.0.0.1:{self.ports[port]}{path}"
        async with (
            ClientSession() as client,
            client.post(url, data=b"who", headers={"Host": host}, allow_redirects=False) as answer,
        ):
            return answer.status, await answer.text(), answer.headers.get("Location")


async def test_it_asks_healthy_tasks_in_turn_and_nobody_else(stack):
    front = Front(stack)
    async with Task("one").up() as one, Task("two").up() as two:
        front.register(one, two)
        async with Balancer(front.elbv2, front.arn, front.ports, hurry=HURRY) as proxy:
            await proxy.healthy(2)
            one.slow = two.slow = 0.2
            answers = await asyncio.gather(*(front.ask("/ask?a=%20b") for _ in range(4)))
            assert sorted(said for _, said, _ in answers) == ["one", "one", "two", "two"]
            assert {status for status, _, _ in answers} == {201}
            assert one.heard[0] == ("POST", "/ask?a=%20b", DOMAIN, b"who")
            one.well = False
            await proxy.healthy(1)
            assert {(await front.ask())[1] for _ in range(3)} == {"two"}
            one.well = True
            await proxy.healthy(2)
            await two.down()
            assert (await front.ask())[0] in (201, 502)  # till it is seen to be gone
            await proxy.healthy(1)
            assert (await front.ask())[:2] == (201, "one")
            front.deregister(one, two)
            await proxy.healthy(0)
            async with asyncio.timeout(10):
                while (await front.ask())[0] != 503:
                    await asyncio.sleep(0.05)


async def test_what_no_rule_leads_on_is_nothing(stack):
    front = Front(stack)
    async with Task("one").up() as one:
        front.register(one)
        async with Balancer(front.elbv2, front.arn, front.ports, hurry=HURRY) as proxy:
            await proxy.healthy(1)
            for path, host in (("/", DOMAIN), ("/readyz", DOMAIN), ("/ask", "10.0.0.1")):
                assert await front.ask(path, host=host) == (404, "There is nothing here.", None)
            assert await front.ask("/ask?a=b", port=80) == (301, "", f"https://{DOMAIN}:443/ask?a=b")
            assert one.heard == []
