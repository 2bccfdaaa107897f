"""Checks of the AWS account: the caller's identity and permissions, and Fargate's quotas."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ops.aws_errors import code_of
from ops.checks.result import CheckResult, Level
from ops.checks.subject import Caller, Subject

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_service_quotas import ServiceQuotasClient

_ALLOWED = "allowed"
_ON_DEMAND = "L-3032A538"
_SPOT = "L-36FBB829"
"""Quotas of vCPUs that run at once on Fargate: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html"""
_CPU_UNITS = 1024
"""CPU units per vCPU in ECS."""


@dataclass(frozen=True)
class Need:
    """The actions that one command calls on one resource."""

    command: str
    actions: tuple[str, ...]
    resource: str


def check_credentials(subject: Subject) -> Iterator[CheckResult]:
    """Check that the credentials are valid, and warn if the endpoint isn't AWS."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    if endpoint:
        what = f"AWS_ENDPOINT_URL leads to {endpoint}: what follows is of an embedded AWS, or of a proxy"
        yield CheckResult("endpoint", Level.WARN, what, "unset AWS_ENDPOINT_URL to ask AWS itself.")
    caller = subject.caller
    yield CheckResult("credentials", Level.OK, f"{caller.arn}, {subject.context.region}")


def check_permissions(subject: Subject) -> Iterator[CheckResult]:
    """List the permissions that the caller lacks for each command, by IAM's simulation.

    The simulation leaves out the organisation's service control policies and the policies of resources.
    """
    iam = subject.context.session.client("iam")
    principal = _principal(iam, subject.caller)
    if principal is None:
        what = "the root user may do everything"
        yield CheckResult("permissions", Level.WARN, what, "Work as a role or an IAM user instead.")
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
                # A condition on a value of the request itself, such as the source address, can't be simulated.
                if result["EvalDecision"] != _ALLOWED and not result.get("MissingContextValues")
            ]
            if refused:
                lacking.setdefault(need.command, []).extend(refused)
    except ClientError as error:
        what = f"can't be simulated ({code_of(error)})"
        yield CheckResult("permissions", Level.WARN, what, "Let your role call iam:SimulatePrincipalPolicy on itself.")
        return
    for command, actions in lacking.items():
        remedy = f"Let {principal.rpartition('/')[2]} call {', '.join(actions)}."
        yield CheckResult("permissions", Level.WARN, f"hospup-video {command} will be refused", remedy)
    if not lacking:
        yield CheckResult("permissions", Level.OK, "every command of hospup-video is allowed")


def check_quotas(subject: Subject) -> Iterator[CheckResult]:
    """Check that the quotas allow as many workers as the fleet may grow to."""
    state = subject.service_state
    if state.pool is None or state.maximum is None:
        return
    cpus = int(subject.definition.get("cpu", 0)) / _CPU_UNITS
    on_demand = state.maximum if state.on_demand is None else min(state.on_demand, state.maximum)
    pool_on_demand = min(on_demand, state.pool)
    quotas = subject.context.session.client("service-quotas")
    for name, code, pool, most in (
        ("Fargate", _ON_DEMAND, pool_on_demand, on_demand),
        ("Fargate Spot", _SPOT, state.pool - pool_on_demand, state.maximum - on_demand),
    ):
        if most:
            yield _compare(name, code, _quota(quotas, code), pool * cpus, most * cpus)


def _compare(name: str, code: str, quota: float | None, pool: float, most: float) -> CheckResult:
    if quota is None:
        return CheckResult(
            "quotas", Level.WARN, f"{name}'s is unknown", "Look it up in the console, Service Quotas, Fargate."
        )
    remedy = (
        f"Ask for {2 * most:g} vCPUs, since a release runs old and new workers side by side: aws service-quotas "
        f"request-service-quota-increase --service-code fargate --quota-code {code} --desired-value {2 * most:g}"
    )
    if quota < pool:
        return CheckResult("quotas", Level.FAIL, f"{name} allows {quota:g} vCPUs, and the pool needs {pool:g}", remedy)
    if quota < most:
        return CheckResult("quotas", Level.WARN, f"{name} allows {quota:g} vCPUs of {most:g} at full size", remedy)
    return CheckResult("quotas", Level.OK, f"{name} allows {quota:g} vCPUs, {most:g} are used at full size")


def _quota(quotas: "ServiceQuotasClient", code: str) -> float | None:
    """The account's quota, else AWS's default; None if both requests are refused."""
    for request in (quotas.get_service_quota, quotas.get_aws_default_service_quota):
        try:
            return request(ServiceCode="fargate", QuotaCode=code)["Quota"]["Value"]
        except ClientError:
            continue
    return None


def _principal(iam: "IAMClient", caller: Caller) -> str | None:
    """ARN whose policies are simulated: the user's, or that of a session's role; None for the root user."""
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
    parts_url = context.known("parts_queue_url")
    parts = subject.arn("sqs", parts_url.rpartition("/")[2]) if parts_url else None
    table = subject.arn("dynamodb", f"table/{context.name('jobs_table')}")
    log = subject.arn("logs", f"log-group:{context.name('log_group_name')}:*")
    cluster, service = context.name("cluster_name"), context.name("service_name")
    repository = subject.arn("ecr", f"repository/{context.name('ecr_repository_uri').partition('/')[2]}")
    for command, resources in ACTIONS_BY_COMMAND.items():
        where: Mapping[str, str | None] = {
            "queue": queue,
            "dead": dead,
            "parts": parts,
            "table": table,
            "indexes": f"{table}/index/*",
            "log": log,
            "service": subject.arn("ecs", f"service/{cluster}/{service}"),
            "tasks": subject.arn("ecs", f"task/{cluster}/*"),
            "scaling": subject.arn("application-autoscaling", "scalable-target/*"),
            "repository": repository,
            "objects": f"arn:{subject.caller.partition}:s3:::{context.name('media_bucket')}/*",
            "any": "*",
        }
        for resource, actions in resources.items():
            if arn := where[resource]:
                yield Need(command, actions, arn)


