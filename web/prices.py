"""What running it costs, by AWS's list prices; the one place where prices stand, each with its day."""

from dataclasses import dataclass

REGION = "us-east-1"
HOURS = 730.0  # in a month, as AWS counts
DAYS = 365 / 12


@dataclass(frozen=True, slots=True)
class Price:
    """A list price in dollars, and when it was looked up."""

    dollars: float
    looked_up: str


# https://aws.amazon.com/fargate/pricing/ (Linux, ARM), https://aws.amazon.com/sagemaker/pricing/ (real-time).
VCPU_HOUR = Price(0.03238, "2026-11")
GB_HOUR = Price(0.00356, "2026-11")
ENDPOINT_HOUR = {
    "ml.c7i.large": Price(0.1071, "2025-06"),
    "ml.c7i.xlarge": Price(0.2142, "2025-06"),
    "ml.c5.large": Price(0.102, "2025-06"),
    "ml.c5.xlarge": Price(0.204, "2025-06"),
    "ml.c5.2xlarge": Price(0.408, "2025-06"),
    "ml.g4dn.xlarge": Price(0.7364, "2025-06"),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """What runs all month: tasks, and instances of an endpoint, if any."""

    tasks: int = 1
    vcpu: float = 0.5  # of each task
    gigabytes: float = 1.0
    endpoint: str = ""  # the kind of its instances; empty: there is none
    instances: int = 1

    @property
    def month(self) -> float:
        """Dollars a month."""
        task = self.vcpu * VCPU_HOUR.dollars + self.gigabytes * GB_HOUR.dollars
        kind = ENDPOINT_HOUR.get(self.endpoint)
        return HOURS * (self.tasks * task + (self.instances * kind.dollars if kind else 0.0))


def per_thousand(shape: Shape, questions: int, days: float) -> float | None:
    """Dollars for a thousand questions, where so many came in so many days; None where none came."""
    if questions <= 0 or days <= 0:
        return None
    return 1_000 * shape.month * (days / DAYS) / questions
