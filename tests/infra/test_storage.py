"""Registry, media bucket, ledger, queues and secret: what holds something."""

import json
import re

from tests.infra.stack import Stack

SQS = (
    "arn:${data.aws_partition.current.partition}:sqs:${data.aws_region.current.name}"
    ":${data.aws_caller_identity.current.account_id}"
)


def test_registry(stack: Stack) -> None:
    assert stack.resource("aws_ecr_repository.worker") == {
        "name": f"hospup-ffmpeg-worker{stack.suffix}",
        "image_tag_mutability": "IMMUTABLE",
        "image_scanning_configuration": {"scan_on_push": True},
        "encryption_configuration": [{"encryption_type": "AES256"}],
        "force_delete": not stack.protected,
        "tags": {"Component": "registry"},
        "lifecycle": {"prevent_destroy": stack.protected},
    }


def test_registry_keeps_the_last_ten_images(stack: Stack) -> None:
    lifecycle = stack.resource("aws_ecr_lifecycle_policy.worker")
    assert lifecycle["repository"] == "${aws_ecr_repository.worker.name}"
    assert json.loads(lifecycle["policy"]) == {
        "rules": [
            {
                "rulePriority": 1,
                "description": "Keep the last 10 images",
                "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 10},
                "action": {"type": "expire"},
            }
        ]
    }


def test_production_adopts_its_bucket_and_leaves_it_alone(prod: Stack) -> None:
    assert prod.data("aws_s3_bucket.media") == {"bucket": "hospup-files"}
    assert not [address for address in prod.addresses if address.startswith("aws_s3_")]


def test_other_environments_have_a_bucket_of_their_own(stacks: dict[str, Stack]) -> None:
    for name in ("dev", "staging"):
        stack = stacks[name]
        assert "aws_s3_bucket" not in stack.json["data"]
        assert stack.resource("aws_s3_bucket.media") == {
            "bucket": f"hospup-files-{name}",
            "force_destroy": not stack.protected,
            "tags": {"Component": "media"},
            "lifecycle": {"prevent_destroy": stack.protected},
        }
        bucket = {"bucket": "${aws_s3_bucket.media.id}"}
        assert stack.resource("aws_s3_bucket_public_access_block.media") == {
            **bucket,
            "block_public_acls": True,
            "block_public_policy": True,
            "ignore_public_acls": True,
            "restrict_public_buckets": True,
        }
        assert stack.resource("aws_s3_bucket_ownership_controls.media") == {
            **bucket,
            "rule": {"object_ownership": "BucketOwnerEnforced"},
        }
        assert stack.resource("aws_s3_bucket_server_side_encryption_configuration.media") == {
            **bucket,
            "rule": [{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
        }
        assert stack.resource("aws_s3_bucket_lifecycle_configuration.media") == {
            **bucket,
            "rule": [
                {
                    "id": "abort-incomplete-uploads",
                    "status": "Enabled",
                    "filter": [{"prefix": ""}],
                    "abort_incomplete_multipart_upload": [{"days_after_initiation": 1}],
                },
                {
                    "id": "expire-intermediate/",
                    "status": "Enabled",
                    "filter": [{"prefix": "intermediate/"}],
                    "expiration": [{"days": 7}],
                },
            ],
        }
        assert stack.resource("aws_s3_bucket_policy.media")["bucket"] == bucket["bucket"]
        assert stack.statements("aws_s3_bucket_policy.media") == [
            _tls_only("s3:*", ["${aws_s3_bucket.media.arn}", "${aws_s3_bucket.media.arn}/*"])
        ]


def test_ledger(stack: Stack) -> None:
    assert stack.resource("aws_dynamodb_table.jobs") == {
        "name": f"hospup-video-jobs{stack.suffix}",
        "billing_mode": "PAY_PER_REQUEST",
        "hash_key": "job_id",
        "attribute": [{"name": "job_id", "type": "S"}],
        "ttl": {"attribute_name": "expires_at", "enabled": True},
        "point_in_time_recovery": {"enabled": True},
        "server_side_encryption": {"enabled": True},
        "deletion_protection_enabled": stack.protected,
        "tags": {"Component": "ledger"},
        "lifecycle": {"prevent_destroy": stack.protected},
    }


def test_job_queue(stack: Stack) -> None:
    queue = stack.resource("aws_sqs_queue.jobs")
    assert json.loads(queue.pop("redrive_policy")) == {
        "deadLetterTargetArn": "${aws_sqs_queue.dead_letters.arn}",
        "maxReceiveCount": 3,
    }
    del queue["policy"]
    assert queue == {
        "name": f"hospup-video-jobs{stack.suffix}",
        "visibility_timeout_seconds": 90,
        "message_retention_seconds": 4 * 86400,
        "receive_wait_time_seconds": 20,
        "sqs_managed_sse_enabled": True,
        "tags": {"Component": "queue"},
        "lifecycle": {"prevent_destroy": stack.protected},
    }


def test_dead_letter_queue(stack: Stack) -> None:
    queue = stack.resource("aws_sqs_queue.dead_letters")
    del queue["policy"]
    assert queue.pop("redrive_allow_policy") == (
        '${jsonencode({redrivePermission = "byQueue", '
        f'sourceQueueArns = ["{SQS}:hospup-video-jobs{stack.suffix}"]}})}}'
    )
    assert queue == {
        "name": f"hospup-video-jobs-dlq{stack.suffix}",
        "message_retention_seconds": 14 * 86400,
        "receive_wait_time_seconds": 20,
        "sqs_managed_sse_enabled": True,
        "tags": {"Component": "queue"},
        "lifecycle": {"prevent_destroy": stack.protected},
    }


def test_queues_are_reached_over_tls_only(stack: Stack) -> None:
    for address in ("aws_sqs_queue.jobs", "aws_sqs_queue.dead_letters"):
        name = stack.resource(address)["name"]
        assert stack.statements(address) == [_tls_only("sqs:*", f"{SQS}:{name}")]


def test_webhook_key_is_made_empty(stack: Stack) -> None:
    secret = stack.resource("aws_secretsmanager_secret.webhook_key")
    assert secret.pop("description")
    assert secret == {
        "name": f"hospup-video/webhook-signing-key{stack.suffix}",
        "recovery_window_in_days": 30 if stack.protected else 0,
        "tags": {"Component": "secrets"},
        "lifecycle": {"prevent_destroy": stack.protected},
    }
    assert "aws_secretsmanager_secret_version" not in stack.json["resource"]
    assert not re.search(r"whsec_[A-Za-z0-9+/]", stack.path.read_text(encoding="utf-8"))


def _tls_only(action: str, resource: object) -> dict[str, object]:
    return {
        "Sid": "DenyWithoutTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": resource,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