ACTIONS_BY_COMMAND: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "submit": {"queue": ("sqs:SendMessage",)},
    "submit --dry-run": {
        "table": ("dynamodb:GetItem",),
        "objects": ("s3:GetObject",),
        "service": ("ecs:DescribeServices",),
        "any": ("ecs:DescribeTaskDefinition", "application-autoscaling:DescribeScalableTargets"),
    },
    "status": {"table": ("dynamodb:GetItem",)},
    "jobs": {"indexes": ("dynamodb:Query",), "table": ("dynamodb:BatchGetItem", "dynamodb:GetItem")},
    "trace": {"indexes": ("dynamodb:Query",), "table": ("dynamodb:BatchGetItem",)},
    "usage": {
        "indexes": ("dynamodb:Query",),
        "table": ("dynamodb:BatchGetItem",),
        "service": ("ecs:DescribeServices",),
        "any": ("ecs:DescribeTaskDefinition", "application-autoscaling:DescribeScalableTargets"),
    },
    "rerun": {
        "queue": ("sqs:SendMessage",),
        "indexes": ("dynamodb:Query",),
        "table": ("dynamodb:BatchGetItem", "dynamodb:GetItem"),
    },
    "cancel": {
        "indexes": ("dynamodb:Query",),
        "table": ("dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:UpdateItem"),
    },
    "pause": {
        "table": ("dynamodb:UpdateItem", "dynamodb:DeleteItem"),
        "scaling": ("application-autoscaling:RegisterScalableTarget",),
        "service": ("ecs:DescribeServices", "ecs:UpdateService"),
        # What Application Auto Scaling validates:
        # https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_permission_validation.html
        "any": (
            "application-autoscaling:DescribeScalableTargets",
            "cloudwatch:DeleteAlarms",
            "cloudwatch:DescribeAlarms",
            "cloudwatch:PutMetricAlarm",
        ),
    },
    "webhook resend": {
        "queue": ("sqs:SendMessage",),
        "indexes": ("dynamodb:Query",),
        "table": ("dynamodb:BatchGetItem", "dynamodb:GetItem"),
    },
    "queue": {
        "queue": ("sqs:GetQueueAttributes",),
        "dead": ("sqs:GetQueueAttributes",),
        "parts": ("sqs:GetQueueAttributes",),
        "table": ("dynamodb:GetItem",),
        "any": ("cloudwatch:GetMetricStatistics",),
    },
    "dlq list": {"dead": ("sqs:ReceiveMessage", "sqs:ChangeMessageVisibility"), "table": ("dynamodb:BatchGetItem",)},
    "dlq redrive": {
        "dead": ("sqs:StartMessageMoveTask", "sqs:ListMessageMoveTasks", "sqs:ReceiveMessage", "sqs:DeleteMessage"),
        "queue": ("sqs:SendMessage",),
    },
    "dlq purge": {"dead": ("sqs:PurgeQueue",)},
    "alarms": {"any": ("cloudwatch:DescribeAlarms",)},
    "logs": {"log": ("logs:FilterLogEvents",)},
    "workers": {
        "service": ("ecs:DescribeServices",),
        "tasks": ("ecs:DescribeTasks", "ecs:GetTaskProtection"),
        "any": ("ecs:ListTasks", "ecs:DescribeTaskDefinition", "application-autoscaling:DescribeScalableTargets"),
    },
    "image list": {
        "service": ("ecs:DescribeServices",),
        "any": ("ecs:ListTaskDefinitions", "ecs:DescribeTaskDefinition"),
        "repository": ("ecr:DescribeImages",),
    },
    "image push": {
        "any": ("ecr:GetAuthorizationToken", "ecs:DescribeTaskDefinition"),
        "repository": (
            "ecr:DescribeImages",
            "ecr:BatchCheckLayerAvailability",
            "ecr:InitiateLayerUpload",
            "ecr:UploadLayerPart",
            "ecr:CompleteLayerUpload",
            "ecr:PutImage",
            "ecr:BatchGetImage",
        ),
        "service": ("ecs:DescribeServices",),
    },
    "doctor --after-deploy": {
        "queue": ("sqs:SendMessage",),
        "table": ("dynamodb:GetItem", "dynamodb:DeleteItem"),
        "objects": ("s3:PutObject", "s3:GetObject", "s3:DeleteObject"),
        "log": ("logs:FilterLogEvents",),
        "any": ("cloudwatch:GetMetricData", "cloudwatch:DescribeAlarms"),
    },
    "image release --restart": {"service": ("ecs:UpdateService",)},
    "image rollback --without-terraform": {"service": ("ecs:UpdateService",)},
}
"""Actions of each command, by kind of resource. Deploying takes the deployer policy: docs/design/infrastructure.md."""
