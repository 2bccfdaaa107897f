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


class Media(Component):
    """The media bucket: created, or an existing one adopted by name.

    Production's `hospup-files` is older than this stack and belongs to the backend. It is looked up, so that a name
    that doesn't exist fails at plan time, and nothing about it is changed. A bucket of our own is closed to the
    public, encrypted, reached over TLS only, and its objects belong to it whoever wrote them.

    Params:
        config: the bucket's name, and whether to create it.
        protect_data: refuse to destroy the bucket; off, it is destroyed with its objects.

    Attributes:
        bucket: its name.
        arn: for the task role.
    """

    def __init__(self, scope: Construct, names: Names, config: MediaConfig, *, protect_data: bool) -> None:
        super().__init__(scope, "media")
        name = config.bucket or names.media_bucket
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
        self._encrypt()
        self._tidy(versioning=config.versioning)

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

    def _encrypt(self) -> None:
        encryption = aws.s3_bucket_server_side_encryption_configuration
        encryption.S3BucketServerSideEncryptionConfigurationA(
            self,
            "encryption.media",
            bucket=self.bucket,
            rule=[
                encryption.S3BucketServerSideEncryptionConfigurationRuleA(
                    apply_server_side_encryption_by_default=(
                        encryption.S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA(
                            sse_algorithm="AES256"
                        )
                    )
                )
            ],
        )

    def _tidy(self, *, versioning: bool) -> None:
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
            )
        ]
        versions_first = []
        if versioning:
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
