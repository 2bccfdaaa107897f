"""Every attribute of every resource in production's plan, changed one at a time: none falls through the review.

Development's plan adds the bucket, which production adopts. REFUSED lists what the guards refuse; a change of any other
attribute has a sentence, or `harmless` and the reason.
"""

import json
import re
from functools import cache, partial
from pathlib import Path

import pytest

from ops.cost.coverage import FREE, PRICED, is_priced
from ops.review.consequences import SAME, consequence
from ops.review.guard_permissions import NEEDED
from ops.review.guards import judge
from ops.review.iam_policies import grants
from ops.review.judgements import Weight
from ops.review.plan import Plan
from ops.review.resource_names import DATA_HELD
from ops.review.rules import RULES
from ops.review.rules_task import STOP_TIMEOUT_SECONDS
from tests.ops.changed_plans import changed, deployed, leaves, other_values, put
from tests.ops.plan_files import change, plan
from worker.consumer.shutdown import GRACE_SECONDS

ROOT = Path(__file__).resolve().parents[2]

REFUSED = """
    aws_appautoscaling_target.max_capacity: fleet-to-zero
    aws_appautoscaling_target.min_capacity: fleet-to-zero, pool-below-minimum
    aws_cloudwatch_composite_alarm.actions_enabled: alarms-silenced
    aws_cloudwatch_composite_alarm.alarm_actions: alarms-silenced
    aws_cloudwatch_event_rule.is_enabled: alarms-silenced
    aws_cloudwatch_log_group.retention_in_days: data-loss
    aws_cloudwatch_log_resource_policy.policy_document.Statement.Action: iam-widening
    aws_cloudwatch_log_resource_policy.policy_document.Statement.Condition.ArnEquals.aws:SourceArn: iam-widening
    aws_cloudwatch_log_resource_policy.policy_document.Statement.Principal.Service: iam-widening
    aws_cloudwatch_log_resource_policy.policy_document.Statement.Resource: iam-widening
    aws_cloudwatch_metric_alarm.actions_enabled: alarms-silenced, fleet-survival
    aws_cloudwatch_metric_alarm.alarm_actions: alarms-silenced, fleet-survival
    aws_dynamodb_table.deletion_protection_enabled: data-loss
    aws_dynamodb_table.point_in_time_recovery.enabled: data-loss
    aws_dynamodb_table.point_in_time_recovery.recovery_period_in_days: data-loss
    aws_ecr_lifecycle_policy.policy.rules.selection.countNumber: data-loss
    aws_ecr_lifecycle_policy.policy.rules.selection.countType: data-loss
    aws_ecr_lifecycle_policy.policy.rules.selection.countUnit: data-loss
    aws_ecr_lifecycle_policy.policy.rules.selection.tagPatternList: data-loss
    aws_ecr_lifecycle_policy.policy.rules.selection.tagStatus: data-loss
    aws_ecr_repository.force_delete: data-loss
    aws_ecr_repository.image_tag_mutability: data-loss
    aws_ecs_cluster_capacity_providers.capacity_providers: fleet-survival
    aws_ecs_service.alarms.alarm_names: fleet-survival
    aws_ecs_service.alarms.enable: fleet-survival
    aws_ecs_service.alarms.rollback: fleet-survival
    aws_ecs_service.deployment_circuit_breaker.enable: fleet-survival
    aws_ecs_service.deployment_circuit_breaker.rollback: fleet-survival
    aws_ecs_service.deployment_maximum_percent: fleet-survival
    aws_ecs_service.deployment_minimum_healthy_percent: fleet-survival
    aws_ecs_service.network_configuration.assign_public_ip: fleet-survival
    aws_ecs_task_definition.container_definitions.essential: fleet-survival
    aws_ecs_task_definition.container_definitions.healthCheck.command: fleet-survival
    aws_ecs_task_definition.container_definitions.linuxParameters.capabilities.drop: worker-isolation
    aws_ecs_task_definition.container_definitions.mountPoints.containerPath: fleet-survival
    aws_ecs_task_definition.container_definitions.mountPoints.readOnly: fleet-survival
    aws_ecs_task_definition.container_definitions.readonlyRootFilesystem: worker-isolation
    aws_ecs_task_definition.container_definitions.stopTimeout: fleet-survival
    aws_ecs_task_definition.container_definitions.user: worker-isolation
    aws_ecs_task_definition.runtime_platform.cpu_architecture: fleet-survival
    aws_iam_policy.policy.Statement.Action: fleet-survival, iam-widening
    aws_iam_policy.policy.Statement.Condition.StringLike.s3:prefix: iam-widening
    aws_iam_policy.policy.Statement.Effect: fleet-survival
    aws_iam_policy.policy.Statement.Resource: iam-widening
    aws_iam_role.assume_role_policy.Statement.Action: fleet-survival, iam-widening
    aws_iam_role.assume_role_policy.Statement.Condition.ArnLike.aws:SourceArn: iam-widening
    aws_iam_role.assume_role_policy.Statement.Condition.StringEquals.aws:SourceAccount: iam-widening
    aws_iam_role.assume_role_policy.Statement.Effect: fleet-survival
    aws_iam_role.assume_role_policy.Statement.Principal.Service: fleet-survival, iam-widening
    aws_iam_role.managed_policy_arns: iam-widening
    aws_iam_role.permissions_boundary: iam-widening
    aws_iam_role_policy.policy.Statement.Action: fleet-survival, iam-widening
    aws_iam_role_policy.policy.Statement.Condition.StringLike.s3:prefix: iam-widening
    aws_iam_role_policy.policy.Statement.Effect: fleet-survival
    aws_iam_role_policy.policy.Statement.Resource: iam-widening
    aws_iam_role_policy.role: fleet-survival
    aws_kms_key.deletion_window_in_days: data-loss
    aws_kms_key.is_enabled: data-loss
    aws_kms_key.policy.Statement.Action: iam-widening
    aws_kms_key.policy.Statement.Condition.StringEquals.aws:SourceAccount: iam-widening
    aws_kms_key.policy.Statement.Principal.AWS: iam-widening
    aws_kms_key.policy.Statement.Principal.Service: iam-widening
    aws_s3_bucket.policy.Statement.Action: iam-widening
    aws_s3_bucket.policy.Statement.Condition.Bool.aws:SecureTransport: iam-widening
    aws_s3_bucket.policy.Statement.Effect: iam-widening
    aws_s3_bucket.policy.Statement.Principal: iam-widening
    aws_s3_bucket.policy.Statement.Resource: iam-widening
    aws_s3_bucket_lifecycle_configuration.rule.expiration.days: data-loss
    aws_s3_bucket_policy.policy.Statement.Action: iam-widening
    aws_s3_bucket_policy.policy.Statement.Condition.Bool.aws:SecureTransport: iam-widening
    aws_s3_bucket_policy.policy.Statement.Effect: iam-widening
    aws_s3_bucket_policy.policy.Statement.Principal: iam-widening
    aws_s3_bucket_policy.policy.Statement.Resource: iam-widening
    aws_s3_bucket_public_access_block.block_public_acls: public-access
    aws_s3_bucket_public_access_block.block_public_policy: public-access
    aws_s3_bucket_public_access_block.ignore_public_acls: public-access
    aws_s3_bucket_public_access_block.restrict_public_buckets: public-access
    aws_secretsmanager_secret.recovery_window_in_days: data-loss
    aws_sns_topic.policy.Statement.Action: iam-widening
    aws_sns_topic.policy.Statement.Condition.Bool.aws:SecureTransport: iam-widening
    aws_sns_topic.policy.Statement.Condition.StringEquals.aws:SourceAccount: iam-widening
    aws_sns_topic.policy.Statement.Principal: iam-widening
    aws_sns_topic.policy.Statement.Principal.Service: iam-widening
    aws_sns_topic.policy.Statement.Resource: iam-widening
    aws_sns_topic_policy.policy.Statement.Action: iam-widening
    aws_sns_topic_policy.policy.Statement.Condition.Bool.aws:SecureTransport: iam-widening
    aws_sns_topic_policy.policy.Statement.Condition.StringEquals.aws:SourceAccount: iam-widening
    aws_sns_topic_policy.policy.Statement.Principal: iam-widening
    aws_sns_topic_policy.policy.Statement.Principal.Service: iam-widening
    aws_sns_topic_policy.policy.Statement.Resource: iam-widening
    aws_sqs_queue.message_retention_seconds: data-loss
    aws_sqs_queue.policy.Statement.Action: iam-widening
    aws_sqs_queue.policy.Statement.Condition.Bool.aws:SecureTransport: iam-widening
    aws_sqs_queue.policy.Statement.Effect: iam-widening
    aws_sqs_queue.policy.Statement.Principal: iam-widening
    aws_sqs_queue.policy.Statement.Resource: iam-widening
    aws_sqs_queue.redrive_policy.deadLetterTargetArn: data-loss
    aws_vpc_security_group_egress_rule.from_port: fleet-survival
    aws_vpc_security_group_egress_rule.ip_protocol: fleet-survival
    aws_vpc_security_group_egress_rule.to_port: fleet-survival
"""


