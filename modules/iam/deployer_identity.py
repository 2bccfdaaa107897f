"""The deployer's permissions on the workers' two roles, and to read what an administrator set up.

A deployer must not become an administrator. It writes the policies of roles that tasks of its own run with, so it may
do this only on roles with the permissions boundary, which caps them. It changes no managed policy, because one may be
attached to the deployer itself, and neither the boundary nor another deployer's role.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
"""

from modules.iam.boundary import boundary_arn
from modules.iam.policies import Statement, actions
from modules.terraform.context import StackContext

DEPLOYER_PARTS = ("data", "fleet", "monitoring", "network")
"""The deployer's policies. Several, because IAM allows 6,144 characters per managed policy.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""


def identity_statements(context: StackContext) -> list[Statement]:
    """Permissions on the workers' roles, and to read the roles and policies that only administrators change."""
    names, account = context.names, context.account

    def iam(*resources: str) -> list[str]:
        return [f"arn:{account.partition}:iam::{account.id}:{resource}" for resource in resources]

    roles = iam(f"role/{names.task_role}", f"role/{names.execution_role}")
    return [
        Statement(
            sid="BoundedRoles",
            reason="Create, change and delete the workers' two roles only with the permissions boundary.",
            actions=actions("iam", "CreateRole DeleteRole DeleteRolePolicy PutRolePermissionsBoundary PutRolePolicy")
            + actions("iam", "UpdateAssumeRolePolicy UpdateRole"),
            resources=roles,
            conditions={"StringEquals": {"iam:PermissionsBoundary": boundary_arn(context)}},
        ),
        Statement(
            sid="Roles",
            reason="Read and tag the two roles.",
            actions=actions("iam", "GetRole GetRolePolicy ListAttachedRolePolicies ListInstanceProfilesForRole")
            + actions("iam", "ListRolePolicies TagRole UntagRole"),
            resources=roles,
        ),
        Statement(
            sid="HandRolesToTasks",
            reason="ECS passes the roles to tasks; they can be passed to no other service.",
            actions=["iam:PassRole"],
            resources=roles,
            conditions={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        ),
        Statement(
            sid="PoliciesLookedAt",
            reason="The backend's policy, the boundary and the deployers' policies are in the same state.",
            actions=actions("iam", "GetPolicy GetPolicyVersion ListPolicyVersions"),
            resources=[
                *iam(f"policy/{names.backend_policy}"),
                boundary_arn(context),
                *iam(*(f"policy/{names.deployer_policy}-{part}" for part in DEPLOYER_PARTS)),
            ],
        ),
        Statement(
            sid="OwnRolesLookedAt",
            reason="The deployers' roles are in the same state too.",
            actions=actions("iam", "GetRole GetRolePolicy ListAttachedRolePolicies ListRolePolicies"),
            resources=iam(f"role/{names.plan_role}", f"role/{names.apply_role}"),
        ),
        Statement(
            sid="GitHubLookedAt",
            reason="The account's identity provider for GitHub.",
            actions=["iam:GetOpenIDConnectProvider"],
            resources=iam("oidc-provider/token.actions.githubusercontent.com"),
        ),
        Statement(
            sid="ServiceRoles",
            reason="An account's first ECS service and first scalable target each create a service-linked role.",
            actions=["iam:CreateServiceLinkedRole"],
            resources=iam("role/aws-service-role/*"),
            conditions={
                "StringEquals": {
                    "iam:AWSServiceName": ["ecs.amazonaws.com", "ecs.application-autoscaling.amazonaws.com"]
                }
            },
        ),
    ]
