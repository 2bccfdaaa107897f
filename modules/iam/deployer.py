"""The permissions that deploying an environment needs, and the subset that planning needs."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace

from modules.iam.deployer_data import data_statements
from modules.iam.deployer_fleet import fleet_statements
from modules.iam.deployer_identity import identity_statements
from modules.iam.deployer_monitoring import monitoring_statements
from modules.iam.deployer_network import network_statements
from modules.iam.policies import Statement
from modules.terraform.context import StackContext

# Read actions begin with one of these verbs. Planning needs those that read settings, but not those that read contents.
_READ_VERBS = ("Describe", "Get", "List", "View")
_CONTENT_READS = {"ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer", "s3:ListBucketVersions"}


@dataclass(frozen=True)
class StateLocation:
    """The S3 ARNs of an environment's Terraform state: its bucket and its object.

    The lock file is the object's name with `.tflock`.
    """

    bucket: str
    object: str


@dataclass(frozen=True)
class OwnArns:
    """ARNs with an id that AWS chooses, of the resources that the deployer's permissions name one by one.

    Params:
        topic_key: the alarm topic's key; None if it is configured rather than created.
        vpc: the workers' own VPC; None without one.
    """

    topic_key: str | None
    vpc: str | None


def state_location(context: StackContext, backend: Mapping[str, str]) -> StateLocation:
    """The environment's state, by the S3 backend's settings."""
    bucket = f"arn:{context.account.partition}:s3:::{backend['bucket']}"
    prefix = backend.get("workspace_key_prefix", "env:")
    return StateLocation(bucket, f"{bucket}/{prefix}/{context.environment.name}/{backend['key']}")


def deployer_statements(context: StackContext, state: StateLocation, own: OwnArns) -> dict[str, list[Statement]]:
    """The permissions to plan, apply and destroy the environment, in parts that fit into a managed policy each.

    Administrators deploy first, and whatever changes the deployer's own permissions.
    """
    return {
        "data": [*_state_statements(state, write=True), *data_statements(context)],
        "fleet": [*fleet_statements(context), *identity_statements(context)],
        "monitoring": monitoring_statements(context, own.topic_key),
        "network": network_statements(context, own.vpc),
    }


def plan_statements(context: StackContext, state: StateLocation, own: OwnArns) -> list[Statement]:
    """The permissions to plan with `-lock=false` (a lock is a write): the deployer's actions that only read."""
    parts = deployer_statements(context, state, own)
    reading = [
        replace(statement, actions=actions, conditions={})
        for statement in itertools.chain(*parts.values())
        if not statement.sid.startswith("State")
        and (actions := [action for action in statement.actions if _reads_settings(action)])
    ]
    return [*_state_statements(state, write=False), *reading]


def _reads_settings(action: str) -> bool:
    return action.partition(":")[2].startswith(_READ_VERBS) and action not in _CONTENT_READS


def _state_statements(state: StateLocation, *, write: bool) -> list[Statement]:
    statements = [
        Statement(
            sid="StateFind",
            reason="Terraform lists the names of workspaces.",
            actions=["s3:ListBucket"],
            resources=[state.bucket],
        ),
        Statement(
            sid="StateRead",
            reason="The state of this environment only.",
            actions=["s3:GetObject"],
            resources=[state.object],
        ),
    ]
    if write:
        statements.append(
            Statement(
                sid="StateWrite",
                reason="Write the state; acquire and release the lock.",
                actions=["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                resources=[state.object, f"{state.object}.tflock"],
            )
        )
    return statements
