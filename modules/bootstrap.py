"""The bucket for Terraform's state: a separate stack, deployed once per account."""

from collections.abc import Mapping

from modules.config import PROJECT
from modules.iam.policies import deny_without_tls, policy
from modules.terraform.bindings import PROVIDER_VERSION, Construct, TerraformResourceLifecycle, TerraformStack, aws
from modules.terraform.versions import pin_versions

STACK = "bootstrap"
TAGS = {"Project": PROJECT, "ManagedBy": f"{PROJECT}-bootstrap"}


class Bootstrap(TerraformStack):
    """The state bucket that `backend.tf.json` names: versioned, encrypted, TLS only, without public access.

    The stack's own state isn't kept. An existing bucket is imported, and all else are settings, which S3 overwrites
    with the same values. The stack can therefore be deployed again from any machine, and has no state to lose or to
    protect.

    Params:
        backend: the S3 backend's settings.
        exists: whether the bucket exists already.
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
            # S3 rejects concurrent changes of a bucket's access (OperationAborted).
            depends_on=[block],
        )
