"""The registry of the worker's images."""

from typing import Any

from modules.terraform.bindings import TerraformResourceLifecycle, aws
from modules.terraform.component import Component
from modules.terraform.context import StackContext
from modules.terraform.json_document import json_document

# Tag that `hospup-video image push` adds to the images that run, before each push (ops/aws/registry.py).
_RELEASED = "released-*"
# Days that manifests without a tag are kept: those of an upload that broke off. ECR keeps the ones that an image for
# several processors refers to.
_UNTAGGED_DAYS = 14


class Registry(Component):
    """The ECR repository of the worker's image.

    Tags are immutable: a tag in a task definition always means the same image, and a rollback finds its image. Where
    `protect_data` is off, the repository is destroyed with its images.

    Attributes:
        url: the image's name without its tag.
        arn: for the execution role.
        latest_tags: Terraform expression for the tags of the image that was pushed last; empty if there is no image.
    """

    def __init__(self, context: StackContext) -> None:
        super().__init__(context, "registry")
        config, protect_data = context.environment.registry, context.environment.protect_data
        key_arn = context.environment.encryption.registry_key_arn
        repository = aws.ecr_repository.EcrRepository(
            self,
            "worker",
            name=context.names.registry,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=aws.ecr_repository.EcrRepositoryImageScanningConfiguration(scan_on_push=True),
            encryption_configuration=[
                aws.ecr_repository.EcrRepositoryEncryptionConfiguration(
                    encryption_type="KMS" if key_arn else "AES256", kms_key=key_arn
                )
            ],
            force_delete=not protect_data,
            tags=self.tags,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=protect_data),
        )
        if key_arn is None:
            self.accept(
                repository, "CKV_AWS_136", "Images hold no secret; ECR's own AES-256 encrypts them, free of charge."
            )
        aws.ecr_lifecycle_policy.EcrLifecyclePolicy(
            self, "lifecycle.worker", repository=repository.name, policy=json_document(_lifecycle(config.images_kept))
        )
        self.url: str = repository.repository_url
        self.arn: str = repository.arn
        latest = aws.data_aws_ecr_repository.DataAwsEcrRepository(
            self,
            "latest.worker",
            name=repository.name,
            # Unknown until the repository exists, so that Terraform doesn't look it up before.
            registry_id=repository.registry_id,
        )
        self.latest_tags = f"{latest.fqn}.most_recent_image_tags"


def _lifecycle(kept: int) -> dict[str, Any]:
    """The rules: `kept` images that have run, `kept` pushed ones, and what has no tag for some days.

    ECR counts by the time of the push, and a rule expires no image whose tags a rule before it selects. So the image in
    use is kept, however many were pushed since.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html#lp_evaluation_rules
    """
    newest = {"tagStatus": "tagged", "countType": "imageCountMoreThan", "countNumber": kept}
    selections = {
        f"Keep the last {kept} images that have run": {**newest, "tagPatternList": [_RELEASED]},
        f"Keep the last {kept} images": {**newest, "tagPatternList": ["*"]},
        f"Keep manifests without a tag for {_UNTAGGED_DAYS} days": {
            "tagStatus": "untagged",
            "countType": "sinceImagePushed",
            "countUnit": "days",
            "countNumber": _UNTAGGED_DAYS,
        },
    }
    return {
        "rules": [
            {"rulePriority": number, "description": text, "selection": selection, "action": {"type": "expire"}}
            for number, (text, selection) in enumerate(selections.items(), start=1)
        ]
    }
