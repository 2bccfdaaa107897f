"""Whether the workers get out of their subnets: to AWS, and to the backend."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ops.checks.finding import Finding, Level, Subject

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

_NEEDED = ("dynamodb", "ecr.api", "ecr.dkr", "logs", "s3", "secretsmanager", "sqs")
"""What a worker without a way to the internet reaches by endpoints (docs/infrastructure.md, network)."""
_HTTPS = 443


def check_network(subject: Subject) -> Iterator[Finding]:
    """Each subnet has a way out, and the security group lets the workers take it."""
    ec2 = subject.context.session.client("ec2")
    network = subject.fleet.network
    subnets = network.get("subnets", [])
    if not subnets:
        return
    found = ec2.describe_subnets(SubnetIds=list(subnets))["Subnets"]
    vpc = found[0]["VpcId"]
    tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
    public = network.get("assignPublicIp") == "ENABLED"
    troubles: dict[tuple[str, str], list[str]] = {}
    for subnet in subnets:
        trouble = _trouble(ec2, vpc, _routes(subnet, tables), public=public)
        if trouble is not None:
            troubles.setdefault(trouble, []).append(subnet)
    for (what, remedy), bad in troubles.items():
        yield Finding("network", Level.FAIL, f"{', '.join(bad)}: {what}", remedy)
    groups = list(network.get("securityGroups", []))
    is_closed = bool(groups) and not _lets_out(ec2, groups)
    if is_closed:
        what = f"security group {', '.join(groups)} lets nothing out on port 443"
        yield Finding("network", Level.FAIL, what, "Deploy again: Terraform puts its rules back.")
    if not troubles and not is_closed:
        yield Finding("network", Level.OK, f"each of {len(subnets)} subnets has a way out")


def _routes(subnet: str, tables: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """A subnet's own route table, or else its VPC's main one.

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


def _trouble(
    ec2: "EC2Client", vpc: str, routes: Sequence[Mapping[str, Any]], *, public: bool
) -> tuple[str, str] | None:
    """What is wrong with a subnet's way out, and the remedy; None where nothing is."""
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
    missing = [name for name in _NEEDED if not any(service.endswith(f".{name}") for service in there)]
    if missing:
        return (
            f"no way to the internet, and no endpoint of {', '.join(missing)}",
            "Give it a route to a NAT gateway, or the endpoints: network.own_vpc in the environment's file.",
        )
    return None


def _lets_out(ec2: "EC2Client", groups: list[str]) -> bool:
    for group in ec2.describe_security_groups(GroupIds=groups)["SecurityGroups"]:
        for rule in group.get("IpPermissionsEgress", []):
            every = rule.get("IpProtocol") == "-1"
            if every or rule.get("FromPort", 0) <= _HTTPS <= rule.get("ToPort", 0):
                return True
    return False
