"""A network made for the workers alone."""

import ipaddress
from typing import Any

from constructs import Construct

from modules.account import Account
from modules.bindings import Fn, aws
from modules.component import Component
from modules.config import OwnVpc
from modules.names import Names

# The services that a worker, and Fargate on its behalf, call without a way to the internet: images, logs, secret, jobs,
# ECS Exec's channel, and ECS for task protection.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
_INTERFACE_ENDPOINTS = ("ecr.api", "ecr.dkr", "logs", "secretsmanager", "sqs", "ssmmessages", "ecs")
_FREE_GATEWAYS = ("s3", "dynamodb")


class Vpc(Component):
    """Two zones, a subnet in each for workers, and gateway endpoints for S3 and DynamoDB, which cost nothing and keep
    clips, videos and image layers away from what costs by the gigabyte.

    With `exit` "nat" or "endpoints", workers stand in private subnets. Without this construct they stand in the default
    VPC, where everything else of the account may stand too.

    Params:
        account: whose region the endpoints are in.
        config: addresses, and how workers reach the world.

    Attributes:
        id, cidr: of the VPC.
        subnet_ids: where workers go.
        assign_public_ip: whether they need a public address.
    """

    def __init__(self, scope: Construct, names: Names, account: Account, config: OwnVpc) -> None:
        super().__init__(scope, "vpc")
        self._name = names.network
        self._account = account
        self.cidr = config.cidr
        vpc = aws.vpc.Vpc(
            self,
            "workers",
            cidr_block=config.cidr,
            enable_dns_support=True,
            # Interface endpoints answer to their services' own names by it.
            enable_dns_hostnames=True,
            tags=self._named(),
        )
        self.accept(
            vpc, "CKV2_AWS_11", "Nothing comes in, and what goes out is a job's own log line; flow logs cost by GB."
        )
        self.id: str = vpc.id
        # The VPC's own default group lets everything within it through, unless it is emptied.
        aws.default_security_group.DefaultSecurityGroup(self, "unused", vpc_id=self.id, tags=self._named("unused"))
        zones = aws.data_aws_availability_zones.DataAwsAvailabilityZones(
            self,
            "zones.here",
            state="available",
            filter=[
                # Local zones have neither Fargate nor NAT gateways.
                aws.data_aws_availability_zones.DataAwsAvailabilityZonesFilter(
                    name="opt-in-status", values=["opt-in-not-required"]
                )
            ],
        )
        self._zones = [Fn.element(zones.names, index) for index in range(2)]
        quarters = [str(net) for net in ipaddress.IPv4Network(config.cidr).subnets(prefixlen_diff=2)]
        self.assign_public_ip = config.exit == "public"
        self._public_ids: list[str] = []
        tables = [] if config.exit == "endpoints" else self._public(quarters[:2])
        self.subnet_ids = self._public_ids
        if config.exit != "public":
            tables = self._private(quarters[2:], config)
        self._gateways(tables)
        if config.exit == "endpoints":
            self._endpoints()

    def _named(self, suffix: str = "") -> dict[str, str]:
        return {**self.tags, "Name": f"{self._name}-{suffix}" if suffix else self._name}

    def _subnets(self, kind: str, blocks: list[str]) -> list[str]:
        return [
            str(
                aws.subnet.Subnet(
                    self,
                    f"{kind}_{letter}",
                    vpc_id=self.id,
                    cidr_block=block,
                    availability_zone=zone,
                    # A worker's public address is asked for by its service, never given to whatever comes here.
                    map_public_ip_on_launch=False,
                    tags=self._named(f"{kind}-{letter}"),
                ).id
            )
            for letter, zone, block in zip("ab", self._zones, blocks, strict=True)
        ]

    def _table(self, name: str, subnets: dict[str, str], **target: str) -> str:
        """A route table with a way to the world, if `target` names one, for subnets by their names."""
        table: Any = aws.route_table.RouteTable(self, f"table.{name}", vpc_id=self.id, tags=self._named(name))
        if target:
            aws.route.Route(self, f"out.{name}", route_table_id=table.id, destination_cidr_block="0.0.0.0/0", **target)
        for subnet, subnet_id in subnets.items():
            aws.route_table_association.RouteTableAssociation(
                self, f"route.{subnet}", subnet_id=subnet_id, route_table_id=table.id
            )
        identifier: str = table.id
        return identifier

    def _public(self, blocks: list[str]) -> list[str]:
        self._public_ids = self._subnets("public", blocks)
        gateway = aws.internet_gateway.InternetGateway(self, "exit.workers", vpc_id=self.id, tags=self._named())
        subnets = dict(zip(("public_a", "public_b"), self._public_ids, strict=True))
        return [self._table("public", subnets, gateway_id=gateway.id)]

    def _private(self, blocks: list[str], config: OwnVpc) -> list[str]:
        self.subnet_ids = self._subnets("private", blocks)
        if config.exit == "endpoints":
            subnets = dict(zip(("private_a", "private_b"), self.subnet_ids, strict=True))
            return [self._table("private", subnets)]
        # One gateway serves both zones; of two, each its own.
        public = dict(zip("ab", self._public_ids, strict=True))
        gateways = [self._nat(letter, public[letter]) for letter in "ab"[: config.nat_gateways]]
        return [
            self._table(
                f"private_{letter}", {f"private_{letter}": subnet}, nat_gateway_id=gateways[index % len(gateways)]
            )
            for index, (letter, subnet) in enumerate(zip("ab", self.subnet_ids, strict=True))
        ]

    def _nat(self, letter: str, subnet: str) -> str:
        address = aws.eip.Eip(self, f"nat_{letter}", domain="vpc", tags=self._named(f"nat-{letter}"))
        gateway = aws.nat_gateway.NatGateway(
            self, f"gateway.nat_{letter}", allocation_id=address.id, subnet_id=subnet, tags=self._named(letter)
        )
        identifier: str = gateway.id
        return identifier

    def _gateways(self, tables: list[str]) -> None:
        for service in _FREE_GATEWAYS:
            aws.vpc_endpoint.VpcEndpoint(
                self,
                service,
                vpc_id=self.id,
                service_name=f"com.amazonaws.{self._account.region}.{service}",
                vpc_endpoint_type="Gateway",
                route_table_ids=tables,
                tags=self._named(service),
            )

    def _endpoints(self) -> None:
        group = aws.security_group.SecurityGroup(
            self,
            "endpoints",
            name=f"{self._name}-endpoints",
            description="AWS APIs: TLS in from the VPC",
            vpc_id=self.id,
            tags=self._named("endpoints"),
        )
        aws.vpc_security_group_ingress_rule.VpcSecurityGroupIngressRule(
            self,
            "endpoints_tls",
            security_group_id=group.id,
            description="Workers call AWS",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            cidr_ipv4=self.cidr,
            tags=self.tags,
        )
        for service in _INTERFACE_ENDPOINTS:
            aws.vpc_endpoint.VpcEndpoint(
                self,
                service.replace(".", "_"),
                vpc_id=self.id,
                service_name=f"com.amazonaws.{self._account.region}.{service}",
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=self.subnet_ids,
                security_group_ids=[group.id],
                tags=self._named(service),
            )
