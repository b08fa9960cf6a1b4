"""AWS's application load balancer, as far as a rehearsal needs it: it obeys what is read back from AWS.

Listeners, rules, target groups and registered targets are asked of the elbv2 API; whether a target is healthy
it finds out itself, by the health check that its group says, `hurry` times as often.
"""

import asyncio
import fnmatch
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout
from aiohttp.web import Application, AppRunner, Request, Response, TCPSite

Json = Mapping[str, Any]
HOP = {"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "content-length"}
NOTHING = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "There is nothing here."}
READ_SECONDS = 0.5  # between one look at the API and the next


def chosen(rules: Sequence[Json], host: str, path: str) -> Sequence[Json]:
    """The actions of the first rule that a request meets; the default one's where it meets no other."""
    for rule in sorted(rules, key=_priority):
        if all(_met(condition, host, path) for condition in rule["Conditions"]):
            return sorted(rule["Actions"], key=lambda action: action.get("Order", 0))
    raise LookupError("a listener always has a default rule")


def _priority(rule: Json) -> float:
    return float("inf") if rule["Priority"] == "default" else int(rule["Priority"])


def _met(condition: Json, host: str, path: str) -> bool:
    """Host names whatever their case, paths by theirs; `*` and `?` stand for any, nothing else does."""
    if condition["Field"] == "host-header":
        given, patterns = host.partition(":")[0].lower(), condition["HostHeaderConfig"]["Values"]
    elif condition["Field"] == "path-pattern":
        given, patterns = path, condition["PathPatternConfig"]["Values"]
    else:
        raise NotImplementedError(condition["Field"])
    plain = [pattern.replace("[", "[[]") for pattern in patterns]
    if condition["Field"] == "host-header":
        plain = [pattern.lower() for pattern in plain]
    return any(fnmatch.fnmatchcase(given, pattern) for pattern in plain)


def created(elbv2: Any, ec2: Any) -> tuple[str, str]:
    """A balancer without listeners and a target group, as `infra/` makes them: their ARNs."""
    subnets = [one["SubnetId"] for one in ec2.describe_subnets()["Subnets"]][:2]
    (balancer,) = elbv2.create_load_balancer(Name="b", Subnets=subnets)["LoadBalancers"]
    (group,) = elbv2.create_target_group(
        Name="b",
        Protocol="HTTP",
        Port=8080,
        VpcId=ec2.describe_vpcs()["Vpcs"][0]["VpcId"],
        TargetType="ip",
        HealthCheckPath="/healthz",
        HealthCheckIntervalSeconds=10,
        HealthCheckTimeoutSeconds=5,
        HealthyThresholdCount=2,
        UnhealthyThresholdCount=3,
        Matcher={"HttpCode": "200"},
    )["TargetGroups"]
    return balancer["LoadBalancerArn"], group["TargetGroupArn"]


class Target:
    """One task, as the health check sees it."""

    def __init__(self) -> None:
        self.healthy = False
        self._row = 0  # of equal outcomes, in turn

    def saw(self, well: bool, group: Json) -> None:
        """Note what a check found; so many of a kind in a row turn it over."""
        if well == self.healthy:
            self._row = 0
            return
        self._row += 1
        if self._row >= group["HealthyThresholdCount" if well else "UnhealthyThresholdCount"]:
            self.healthy, self._row = well, 0


