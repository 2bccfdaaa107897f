"""Who deploys."""

from typing import Annotated

from pydantic import Field

from modules.config.base import Model

OidcProviderArn = Annotated[
    str, Field(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:oidc-provider/token\.actions\.githubusercontent\.com$")
]


class GitHub(Model):
    """Roles that GitHub's workflows take without any stored key: one that plans, one that applies."""

    repository: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$")]
    """`owner/name`."""
    branch: Annotated[str, Field(pattern=r"^[A-Za-z0-9._/-]+$")] = "main"
    """The branch whose workflows may plan, besides pull requests."""
    github_environment: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$")] | None = None
    """The GitHub environment that applies, with its reviewers; none: the one that bears this environment's name."""
    provider_arn: OidcProviderArn | None = None
    """The account's identity provider for GitHub where it has one (it can have only one); none: one is made."""


class Access(Model):
    """Permissions to deploy."""

    deployer_policy: bool = False
    """Make a policy with what deploying this environment takes, to attach to whoever deploys by hand."""
    github: GitHub | None = None
    """Roles for GitHub's workflows."""
    permissions_boundary: (
        Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:iam::(\d{12}|aws):policy/[\w+=,.@/-]+$")] | None
    ) = None
    """A policy that bounds every role that is made here, where the account demands one."""
