"""The deployer's permissions on what runs, where it runs, and who watches."""

from modules.account import Account
from modules.config import PROJECT
from modules.names import Names
from modules.policies import Statement, each


def on_fleet(names: Names, account: Account) -> list[Statement]:
    """Cluster, service, revisions, scaling, log group."""
    return [
        Statement(
            sid="Fleet",
            reason="Cluster, service, and the task definition's revisions.",
            actions=each("ecs", "CreateCluster CreateService DeleteCluster DeleteService DescribeClusters")
            + each("ecs", "DescribeServices ListTagsForResource PutClusterCapacityProviders RegisterTaskDefinition")
            + each("ecs", "TagResource UntagResource UpdateCluster UpdateService"),
            resources=[
                account.arn("ecs", f"cluster/{names.cluster}"),
                account.arn("ecs", f"service/{names.cluster}/{names.service}"),
                account.arn("ecs", f"task-definition/{names.task_family}:*"),
            ],
        ),
        Statement(
            sid="Revisions",
            reason="IAM knows no resource for these two.",
            actions=["ecs:DescribeTaskDefinition", "ecs:DeregisterTaskDefinition"],
            resources=["*"],
        ),
        Statement(
            sid="Scaling",
            reason="Target, policy and schedules; their ARNs hold an id that AWS chooses.",
            actions=each(
                "application-autoscaling", "DeleteScalingPolicy DeleteScheduledAction DeregisterScalableTarget"
            )
            + each("application-autoscaling", "ListTagsForResource PutScalingPolicy PutScheduledAction")
            + each("application-autoscaling", "RegisterScalableTarget TagResource UntagResource"),
            resources=[account.arn("application-autoscaling", "scalable-target/*")],
        ),
        Statement(
            sid="ScalingLookedAt",
            reason="IAM knows no resource for these.",
            actions=each("application-autoscaling", "DescribeScalableTargets DescribeScalingPolicies")
            + each("application-autoscaling", "DescribeScheduledActions"),
            resources=["*"],
        ),
        Statement(
            sid="Logs",
            reason="The log groups; no line is read.",
            actions=each("logs", "AssociateKmsKey CreateLogGroup DeleteLogGroup DisassociateKmsKey ListTagsForResource")
            + each("logs", "PutRetentionPolicy TagResource UntagResource"),
            resources=[
                account.arn("logs", f"log-group:{group}{streams}")
                for group in (names.log_group, names.spot_interruptions_log_group)
                for streams in ("", ":*")
            ],
        ),
        Statement(
            sid="LogsLookedAt",
            reason="Groups are found by listing.",
            actions=["logs:DescribeLogGroups"],
            resources=[account.arn("logs", "log-group:*")],
        ),
    ]


def on_network(account: Account) -> list[Statement]:
    """The security group, and a VPC of one's own."""
    kinds = ["security-group", "security-group-rule", "vpc", "subnet", "route-table", "internet-gateway", "natgateway"]
    kinds += ["elastic-ip", "vpc-endpoint"]
    ours = [account.arn("ec2", f"{kind}/*") for kind in kinds]
    return [
        Statement(
            sid="NetworkLookedAt",
            reason="EC2 knows no resource for these.",
            actions=each("ec2", "DescribeAddresses DescribeAddressesAttribute")
            + each("ec2", "DescribeAvailabilityZones DescribeInternetGateways DescribeNatGateways DescribeNetworkAcls")
            + each("ec2", "DescribeNetworkInterfaces DescribePrefixLists DescribeRouteTables")
            + each("ec2", "DescribeSecurityGroupRules DescribeSecurityGroups DescribeSubnets")
            + each("ec2", "DescribeVpcEndpoints DescribeVpcs"),
            resources=["*"],
        ),
        Statement(
            sid="VpcLookedAt",
            reason="Whether a VPC resolves names.",
            actions=["ec2:DescribeVpcAttribute"],
            resources=[account.arn("ec2", "vpc/*")],
        ),
        Statement(
            sid="NetworkMade",
            reason="The security group, and a VPC of one's own where it is asked for.",
            actions=each(
                "ec2", "AllocateAddress CreateInternetGateway CreateNatGateway CreateRouteTable CreateSecurityGroup"
            )
            + each("ec2", "CreateSubnet CreateTags CreateVpc CreateVpcEndpoint"),
            resources=ours,
        ),
        Statement(
            sid="NetworkChanged",
            reason="Only what bears our tag.",
            actions=each("ec2", "AssociateRouteTable AttachInternetGateway AuthorizeSecurityGroupEgress CreateRoute")
            + each("ec2", "AuthorizeSecurityGroupIngress DeleteInternetGateway DeleteNatGateway DeleteRoute DeleteTags")
            + each("ec2", "DeleteRouteTable DeleteSecurityGroup DeleteSubnet DeleteVpc DeleteVpcEndpoints")
            + each("ec2", "DetachInternetGateway DisassociateAddress DisassociateRouteTable ModifySecurityGroupRules")
            + each("ec2", "ModifySubnetAttribute ModifyVpcAttribute ModifyVpcEndpoint ReleaseAddress")
            + each("ec2", "RevokeSecurityGroupEgress RevokeSecurityGroupIngress"),
            resources=ours,
            conditions={"StringEquals": {"aws:ResourceTag/Project": PROJECT}},
        ),
    ]


