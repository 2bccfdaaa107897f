"""Check that the workers reach AWS and the backend from their subnets."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ops.checks.result import CheckResult, Level
from ops.checks.subject import Subject
from ops.words import count

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

NEEDED = ("dynamodb", "ecr.api", "ecr.dkr", "ecs", "logs", "s3", "secretsmanager", "sqs")
"""Services for which a subnet without internet access needs VPC endpoints (docs/design/infrastructure.md, network).
Without that of `ecs`, no worker can protect itself from scale-in, and none takes a job:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html"""
_HTTPS = 443


def check_network(subject: Subject) -> Iterator[CheckResult]:
    """Check each subnet's route out, and the security group's rule for port 443."""
    ec2 = subject.context.session.client("ec2")
    network = subject.service_state.network
    subnets = network.subnets
    if not subnets:
        return
    found = ec2.describe_subnets(SubnetIds=list(subnets))["Subnets"]
    vpc = found[0]["VpcId"]
    tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
    problems: dict[tuple[str, str], list[str]] = {}
    for subnet in subnets:
        problem = _problem(ec2, vpc, _routes(subnet, tables), public=network.public_address)
        if problem is not None:
            problems.setdefault(problem, []).append(subnet)
    for (what, remedy), bad in problems.items():
        yield CheckResult("network", Level.FAIL, f"{', '.join(bad)}: {what}", remedy)
    groups = list(network.security_groups)
    is_closed = bool(groups) and not _allows_https(ec2, groups)
    if is_closed:
        what = f"security group {', '.join(groups)} lets nothing out on port 443"
        yield CheckResult("network", Level.FAIL, what, "Deploy again: Terraform puts its rules back.")
    if not problems and not is_closed:
        yield CheckResult("network", Level.OK, f"a way out: {count(len(subnets), 'subnet')}")


def _routes(subnet: str, tables: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """The routes of a subnet's own table, or else of its VPC's main table.

    https://docs.aws.amazon.com/vpc/latest/userguide/RouteTables.html
    """
    main: Sequence[Mapping[str, Any]] = ()
    for table in tables:
        for association in table.get("Associations", []):
            if association.get("SubnetId") == subnet:
                own: Sequence[Mapping[str, Any]] = table["Routes"]
                return own
            if association.get("Main"):
                main = table["Routes"]
    return main


def _problem(
    ec2: "EC2Client", vpc: str, routes: Sequence[Mapping[str, Any]], *, public: bool
) -> tuple[str, str] | None:
    """The problem of a subnet's route out and its remedy; None without a problem."""
    default = [route for route in routes if route.get("DestinationCidrBlock") == "0.0.0.0/0"]
    alive = [route for route in default if route.get("State", "active") == "active"]
    if default and not alive:
        return "its way out leads to a gateway that is gone", "Mend the subnet's route to 0.0.0.0/0."
    if any(str(route.get("GatewayId", "")).startswith("igw-") for route in alive):
        if public:
            return None
        return (
            "it leads to an internet gateway, and workers get no public address",
            "Use private subnets with NAT, or public addresses: network in the environment's file.",
        )
    if alive:
        return None
    pages = ec2.get_paginator("describe_vpc_endpoints").paginate(Filters=[{"Name": "vpc-id", "Values": [vpc]}])
    there = [endpoint["ServiceName"] for page in pages for endpoint in page["VpcEndpoints"]]
    missing = [name for name in NEEDED if not any(service.endswith(f".{name}") for service in there)]
    if missing:
        return (
            f"no way to the internet, and no endpoint of {', '.join(missing)}",
            "Give it a route to a NAT gateway, or the endpoints: network.own_vpc in the environment's file.",
        )
    return None


def _allows_https(ec2: "EC2Client", groups: list[str]) -> bool:
    for group in ec2.describe_security_groups(GroupIds=groups)["SecurityGroups"]:
        for rule in group.get("IpPermissionsEgress", []):
            every = rule.get("IpProtocol") == "-1"
            if every or rule.get("FromPort", 0) <= _HTTPS <= rule.get("ToPort", 0):
                return True
    return False
