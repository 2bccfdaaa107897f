"""The IAM roles of the workers with their permissions boundary, and the backend's policy.

AWS-managed policies allow more than needed, so none is used.
"""

from modules.iam.boundary import boundary_statements
from modules.iam.policies import Statement, policy
from modules.iam.policy_targets import PolicyTargets
from modules.iam.statements import backend_statements, execution_statements, task_statements
from modules.terraform.bindings import Construct, aws
from modules.terraform.component import Component
from modules.terraform.context import StackContext


class Permissions(Component):
    """The task role (which the worker uses), the execution role (which ECS uses to start a task), the backend's policy.

    Both roles have the configured permissions boundary, else the stack's own (boundary.py).

    The backend's policy is a managed policy without attachments: the backend's operator attaches it to the backend's
    role or user.

    Params:
        targets: the resources that the policies refer to.

    Attributes:
        task_role_arn, execution_role_arn: for the task definition.
        backend_policy_arn: for the backend's role or user.
        policies: the roles' policies; the service must not start before they exist.
    """

    def __init__(self, context: StackContext, targets: PolicyTargets) -> None:
        super().__init__(context, "permissions")
        names, account = context.names, context.account
        trust = policy(
            Statement(
                sid="EcsTasks",
                reason="Tasks of this account take the role. The condition prevents the confused-deputy problem.",
                actions=["sts:AssumeRole"],
                principals={"Service": "ecs-tasks.amazonaws.com"},
                # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
                conditions={
                    "StringEquals": {"aws:SourceAccount": account.id},
                    "ArnLike": {"aws:SourceArn": account.arn("ecs", "*")},
                },
            )
        )
        self._boundary_arn = context.environment.access.permissions_boundary or self._boundary(context)
        self.policies: list[Construct] = []
        self.task_role_arn = self._role(
            "task",
            names.task_role,
            "What an FFmpeg worker may do",
            trust,
            policy(*task_statements(context, targets)),
        )
        self.execution_role_arn = self._role(
            "execution",
            names.execution_role,
            "What ECS may do to start an FFmpeg worker",
            trust,
            policy(*execution_statements(context, targets)),
        )
        backend = aws.iam_policy.IamPolicy(
            self,
            "backend",
            name=names.backend_policy,
            description="What the backend may do: send jobs, follow them, fetch videos",
            policy=policy(*backend_statements(context, targets)),
            tags=self.tags,
        )
        self.backend_policy_arn: str = backend.arn

    def _boundary(self, context: StackContext) -> str:
        boundary = aws.iam_policy.IamPolicy(
            self,
            "worker_boundary",
            name=context.names.worker_boundary,
            description="What the workers' roles may do at most",
            policy=policy(*boundary_statements(context)),
            tags=self.tags,
        )
        arn: str = boundary.arn
        return arn

    def _role(self, resource: str, name: str, description: str, trust: str, document: str) -> str:
        role = aws.iam_role.IamRole(
            self,
            resource,
            name=name,
            description=description,
            assume_role_policy=trust,
            permissions_boundary=self._boundary_arn,
            tags=self.tags,
        )
        # Inline: deleted with the role, and not attachable to another one.
        self.policies.append(
            aws.iam_role_policy.IamRolePolicy(self, f"policy.{resource}", name=name, role=role.id, policy=document)
        )
        arn: str = role.arn
        return arn
