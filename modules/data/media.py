"""The media bucket, which contains sources and finished videos."""

from modules.config import MediaConfig
from modules.iam.policies import deny_without_tls, policy
from modules.iam.statements import INTERMEDIATE_PREFIX
from modules.terraform.bindings import TerraformResourceLifecycle, aws
from modules.terraform.component import Component
from modules.terraform.context import StackContext

# The parts of an upload that a killed worker didn't finish are invisible, and cost money, until they are aborted.
_ABORT_UPLOADS_AFTER_DAYS = 1
_KEEP_OLD_VERSIONS_DAYS = 30
# Each video is first uploaded to an intermediate key: without a rule of its own, every video would be stored twice for
# as long as old versions are kept.
_KEEP_INTERMEDIATE_VERSIONS_DAYS = 1
# Seconds that a browser caches a CORS answer.
_CORS_MAX_AGE_SECONDS = 3600


class Media(Component):
    """The media bucket: created, or an existing one adopted by name.

    Production's `hospup-files` is older than this stack and belongs to the backend. A data source looks it up, so that
    a plan fails if it doesn't exist, and nothing about it is changed. A created bucket blocks public access, is
    encrypted, refuses requests without TLS, and owns all of its objects. Where `protect_data` is off, it is destroyed
    with its objects.

    Attributes:
        bucket, arn: name and ARN.
    """

    def __init__(self, context: StackContext) -> None:
        super().__init__(context, "media")
        config, protect_data = context.environment.media, context.environment.protect_data
        key_arn = context.environment.encryption.media_key_arn
        name = context.names.media_bucket if config.bucket is None else config.bucket
        if not config.create:
            adopted = aws.data_aws_s3_bucket.DataAwsS3Bucket(self, "media", bucket=name)
            self.bucket: str = adopted.bucket
            self.arn: str = adopted.arn
            return
        bucket = aws.s3_bucket.S3Bucket(
            self,
            "media",
            bucket=name,
            force_destroy=not protect_data,
            tags=self.tags,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=protect_data),
        )
        # The id equals the name, and makes resources that refer to it wait until the bucket exists.
        self.bucket = bucket.id
        self.arn = bucket.arn
        self._block_public_access()
        self._encryption(key_arn)
        self._lifecycle(config)
        self._cors(config)
        self.accept(
            bucket, "CKV_AWS_18", "Who reads and writes what is in the job ledger; access logs would cost more."
        )
        self.accept(bucket, "CKV_AWS_144", "A video can be rendered again from its job: no copy in another region.")
        self.accept(bucket, "CKV2_AWS_62", "Nobody waits for bucket events: results are told by webhook.")
        if not config.versioning:
            self.accept(bucket, "CKV_AWS_21", "Off unless asked for: a video can be rendered again from its job.")
        if key_arn is None:
            self.accept(bucket, "CKV_AWS_145", "S3's own AES-256; a KMS key is the environment's choice.")

    def _block_public_access(self) -> None:
        block = aws.s3_bucket_public_access_block.S3BucketPublicAccessBlock(
            self,
            "block.media",
            bucket=self.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )
        aws.s3_bucket_ownership_controls.S3BucketOwnershipControls(
            self,
            "ownership.media",
            bucket=self.bucket,
            rule=aws.s3_bucket_ownership_controls.S3BucketOwnershipControlsRule(object_ownership="BucketOwnerEnforced"),
        )
        aws.s3_bucket_policy.S3BucketPolicy(
            self,
            "policy.media",
            bucket=self.bucket,
            policy=policy(deny_without_tls(["s3:*"], [self.arn, f"{self.arn}/*"])),
            # S3 rejects concurrent changes of a bucket's access (OperationAborted).
            depends_on=[block],
        )

    def _encryption(self, key_arn: str | None) -> None:
        encryption = aws.s3_bucket_server_side_encryption_configuration
        encryption.S3BucketServerSideEncryptionConfigurationA(
            self,
            "encryption.media",
            bucket=self.bucket,
            rule=[
                encryption.S3BucketServerSideEncryptionConfigurationRuleA(
                    apply_server_side_encryption_by_default=(
                        encryption.S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA(
                            sse_algorithm="aws:kms" if key_arn else "AES256", kms_master_key_id=key_arn
                        )
                    ),
                    # One data key per bucket rather than one per object: a hundredth of the requests to KMS.
                    bucket_key_enabled=True if key_arn else None,
                )
            ],
        )

    def _lifecycle(self, config: MediaConfig) -> None:
        lifecycle = aws.s3_bucket_lifecycle_configuration
        old_versions = lifecycle.S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration
        short = [old_versions(noncurrent_days=_KEEP_INTERMEDIATE_VERSIONS_DAYS)]
        everything = [lifecycle.S3BucketLifecycleConfigurationRuleFilter(prefix="")]
        rules = [
            lifecycle.S3BucketLifecycleConfigurationRule(
                id="abort-incomplete-uploads",
                status="Enabled",
                filter=everything,
                abort_incomplete_multipart_upload=[
                    lifecycle.S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload(
                        days_after_initiation=_ABORT_UPLOADS_AFTER_DAYS
                    )
                ],
            ),
            *(
                lifecycle.S3BucketLifecycleConfigurationRule(
                    id=f"expire-{expiry.prefix}",
                    status="Enabled",
                    filter=[lifecycle.S3BucketLifecycleConfigurationRuleFilter(prefix=expiry.prefix)],
                    # In a bucket with versioning it also removes delete markers without an object.
                    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-expire-general-considerations.html
                    expiration=[lifecycle.S3BucketLifecycleConfigurationRuleExpiration(days=expiry.days)],
                    noncurrent_version_expiration=(
                        short if config.versioning and expiry.prefix == INTERMEDIATE_PREFIX else None
                    ),
                )
                for expiry in config.expire
            ),
        ]
        versions_first = []
        if config.versioning:
            rules.append(
                lifecycle.S3BucketLifecycleConfigurationRule(
                    id="expire-old-versions",
                    status="Enabled",
                    filter=everything,
                    noncurrent_version_expiration=[old_versions(noncurrent_days=_KEEP_OLD_VERSIONS_DAYS)],
                )
            )
            versions = aws.s3_bucket_versioning
            versions_first.append(
                versions.S3BucketVersioningA(
                    self,
                    "versioning.media",
                    bucket=self.bucket,
                    versioning_configuration=versions.S3BucketVersioningVersioningConfiguration(status="Enabled"),
                )
            )
        lifecycle.S3BucketLifecycleConfiguration(
            self, "lifecycle.media", bucket=self.bucket, rule=rules, depends_on=versions_first or None
        )

    def _cors(self, config: MediaConfig) -> None:
        if not config.cors_origins:
            return
        cors = aws.s3_bucket_cors_configuration
        cors.S3BucketCorsConfiguration(
            self,
            "cors.media",
            bucket=self.bucket,
            cors_rule=[
                cors.S3BucketCorsConfigurationCorsRule(
                    allowed_origins=list(config.cors_origins),
                    allowed_methods=list(config.cors_methods),
                    allowed_headers=["*"],
                    # Headers that a browser's video player and uploader read.
                    expose_headers=["Accept-Ranges", "Content-Length", "Content-Range", "ETag"],
                    max_age_seconds=_CORS_MAX_AGE_SECONDS,
                )
            ],
        )
