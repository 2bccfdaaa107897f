"""What workers may do, what ECS may do to start them, what the backend may do. No policy is AWS' own: those are wider
than needed."""

from constructs import Construct

from modules.account import Account
from modules.bindings import aws
from modules.component import Component
from modules.granted import Granted, backend_statements, execution_statements, task_statements
from modules.names import Names
from modules.policies import Statement, policy


class Permissions(Component):
    """The task role (the worker's own), the execution role (ECS', while it starts a task), a policy for the backend.

    The backend's policy is a managed one, attached to nobody: whoever runs the backend attaches it to its role or user.

    Params:
        account: whose tasks may take the roles.
        granted: what on.

    Attributes:
        task_role_arn, execution_role_arn: for the task definition.
        backend_policy_arn: what the backend needs.
        ready: the policies, for whoever must not start before they are in force.
    """

    def __init__(self, scope: Construct, names: Names, account: Account, granted: Granted) -> None:
        super().__init__(scope, "permissions")
        trust = policy(
            Statement(
                sid="EcsTasks",
                reason="ECS gives the role to tasks of this account, and can't be talked into doing so for another's.",
                actions=["sts:AssumeRole"],
                principals={"Service": "ecs-tasks.amazonaws.com"},
                # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
                conditions={
                    "StringEquals": {"aws:SourceAccount": account.id},
                    "ArnLike": {"aws:SourceArn": account.arn("ecs", "*")},
                },
            )
        )
        self._boundary = granted.boundary
        self.ready: list[Construct] = []
        self.task_role_arn = self._role(
            "task",
            names.task_role,
            "What an FFmpeg worker may do",
            trust,
            policy(*task_statements(granted, account, names.cluster)),
        )
        self.execution_role_arn = self._role(
            "execution",
            names.execution_role,
            "What ECS may do to start an FFmpeg worker",
            trust,
            policy(*execution_statements(granted)),
        )
        backend = aws.iam_policy.IamPolicy(
            self,
            "backend",
            name=names.backend_policy,
            description="What the backend may do: send jobs, follow them, fetch videos",
            policy=policy(*backend_statements(granted)),
            tags=self.tags,
        )
        self.backend_policy_arn: str = backend.arn

    def _role(self, noun: str, name: str, description: str, trust: str, document: str) -> str:
        role = aws.iam_role.IamRole(
            self,
            noun,
            name=name,
            description=description,
            assume_role_policy=trust,
            permissions_boundary=self._boundary,
            tags=self.tags,
        )
        # Inline, so that it lives and dies with the role and can't be attached to anyone else.
        self.ready.append(
            aws.iam_role_policy.IamRolePolicy(self, f"policy.{noun}", name=name, role=role.id, policy=document)
        )
        arn: str = role.arn
        return arn
