"""What must stay secret: the key that webhooks are signed with."""

from constructs import Construct

from modules.bindings import TerraformResourceLifecycle, aws
from modules.component import Component
from modules.names import Names


class Secrets(Component):
    """The webhook signing key, created **empty**: no value is ever in Terraform's state, plan or code.

    Whoever operates the system puts the value, once, before the first worker starts (ECS doesn't start a task whose
    secret has no value): `whsec_` and the base64 of 24 to 64 random bytes, as Standard Webhooks has it. While a key
    is rotated, the new and the old one, separated by a space:

        aws secretsmanager put-secret-value --secret-id hospup-video/webhook-signing-key \\
            --secret-string "whsec_$(openssl rand -base64 32)"

    Params:
        key_arn: KMS key that encrypts it; none: Secrets Manager's own.
        protect_data: refuse to destroy the secret; off, it is gone at once rather than after 30 days.

    Attributes:
        webhook_key_arn: the secret's ARN.
    """

    def __init__(self, scope: Construct, names: Names, *, key_arn: str | None, protect_data: bool) -> None:
        super().__init__(scope, "secrets")
        secret = aws.secretsmanager_secret.SecretsmanagerSecret(
            self,
            "webhook_key",
            name=names.webhook_secret,
            description="Signs webhooks: whsec_<base64>; while rotating, the new and the old one, separated by a space",
            # 0 frees the name at once, so that a development environment can be made anew.
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
