"""Permissions to deploy."""

from typing import Annotated

from pydantic import Field

from modules.config.base import Model

OidcProviderArn = Annotated[
    str, Field(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:oidc-provider/token\.actions\.githubusercontent\.com$")
]


class GitHub(Model):
    """Roles for GitHub's workflows, without a stored key: one plans, one applies."""

    repository: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$")]
    """`owner/name`."""
    branch: Annotated[str, Field(pattern=r"^[A-Za-z0-9._/-]+$")] = "main"
    """The branch whose workflows can plan, in addition to pull requests."""
    github_environment: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$")] | None = None
    """The GitHub environment that applies, with its reviewers; default: the one with this environment's name."""
    provider_arn: OidcProviderArn | None = None
    """The account's identity provider for GitHub, if it has one already (it can have only one); default: a new one."""


class Access(Model):
    """Permissions to deploy."""

    deployer_policy: bool = False
    """Create the policies that deploying this environment needs, to attach to the role or user that deploys by hand. An
    administrator deploys the first time."""
    github: GitHub | None = None
    """Roles for GitHub's workflows."""
    permissions_boundary: (
        Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:iam::(\d{12}|aws):policy/[\w+=,.@/-]+$")] | None
    ) = None
    """ARN of the permissions boundary of every role that the stack creates, if the account requires one. Default: the
    workers' roles have the stack's own, which allows what they need; GitHub's roles have none."""
