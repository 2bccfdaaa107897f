"""Where the workers' network interfaces stand, and what they may reach."""

from constructs import Construct

from modules.account import Account
from modules.bindings import aws
from modules.component import Component
from modules.config import Network as NetworkConfig
from modules.names import Names
from modules.vpc import Vpc


class Network(Component):
    """The VPC, its subnets, and a security group that lets nothing in and only TLS and DNS out.

    A worker is never called: it fetches its jobs. Outwards it needs AWS' APIs, media hosts and webhook receivers,
    all over 443, and the VPC's resolver; where a collector of traces has a port of its own, that one too. Without the
    security group of its own it would share the VPC's default one, and with it whatever others open there.

    Params:
        account: for a VPC of one's own.
        config: a VPC and subnets given, one to make, or none for the default VPC and its default subnets.
        collector_port: TCP port of the traces' collector, if there is one.

    Attributes:
        subnet_ids, security_group_id, assign_public_ip: what the service's network configuration takes.
    """

    def __init__(
        self,
        scope: Construct,
        names: Names,
        account: Account,
        config: NetworkConfig,
        *,
        collector_port: int | None = None,
    ) -> None:
        super().__init__(scope, "network")
        self.assign_public_ip = config.assign_public_ip
        self.subnet_ids: list[str]
        if config.own_vpc:
            own = Vpc(scope, names, account, config.own_vpc)
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
        self._let_out("tls", "AWS APIs, media and webhooks", 443)
        if collector_port not in {None, 443}:
            self._let_out("collector", "Traces to their collector", collector_port)
        # TCP as well: an answer above 512 bytes is asked for again over TCP.
        for protocol in ("udp", "tcp"):
            description = f"Resolver of the VPC over {protocol.upper()}"
            self._let_out(f"dns_{protocol}", description, 53, protocol=protocol, to=cidr)

    def _let_out(
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
        """Id and addresses of the VPC given, or of the account's default one."""
        vpc = aws.data_aws_vpc.DataAwsVpc
        found = vpc(self, "selected", id=vpc_id) if vpc_id else vpc(self, "selected", default=True)
        return found.id, found.cidr_block

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
