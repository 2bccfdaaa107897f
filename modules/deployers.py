"""Who deploys: the deployer's policy, and GitHub's roles."""

from collections.abc import Mapping, Sequence
from typing import Any

from modules.account import Account
from modules.bindings import TerraformOutput, TerraformStack, aws
from modules.component import Component
from modules.config import GitHub
from modules.deployer import Target, deployer_statements, plan_statements
from modules.names import Names
from modules.policies import Statement, policy

_ISSUER = "token.actions.githubusercontent.com"


class Deployers(Component):
    """What the environment asks for: a policy for whoever deploys by hand, roles for GitHub's plan and apply.

    GitHub's workflows prove who they are with a signed token of their own; no key of AWS' is stored anywhere. Pull
    requests and the main branch may plan, which reads; only the GitHub environment, with its reviewers, may apply.
    https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws

    None of them may change itself or another of them: whoever sets them up is an administrator.

    Params:
        target: what is deployed, and where its state lies.
    """

    def __init__(self, stack: TerraformStack, names: Names, account: Account, target: Target) -> None:
        super().__init__(stack, "deployers")
        self._stack = stack
        self._boundary = target.environment.access.permissions_boundary
        access = target.environment.access
        if not access.deployer_policy and not access.github:
            return
        # Several, since IAM takes 6,144 characters a managed policy at most.
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
        arns = {
            part: self._policy(names, part, statements)
            for part, statements in deployer_statements(names, account, target).items()
        }
        TerraformOutput(
            stack,
            "deployer_policy_arns",
            value=list(arns.values()),
            description="What deploying this environment takes: attach all to whoever deploys.",
        )
        if access.github:
            self._github(names, account, target, access.github, arns)

    def _policy(self, names: Names, part: str, statements: Sequence[Statement]) -> str:
        made = aws.iam_policy.IamPolicy(
            self,
            f"deployer_{part}",
            name=f"{names.deployer_policy}-{part}",
            description=f"What deploying takes: {part}",
            policy=policy(*statements),
            tags=self.tags,
        )
        arn: str = made.arn
        return arn

    def _github(
        self, names: Names, account: Account, target: Target, github: GitHub, deployer: Mapping[str, str]
    ) -> None:
        provider = github.provider_arn or self._provider()
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
            policy=policy(*plan_statements(names, account, target)),
        )
        apply = self._role(
            "github_apply",
            names.apply_role,
            "GitHub applies: the environment with its reviewers",
            provider,
            [f"{repository}:environment:{github.github_environment or target.environment.name}"],
        )
        for part, arn in deployer.items():
            aws.iam_role_policy_attachment.IamRolePolicyAttachment(
                self, f"attach.{part}", role=apply.name, policy_arn=arn
            )
        for name, role, what in (("plan", plan, "plans"), ("apply", apply, "applies")):
            TerraformOutput(
                self._stack,
                f"github_{name}_role_arn",
                value=role.arn,
                description=f"The role that GitHub's workflow takes when it {what}.",
            )

    def _provider(self) -> str:
        provider = aws.iam_openid_connect_provider.IamOpenidConnectProvider(
            self, "github", url=f"https://{_ISSUER}", client_id_list=["sts.amazonaws.com"], tags=self.tags
        )
        arn: str = provider.arn
        return arn

    def _role(self, noun: str, name: str, description: str, provider: str, subjects: Sequence[str]) -> Any:
        trust = Statement(
            sid="GitHub",
            reason="This repository's workflows only, and of those only the ones named; no wildcard.",
            actions=["sts:AssumeRoleWithWebIdentity"],
            principals={"Federated": provider},
            conditions={"StringEquals": {f"{_ISSUER}:aud": "sts.amazonaws.com", f"{_ISSUER}:sub": list(subjects)}},
        )
        return aws.iam_role.IamRole(
            self,
            noun,
            name=name,
            description=description,
            assume_role_policy=policy(trust),
            permissions_boundary=self._boundary,
            max_session_duration=3600,
            tags=self.tags,
        )
