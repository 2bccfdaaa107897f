"""Where the workers' images lie."""

from constructs import Construct

from modules.bindings import TerraformResourceLifecycle, aws
from modules.component import Component
from modules.config import Registry as RegistryConfig
from modules.documents import document
from modules.names import Names


class Registry(Component):
    """The ECR repository of the worker's image.

    Tags are immutable, so that a tag in a task definition always means the same image, and a roll-back finds what it
    left.

    Params:
        config: how many images are kept.
        key_arn: KMS key that encrypts them; none: ECR's own, AES-256.
        protect_data: refuse to destroy the repository; off, it is destroyed with its images.

    Attributes:
        url: what images are tagged with, without the tag.
        arn: for the execution role.
        latest_tags: a Terraform expression: the tags of the image that was pushed last, none where there is no image.
    """

    def __init__(
        self, scope: Construct, names: Names, config: RegistryConfig, *, key_arn: str | None, protect_data: bool
    ) -> None:
        super().__init__(scope, "registry")
        repository = aws.ecr_repository.EcrRepository(
            self,
            "worker",
            name=names.registry,
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
            self,
            "lifecycle.worker",
            repository=repository.name,
            policy=document(
                {
                    "rules": [
                        {
                            "rulePriority": 1,
                            "description": f"Keep the last {config.images_kept} images",
                            "selection": {
                                "tagStatus": "any",
                                "countType": "imageCountMoreThan",
                                "countNumber": config.images_kept,
                            },
                            "action": {"type": "expire"},
                        }
                    ]
                }
            ),
        )
        self.url: str = repository.repository_url
        self.arn: str = repository.arn
        latest = aws.data_aws_ecr_repository.DataAwsEcrRepository(
            self,
            "latest.worker",
            name=repository.name,
            # Known only once the repository exists: until then Terraform doesn't look.
            registry_id=repository.registry_id,
        )
        self.latest_tags = f"{latest.fqn}.most_recent_image_tags"
