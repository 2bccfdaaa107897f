"""Where the workers' network interfaces stand, and what they may reach."""

from typing import Any

from constructs import Construct

from modules.bindings import aws
from modules.component import Component
from modules.config import Network as NetworkConfig
from modules.names import Names


class Network(Component):
    """The VPC, its subnets, and a security group that lets nothing in and only TLS and DNS out.

    A worker is never called: it fetches its jobs. Outwards it needs AWS' APIs, media hosts and webhook receivers,
    all over 443, and the VPC's resolver. Without the security group of its own it would share the VPC's default one,
    and with it whatever others open there.

    Params:
        config: the VPC and subnets given, or none for the default VPC and its default subnets.

    Attributes:
        subnet_ids, security_group_id, assign_public_ip: what the service's network configuration takes.
    """

    def __init__(self, scope: Construct, names: Names, config: NetworkConfig) -> None:
        super().__init__(scope, "network")
        vpc = self._vpc(config)
        self.assign_public_ip = config.assign_public_ip
        self.subnet_ids: list[str] = list(config.subnet_ids) or self._default_subnets(vpc.id)

        group = aws.security_group.SecurityGroup(
            self,
            "worker",
            name=names.security_group,
            description="FFmpeg workers: nothing in, TLS and DNS out",
            vpc_id=vpc.id,
            tags={**self.tags, "Name": names.security_group},
        )
        self.security_group_id: str = group.id
        rule = aws.vpc_security_group_egress_rule.VpcSecurityGroupEgressRule
        rule(
            self,
            "tls",
            security_group_id=group.id,
            description="AWS APIs, media and webhooks",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            cidr_ipv4="0.0.0.0/0",
            tags=self.tags,
        )
        # TCP as well: an answer above 512 bytes is asked for again over TCP.
        for protocol in ("udp", "tcp"):
            rule(
                self,
                f"dns_{protocol}",
                security_group_id=group.id,
                description=f"Resolver of the VPC over {protocol.upper()}",
                ip_protocol=protocol,
                from_port=53,
                to_port=53,
                cidr_ipv4=vpc.cidr_block,
                tags=self.tags,
            )

    def _vpc(self, config: NetworkConfig) -> Any:
        vpc = aws.data_aws_vpc.DataAwsVpc
        return vpc(self, "selected", id=config.vpc_id) if config.vpc_id else vpc(self, "selected", default=True)

    def _default_subnets(self, vpc_id: str) -> list[str]:
        # A default VPC has one default subnet a zone, all public; whoever added private ones keeps them to themselves.
        # https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc-components.html
        subnet_filter = aws.data_aws_subnets.DataAwsSubnetsFilter
        found = aws.data_aws_subnets.DataAwsSubnets(
            self,
            "subnets.selected",
            filter=[
                subnet_filter(name="vpc-id", values=[vpc_id]),
                subnet_filter(name="default-for-az", values=["true"]),
            ],
        )
        ids: list[str] = found.ids
        return ids
