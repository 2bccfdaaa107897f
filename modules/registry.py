"""Where the workers' images lie."""

import json

from constructs import Construct

from modules.bindings import TerraformResourceLifecycle, aws
from modules.component import Component
from modules.names import Names

# The images kept: enough to go back a few releases, few enough to cost cents.
_IMAGES_KEPT = 10


class Registry(Component):
    """The ECR repository of the worker's image.

    Tags are immutable, so that a tag in a task definition always means the same image, and a roll-back finds what it
    left.

    Params:
        protect_data: refuse to destroy the repository; off, it is destroyed with its images.

    Attributes:
        url: what images are tagged with, without the tag.
        arn: for the execution role.
    """

    def __init__(self, scope: Construct, names: Names, *, protect_data: bool) -> None:
        super().__init__(scope, "registry")
        repository = aws.ecr_repository.EcrRepository(
            self,
            "worker",
            name=names.registry,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=aws.ecr_repository.EcrRepositoryImageScanningConfiguration(scan_on_push=True),
            encryption_configuration=[
                aws.ecr_repository.EcrRepositoryEncryptionConfiguration(encryption_type="AES256")
            ],
            force_delete=not protect_data,
            tags=self.tags,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=protect_data),
        )
        aws.ecr_lifecycle_policy.EcrLifecyclePolicy(
            self,
            "lifecycle.worker",
            repository=repository.name,
            policy=json.dumps(
                {
                    "rules": [
                        {
                            "rulePriority": 1,
                            "description": f"Keep the last {_IMAGES_KEPT} images",
                            "selection": {
                                "tagStatus": "any",
                                "countType": "imageCountMoreThan",
                                "countNumber": _IMAGES_KEPT,
                            },
                            "action": {"type": "expire"},
                        }
                    ]
                }
            ),
        )
        self.url: str = repository.repository_url
        self.arn: str = repository.arn
