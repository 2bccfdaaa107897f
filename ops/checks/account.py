"""Who you are to AWS, what you may do, and how much of Fargate the account may use."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ops.checks.finding import Caller, Finding, Level, Subject
from ops.refusals import code_of

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_service_quotas import ServiceQuotasClient

_ALLOWED = "allowed"
_ON_DEMAND = "L-3032A538"
_SPOT = "L-36FBB829"
"""Fargate's quotas of vCPUs at once: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html"""
_CPU_UNITS = 1024
"""ECS counts a vCPU as 1024 units."""


@dataclass(frozen=True)
class Need:
    """What one command calls on one kind of resource."""

    command: str
    actions: tuple[str, ...]
    resource: str


def check_credentials(subject: Subject) -> Iterator[Finding]:
    """Whether AWS knows the caller, and whether it is AWS at all."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    if endpoint:
        what = f"AWS_ENDPOINT_URL leads to {endpoint}: what follows is of an embedded AWS, or of a proxy"
        yield Finding("endpoint", Level.WARN, what, "unset AWS_ENDPOINT_URL to ask AWS itself.")
    caller = subject.caller
    yield Finding("credentials", Level.OK, f"{caller.arn}, {subject.context.region}")


def check_permissions(subject: Subject) -> Iterator[Finding]:
    """What the caller lacks for each command, by IAM's own simulation. It leaves out service control policies of the
    organisation and policies of the resources."""
    iam = subject.context.session.client("iam")
    principal = _principal(iam, subject.caller)
    if principal is None:
        what = "the root user may do everything"
        yield Finding("permissions", Level.WARN, what, "Work as a role or an IAM user instead.")
        return
    lacking: dict[str, list[str]] = {}
    try:
        for need in _needs(subject):
            answer = iam.simulate_principal_policy(
                PolicySourceArn=principal, ActionNames=list(need.actions), ResourceArns=[need.resource]
            )
            refused = [
                result["EvalActionName"]
                for result in answer["EvaluationResults"]
                # A condition on what only the request itself would tell, such as an address, can't be simulated.
                if result["EvalDecision"] != _ALLOWED and not result.get("MissingContextValues")
            ]
            if refused:
                lacking.setdefault(need.command, []).extend(refused)
    except ClientError as error:
        what = f"can't be simulated ({code_of(error)})"
        yield Finding("permissions", Level.WARN, what, "Let your role call iam:SimulatePrincipalPolicy on itself.")
        return
    for command, actions in lacking.items():
        remedy = f"Let {principal.rpartition('/')[2]} call {', '.join(actions)}."
        yield Finding("permissions", Level.WARN, f"hospup-video {command} will be refused", remedy)
    if not lacking:
        yield Finding("permissions", Level.OK, "every command of hospup-video is allowed")


def check_quotas(subject: Subject) -> Iterator[Finding]:
    """Whether the account may run as many workers as the fleet may grow to."""
    fleet = subject.fleet
    if fleet.pool is None or fleet.maximum is None:
        return
    cpus = int(subject.definition.get("cpu", 0)) / _CPU_UNITS
    on_demand = fleet.maximum if fleet.on_demand is None else min(fleet.on_demand, fleet.maximum)
    pool_on_demand = min(on_demand, fleet.pool)
    quotas = subject.context.session.client("service-quotas")
    for name, code, pool, most in (
        ("Fargate", _ON_DEMAND, pool_on_demand, on_demand),
        ("Fargate Spot", _SPOT, fleet.pool - pool_on_demand, fleet.maximum - on_demand),
    ):
        if most:
            yield _compare(name, code, _quota(quotas, code), pool * cpus, most * cpus)


def _compare(name: str, code: str, quota: float | None, pool: float, most: float) -> Finding:
    if quota is None:
        return Finding(
            "quotas", Level.WARN, f"{name}'s is unknown", "Look it up in the console, Service Quotas, Fargate."
        )
    remedy = (
        f"Ask for {2 * most:g} vCPUs, since a release runs old and new workers side by side: aws service-quotas "
        f"request-service-quota-increase --service-code fargate --quota-code {code} --desired-value {2 * most:g}"
    )
    if quota < pool:
        return Finding("quotas", Level.FAIL, f"{name} allows {quota:g} vCPUs, and the pool needs {pool:g}", remedy)
    if quota < most:
        return Finding("quotas", Level.WARN, f"{name} allows {quota:g} vCPUs of {most:g} at full size", remedy)
    return Finding("quotas", Level.OK, f"{name} allows {quota:g} vCPUs, {most:g} are used at full size")


def _quota(quotas: "ServiceQuotasClient", code: str) -> float | None:
    """The account's quota, AWS's default where it was never changed, None where neither is told."""
    for ask in (quotas.get_service_quota, quotas.get_aws_default_service_quota):
        try:
            return ask(ServiceCode="fargate", QuotaCode=code)["Quota"]["Value"]
        except ClientError:
            continue
    return None


def _principal(iam: "IAMClient", caller: Caller) -> str | None:
    """Whose policies to simulate: the user, or the role behind a session; None for the root user."""
    kind, _, name = caller.arn.rpartition(":")[2].partition("/")
    if kind == "root":
        return None
    if kind != "assumed-role":
        return caller.arn
    role = name.partition("/")[0]
    try:
        return iam.get_role(RoleName=role)["Role"]["Arn"]  # with its path, which a session's ARN leaves out
    except ClientError:
        return f"arn:{caller.partition}:iam::{caller.account}:role/{role}"


def _needs(subject: Subject) -> Iterator[Need]:
    context = subject.context
    queue = context.name("queue_arn")
    dead = subject.arn("sqs", context.name("dlq_url").rpartition("/")[2])
    table = subject.arn("dynamodb", f"table/{context.name('jobs_table')}")
    log = subject.arn("logs", f"log-group:{context.name('log_group_name')}:*")
    cluster, service = context.name("cluster_name"), context.name("service_name")
    repository = subject.arn("ecr", f"repository/{context.name('ecr_repository_uri').partition('/')[2]}")
    for command, resources in _BY_COMMAND.items():
        where: Mapping[str, str] = {
            "queue": queue,
            "dead": dead,
            "table": table,
            "log": log,
            "service": subject.arn("ecs", f"service/{cluster}/{service}"),
            "tasks": subject.arn("ecs", f"task/{cluster}/*"),
            "repository": repository,
            "any": "*",
        }
        for resource, actions in resources.items():
            yield Need(command, actions, where[resource])


_BY_COMMAND: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "submit": {"queue": ("sqs:SendMessage",)},
    "status": {"table": ("dynamodb:GetItem",)},
    "jobs": {"table": ("dynamodb:Scan",)},
    "queue": {
        "queue": ("sqs:GetQueueAttributes",),
        "dead": ("sqs:GetQueueAttributes",),
        "any": ("cloudwatch:GetMetricStatistics",),
    },
    "dlq list": {"dead": ("sqs:ReceiveMessage", "sqs:ChangeMessageVisibility"), "table": ("dynamodb:BatchGetItem",)},
    "dlq redrive": {
        "dead": ("sqs:StartMessageMoveTask", "sqs:ListMessageMoveTasks", "sqs:ReceiveMessage", "sqs:DeleteMessage"),
        "queue": ("sqs:SendMessage",),
    },
    "dlq purge": {"dead": ("sqs:PurgeQueue",)},
    "logs": {"log": ("logs:FilterLogEvents",)},
    "workers": {
        "service": ("ecs:DescribeServices",),
        "tasks": ("ecs:DescribeTasks", "ecs:GetTaskProtection"),
        "any": ("ecs:ListTasks", "ecs:DescribeTaskDefinition", "application-autoscaling:DescribeScalableTargets"),
    },
    "image push": {
        "any": ("ecr:GetAuthorizationToken",),
        "repository": (
            "ecr:DescribeImages",
            "ecr:BatchCheckLayerAvailability",
            "ecr:InitiateLayerUpload",
            "ecr:UploadLayerPart",
            "ecr:CompleteLayerUpload",
            "ecr:PutImage",
        ),
    },
    "image release --restart": {"service": ("ecs:UpdateService",)},
}
"""What each command calls, by the kind of resource. Deploying takes the deployer's policy (docs/infrastructure.md)."""
