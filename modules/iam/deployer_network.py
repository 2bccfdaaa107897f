"""The deployer's permissions on the security group, and on an own VPC.

AWS chooses the ids of network resources, so tags identify the environment's own. A deployer can set these tags only on
a resource that it creates, or that has them already: otherwise it could make any network of the account its own.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html
"""

from collections.abc import Iterable, Mapping

from modules.iam.own_tags import is_created_with_own_tags, is_own_resource
from modules.iam.policies import Statement, actions
from modules.terraform.context import StackContext

# Actions that create a resource with tags, and the type of what they create. By level, so that no statement on one
# level includes what the next is created in: a request's tags are of what is created, and say nothing about the VPC,
# subnet or group that it is created in.
_GROUPS = {"CreateSecurityGroup": "security-group"}
_RULES = {
    "AuthorizeSecurityGroupEgress": "security-group-rule",
    "AuthorizeSecurityGroupIngress": "security-group-rule",
}
_NETWORKS = {
    "AllocateAddress": "elastic-ip",
    "CreateInternetGateway": "internet-gateway",
    "CreateVpc": "vpc",
}
_PARTS = {
    "CreateRouteTable": "route-table",
    "CreateSubnet": "subnet",
}
_GATEWAYS = {
    "CreateNatGateway": "natgateway",
    "CreateVpcEndpoint": "vpc-endpoint",
}


def network_statements(context: StackContext, vpc_arn: str | None) -> list[Statement]:
    """Permissions on the security group and, if `vpc_arn` is given, on this own VPC."""
    statements = [
        Statement(
            sid="NetworkLookedAt",
            reason="IAM has no resource for these actions.",
            actions=actions("ec2", "DescribeAddresses DescribeAddressesAttribute")
            + actions(
                "ec2", "DescribeAvailabilityZones DescribeInternetGateways DescribeNatGateways DescribeNetworkAcls"
            )
            + actions("ec2", "DescribeNetworkInterfaces DescribePrefixLists DescribeRouteTables")
            + actions("ec2", "DescribeSecurityGroupRules DescribeSecurityGroups DescribeSubnets")
            + actions("ec2", "DescribeVpcEndpoints DescribeVpcs"),
            resources=["*"],
        ),
        Statement(
            sid="VpcLookedAt",
            reason="Terraform reads whether a VPC resolves DNS names.",
            actions=["ec2:DescribeVpcAttribute"],
            resources=_every(context, ["vpc"]),
        ),
        *_security_group(context),
    ]
    return [*statements, *_own_vpc(context, vpc_arn)] if vpc_arn else statements


def _security_group(context: StackContext) -> list[Statement]:
    return [
        Statement(
            sid="GroupMadeInAnyVpc",
            reason="The security group's VPC may be an existing one, which doesn't have the environment's tags.",
            actions=["ec2:CreateSecurityGroup"],
            resources=_every(context, ["vpc"]),
        ),
        _created(context, "GroupMade", _GROUPS),
        _created(context, "RulesMade", _RULES),
        _tagged_at_creation(context, "GroupTagged", {**_GROUPS, **_RULES}),
        Statement(
            sid="GroupChanged",
            reason="Change and delete only groups and rules with the environment's tags.",
            actions=actions("ec2", "AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress CreateTags DeleteTags")
            + actions("ec2", "DeleteSecurityGroup ModifySecurityGroupRules RevokeSecurityGroupEgress")
            + actions("ec2", "RevokeSecurityGroupIngress"),
            resources=_every(context, ["security-group", "security-group-rule"]),
            conditions=is_own_resource(context),
        ),
    ]


def _own_vpc(context: StackContext, vpc_arn: str) -> list[Statement]:
    created = {**_NETWORKS, **_PARTS, **_GATEWAYS}
    return [
        _created(context, "NetworksMade", _NETWORKS),
        _created(context, "PartsMade", _PARTS),
        _created(context, "GatewaysMade", _GATEWAYS),
        _tagged_at_creation(context, "NetworkTagged", created),
        Statement(
            sid="NetworkChanged",
            reason="Change, extend and delete only resources with the environment's tags.",
            actions=actions("ec2", "AssociateRouteTable AttachInternetGateway CreateNatGateway CreateRoute")
            + actions("ec2", "CreateRouteTable CreateSubnet CreateTags CreateVpcEndpoint DeleteInternetGateway")
            + actions("ec2", "DeleteNatGateway DeleteRoute DeleteRouteTable DeleteSubnet DeleteTags DeleteVpc")
            + actions("ec2", "DeleteVpcEndpoints DetachInternetGateway DisassociateAddress DisassociateRouteTable")
            + actions("ec2", "ModifySubnetAttribute ModifyVpcAttribute ModifyVpcEndpoint ReleaseAddress ReplaceRoute")
            + actions("ec2", "ReplaceRouteTableAssociation"),
            resources=_every(context, [*created.values(), "security-group"]),
            conditions=is_own_resource(context),
        ),
        Statement(
            sid="DefaultGroupTagged",
            reason="AWS creates the own VPC's default security group, without tags; Terraform adopts it.",
            actions=["ec2:CreateTags"],
            resources=_every(context, ["security-group"]),
            conditions={"ArnEquals": {"ec2:Vpc": vpc_arn}},
        ),
        Statement(
            sid="EndpointsNamed",
            reason="An endpoint's private DNS names are a hosted zone of AWS', which is associated with the VPC.",
            # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
            actions=["route53:AssociateVPCWithHostedZone"],
            resources=["*"],
        ),
    ]


def _created(context: StackContext, sid: str, created: Mapping[str, str]) -> Statement:
    return Statement(
        sid=sid,
        reason="Create resources with the environment's tags.",
        actions=[f"ec2:{action}" for action in created],
        resources=_every(context, created.values()),
        conditions=is_created_with_own_tags(context),
    )


def _tagged_at_creation(context: StackContext, sid: str, created: Mapping[str, str]) -> Statement:
    return Statement(
        sid=sid,
        reason="Set tags at creation; later only on what has the environment's tags.",
        actions=["ec2:CreateTags"],
        resources=_every(context, created.values()),
        conditions={"StringEquals": {"ec2:CreateAction": list(created)}},
    )


def _every(context: StackContext, kinds: Iterable[str]) -> list[str]:
    return [context.account.arn("ec2", f"{kind}/*") for kind in sorted(set(kinds))]
