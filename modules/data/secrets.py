"""The webhook signing key, in Secrets Manager."""

from modules.terraform.bindings import TerraformResourceLifecycle, aws
from modules.terraform.component import Component
from modules.terraform.context import StackContext


class Secrets(Component):
    """The webhook signing key, created **empty**: its value is never in Terraform's state, plan or code.

    The operator sets the value once, before the first worker starts, because ECS doesn't start a task whose secret has
    no value. The value is `whsec_` and the base64 of 24 to 64 random bytes, as Standard Webhooks specifies; during a
    rotation, the new and the old one, separated by a space:

        aws secretsmanager put-secret-value --secret-id hospup-video/webhook-signing-key \\
            --secret-string "whsec_$(openssl rand -base64 32)"

    Attributes:
        webhook_key_arn: the secret's ARN.
    """

    def __init__(self, context: StackContext) -> None:
        super().__init__(context, "secrets")
        protect_data = context.environment.protect_data
        key_arn = context.environment.encryption.secret_key_arn
        secret = aws.secretsmanager_secret.SecretsmanagerSecret(
            self,
            "webhook_key",
            name=context.names.webhook_secret,
            description="Signs webhooks: whsec_<base64>; while rotating, the new and the old one, separated by a space",
            # Days. 0 frees the name immediately, so that a development environment can be recreated.
            recovery_window_in_days=30 if protect_data else 0,
            kms_key_id=key_arn,
            tags=self.tags,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=protect_data),
        )
        if key_arn is None:
            self.accept(
                secret, "CKV_AWS_149", "Secrets Manager's own key encrypts it; who may read it is IAM's to say."
            )
        self.accept(
            secret, "CKV2_AWS_57", "The receiver must learn a new key first: it is rotated by hand, two valid at once."
        )
        self.webhook_key_arn: str = secret.arn
