"""The bucket that Terraform's state lives in: a stack of its own, made once an account."""

from collections.abc import Mapping

from constructs import Construct

from modules.bindings import PROVIDER_VERSION, TerraformResourceLifecycle, TerraformStack, aws
from modules.config import PROJECT
from modules.policies import deny_without_tls, policy
from modules.versions import pin_versions

STACK = "bootstrap"
TAGS = {"Project": PROJECT, "ManagedBy": f"{PROJECT}-bootstrap"}


class Bootstrap(TerraformStack):
    """The state bucket that `backend.tf.json` names: versioned, encrypted, over TLS only, closed to the public.

    Its own state isn't kept: a bucket that exists is imported, and everything else about it is a setting, which S3
    overwrites with the same. So it can be run again, and from any machine, and there is no state to lose or to guard.

    Params:
        backend: the S3 backend's settings.
        exists: the bucket is there already.
    """

    def __init__(self, scope: Construct, backend: Mapping[str, str], *, exists: bool) -> None:
        super().__init__(scope, STACK)
        pin_versions(self, provider=PROVIDER_VERSION)
        aws.provider.AwsProvider(
            self,
            "aws",
            region=backend["region"],
            default_tags=[aws.provider.AwsProviderDefaultTags(tags=TAGS)],
        )
        state = aws.s3_bucket.S3Bucket(
            self,
            "state",
            bucket=backend["bucket"],
            force_destroy=False,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        if exists:
            state.import_from(backend["bucket"])
        block = aws.s3_bucket_public_access_block.S3BucketPublicAccessBlock(
            self,
            "block",
            bucket=state.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )
        versioning = aws.s3_bucket_versioning
        versioning.S3BucketVersioningA(
            self,
            "versioning",
            bucket=state.id,
            versioning_configuration=versioning.S3BucketVersioningVersioningConfiguration(status="Enabled"),
        )
        encryption = aws.s3_bucket_server_side_encryption_configuration
        encryption.S3BucketServerSideEncryptionConfigurationA(
            self,
            "encryption",
            bucket=state.id,
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
        aws.s3_bucket_policy.S3BucketPolicy(
            self,
            "tls",
            bucket=state.id,
            policy=policy(deny_without_tls(["s3:*"], [state.arn, f"{state.arn}/*"])),
            # S3 refuses two changes of a bucket's access at once (OperationAborted).
            depends_on=[block],
        )