@cache
def every_attribute() -> dict[tuple[str, str], list[Plan]]:
    """By address and attribute: the plans that change it, each to another value."""
    found: dict[tuple[str, str], list[Plan]] = {}
    for environment in ("warm-pool", "no-change"):
        for address, values in deployed(environment).items():
            if environment == "no-change" and not address.startswith("aws_s3_"):
                continue
            for name, path, value in leaves(values):
                if (address, name) not in found or name in _BY_POSITION:
                    found.setdefault((address, name), []).extend(
                        changed(address, partial(put, path=path, new=new), name=environment)
                        for new in other_values(value)
                    )
    return found


_BY_POSITION = {"policy.Statement.Action"}
"""Attributes that mean something else at each position; of others, one position is changed."""


def test_no_attribute_falls_through() -> None:
    fallen = {
        f"{address}.{name}"
        for (address, name), plans in every_attribute().items()
        for item in plans
        if judge(item, frozenset()).unjudged or _says_nothing(item)
    }
    assert len(every_attribute()) > 1000
    assert not fallen


def _says_nothing(item: Plan) -> bool:
    (change,) = item.changes
    said = consequence(change, item)
    return not said.sentence or said.weight is Weight.UNJUDGED or said.sentence == SAME


def test_what_guards_refuse() -> None:
    refused: dict[str, set[str]] = {}
    for (address, name), plans in every_attribute().items():
        guards = {finding.guard for item in plans for finding in judge(item, frozenset()).refused}
        refused.setdefault(f"{address.partition('.')[0]}.{name}", set()).update(guards)
    found = [f"{name}: {', '.join(sorted(guards))}" for name, guards in sorted(refused.items()) if guards]
    assert found == [line.strip() for line in REFUSED.strip().splitlines()]


