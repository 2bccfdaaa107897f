"""A VPC for the workers alone."""

import ipaddress
from typing import Any

from modules.config import OwnVpc
from modules.terraform.bindings import Fn, aws
from modules.terraform.component import Component
from modules.terraform.context import StackContext

# The AWS services that a worker, or Fargate for it, calls: images, logs, secrets, jobs, ECS Exec, task protection.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
_INTERFACE_ENDPOINTS = ("ecr.api", "ecr.dkr", "logs", "secretsmanager", "sqs", "ssmmessages", "ecs")
_GATEWAY_ENDPOINTS = ("s3", "dynamodb")


class Vpc(Component):
    """A VPC with a worker subnet in each of two zones, and gateway endpoints for S3 and DynamoDB. The endpoints cost
    nothing, and keep clips, videos and image layers out of the traffic that costs money per gigabyte.

    With `exit` "nat" or "endpoints", the worker subnets are private.

    Params:
        config: the VPC's addresses, and its way to the internet.

    Attributes:
        id, arn, cidr: of the VPC.
        subnet_ids: the worker subnets.
        assign_public_ip: whether workers need a public address.
    """

    def __init__(self, context: StackContext, config: OwnVpc) -> None:
        super().__init__(context, "vpc")
        self._name = context.names.network
        self._region = context.account.region
        self.cidr = config.cidr
        vpc = aws.vpc.Vpc(
            self,
            "workers",
            cidr_block=config.cidr,
            enable_dns_support=True,
            # Needed for the private DNS names of interface endpoints.
            enable_dns_hostnames=True,
            tags=self._tags(),
        )
        self.accept(
            vpc, "CKV2_AWS_11", "Nothing comes in, and what goes out is a job's own log line; flow logs cost by GB."
        )
        self.id: str = vpc.id
        self.arn: str = vpc.arn
        # The VPC's default security group allows all traffic between its members; this resource removes its rules.
        aws.default_security_group.DefaultSecurityGroup(self, "unused", vpc_id=self.id, tags=self._tags("unused"))
        zones = aws.data_aws_availability_zones.DataAwsAvailabilityZones(
            self,
            "zones.here",
            state="available",
            filter=[
                # Excludes local zones, which have neither Fargate nor NAT gateways.
                aws.data_aws_availability_zones.DataAwsAvailabilityZonesFilter(
                    name="opt-in-status", values=["opt-in-not-required"]
                )
            ],
        )
        self._zones = [Fn.element(zones.names, index) for index in range(2)]
        quarters = [str(net) for net in ipaddress.IPv4Network(config.cidr).subnets(prefixlen_diff=2)]
        self.assign_public_ip = config.exit == "public"
        self._public_ids: list[str] = []
        tables = [] if config.exit == "endpoints" else self._public_subnets(quarters[:2])
        self.subnet_ids = self._public_ids
        if config.exit != "public":
            tables = self._private_subnets(quarters[2:], config)
        self._gateway_endpoints(tables)
        if config.exit == "endpoints":
            self._interface_endpoints()

    def _tags(self, suffix: str = "") -> dict[str, str]:
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
                    # The service requests public addresses for workers; nothing else in the subnet gets one.
                    map_public_ip_on_launch=False,
                    tags=self._tags(f"{kind}-{letter}"),
                ).id
            )
            for letter, zone, block in zip("ab", self._zones, blocks, strict=True)
        ]

    def _route_table(self, name: str, subnets: dict[str, str], **target: str) -> str:
        """A route table of these subnets (name to id), with a default route if `target` is given."""
        table: Any = aws.route_table.RouteTable(self, f"table.{name}", vpc_id=self.id, tags=self._tags(name))
        if target:
            aws.route.Route(self, f"out.{name}", route_table_id=table.id, destination_cidr_block="0.0.0.0/0", **target)
        for subnet, subnet_id in subnets.items():
            aws.route_table_association.RouteTableAssociation(
                self, f"route.{subnet}", subnet_id=subnet_id, route_table_id=table.id
            )
        identifier: str = table.id
        return identifier

    def _public_subnets(self, blocks: list[str]) -> list[str]:
        self._public_ids = self._subnets("public", blocks)
        gateway = aws.internet_gateway.InternetGateway(self, "exit.workers", vpc_id=self.id, tags=self._tags())
        subnets = dict(zip(("public_a", "public_b"), self._public_ids, strict=True))
        return [self._route_table("public", subnets, gateway_id=gateway.id)]

    def _private_subnets(self, blocks: list[str], config: OwnVpc) -> list[str]:
        self.subnet_ids = self._subnets("private", blocks)
        if config.exit == "endpoints":
            subnets = dict(zip(("private_a", "private_b"), self.subnet_ids, strict=True))
            return [self._route_table("private", subnets)]
        # A single gateway serves both zones; two serve one zone each.
        public = dict(zip("ab", self._public_ids, strict=True))
        gateways = [self._nat_gateway(letter, public[letter]) for letter in "ab"[: config.nat_gateways]]
        return [
            self._route_table(
                f"private_{letter}", {f"private_{letter}": subnet}, nat_gateway_id=gateways[index % len(gateways)]
            )
            for index, (letter, subnet) in enumerate(zip("ab", self.subnet_ids, strict=True))
        ]

    def _nat_gateway(self, letter: str, subnet: str) -> str:
        address = aws.eip.Eip(self, f"nat_{letter}", domain="vpc", tags=self._tags(f"nat-{letter}"))
        gateway = aws.nat_gateway.NatGateway(
            self, f"gateway.nat_{letter}", allocation_id=address.id, subnet_id=subnet, tags=self._tags(letter)
        )
        identifier: str = gateway.id
        return identifier

    def _gateway_endpoints(self, tables: list[str]) -> None:
        for service in _GATEWAY_ENDPOINTS:
            aws.vpc_endpoint.VpcEndpoint(
                self,
                service,
                vpc_id=self.id,
                service_name=f"com.amazonaws.{self._region}.{service}",
                vpc_endpoint_type="Gateway",
                route_table_ids=tables,
                tags=self._tags(service),
            )

    def _interface_endpoints(self) -> None:
        group = aws.security_group.SecurityGroup(
            self,
            "endpoints",
            name=f"{self._name}-endpoints",
            description="AWS APIs: TLS in from the VPC",
            vpc_id=self.id,
            tags=self._tags("endpoints"),
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
                service_name=f"com.amazonaws.{self._region}.{service}",
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=self.subnet_ids,
                security_group_ids=[group.id],
                tags=self._tags(service),
            )
