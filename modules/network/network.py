"""The VPC, subnets and security group of the workers."""

from modules.network.vpc import Vpc
from modules.terraform.bindings import aws
from modules.terraform.component import Component
from modules.terraform.context import StackContext


class Network(Component):
    """The VPC, its subnets, and a security group that allows no ingress, and egress for TLS and DNS only.

    Workers poll for jobs and accept no connections. They connect to AWS APIs, media hosts and webhook receivers on port
    443, to the VPC's resolver, and to the trace collector's port. Without its own security group, the service would use
    the VPC's default one, whose rules other people change.

    Attributes:
        subnet_ids, security_group_id, assign_public_ip: arguments of the service's network configuration.
        own_vpc_arn: the ARN of the workers' own VPC; None without one.
    """

    def __init__(self, context: StackContext) -> None:
        super().__init__(context, "network")
        names, config = context.names, context.environment.network
        otlp = context.environment.observability.otlp
        self.assign_public_ip = config.assign_public_ip
        self.subnet_ids: list[str]
        self.own_vpc_arn: str | None = None
        if config.own_vpc:
            own = Vpc(context, config.own_vpc)
            self.own_vpc_arn = own.arn
            vpc_id, cidr, self.subnet_ids, self.assign_public_ip = (
                own.id,
                own.cidr,
                own.subnet_ids,
                own.assign_public_ip,
            )
        else:
            vpc_id, cidr = self._existing(config.vpc_id)
            self.subnet_ids = list(config.subnet_ids) or self._default_subnets(vpc_id)
        group = aws.security_group.SecurityGroup(
            self,
            "worker",
            name=names.security_group,
            description="FFmpeg workers: nothing in, TLS and DNS out",
            vpc_id=vpc_id,
            tags={**self.tags, "Name": names.security_group},
        )
        self.security_group_id: str = group.id
        self._allow_egress("tls", "AWS APIs, media and webhooks", 443)
        if otlp and otlp.port not in {None, 443}:
            self._allow_egress("collector", "Traces to their collector", otlp.port)
        # TCP as well: resolvers retry answers above 512 bytes over TCP.
        for protocol in ("udp", "tcp"):
            description = f"Resolver of the VPC over {protocol.upper()}"
            self._allow_egress(f"dns_{protocol}", description, 53, protocol=protocol, to=cidr)

    def _allow_egress(
        self, resource: str, description: str, port: int | None, *, protocol: str = "tcp", to: str = "0.0.0.0/0"
    ) -> None:
        aws.vpc_security_group_egress_rule.VpcSecurityGroupEgressRule(
            self,
            resource,
            security_group_id=self.security_group_id,
            description=description,
            ip_protocol=protocol,
            from_port=port,
            to_port=port,
            cidr_ipv4=to,
            tags=self.tags,
        )

    def _existing(self, vpc_id: str | None) -> tuple[str, str]:
        """Id and CIDR block of the configured VPC (default: the account's default VPC)."""
        vpc = aws.data_aws_vpc.DataAwsVpc
        found = vpc(self, "selected", id=vpc_id) if vpc_id else vpc(self, "selected", default=True)
        return found.id, found.cidr_block

    def _default_subnets(self, vpc_id: str) -> list[str]:
        # A default VPC has one default subnet per zone, all public. Subnets that were added to it are ignored.
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
