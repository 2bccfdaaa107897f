"""Registry, media bucket, job table, queues and secret: the stores of data."""

import json
import re

import pytest

from ops.aws.job_index import INDEXES
from tests.infra.stack import Stack

SQS = (
    "arn:${data.aws_partition.current.partition}:sqs:${data.aws_region.current.name}"
    ":${data.aws_caller_identity.current.account_id}"
)
PROTECTED = (
    "aws_dynamodb_table.jobs",
    "aws_ecr_repository.worker",
    "aws_secretsmanager_secret.webhook_key",
    "aws_sqs_queue.dead_letters",
    "aws_sqs_queue.jobs",
)


def test_stores_of_data_are_protected_except_in_dev(stack: Stack) -> None:
    buckets = ["aws_s3_bucket.media"] if stack.environment != "prod" else []
    for address in (*PROTECTED, *buckets):
        assert stack.resource(address)["lifecycle"]["prevent_destroy"] is stack.protected, address
    assert stack.resource("aws_dynamodb_table.jobs")["deletion_protection_enabled"] is stack.protected
    assert stack.resource("aws_ecr_repository.worker")["force_delete"] is not stack.protected
    # Days; 0 frees the secret's name immediately.
    recovery = stack.resource("aws_secretsmanager_secret.webhook_key")["recovery_window_in_days"]
    assert recovery == (30 if stack.protected else 0)


def test_a_tag_always_means_the_same_image(stack: Stack) -> None:
    registry = stack.resource("aws_ecr_repository.worker")
    assert registry["image_tag_mutability"] == "IMMUTABLE"
    assert registry["image_scanning_configuration"] == {"scan_on_push": True}


def test_production_adopts_its_bucket_and_changes_nothing_about_it(prod: Stack) -> None:
    assert prod.data("aws_s3_bucket.media") == {"bucket": "hospup-files"}
    assert not [address for address in prod.addresses if address.startswith("aws_s3_")]


@pytest.fixture(params=["dev", "staging"])
def bucket_stack(request: pytest.FixtureRequest, stacks: dict[str, Stack]) -> Stack:
    """The stacks that create their bucket."""
    return stacks[request.param]


def test_other_environments_create_their_bucket(bucket_stack: Stack) -> None:
    assert "aws_s3_bucket" not in bucket_stack.json["data"]
    bucket = bucket_stack.resource("aws_s3_bucket.media")
    assert bucket["bucket"] == f"hospup-files-{bucket_stack.environment}"
    assert bucket["force_destroy"] is not bucket_stack.protected


def test_a_created_bucket_has_no_public_access(bucket_stack: Stack) -> None:
    block = bucket_stack.resource("aws_s3_bucket_public_access_block.media")
    assert block.pop("bucket") == "${aws_s3_bucket.media.id}"
    assert len(block) == 4
    assert set(block.values()) == {True}
    (statement,) = bucket_stack.statements("aws_s3_bucket_policy.media")
    assert_denies_without_tls(statement, {"${aws_s3_bucket.media.arn}", "${aws_s3_bucket.media.arn}/*"})


def test_a_created_bucket_is_encrypted_and_owns_its_objects(bucket_stack: Stack) -> None:
    (rule,) = bucket_stack.resource("aws_s3_bucket_server_side_encryption_configuration.media")["rule"]
    assert rule["apply_server_side_encryption_by_default"]["sse_algorithm"] == "AES256"
    ownership = bucket_stack.resource("aws_s3_bucket_ownership_controls.media")
    assert ownership["rule"] == {"object_ownership": "BucketOwnerEnforced"}


def test_only_intermediates_and_unfinished_uploads_expire(bucket_stack: Stack) -> None:
    rules = bucket_stack.resource("aws_s3_bucket_lifecycle_configuration.media")["rule"]
    assert [rule["filter"] for rule in rules if "expiration" in rule] == [[{"prefix": "intermediate/"}]]
    assert any("abort_incomplete_multipart_upload" in rule for rule in rules)


