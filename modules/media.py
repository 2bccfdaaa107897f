"""The bucket that sources come from and videos go to."""

from constructs import Construct

from modules.bindings import TerraformResourceLifecycle, aws
from modules.component import Component
from modules.config import Media as MediaConfig
from modules.names import Names
from modules.policies import deny_without_tls, policy

# Parts of an upload that a killed worker left behind are invisible, and paid for, until aborted.
_ABORT_UPLOADS_AFTER_DAYS = 1
_KEEP_OLD_VERSIONS_DAYS = 30
# How long a browser remembers that it may.
_CORS_MAX_AGE_SECONDS = 3600


class Media(Component):
    """The media bucket: created, or an existing one adopted by name.

    Production's `hospup-files` is older than this stack and belongs to the backend. It is looked up, so that a name
    that doesn't exist fails at plan time, and nothing about it is changed. A bucket of our own is closed to the
    public, encrypted, reached over TLS only, and its objects belong to it whoever wrote them.

    Params:
        config: the bucket's name, and whether to create it.
        key_arn: KMS key that encrypts objects; none: S3's own.
        protect_data: refuse to destroy the bucket; off, it is destroyed with its objects.

    Attributes:
        bucket: its name.
        arn: for the task role.
    """

    def __init__(
        self, scope: Construct, names: Names, config: MediaConfig, *, key_arn: str | None, protect_data: bool
    ) -> None:
        super().__init__(scope, "media")
        name = names.media_bucket if config.bucket is None else config.bucket
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
        # The bucket's id rather than its name: whoever refers to it then waits for it.
        self.bucket = bucket.id
        self.arn = bucket.arn
        self._close()
        self._encrypt(key_arn)
        self._tidy(config)
        self._share(config)
        self.accept(
            bucket, "CKV_AWS_18", "Who reads and writes what is in the job ledger; access logs would cost more."
        )
        self.accept(bucket, "CKV_AWS_144", "A video can be rendered again from its job: no copy in another region.")
        self.accept(bucket, "CKV2_AWS_62", "Nobody waits for bucket events: results are told by webhook.")
        if not config.versioning:
            self.accept(bucket, "CKV_AWS_21", "Off unless asked for: a video can be rendered again from its job.")
        if key_arn is None:
            self.accept(bucket, "CKV_AWS_145", "S3's own AES-256; a KMS key is the environment's choice.")

    def _close(self) -> None:
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
            # S3 refuses two changes of a bucket's access at once (OperationAborted).
            depends_on=[block],
        )

    def _encrypt(self, key_arn: str | None) -> None:
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
                    # One data key a bucket rather than one an object: a hundredth of the requests to KMS.
                    bucket_key_enabled=True if key_arn else None,
                )
            ],
        )

    def _tidy(self, config: MediaConfig) -> None:
        lifecycle = aws.s3_bucket_lifecycle_configuration
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
                    expiration=[lifecycle.S3BucketLifecycleConfigurationRuleExpiration(days=expiry.days)],
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
                    noncurrent_version_expiration=[
                        lifecycle.S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration(
                            noncurrent_days=_KEEP_OLD_VERSIONS_DAYS
                        )
                    ],
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

    def _share(self, config: MediaConfig) -> None:
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
                    # What a browser's player and uploader read: ranges, sizes, the parts' checksums.
                    expose_headers=["Accept-Ranges", "Content-Length", "Content-Range", "ETag"],
                    max_age_seconds=_CORS_MAX_AGE_SECONDS,
                )
            ],
        )
