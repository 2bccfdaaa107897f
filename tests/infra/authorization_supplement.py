"""What the service authorization reference doesn't say, or says otherwise than AWS does: each with its source."""

from tests.infra.service_authorization import Supplement

_SCALING_VALIDATES = {
    "cloudwatch:DeleteAlarms": "*",
    "cloudwatch:DescribeAlarms": "*",
    "cloudwatch:PutMetricAlarm": "*",
    "ecs:DescribeServices": "",
    "ecs:UpdateService": "",
}
"""https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_permission_validation.html
Application Auto Scaling calls the target's service and CloudWatch as its caller would, without an alarm's name.
https://github.com/hashicorp/terraform-provider-aws/issues/46385"""

SUPPLEMENT = Supplement(
    on_everything={
        "cloudwatch:DeleteAlarms": "Application Auto Scaling validates it without a name; see above.",
        "cloudwatch:DescribeAlarms": "With less, CloudWatch returns no composite alarm. "
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html",
        "cloudwatch:PutCompositeAlarm": "With less, CloudWatch refuses it. "
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html",
        "cloudwatch:PutMetricAlarm": "Application Auto Scaling validates it without a name; see above.",
        "ecs:RegisterTaskDefinition": "ECS has refused it on less. "
        "https://github.com/aws/containers-roadmap/issues/929",
        "route53:AssociateVPCWithHostedZone": "The zone of an endpoint's private names belongs to AWS, with an id that "
        "nobody knows beforehand. https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html",
    },
    requested={
        "ec2:AssociateRouteTable": ("subnet",),
        # The provider sends the rule's tags with the request, so the rule is part of the authorization.
        # https://github.com/hashicorp/terraform-provider-aws/issues/38552
        "ec2:AuthorizeSecurityGroupEgress": ("security-group-rule",),
        "ec2:AuthorizeSecurityGroupIngress": ("security-group-rule",),
        "ec2:CreateNatGateway": ("elastic-ip", "subnet"),
        "ec2:CreateSecurityGroup": ("vpc",),
        "ec2:CreateVpcEndpoint": ("route-table", "security-group", "subnet"),
        "ec2:DisassociateAddress": ("elastic-ip",),
        "ec2:DisassociateRouteTable": ("subnet",),
        "ec2:ModifyVpcEndpoint": ("route-table", "security-group", "subnet"),
        "ec2:ReplaceRouteTableAssociation": ("subnet",),
    },
    validated={
        # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles.html
        "ecs:CreateCluster": {"iam:CreateServiceLinkedRole": ""},
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
        "ecs:RegisterTaskDefinition": {"iam:PassRole": ""},
        "application-autoscaling:PutScalingPolicy": _SCALING_VALIDATES,
        "application-autoscaling:RegisterScalableTarget": _SCALING_VALIDATES,
    },
)

COMMANDS = Supplement(
    on_everything={
        "cloudwatch:DeleteAlarms": "Application Auto Scaling validates it without a name; see above.",
        "cloudwatch:PutMetricAlarm": "Application Auto Scaling validates it without a name; see above.",
        "cloudwatch:DescribeAlarms": "Composite alarms are described only to a permission on *. "
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html",
        "ecs:ListTasks": "Its resource is a container instance, which Fargate doesn't have. "
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security_iam_id-based-policy-examples.html",
    },
    requested={},
    validated={"application-autoscaling:RegisterScalableTarget": _SCALING_VALIDATES},
    unneeded={
        "application-autoscaling:TagResource": "A pause registers a target anew without tags. "
        "https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_id-based-policy-examples.html",
    },
)
"""For the permissions of the command line."""
