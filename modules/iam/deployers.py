"""The deployer's policies, and GitHub's roles for planning and applying."""

from collections.abc import Mapping, Sequence
from typing import Any

from modules.config import GitHub
from modules.iam.deployer import OwnArns, StateLocation, deployer_statements, plan_statements, state_location
from modules.iam.policies import Statement, policy
from modules.terraform.bindings import TerraformOutput, aws
from modules.terraform.component import Component
from modules.terraform.context import StackContext

_ISSUER = "token.actions.githubusercontent.com"


class Deployers(Component):
    """The parts of `access` that are configured: policies for deploying by hand, roles for GitHub's plan and apply.

    GitHub's workflows identify themselves with a signed token of GitHub's, so no AWS key is stored. Pull requests and
    the main branch can plan, which only reads. Only the GitHub environment, with its reviewers, can apply.
    https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws

    No deployer can change its own permissions or another deployer's; an administrator sets them up.

    Params:
        backend: the S3 backend's settings.
        own: the resources that the permissions name by their ARNs.
    """

    def __init__(self, context: StackContext, backend: Mapping[str, str], own: OwnArns) -> None:
        super().__init__(context, "deployers")
        self._context, self._own = context, own
        access = context.environment.access
        if not access.deployer_policy and not access.github:
            return
        state = state_location(context, backend)
        parts = deployer_statements(context, state, own)
        arns = {part: self._policy(part, statements) for part, statements in parts.items()}
        TerraformOutput(
            context.scope,
            "deployer_policy_arns",
            value=list(arns.values()),
            description="What deploying this environment takes: attach all to whoever deploys.",
        )
        if access.github:
            self._github(state, access.github, arns)

    def _policy(self, part: str, statements: Sequence[Statement]) -> str:
        created = aws.iam_policy.IamPolicy(
            self,
            f"deployer_{part}",
            name=f"{self._context.names.deployer_policy}-{part}",
            description=f"What deploying takes: {part}",
            policy=policy(*statements),
            tags=self.tags,
        )
        arn: str = created.arn
        return arn

    def _github(self, state: StateLocation, github: GitHub, deployer_policies: Mapping[str, str]) -> None:
        names = self._context.names
        provider = github.provider_arn or self._identity_provider()
        repository = f"repo:{github.repository}"
        plan = self._role(
            "github_plan",
            names.plan_role,
            "GitHub plans: pull requests and the main branch, reading only",
            provider,
            [f"{repository}:pull_request", f"{repository}:ref:refs/heads/{github.branch}"],
        )
        aws.iam_role_policy.IamRolePolicy(
            self,
            "policy.github_plan",
            name=names.plan_role,
            role=plan.id,
            policy=policy(*plan_statements(self._context, state, self._own)),
        )
        apply = self._role(
            "github_apply",
            names.apply_role,
            "GitHub applies: the environment with its reviewers",
            provider,
            [f"{repository}:environment:{github.github_environment or self._context.environment.name}"],
        )
        for part, arn in deployer_policies.items():
            aws.iam_role_policy_attachment.IamRolePolicyAttachment(
                self, f"attach.{part}", role=apply.name, policy_arn=arn
            )
        for name, role, verb in (("plan", plan, "plans"), ("apply", apply, "applies")):
            TerraformOutput(
                self._context.scope,
                f"github_{name}_role_arn",
                value=role.arn,
                description=f"The role that GitHub's workflow takes when it {verb}.",
            )

    def _identity_provider(self) -> str:
        provider = aws.iam_openid_connect_provider.IamOpenidConnectProvider(
            self, "github", url=f"https://{_ISSUER}", client_id_list=["sts.amazonaws.com"], tags=self.tags
        )
        arn: str = provider.arn
        return arn

    def _role(self, resource: str, name: str, description: str, provider: str, subjects: Sequence[str]) -> Any:
        trust = Statement(
            sid="GitHub",
            reason="Only the listed workflows of this repository; no wildcard.",
            actions=["sts:AssumeRoleWithWebIdentity"],
            principals={"Federated": provider},
            conditions={"StringEquals": {f"{_ISSUER}:aud": "sts.amazonaws.com", f"{_ISSUER}:sub": list(subjects)}},
        )
        return aws.iam_role.IamRole(
            self,
            resource,
            name=name,
            description=description,
            assume_role_policy=policy(trust),
            permissions_boundary=self._context.environment.access.permissions_boundary,
            max_session_duration=3600,
            tags=self.tags,
        )
