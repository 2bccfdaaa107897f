"""Rules for the bucket of sources and videos, whose settings are resources of their own.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

from ops.review.judgements import DATA_LOSS, Table, becomes, each, harmless, harms, harms_if, off, on, refuses, tells
from ops.review.rules_access import RESOURCE_POLICY

_WHO = RESOURCE_POLICY
_KEY = harms("Encrypted with another key: who reads or writes needs that key, or fails.")

BUCKET: Table = {
    "aws_s3_bucket": {
        **each("acceleration_status request_payer", tells("Transfers are paid, or go, in another way.")),
        **each("acl grant", tells("Who may use it changes, as the guards judge it.")),
        "policy": _WHO,
        "bucket": harms("Another bucket: links to videos break."),
        "bucket_prefix": harms("Another bucket: links to videos break."),
        "cors_rule": tells("Other websites may read it in browsers."),
        "force_destroy": refuses(
            DATA_LOSS,
            on,
            "It may be destroyed with all that it holds.",
            tells("It can't be destroyed while it holds something."),
        ),
        "lifecycle_rule": tells("Objects expire by other rules, which the guard of the bucket's expiry judges."),
        "logging": tells("Who reads what is written down elsewhere, or no more."),
        **each("object_lock_configuration object_lock_enabled", harms("Objects can be deleted sooner, or not at all.")),
        "replication_configuration": tells("Objects are copied elsewhere, or no more."),
        "server_side_encryption_configuration": _KEY,
        "versioning": refuses(
            DATA_LOSS,
            lambda item: item.before == "true" and off(item),
            "It no longer keeps what is overwritten or deleted.",
            tells("What is overwritten or deleted is kept; it is billed."),
        ),
        "website": harms("The bucket is shown as a website."),
        **each(
            "bucket_domain_name bucket_regional_domain_name hosted_zone_id website_domain website_endpoint",
            harmless("AWS derives it from the name"),
        ),
    },
    "aws_s3_bucket_lifecycle_configuration": {
        "bucket": harms("The rules are for another bucket; in the old one nothing expires."),
        "expected_bucket_owner": harmless("Terraform only checks whose bucket it is"),
        "rule": tells("Objects expire by other rules; the guards judge whether any is deleted sooner."),
        "transition_default_minimum_object_size": harmless("it is for moves to cheaper storage, and there are none"),
    },
    "aws_s3_bucket_ownership_controls": {
        "bucket": harms("The setting is for another bucket."),
        "rule": harms("Who uploads an object may own it, and keep it from others."),
    },
    "aws_s3_bucket_policy": {"bucket": harms("The rules are for another bucket."), "policy": _WHO},
    "aws_s3_bucket_public_access_block": {
        "bucket": harms("The block is for another bucket."),
        **each(
            "block_public_acls block_public_policy ignore_public_acls restrict_public_buckets",
            harms_if(off, "The bucket can be opened to everybody.", tells("The bucket can't be opened to everybody.")),
        ),
    },
    "aws_s3_bucket_server_side_encryption_configuration": {
        "bucket": harms("The setting is for another bucket."),
        "expected_bucket_owner": harmless("Terraform only checks whose bucket it is"),
        "rule": _KEY,
        "rule.bucket_key_enabled": harmless("how often S3 asks KMS for a key; only its bill changes"),
    },
    "aws_s3_bucket_versioning": {
        "bucket": harms("The setting is for another bucket."),
        **each("expected_bucket_owner mfa", harmless("Terraform only checks whose bucket it is, and who asks")),
        "versioning_configuration": refuses(
            DATA_LOSS,
            becomes("Suspended", "Disabled"),
            "The bucket no longer keeps what is overwritten or deleted.",
            tells("What is overwritten or deleted is kept; it is billed."),
        ),
    },
    "aws_s3_bucket_cors_configuration": {
        "bucket": harms("The setting is for another bucket."),
        "expected_bucket_owner": harmless("Terraform only checks whose bucket it is"),
        "cors_rule": tells("Other websites may read it in browsers."),
    },
}