class Balancer:
    """One load balancer with its listeners, each on a port of loopback."""

    def __init__(self, elbv2: Any, arn: str, ports: Mapping[int, int], *, hurry: float = 1.0) -> None:
        self._elbv2, self._arn, self._ports, self._hurry = elbv2, arn, ports, hurry
        self._rules: dict[int, Sequence[Json]] = {}  # by the listener's port
        self._groups: dict[str, Json] = {}
        self._targets: dict[str, dict[tuple[str, int], Target]] = {}
        self._in_hand: Counter[tuple[str, int]] = Counter()
        self.statuses: Counter[int] = Counter()  # of what it answered

    async def __aenter__(self) -> "Balancer":
        """Listen, once what is registered has been looked at."""
        self._client = ClientSession(timeout=ClientTimeout(total=60), auto_decompress=False)
        self._read()
        self._runners = []
        for port, ours in self._ports.items():
            app = Application(client_max_size=64_000_000)
            app.router.add_route("*", "/{path:.*}", self._handler(port))
            runner = AppRunner(app, access_log=None)
            await runner.setup()
            await TCPSite(runner, "127.0.0.1", ours).start()
            self._runners.append(runner)
        self._work = [asyncio.create_task(self._look()), asyncio.create_task(self._check())]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        for runner in self._runners:
            await runner.cleanup()
        await self._client.close()

    async def healthy(self, count: int, seconds: float = 60.0) -> None:
        """Wait until just so many targets are healthy; raises `TimeoutError`."""
        async with asyncio.timeout(seconds):
            while sum(len(self._usable(group)) for group in self._targets) != count:
                for task in self._work:
                    if task.done():
                        task.result()
                await asyncio.sleep(0.05)

    # ----------------------------------------------------------------------- what AWS says

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(READ_SECONDS)
            await asyncio.to_thread(self._read)

    def _read(self) -> None:
        listeners = self._elbv2.describe_listeners(LoadBalancerArn=self._arn)["Listeners"]
        for listener in listeners:
            rules = self._elbv2.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
            self._rules[listener["Port"]] = rules
        actions = (action for rules in self._rules.values() for rule in rules for action in rule["Actions"])
        led_to = sorted({action["TargetGroupArn"] for action in actions if action["Type"] == "forward"})
        for group in self._elbv2.describe_target_groups(TargetGroupArns=led_to)["TargetGroups"]:
            arn = group["TargetGroupArn"]
            self._groups[arn] = group
            told = self._elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
            known = self._targets.get(arn, {})
            there = [(one["Target"]["Id"], one["Target"]["Port"]) for one in told]
            self._targets[arn] = {place: known.get(place) or Target() for place in there}

    async def _check(self) -> None:
        while True:
            interval = min(
                (group["HealthCheckIntervalSeconds"] for group in self._groups.values()), default=10
            )
            await asyncio.gather(
                *(
                    self._examine(self._groups[arn], place, target)
                    for arn, targets in self._targets.items()
                    for place, target in targets.items()
                )
            )
            await asyncio.sleep(interval / self._hurry)

    async def _examine(self, group: Json, place: tuple[str, int], target: Target) -> None:
        port = place[1] if group["HealthCheckPort"] == "traffic-port" else int(group["HealthCheckPort"])
        url = f"http://{place[0]}:{port}{group['HealthCheckPath']}"
        limit = ClientTimeout(total=group["HealthCheckTimeoutSeconds"])
        try:
            async with self._client.get(url, timeout=limit) as answer:
                well = str(answer.status) in group["Matcher"]["HttpCode"].split(",")
        except (ClientError, TimeoutError):
            well = False
        target.saw(well, group)

    def _usable(self, group: str) -> list[tuple[str, int]]:
        return [place for place, target in self._targets[group].items() if target.healthy]

    # ----------------------------------------------------------------------- what it does

    def _handler(self, port: int):
        async def handle(request: Request) -> Response:
            answer = Response(status=500)
            for action in chosen(self._rules[port], request.host, request.path):
                answer = await self._act(action, request)
                if action["Type"] != "forward":
                    break  # a word, a redirect, or a sign-on that is still to come
            self.statuses[answer.status] += 1
            return answer

        return handle

    async def _act(self, action: Json, request: Request) -> Response:
        if action["Type"] == "forward":
            return await self._forward(action["TargetGroupArn"], request)
        if action["Type"] == "fixed-response":
            said = action["FixedResponseConfig"]
            return Response(
                status=int(said["StatusCode"]),
                text=said.get("MessageBody", ""),
                content_type=said["ContentType"],
            )
        if action["Type"] == "redirect":
            to = action["RedirectConfig"]
            place = (
                f"{to['Protocol'].lower()}://{request.host.partition(':')[0]}:{to['Port']}{request.path_qs}"
            )
            return Response(status=int(to["StatusCode"].removeprefix("HTTP_")), headers={"Location": place})
        if action["Type"] == "authenticate-oidc":  # nobody has signed on here
            place = action["AuthenticateOidcConfig"]["AuthorizationEndpoint"]
            return Response(status=302, headers={"Location": place})
        raise NotImplementedError(action["Type"])

    async def _forward(self, group: str, request: Request) -> Response:
        """To the healthy target with least in hand; where none is, to any, as AWS fails open."""
        places = self._usable(group) or list(self._targets[group])
        if not places:
            return Response(status=503, text="Service Temporarily Unavailable")
        place = min(places, key=lambda one: self._in_hand[one])
        kept = {name: value for name, value in request.headers.items() if name.lower() not in HOP}
        kept |= {"X-Forwarded-For": request.remote or "", "X-Forwarded-Proto": "https"}
        self._in_hand[place] += 1
        try:
            body = await request.read()
            url = f"http://{place[0]}:{place[1]}{request.raw_path}"
            async with self._client.request(
                request.method, url, data=body, headers=kept, allow_redirects=False
            ) as answer:
                read = await answer.read()
                headers = {
                    n: v for n, v in answer.headers.items() if n.lower() not in HOP | {"server", "date"}
                }
                return Response(status=answer.status, body=read, headers=headers)
        except ClientError:  # it ended with this in hand
            return Response(status=502, text="Bad Gateway")
        except TimeoutError:
            return Response(status=504, text="Gateway Time-out")
        finally:
            self._in_hand[place] -= 1
