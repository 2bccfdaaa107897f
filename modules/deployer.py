"""What deploying takes: every permission of whoever runs `cdktf deploy`, and of whoever only plans."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace

from modules.account import Account
from modules.config import Environment
from modules.deployer_data import on_data, on_identities
from modules.deployer_fleet import on_fleet, on_network, on_watching
from modules.names import Names
from modules.policies import Statement

# An action that reads says so at its beginning. What reads contents rather than settings stays out of a plan.
_READING = ("Describe", "Get", "List", "View")
_CONTENTS = {"ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer"}


@dataclass(frozen=True)
class Target:
    """What is deployed, and where its state lies.

    Params:
        environment: the environment.
        backend: the S3 backend's settings.
    """

    environment: Environment
    backend: Mapping[str, str]

    def state(self, partition: str) -> tuple[str, str]:
        """The ARNs of the state's bucket and of its object. The lock file is the object's name with `.tflock`."""
        bucket = f"arn:{partition}:s3:::{self.backend['bucket']}"
        prefix = self.backend.get("workspace_key_prefix", "env:")
        return bucket, f"{bucket}/{prefix}/{self.environment.name}/{self.backend['key']}"


def deployer_statements(names: Names, account: Account, target: Target) -> dict[str, list[Statement]]:
    """The permissions to plan, apply and destroy this environment, in parts that IAM takes: data, fleet, network."""
    holds = [
        *_state(account, target, write=True),
        *on_data(names, account, target.environment),
        *on_identities(names, account, target.environment),
    ]
    return {
        "data": holds,
        "fleet": [*on_fleet(names, account), *on_watching(names, account)],
        "network": on_network(account),
    }


def plan_statements(names: Names, account: Account, target: Target) -> list[Statement]:
    """The permissions to plan it: of the deployer's actions those that read. With `-lock=false`: a lock is a write."""
    parts = deployer_statements(names, account, target)
    reading = [
        replace(statement, actions=actions, conditions={})
        for statement in itertools.chain(*parts.values())
        if not statement.sid.startswith("State")
        and (actions := [action for action in statement.actions if _reads(action)])
    ]
    return [*_state(account, target, write=False), *reading]


def _reads(action: str) -> bool:
    return action.partition(":")[2].startswith(_READING) and action not in _CONTENTS


def _state(account: Account, target: Target, *, write: bool) -> list[Statement]:
    bucket, state = target.state(account.partition)
    statements = [
        Statement(
            sid="StateFind",
            reason="Terraform lists workspaces; names only.",
            actions=["s3:ListBucket"],
            resources=[bucket],
        ),
        Statement(
            sid="StateRead",
            reason="What Terraform made, of this environment only.",
            actions=["s3:GetObject"],
            resources=[state],
        ),
    ]
    if write:
        statements.append(
            Statement(
                sid="StateWrite",
                reason="Record what was made; take the lock and give it back.",
                actions=["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                resources=[state, f"{state}.tflock"],
            )
        )
    return statements
