"""Each guard, on small plans: what it refuses and what it accepts."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from ops.review.consequences import consequence
from ops.review.guards import judge
from tests.ops.plan_files import change, content, plan

ALLOWED: frozenset[str] = frozenset()


def refused(*changes: Mapping[str, Any], minimum: int | None = None, **more: Any) -> list[str]:
    """The guards that refuse a plan of these changes."""
    return [finding.guard for finding in judge(plan(*changes, **more), ALLOWED, minimum).refused]


def policy(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **item} for item in statements]})


READ = {"Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::hospup-files/*"}
QUEUE = {"name": "jobs", "message_retention_seconds": 345600}


@pytest.mark.parametrize("kind", ["aws_sqs_queue", "aws_dynamodb_table", "aws_s3_bucket", "aws_ecr_repository"])
@pytest.mark.parametrize("action", ["destroy", "replace", "replace-create-first"])
def test_what_holds_data_must_stay(kind: str, action: str) -> None:
    after = None if action == "destroy" else {"name": "new"}
    assert refused(change(f"{kind}.it", action, {"name": "it"}, after)) == ["data-loss"]


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("aws_sqs_queue", QUEUE, QUEUE | {"message_retention_seconds": 3600}),
        ("aws_dynamodb_table", {"deletion_protection_enabled": True}, {"deletion_protection_enabled": False}),
        (
            "aws_dynamodb_table",
            {"point_in_time_recovery": [{"enabled": True}]},
            {"point_in_time_recovery": [{"enabled": False}]},
        ),
        ("aws_s3_bucket", {"force_destroy": False}, {"force_destroy": True}),
        ("aws_kms_key", {"is_enabled": True}, {"is_enabled": False}),
        (
            "aws_sqs_queue",
            {"redrive_policy": '{"deadLetterTargetArn": "a", "maxReceiveCount": 3}'},
            {"redrive_policy": ""},
        ),
        ("aws_ecr_repository", {"force_delete": False}, {"force_delete": True}),
        (
            "aws_s3_bucket_versioning",
            {"versioning_configuration": [{"status": "Enabled"}]},
            {"versioning_configuration": [{"status": "Suspended"}]},
        ),
        (
            "aws_s3_bucket_lifecycle_configuration",
            {"rule": [{"filter": [{"prefix": "tmp/"}], "expiration": [{"days": 7}], "status": "Enabled"}]},
            {"rule": [{"filter": [{"prefix": ""}], "expiration": [{"days": 7}], "status": "Enabled"}]},
        ),
    ],
)
def test_protection_of_data_must_stay(kind: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    assert refused(change(f"{kind}.it", "update", before, after)) == ["data-loss"]
    # The opposite change is harmless.
    if kind != "aws_s3_bucket_lifecycle_configuration":
        assert refused(change(f"{kind}.it", "update", after, before)) == []


def test_expiry_of_what_is_there_already() -> None:
    rules = {"rule": [{"filter": [{"prefix": "generated-videos/"}], "expiration": [{"days": 1}], "status": "Enabled"}]}
    lifecycle = change("aws_s3_bucket_lifecycle_configuration.media", "create", None, {"bucket": "files", **rules})
    assert refused(lifecycle) == ["data-loss"]
    assert refused(lifecycle, change("aws_s3_bucket.media", "create", None, {"bucket": "files"})) == []


def test_what_is_new_without_protection_is_no_danger() -> None:
    table = change("aws_dynamodb_table.jobs", "create", None, {"deletion_protection_enabled": False})
    bucket = change("aws_s3_bucket.media", "create", None, {"bucket": "a", "force_destroy": True})
    assert refused(table, bucket) == []
    found = plan(table, bucket)
    assert {consequence(item, found).sentence for item in found.changes} == {"New; running jobs don't notice."}


def test_what_terraform_only_forgets_stays() -> None:
    assert refused(change("aws_s3_bucket.media", "forget", {"bucket": "hospup-files"}, None)) == []


def pool(least: int | None, most: int | None) -> dict[str, int | None]:
    return {"min_capacity": least, "max_capacity": most}


@pytest.mark.parametrize(
    ("before", "after", "guards"),
    [
        (pool(10, 50), pool(0, 50), ["fleet-to-zero"]),
        (pool(10, 50), pool(0, 0), ["fleet-to-zero", "fleet-to-zero"]),
        (pool(10, 50), pool(9, 50), ["pool-below-minimum"]),
        (pool(10, 50), pool(10, 20), []),
        (pool(10, 50), pool(12, 50), []),
        (pool(0, 4), pool(0, 8), []),
    ],
)
def test_the_pool(before: dict[str, Any], after: dict[str, Any], guards: list[str]) -> None:
    target = change("aws_appautoscaling_target.workers", "update", before, after)
    configured = {"root_module": {"variables": {"warm_pool_size": {"default": 10}}}}
    assert refused(target, configuration=configured) == guards


def test_a_minimum_that_is_given_counts_and_not_the_files() -> None:
    target = change("aws_appautoscaling_target.workers", "update", pool(10, 50), pool(5, 50))
    configured = {"root_module": {"variables": {"warm_pool_size": {"default": 10}}}}
    assert refused(target, configuration=configured, minimum=4) == []
    assert refused(target, minimum=6) == ["pool-below-minimum"]


def test_a_fleet_that_waits_for_its_first_image_is_no_danger() -> None:
    target = change("aws_appautoscaling_target.workers", "create", None, pool(0, 0))
    configured = {"root_module": {"variables": {"warm_pool_size": {"default": 10}}}}
    assert refused(target, configuration=configured) == []


@pytest.mark.parametrize(
    "item",
    [
        change("aws_ecs_service.workers", "destroy", {"name": "workers"}, None),
        change("aws_ecs_service.workers", "replace", {"name": "workers"}, {"name": "other"}),
        change("aws_ecs_service.workers", "update", {"desired_count": 10}, {"desired_count": 0}),
        change("aws_ecs_cluster.workers", "replace", {"name": "workers"}, {"name": "other"}),
        change("aws_ecs_cluster_capacity_providers.workers", "destroy", {"cluster_name": "workers"}, None),
    ],
)
def test_workers_that_stop(item: dict[str, Any]) -> None:
    assert refused(item) == ["fleet-to-zero"]


def test_a_schedule_that_lets_no_worker_run() -> None:
    def sizes(least: int, most: int) -> dict[str, Any]:
        return {"scalable_target_action": [{"min_capacity": str(least), "max_capacity": str(most)}]}

    running: dict[str, Any] = {
        "planned_values": {
            "root_module": {
                "resources": [
                    {"address": "a", "mode": "managed", "type": "aws_appautoscaling_target", "values": pool(2, 4)}
                ]
            }
        }
    }
    night = "aws_appautoscaling_scheduled_action.night"
    assert refused(change(night, "create", None, sizes(0, 0)), **running) == ["fleet-to-zero"]
    assert refused(change(night, "create", None, sizes(0, 4)), **running) == []
    assert refused(change(night, "create", None, sizes(0, 0))) == []


def test_a_service_that_is_there_before_the_old_one_goes_is_no_danger() -> None:
    item = change("aws_ecs_service.workers", "replace-create-first", {"name": "workers"}, {"name": "other"})
    assert refused(item) == []


BLOCK = dict.fromkeys(
    ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"), True
)


@pytest.mark.parametrize(
    "item",
    [
        change("aws_s3_bucket_public_access_block.media", "update", BLOCK, BLOCK | {"block_public_policy": False}),
        change("aws_s3_bucket_public_access_block.media", "destroy", BLOCK | {"bucket": "files"}, None),
        change("aws_s3_bucket_acl.media", "create", None, {"acl": "public-read"}),
        change("aws_s3_bucket_policy.media", "create", None, {"policy": policy({**READ, "Principal": "*"})}),
        change("aws_s3_bucket_policy.media", "create", None, {"policy": policy({**READ, "Principal": {"AWS": ["*"]}})}),
        change(
            "aws_s3_bucket_policy.media",
            "create",
            None,
            {"policy": policy({**READ, "Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}})},
        ),
        change(
            "aws_vpc_security_group_ingress_rule.a", "create", None, {"cidr_ipv4": "0.0.0.0/0", "ip_protocol": "-1"}
        ),
        change("aws_vpc_security_group_ingress_rule.a", "create", None, {"cidr_ipv6": "::/0", "ip_protocol": "tcp"}),
        change(
            "aws_vpc_security_group_ingress_rule.a", "create", None, {"cidr_ipv4": "128.0.0.0/1", "ip_protocol": "tcp"}
        ),
        change(
            "aws_security_group.a",
            "update",
            {"ingress": []},
            {"ingress": [{"cidr_blocks": ["0.0.0.0/0"], "protocol": "tcp"}]},
        ),
        change("aws_security_group_rule.a", "create", None, {"type": "ingress", "ipv6_cidr_blocks": ["::/0"]}),
        change("aws_db_instance.a", "update", {"publicly_accessible": False}, {"publicly_accessible": True}),
    ],
)
def test_what_is_opened_to_everybody(item: dict[str, Any]) -> None:
    assert set(refused(item)) == {"public-access"}


@pytest.mark.parametrize(
    "item",
    [
        change(
            "aws_vpc_security_group_egress_rule.a", "create", None, {"cidr_ipv4": "0.0.0.0/0", "ip_protocol": "tcp"}
        ),
        change("aws_security_group_rule.a", "create", None, {"type": "egress", "cidr_blocks": ["0.0.0.0/0"]}),
        change(
            "aws_vpc_security_group_ingress_rule.a", "create", None, {"cidr_ipv4": "10.0.0.0/8", "ip_protocol": "tcp"}
        ),
        change("aws_vpc_security_group_ingress_rule.a", "destroy", {"cidr_ipv4": "0.0.0.0/0"}, None),
        change(
            "aws_sns_topic_policy.alarms",
            "create",
            None,
            {
                "policy": policy(
                    {**READ, "Principal": "*", "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}}
                )
            },
        ),
        # A deny for all principals opens nothing.
        change(
            "aws_sqs_queue.jobs",
            "create",
            None,
            {"policy": policy({"Effect": "Deny", "Action": "sqs:*", "Resource": "*", "Principal": "*"})},
        ),
    ],
)
def test_what_stays_closed(item: dict[str, Any]) -> None:
    assert refused(item) == []


def test_the_block_of_a_bucket_that_goes_too() -> None:
    item = change("aws_s3_bucket_public_access_block.media", "destroy", BLOCK | {"bucket": "files"}, None)
    bucket = change("aws_s3_bucket.media", "destroy", {"bucket": "files"}, None)
    assert refused(item, bucket) == ["data-loss"]


TRUST = policy({"Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"}})
DENY = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (policy(READ), policy({"Action": ["s3:GetObject", "s3:PutObject"], "Resource": READ["Resource"]})),
        (policy(READ), policy({"Action": "s3:*", "Resource": READ["Resource"]})),
        (policy(READ), policy({"Action": "s3:GetObject", "Resource": "*"})),
        (policy(READ), policy(READ, {"Action": "iam:PassRole", "Resource": "*"})),
        (policy(READ), policy({"NotAction": "iam:*", "Resource": "*"})),
        (policy(READ | {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}), policy(READ)),
        (policy(READ, DENY), policy(READ)),
    ],
)
def test_more_is_allowed(before: str, after: str) -> None:
    item = change("aws_iam_role_policy.task", "update", {"policy": before}, {"policy": after})
    assert set(refused(item)) == {"iam-widening"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (policy({"Action": "s3:*", "Resource": "*"}), policy(READ)),
        (policy(READ), policy(READ, DENY)),
        (policy(READ, {"Action": "sqs:ReceiveMessage", "Resource": "*"}), policy(READ)),
        # Order, white space and a list of one make no difference.
        (
            policy(READ),
            json.dumps(json.loads(policy({"Resource": [READ["Resource"]], "Action": "s3:getobject"})), indent=4),
        ),
        (policy({"Action": "s3:Get*", "Resource": "*"}), policy({"Action": "s3:GetObject*", "Resource": "*"})),
    ],
)
def test_no_more_is_allowed(before: str, after: str) -> None:
    assert refused(change("aws_iam_role_policy.task", "update", {"policy": before}, {"policy": after})) == []


@pytest.mark.parametrize(
    "item",
    [
        change("aws_iam_policy.new", "create", None, {"policy": policy({"Action": "*", "Resource": "*"})}),
        change("aws_iam_policy.new", "create", None, {"policy": policy({"Action": "iam:*", "Resource": "*"})}),
        change("aws_iam_role_policy.more", "create", None, {"role": "there-already", "policy": policy(READ)}),
        change(
            "aws_iam_role_policy_attachment.more",
            "create",
            None,
            {"role": "there-already", "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"},
        ),
        change(
            "aws_iam_role.task",
            "update",
            {"assume_role_policy": TRUST},
            {
                "assume_role_policy": policy(
                    {"Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::999999999999:root"}}
                )
            },
        ),
        change("aws_iam_access_key.robot", "create", None, {"user": "robot"}),
        change(
            "aws_iam_role.task",
            "update",
            {"managed_policy_arns": []},
            {"managed_policy_arns": ["arn:aws:iam::aws:policy/X"]},
        ),
        change("aws_iam_role.task", "update", {"permissions_boundary": "arn:aws:iam::1:policy/b"}, {}),
        change(
            "aws_iam_role.task",
            "update",
            {"permissions_boundary": "arn:aws:iam::1:policy/b"},
            {"permissions_boundary": "arn:aws:iam::1:policy/wider"},
        ),
        change(
            "aws_sqs_queue.jobs",
            "update",
            {"policy": policy({"Action": "sqs:SendMessage", "Resource": "*", "Principal": {"AWS": "a"}})},
            {"policy": policy({"Action": "sqs:SendMessage", "Resource": "*", "Principal": {"AWS": ["a", "b"]}})},
        ),
    ],
)
def test_added_permissions_are_found(item: dict[str, Any]) -> None:
    assert set(refused(item)) == {"iam-widening"}


def test_a_new_role_with_its_permissions_is_no_widening() -> None:
    role = change("aws_iam_role.new", "create", None, {"name": "new", "assume_role_policy": TRUST})
    rights = change("aws_iam_role_policy.new", "create", None, {"role": "new", "policy": policy(READ)})
    assert refused(role, rights) == []


def test_a_first_boundary_is_no_widening() -> None:
    boundary = {"permissions_boundary": "arn:aws:iam::1:policy/b"}
    assert refused(change("aws_iam_role.task", "update", {"permissions_boundary": ""}, boundary)) == []


def test_a_policy_that_follows_a_renamed_queue_is_no_widening() -> None:
    def takes(queue: str) -> dict[str, str]:
        return {
            "policy": policy(
                {"Action": "sqs:ReceiveMessage", "Resource": f"arn:aws:sqs:eu-west-1:123456789012:{queue}"}
            )
        }

    arn = "arn:aws:sqs:eu-west-1:123456789012:old"
    queue = change("aws_sqs_queue.jobs", "replace", {"name": "old", "arn": arn}, {"name": "new"})
    rights = change("aws_iam_role_policy.task", "update", takes("old"), takes("new"))
    assert refused(queue, rights) == ["data-loss"]
    assert refused(queue, change("aws_iam_role_policy.task", "update", takes("old"), takes("other"))) == [
        "data-loss",
        "iam-widening",
    ]


def test_a_name_that_something_else_takes_hides_nothing() -> None:
    """A topic renamed to a bucket's name doesn't make a grant on that bucket old."""
    arn = "arn:aws:sns:eu-west-1:123456789012:files"
    topic = change("aws_sns_topic.a", "replace", {"name": "files", "arn": arn}, {"name": "salaries"})
    before, after = (
        {"policy": policy({"Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"})}
        for bucket in ("files", "salaries")
    )
    found = refused(topic, change("aws_iam_role_policy.task", "update", before, after))
    assert found == ["alarms-silenced", "iam-widening"]


def keeping(count: int) -> str:
    """A repository's lifecycle policy that keeps this many images."""
    selection = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": count}
    return json.dumps({"rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]})


def test_fewer_images_are_less_to_go_back_to() -> None:
    policies = [{"policy": keeping(count)} for count in (10, 2)]
    assert refused(change("aws_ecr_lifecycle_policy.a", "replace", *policies)) == ["data-loss"]
    assert refused(change("aws_ecr_lifecycle_policy.a", "replace", *reversed(policies))) == []
    assert refused(change("aws_ecr_lifecycle_policy.a", "create", None, policies[1])) == []


def test_an_unknown_policy_is_reported_as_not_judged() -> None:
    item = change("aws_iam_role_policy.task", "update", {"policy": policy(READ)}, {}, after_unknown={"policy": True})
    verdict = judge(plan(item), ALLOWED)
    assert not verdict.refused
    assert [finding.address for finding in verdict.unjudged] == ["aws_iam_role_policy.task"]


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (change("aws_sqs_queue.jobs", "replace", QUEUE, {"name": "new"}), "N waiting messages would be lost"),
        (change("aws_sqs_queue.jobs_dlq", "destroy", QUEUE, None), "N failed jobs would be lost"),
        (
            change(
                "aws_sqs_queue.jobs",
                "update",
                {"redrive_policy": '{"maxReceiveCount": 3}'},
                {"redrive_policy": '{"maxReceiveCount": 5}'},
            ),
            "after 5 tries",
        ),
        (change("aws_appautoscaling_target.workers", "update", pool(10, 50), pool(9, 50)), "1 fewer worker stay"),
        (
            change("aws_ecs_service.workers", "replace", {"name": "a"}, {"name": "b"}),
            "Stops every worker before new ones start",
        ),
        (
            change("aws_cloudwatch_metric_alarm.a", "destroy", {"alarm_actions": ["arn:aws:sns:x"]}, None),
            "Nobody is told",
        ),
        (
            change(
                "aws_ecs_cluster.a",
                "update",
                {"setting": [{"name": "containerInsights", "value": "enabled"}]},
                {"setting": [{"name": "containerInsights", "value": "disabled"}]},
            ),
            "Container Insights ends",
        ),
        (
            change("aws_ecr_lifecycle_policy.a", "replace", {"policy": keeping(10)}, {"policy": keeping(20)}),
            "deleted within a day",
        ),
        (change("aws_something_else.a", "destroy", {}, None), "Not judged: this review has no rules for aws_something"),
    ],
)
def test_consequences(item: dict[str, Any], words: str) -> None:
    found = plan(item)
    assert words in consequence(found.changes[0], found).sentence


def test_a_resource_that_moves_or_is_imported() -> None:
    moved = change("aws_sqs_queue.jobs", "no-op", QUEUE, QUEUE) | {"previous_address": "aws_sqs_queue.old"}
    imported = change("aws_s3_bucket.media", "no-op", {"bucket": "a"}, {"bucket": "a"}, importing={"id": "a"})
    found = plan(moved, imported)
    assert {str(item.action) for item in found.changes} == {"move", "import"}
    assert not judge(found, ALLOWED).refused


def test_a_deposed_object_is_reported_with_its_own_address() -> None:
    item = change("aws_sqs_queue.jobs", "destroy", QUEUE, None) | {"deposed": "ab12"}
    assert [found.address for found in plan(item).changes] == ["aws_sqs_queue.jobs (deposed ab12)"]


def test_data_sources_are_left_out() -> None:
    item = change("aws_vpc.default", "create", None, {}) | {"mode": "data"}
    assert plan(item).empty
    assert plan(**{}).empty
    assert content([])["resource_changes"] == []
