"""Guard `fleet-survival`: finds permissions that workers need and that a plan takes away.

The actions are those of the policies that the stack gives to workers (modules/iam/statements.py).
"""

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ops.review.iam_policies import grants
from ops.review.judgements import SURVIVAL
from ops.review.plan import Plan
from ops.review.resource_names import PARTS_QUEUE, policy_of
from ops.review.verdict import ReviewFinding

_TASKS = "Service:ecs-tasks.amazonaws.com"

NEEDED: Mapping[str, str] = {
    "ecs:UpdateTaskProtection": "workers aren't protected, so scale-in and releases stop renders of more than 100 s",
    "sqs:ReceiveMessage": "no worker receives a job",
    "sqs:ChangeMessageVisibility": "leases aren't renewed, and jobs come back while they render",
    "sqs:DeleteMessage": "finished jobs come back until they are dead letters",
    "sqs:GetQueueAttributes": "workers don't see the queue's depth",
    "sqs:SendMessage": "what is no job isn't moved to the dead-letter queue",
    "dynamodb:GetItem": "no worker sees whether a job is done already",
    "dynamodb:UpdateItem": "no worker claims a job or records its end",
    "s3:GetObject": "sources in the bucket can't be fetched",
    "s3:PutObject": "no video can be published",
    "s3:AbortMultipartUpload": "parts of broken uploads stay, and are billed",
    "s3:DeleteObject": "intermediate uploads stay, and are billed",
    "s3:ListBucket": "leftovers of earlier attempts aren't found",
    "kms:Decrypt": "what is encrypted with the key can't be read",
    "kms:GenerateDataKey": "nothing can be written with the key",
    "ecr:GetAuthorizationToken": "no worker can start: its image can't be pulled",
    "ecr:BatchCheckLayerAvailability": "no worker can start: its image can't be pulled",
    "ecr:BatchGetImage": "no worker can start: its image can't be pulled",
    "ecr:GetDownloadUrlForLayer": "no worker can start: its image can't be pulled",
    "logs:CreateLogStream": "no worker can start: its log can't be opened",
    "logs:PutLogEvents": "workers' lines are lost",
    "secretsmanager:GetSecretValue": "no worker can start: its secret can't be read",
}
"""What happens to workers that may no longer do it."""


def find(plan: Plan) -> Iterator[ReviewFinding]:
    """The needed actions that a role's policy, or its boundary, allowed before, and that nothing allows after."""
    if not plan.after.all("aws_ecs_service"):
        return
    boundaries = {role.get("permissions_boundary") for role in plan.after.all("aws_iam_role")}
    for change in plan.changes:
        if not change.before or change.unknown.get(policy_of(change) or "") is True:
            continue
        if change.kind == "aws_iam_role" and _is_taken_by_tasks(change.before) and not _is_taken_by_tasks(change.after):
            yield ReviewFinding(SURVIVAL, change.address, "ECS may no longer take the role: no worker can start.")
        if change.kind == "aws_iam_role_policy":
            role = change.before.get("role")
            left = [policy for policy in plan.after.all("aws_iam_role_policy") if policy.get("role") == role]
        elif change.kind == "aws_iam_policy" and change.before.get("arn") in boundaries:
            left = [change.after]
        else:
            continue
        for action in _lost(change.before, left):
            yield ReviewFinding(SURVIVAL, change.address, f"May no longer {action}: {NEEDED[action]}.")


def _is_taken_by_tasks(role: Mapping[str, Any]) -> bool:
    found = grants(role.get("assume_role_policy")) or []
    return any(
        grant.effect == "Allow" and grant.principal == _TASKS and _names(grant.action, "sts:AssumeRole")
        for grant in found
    )


def _lost(before: Mapping[str, Any], left: Sequence[Mapping[str, Any]]) -> list[str]:
    allowed = {action for policy in left for action in _allowed(policy.get("policy"))}
    return [action for action in NEEDED if action in _allowed(before.get("policy")) - allowed]


def _allowed(document: Any) -> set[str]:
    """The needed actions that a policy allows on something and doesn't refuse on everything. The queue of parts doesn't
    count, because workers can do without it."""
    found = [grant for grant in grants(document) or [] if PARTS_QUEUE not in grant.resource]
    allowed, refused = (
        {action for action in NEEDED for grant in found if grant.effect == effect and _names(grant.action, action)}
        for effect in ("Allow", "Deny")
    )
    bounded = {
        action
        for action in refused
        if all(grant.condition for grant in found if grant.effect == "Deny" and _names(grant.action, action))
    }
    return allowed - (refused - bounded)


def _names(pattern: str, action: str) -> bool:
    if pattern.startswith("not:"):
        return not fnmatch.fnmatchcase(action.lower(), pattern.removeprefix("not:").lower())
    return fnmatch.fnmatchcase(action.lower(), pattern.lower())
