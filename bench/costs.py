"""`python -m bench.costs`: what a stack of infra/ costs a month, by one table of prices and its date."""

import re
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from model.readers import PROJECT

HOURS = 730.0
SIZES = ("small", "medium", "large")
TABLE: dict[str, Any] = tomllib.loads((PROJECT / "bench" / "prices.toml").read_text())
INSIGHTS = 20  # metrics that container insights count for one cluster with one service
COUNTED = 5  # metrics that are counted of the logs


@dataclass(frozen=True, slots=True)
class Stack:
    """What of a stack's variables costs something; the defaults are those of variables.tf."""

    tasks_min: int = 2
    task_cpu: int = 1024
    task_memory: int = 2048
    architecture: str = "ARM64"
    domain: str = ""
    zones: int = 3
    nat: str = "none"
    interface_endpoints: bool = False
    waf: bool = True
    reader: str = "embedded"
    endpoint_instance: str = "ml.c7i.large"
    endpoint_min: int = 2
    serverless_memory: int = 3072
    secrets: int = 2

    @classmethod
    def read(cls, path: Path) -> Self:
        """The stack that a file of variables describes; what costs nothing is passed over."""
        text = path.read_text()
        given: dict[str, Any] = {"secrets": 2 + ("slack_many " in text) + ('"teams"' in text)}
        for name, value in re.findall(r'^(\w+)\s*=\s*("[^"]*"|[\w.]+)\s*(?:#.*)?$', text, re.M):
            if name in cls.__dataclass_fields__:
                given[name] = tomllib.loads(f"v = {value}")["v"]
        return cls(**given)


@dataclass(frozen=True, slots=True)
class Use:
    """What a stack is used for in a month: none, and the fewest of everything, is an idle one."""

    questions: float = 0.0
    tasks: float = 0.0
    instances: float = 0.0

    @classmethod
    def of(cls, size: str) -> Self:
        """What an example is meant for."""
        used, assumed = TABLE["use"][size], TABLE["assumed"]
        a_month = assumed["questions_a_day"] * assumed["working_days"]
        return cls(used["workspaces"] * a_month, used["tasks"], used["instances"])


IDLE = Use()


def price(*name: str) -> float:
    """Dollars, by the table."""
    found = TABLE["price"]
    for part in name:
        found = found[part]
    dollars: float = found["dollars"]
    return dollars


def monthly(stack: Stack, use: Use = IDLE) -> dict[str, float]:
    """Dollars a month, line by line."""
    lines = {"tasks": _tasks(stack, use), "network": _network(stack, use), "balancer": 0.0, "firewall": 0.0}
    requests = use.questions * TABLE["assumed"]["events"]
    if stack.domain:
        units = max(requests * 4e-6 / HOURS, 0.0)  # 4 KB each; one unit takes 1 GB an hour
        lines["balancer"] = HOURS * (
            price("balancer_hour")
            + units * price("balancer_unit_hour")
            + stack.zones * price("ip_address_hour")
        )
        if stack.waf:
            lines["firewall"] = price("firewall_month") + 3 * price("firewall_rule_month")
            lines["firewall"] += requests / 1e6 * price("firewall_million")
    lines["reader's endpoint"] = _endpoint(stack, use)
    lines["table"] = _table(use, requests)
    lines["watching, secrets, images"] = _rest(stack, use)
    return lines


def _tasks(stack: Stack, use: Use) -> float:
    kind = "arm" if stack.architecture == "ARM64" else "x86"
    cores, memory = stack.task_cpu / 1024, stack.task_memory / 1024
    one = cores * price(f"fargate_{kind}_core_hour") + memory * price(f"fargate_{kind}_gb_hour")
    return HOURS * max(stack.tasks_min, use.tasks) * one


def _network(stack: Stack, use: Use) -> float:
    out: float = use.questions * TABLE["assumed"]["out_kb"] / 1e6
    dollars = out * price("out_gb")
    gateways = {"none": 0, "one": 1, "each": stack.zones}[stack.nat]
    dollars += HOURS * gateways * (price("nat_hour") + price("ip_address_hour"))
    if gateways:
        dollars += 2 * out * price("nat_gb")
    else:
        dollars += HOURS * max(stack.tasks_min, use.tasks) * price("ip_address_hour")
    if stack.interface_endpoints:
        services = 4 if stack.reader == "embedded" else 5
        dollars += HOURS * stack.zones * services * price("interface_endpoint_hour")
    return dollars


def _endpoint(stack: Stack, use: Use) -> float:
    if stack.reader == "endpoint":
        instances = max(stack.endpoint_min, use.instances)
        return HOURS * instances * price("instance_hour", stack.endpoint_instance)
    if stack.reader == "serverless":
        seconds: float = use.questions * TABLE["assumed"]["reading_seconds"]
        return seconds * stack.serverless_memory / 1024 * price("serverless_gb_second")
    return 0.0


def _table(use: Use, requests: float) -> float:
    assumed: dict[str, float] = TABLE["assumed"]
    dollars = use.questions * assumed["writes"] / 1e6 * price("table_write_million")
    dollars += (use.questions * assumed["reads"] + requests) / 1e6 * price("table_read_million")
    kept = use.questions * assumed["kept_kb"] / 1e6
    return dollars + kept * (price("table_gb_month") + price("table_backup_gb_month"))


def _rest(stack: Stack, use: Use) -> float:
    alarms = 7 + (4 + stack.waf if stack.domain else 0) + (3 if stack.reader == "endpoint" else 0)
    dollars = (INSIGHTS + COUNTED) * price("metric_month") + alarms * price("alarm_month")
    logged: float = use.questions * TABLE["assumed"]["log_kb"] / 1e6
    return (
        dollars + stack.secrets * price("secret_month") + price("image_gb_month") + logged * price("log_gb")
    )


def example(size: str) -> Stack:
    """The stack of an example file."""
    return Stack.read(PROJECT / "infra" / "examples" / f"{size}.tfvars")


def idle() -> dict[str, float]:
    """Complaint 18: what a stack costs that nobody asks, and what each choice adds to it."""
    small = example("small")
    stacks = {
        "small": small,
        "small, one task": replace(small, tasks_min=1),
        "small, with a balancer and its firewall": replace(small, domain="wherein.example.com", secrets=3),
        "small, with one NAT": replace(small, nat="one"),
        "small, reader = serverless": replace(small, reader="serverless"),
        "small, reader = endpoint": replace(small, reader="endpoint"),
    }
    return {name: sum(monthly(stack).values()) for name, stack in stacks.items()}


def rows(columns: Mapping[str, Mapping[str, float]]) -> list[str]:
    """A table in Markdown: a row for each line, a column for each size, whole dollars."""
    lines = [f"| | {' | '.join(columns)} |", "|---|" + "---:|" * len(columns)]
    names = next(iter(columns.values()))
    lines += [
        f"| {name} | " + " | ".join(f"{column[name]:,.0f}" for column in columns.values()) + " |"
        for name in names
    ]
    totals = (f"**{sum(column.values()):,.0f}**" for column in columns.values())
    return [*lines, f"| **a month** | {' | '.join(totals)} |"]


def report() -> str:
    """All of it, as infra/README.md holds it."""
    used = {size: monthly(example(size), Use.of(size)) for size in SIZES}
    spared = ["| nobody asks | dollars a month |", "|---|---:|"]
    spared += [f"| {name} | {dollars:,.0f} |" for name, dollars in idle().items()]
    return "\n".join([*rows(used), "", *spared])


if __name__ == "__main__":
    sys.stdout.write(f"Dollars a month, {TABLE['region']}, {TABLE['date']}\n\n{report()}\n")