def on_watching(names: Names, account: Account) -> list[Statement]:
    """Alarms, dashboard, what is looked for, topic, its key, budget."""
    topic = account.arn("sns", names.alarm_topic)
    return [
        Statement(
            sid="Alarms",
            reason="Our alarms and our dashboard.",
            actions=each("cloudwatch", "DeleteAlarms DeleteDashboards DescribeAlarms GetDashboard ListTagsForResource")
            + each("cloudwatch", "PutCompositeAlarm PutDashboard PutMetricAlarm TagResource UntagResource"),
            resources=[
                account.arn("cloudwatch", "alarm:hospup-*"),
                f"arn:{account.partition}:cloudwatch::{account.id}:dashboard/{names.dashboard}",
            ],
        ),
        Statement(
            sid="SavedQueries",
            reason="Queries of the logs; IAM knows no resource for them.",
            actions=each("logs", "DeleteQueryDefinition DescribeQueryDefinitions PutQueryDefinition"),
            resources=["*"],
        ),
        Statement(
            sid="SpotInterruptions",
            reason="The rule that looks for them, and where it writes to; no event is sent.",
            actions=each("events", "DeleteRule DescribeRule ListTagsForResource ListTargetsByRule PutRule PutTargets")
            + each("events", "RemoveTargets TagResource UntagResource"),
            resources=[account.arn("events", f"rule/{names.spot_interruptions}")],
        ),
        Statement(
            sid="LogPolicies",
            reason="Who may write to log groups beside their account; IAM knows no resource for it.",
            actions=each("logs", "DeleteResourcePolicy DescribeResourcePolicies PutResourcePolicy"),
            resources=["*"],
        ),
        Statement(
            sid="Topic",
            reason="The alarm topic and who subscribes; nothing is published.",
            actions=each(
                "sns", "CreateTopic DeleteTopic GetSubscriptionAttributes GetTopicAttributes ListTagsForResource"
            )
            + each(
                "sns", "SetSubscriptionAttributes SetTopicAttributes Subscribe TagResource Unsubscribe UntagResource"
            ),
            resources=[topic, f"{topic}:*"],
        ),
        Statement(
            sid="KeyMade",
            reason="The topic's key has no ARN before it exists; it is made with our tag.",
            actions=["kms:CreateKey"],
            resources=["*"],
            conditions={"StringEquals": {"aws:RequestTag/Project": PROJECT}},
        ),
        Statement(
            sid="KeyTagged",
            reason="Its tags, as long as ours stays.",
            actions=["kms:TagResource"],
            resources=[account.arn("kms", "key/*")],
            conditions={"StringEquals": {"aws:RequestTag/Project": PROJECT}},
        ),
        Statement(
            sid="KeyKept",
            reason="Keys that bear our tag.",
            actions=each(
                "kms", "CreateAlias DeleteAlias DescribeKey EnableKeyRotation GetKeyPolicy GetKeyRotationStatus"
            )
            + each("kms", "ListResourceTags PutKeyPolicy ScheduleKeyDeletion UntagResource UpdateAlias"),
            resources=[account.arn("kms", "key/*")],
            conditions={"StringEquals": {"aws:ResourceTag/Project": PROJECT}},
        ),
        Statement(
            sid="KeyNamed",
            reason="An alias needs permission on itself as well as on its key; aliases are found by listing.",
            actions=["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"],
            resources=[account.arn("kms", names.alarm_key_alias)],
        ),
        Statement(
            sid="AliasesLookedAt",
            reason="IAM knows no resource for it.",
            actions=["kms:ListAliases"],
            resources=["*"],
        ),
        Statement(
            sid="Budget",
            reason="The monthly budget, where there is one. Budgets know no region.",
            actions=each("budgets", "ListTagsForResource ModifyBudget TagResource UntagResource ViewBudget"),
            resources=[f"arn:{account.partition}:budgets::{account.id}:budget/{names.budget}"],
        ),
    ]
