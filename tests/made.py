"""What a stack is seen to be once it is made: asked of AWS's own API, compared with what the bot needs."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import boto3
from botocore.config import Config

from bot.stores.dynamodb import EXPIRY, SHAPE
from tests.stack import REGION

NAME = "wherein"


class Made:
    """The clients of one account, and the questions to them."""

    def __init__(self, amazon: str) -> None:
        self._amazon = amazon

    def __getattr__(self, service: str) -> Any:
        """A client, by the service's name with `_` for `-`; made once."""
        client = boto3.client(
            service.replace("_", "-"),
            region_name=REGION,
            endpoint_url=self._amazon,
            aws_access_key_id="none",
            aws_secret_access_key="none",
            config=Config(retries={"total_max_attempts": 1}),
        )
        setattr(self, service, client)
        return client

    # ----------------------------------------------------------------------- the first apply

    def nothing_runs_yet(self) -> None:
        """Network, registries, table, buckets and roles are there; no task, no endpoint."""
        assert self.ecs.list_services(cluster=NAME)["serviceArns"] == []
        assert self.sagemaker.list_endpoints()["Endpoints"] == []
        names = {one["repositoryName"] for one in self.ecr.describe_repositories()["repositories"]}
        assert names == {f"{NAME}-bot", f"{NAME}-endpoint"}
        for repository in self.ecr.describe_repositories()["repositories"]:
            assert repository["imageTagMutability"] == "IMMUTABLE"

    def the_table_is_as_the_store_says(self) -> None:
        """Keys, attributes and index of `bot/stores/dynamodb.py`, time to live, a way back."""
        table = self.dynamodb.describe_table(TableName=NAME)["Table"]
        assert table["KeySchema"] == SHAPE["KeySchema"]
        attributes = sorted(table["AttributeDefinitions"], key=lambda one: one["AttributeName"])
        assert attributes == sorted(SHAPE["AttributeDefinitions"], key=lambda one: one["AttributeName"])
        (wanted,), (found,) = SHAPE["GlobalSecondaryIndexes"], table["GlobalSecondaryIndexes"]
        for part in ("IndexName", "KeySchema", "Projection"):
            assert found[part] == wanted[part], part
        assert table["BillingModeSummary"]["BillingMode"] == SHAPE["BillingMode"]
        expiry = self.dynamodb.describe_time_to_live(TableName=NAME)["TimeToLiveDescription"]
        assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": EXPIRY}
        backups = self.dynamodb.describe_continuous_backups(TableName=NAME)["ContinuousBackupsDescription"]
        assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"

    def nobody_reaches_a_task_but_the_balancer(self) -> None:
        """The groups' rules, by who may come in."""
        groups = {one["GroupName"]: one for one in self.ec2.describe_security_groups()["SecurityGroups"]}
        task, balancer = groups[f"{NAME}-task"], groups[f"{NAME}-balancer"]
        for rule in task["IpPermissions"]:
            assert rule["IpRanges"] == rule["Ipv6Ranges"] == []
            assert [one["GroupId"] for one in rule["UserIdGroupPairs"]] == [balancer["GroupId"]]
        assert {rule["FromPort"] for rule in task["IpPermissions"]} == {7860, 8080}
        assert {rule["FromPort"] for rule in balancer["IpPermissions"]} == {80, 443}

    # ----------------------------------------------------------------------- the second

    def the_listener_leads(self, domain: str, paths: Sequence[str]) -> None:
        """Only these paths of only this name, 404 for all else, by TLS 1.3's policy."""
        (balancer,) = self.elbv2.describe_load_balancers(Names=[NAME])["LoadBalancers"]
        listeners = self.elbv2.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
        ports = {one["Port"]: one for one in listeners}
        assert ports.keys() == {80, 443}
        (plain,) = ports[80]["DefaultActions"]
        assert (plain["Type"], plain["RedirectConfig"]["StatusCode"]) == ("redirect", "HTTP_301")
        assert "TLS13" in ports[443]["SslPolicy"]
        rules = self.elbv2.describe_rules(ListenerArn=ports[443]["ListenerArn"])["Rules"]
        (default,) = (rule for rule in rules if rule["Priority"] == "default")
        assert default["Actions"][0]["FixedResponseConfig"]["StatusCode"] == "404"
        public = []
        for rule in rules:
            if rule is default:
                continue
            conditions = {one["Field"]: one for one in rule["Conditions"]}
            assert conditions["host-header"]["HostHeaderConfig"]["Values"] == [domain]
            public += conditions["path-pattern"]["PathPatternConfig"]["Values"]
        assert sorted(public) == sorted(paths)

    def the_balancer_asks_for_health(self) -> None:
        """Whether a task is alive, not whether its reader is."""
        (group,) = self.elbv2.describe_target_groups(Names=[f"{NAME}-service"])["TargetGroups"]
        assert (group["HealthCheckPath"], group["Matcher"]["HttpCode"]) == ("/healthz", "200")
        assert group["TargetType"] == "ip"
        told = self.elbv2.describe_target_group_attributes(TargetGroupArn=group["TargetGroupArn"])
        attributes = {one["Key"]: one["Value"] for one in told["Attributes"]}
        assert attributes["deregistration_delay.timeout_seconds"] == "30"
        assert attributes["load_balancing.algorithm.type"] == "least_outstanding_requests"

    def roles_may(self, allowed: Mapping[str, Sequence[str]]) -> None:
        """For each role the services that it may call at all."""
        for role, services in allowed.items():
            found = set()
            for name in self.iam.list_role_policies(RoleName=f"{NAME}-{role}")["PolicyNames"]:
                policy = self.iam.get_role_policy(RoleName=f"{NAME}-{role}", PolicyName=name)[
                    "PolicyDocument"
                ]
                policy = json.loads(policy) if isinstance(policy, str) else policy
                for statement in policy["Statement"]:
                    actions = statement["Action"]
                    for action in [actions] if isinstance(actions, str) else actions:
                        assert "*" not in action, action
                        found.add(action.partition(":")[0])
            assert found == set(services), role
            assert self.iam.list_attached_role_policies(RoleName=f"{NAME}-{role}")["AttachedPolicies"] == []

    def it_scales(self, endpoint_cpu: float, endpoint_calls: float) -> None:
        """Tasks by processor and requests, the endpoint by the sum over its cores and by calls at once."""
        scaling = self.application_autoscaling
        tasks = scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
        assert _metrics(tasks) == {
            "ECSServiceAverageCPUUtilization": 60.0,
            "ALBRequestCountPerTarget": 6000.0,
        }
        endpoint = scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
        assert _metrics(endpoint) == {
            "CPUUtilization": endpoint_cpu,
            "SageMakerVariantConcurrentRequestsPerModelHighResolution": endpoint_calls,
        }
        (target,) = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
        assert target["ResourceId"] == f"endpoint/{NAME}/variant/AllTraffic"

    def secrets_are(self, given: Mapping[str, str]) -> None:
        """Each secret under its own name, with what it is."""
        for name, value in given.items():
            assert self.secretsmanager.get_secret_value(SecretId=f"{NAME}/{name}")["SecretString"] == value

    def it_is_watched(self) -> None:
        """Log groups that forget, and alarms that tell somebody."""
        groups = {one["logGroupName"]: one for one in self.logs.describe_log_groups()["logGroups"]}
        assert groups[f"/{NAME}/bot"]["retentionInDays"] == 30
        filters = self.logs.describe_metric_filters(logGroupName=f"/{NAME}/bot")["metricFilters"]
        assert {one["filterName"].removeprefix(f"{NAME}-") for one in filters} >= {
            "late",
            "given_up",
            "unanswered",
        }
        alarms = {one["AlarmName"]: one for one in self.cloudwatch.describe_alarms()["MetricAlarms"]}
        for wanted in (
            "balancer-5xx",
            "unhealthy",
            "tasks",
            "endpoint-5xx",
            "endpoint-latency",
            "firewall-rate",
            "reads-throttled",
            "writes-throttled",
            "late",
        ):
            assert alarms[f"{NAME}-{wanted}"]["AlarmActions"], wanted
        assert alarms[f"{NAME}-endpoint-cpu"]["Threshold"] == 360.0

    def nothing_is_left(self) -> None:
        """What cost money is gone."""
        assert self.dynamodb.list_tables()["TableNames"] == []
        assert self.sagemaker.list_endpoints()["Endpoints"] == []
        assert self.elbv2.describe_load_balancers()["LoadBalancers"] == []
        assert self.s3.list_buckets()["Buckets"] == []
        gateways = self.ec2.describe_nat_gateways()["NatGateways"]
        assert all(one["State"] == "deleted" for one in gateways)

    # ----------------------------------------------------------------------- what a task is started with

    def environment(self) -> dict[str, str]:
        """Of the bot's container: its settings, and the secrets that it is handed."""
        told = self.ecs.describe_task_definition(taskDefinition=NAME)["taskDefinition"]
        (container,) = told["containerDefinitions"]
        assert (container["user"], container["readonlyRootFilesystem"]) == ("10001:10001", True)
        plain = {one["name"]: one["value"] for one in container["environment"]}
        secrets = self.secretsmanager
        return plain | {
            one["name"]: secrets.get_secret_value(SecretId=one["valueFrom"])["SecretString"]
            for one in container["secrets"]
        }


def _metrics(policies: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    found = {}
    for policy in policies:
        tracking = policy["TargetTrackingScalingPolicyConfiguration"]
        metric = tracking.get("PredefinedMetricSpecification", {}).get("PredefinedMetricType")
        metric = metric or tracking["CustomizedMetricSpecification"]["MetricName"]
        found[metric] = float(tracking["TargetValue"])
    return found