def test_an_attribute_or_a_type_without_a_rule_is_told() -> None:
    for item, words in (
        (change("aws_sqs_queue.jobs", "update", {"shiny": 1}, {"shiny": 2}), "has no rule for shiny"),
        (change("aws_instance.gpu", "create", None, {"instance_type": "p4d.24xlarge"}), "no rules for aws_instance"),
    ):
        found = plan(item)
        said = consequence(found.changes[0], found)
        assert said.sentence.startswith("Not judged")
        assert said.weight is Weight.UNJUDGED
        assert [words in finding.sentence for finding in judge(found, frozenset()).unjudged] == [True]


def test_an_index_of_the_ledger_that_goes_hurts_and_one_that_comes_does_not() -> None:
    index = {"name": "by-video", "hash_key": "video_id", "range_key": "created_at", "projection_type": "KEYS_ONLY"}
    none: dict[str, list[dict[str, str]]] = {"global_secondary_index": []}
    one = {"global_secondary_index": [index]}
    for before, after, weight, words in (
        (none, one, Weight.EFFECT, "AWS fills an index while workers go on"),
        (one, none, Weight.HARM, "`hospup-video jobs` no longer finds jobs by it"),
    ):
        found = plan(change("aws_dynamodb_table.jobs", "update", before, after))
        said = consequence(found.changes[0], found)
        assert (said.weight, words in said.sentence) == (weight, True)


@pytest.mark.parametrize("kind", sorted({*RULES, *DATA_HELD}))
@pytest.mark.parametrize("action", ["destroy", "replace"])
def test_every_type_says_what_its_end_means(kind: str, action: str) -> None:
    found = plan(change(f"{kind}.it", action, {"name": "it"}, None if action == "destroy" else {"name": "new"}))
    assert consequence(found.changes[0], found).weight is not Weight.UNJUDGED


def types_in_the_stack() -> set[str]:
    """The types that the stack can have, from the bindings that its code names: `aws.sqs_queue`."""
    code = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "modules").rglob("*.py")))
    names = set(re.findall(r"(?<![\w./])aws\.([a-z0-9_]+)(?:\.[A-Z]|\n)", code))
    return {f"aws_{name}" for name in names if not name.startswith(("data_aws_", "provider"))} | {"terraform_data"}


def test_every_type_of_the_stack_has_rules_and_a_price() -> None:
    types = types_in_the_stack()
    assert {"aws_ecs_service", "aws_nat_gateway", "aws_budgets_budget", "aws_s3_bucket_policy"} <= types
    assert not types - set(RULES)
    assert not {kind for kind in types if not is_priced(kind)}
    assert not PRICED & FREE


def test_workers_are_killed_no_sooner_than_they_need() -> None:
    """A render goes on for GRACE_SECONDS; then the worker uploads, tells its receiver, and acknowledges."""
    (container,) = json.loads(deployed()["aws_ecs_task_definition.worker"]["container_definitions"])
    assert container["stopTimeout"] == STOP_TIMEOUT_SECONDS
    assert STOP_TIMEOUT_SECONDS >= GRACE_SECONDS + 20


def test_every_permission_of_workers_is_known() -> None:
    roles = ("aws_iam_role_policy.task", "aws_iam_role_policy.execution")
    actions = {grant.action for role in roles for grant in grants(deployed()[role]["policy"]) or []}
    assert actions
    assert not actions - set(NEEDED)