def test_jobs_are_found_by_id_and_expire(stack: Stack) -> None:
    table = stack.resource("aws_dynamodb_table.jobs")
    assert table["hash_key"] == "job_id"
    assert table["ttl"] == {"attribute_name": "expires_at", "enabled": True}
    assert table["point_in_time_recovery"] == {"enabled": True}


def test_the_ledger_has_the_indexes_that_the_command_line_asks(stack: Stack) -> None:
    table = stack.resource("aws_dynamodb_table.jobs")
    assert {index["hash_key"]: index["name"] for index in table["global_secondary_index"]} == INDEXES
    # A renewal changes none of these keys, so it writes to no index.
    assert {index["range_key"] for index in table["global_secondary_index"]} == {"created_at"}
    assert {index["projection_type"] for index in table["global_secondary_index"]} == {"KEYS_ONLY"}
    types = {attribute["name"]: attribute["type"] for attribute in table["attribute"]}
    assert types == {"job_id": "S", "created_at": "N"} | dict.fromkeys(INDEXES, "S")


def test_a_job_that_fails_at_every_try_becomes_a_dead_letter(stack: Stack) -> None:
    jobs, dead_letters = stack.resource("aws_sqs_queue.jobs"), stack.resource("aws_sqs_queue.dead_letters")
    assert json.loads(jobs["redrive_policy"]) == {
        "deadLetterTargetArn": "${aws_sqs_queue.dead_letters.arn}",
        "maxReceiveCount": 3,
    }
    # A dead letter's age counts from its first sending.
    assert dead_letters["message_retention_seconds"] > jobs["message_retention_seconds"]
    assert dead_letters["redrive_allow_policy"] == (
        '${jsonencode({redrivePermission = "byQueue", '
        f'sourceQueueArns = ["{SQS}:hospup-video-jobs{stack.suffix}"]}})}}'
    )


@pytest.mark.parametrize("address", ["aws_sqs_queue.jobs", "aws_sqs_queue.dead_letters", "aws_sqs_queue.parts"])
def test_queues_are_encrypted_polled_long_and_need_tls(stack: Stack, address: str) -> None:
    queue = stack.resource(address)
    assert queue["sqs_managed_sse_enabled"] is True
    assert queue["receive_wait_time_seconds"] == 20
    (statement,) = stack.statements(address)
    assert_denies_without_tls(statement, {f"{SQS}:{queue['name']}"})


@pytest.mark.parametrize("address", ["aws_sqs_queue.jobs", "aws_sqs_queue.dead_letters"])
def test_an_imported_queue_refuses_no_message_that_it_accepted(stack: Stack, address: str) -> None:
    assert stack.resource(address)["lifecycle"]["ignore_changes"] == ["max_message_size"]


def test_an_offer_of_a_part_is_worth_nothing_after_its_job(stack: Stack) -> None:
    parts = stack.resource("aws_sqs_queue.parts")
    assert parts["name"] == f"hospup-video-parts{stack.suffix}"
    assert (parts["message_retention_seconds"], parts["visibility_timeout_seconds"]) == (300, 30)
    # Neither kept after its retention nor protected: helpers can be turned off in production.
    assert not parts.keys() & {"redrive_policy", "lifecycle"}


def test_webhook_key_is_created_empty(stack: Stack) -> None:
    assert stack.resource("aws_secretsmanager_secret.webhook_key")["description"]
    assert "aws_secretsmanager_secret_version" not in stack.json["resource"]
    assert not re.search(r"whsec_[A-Za-z0-9+/]", stack.path.read_text(encoding="utf-8"))


def assert_denies_without_tls(statement: dict[str, object], resources: set[str]) -> None:
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert str(statement["Action"]).endswith(":*")
    listed = statement["Resource"]
    assert ({listed} if isinstance(listed, str) else set(listed)) == resources  # type: ignore[call-overload]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
