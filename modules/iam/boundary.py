"""The permissions boundary of the workers' roles: what they can do at most, whatever policies a deployer gives them.

It allows what the two roles' own policies allow, as an administrator last deployed it. So it takes nothing from the
workers, and a permission that a deployer adds to a role has no effect until an administrator deploys it.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
"""

from modules.iam.policies import Statement
from modules.iam.policy_targets import named_targets
from modules.iam.statements import execution_statements, task_statements
from modules.terraform.context import StackContext


def boundary_arn(context: StackContext) -> str:
    """The ARN of the boundary: the configured one, else the stack's own."""
    account, configured = context.account, context.environment.access.permissions_boundary
    return configured or f"arn:{account.partition}:iam::{account.id}:policy/{context.names.worker_boundary}"


def boundary_statements(context: StackContext) -> list[Statement]:
    """The permissions of both roles, on the resources' names: an administrator can deploy it before the resources."""
    targets = named_targets(context)
    return [*task_statements(context, targets), *execution_statements(context, targets)]
