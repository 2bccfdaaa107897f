"""Application Auto Scaling: tags of targets, and the identity of updated policies."""

import json
from typing import Any

from moto.applicationautoscaling.exceptions import AWSValidationException
from moto.applicationautoscaling.models import (
    ApplicationAutoscalingBackend,
    FakeApplicationAutoscalingPolicy,
    FakeScalableTarget,
)
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse

from embedded.gaps._patch import Function, add, wrap


def fill() -> None:
    """Fills every gap of this service."""
    keep_tags_of_new_targets()
    serve_tag_operations()
    keep_the_identity_of_updated_policies()


def keep_tags_of_new_targets() -> None:
    """moto drops the tags of `RegisterScalableTarget`.

    The provider sends all tags with the creation: without this, every plan adds them again.
    """
    add(FakeScalableTarget, "tags", None)

    def make(original: Function) -> Function:
        def register_scalable_target(self: ApplicationAutoScalingResponse) -> str:
            body = str(original(self))
            new_tags = self._get_param("Tags")
            if new_tags:
                tags_of(self, json.loads(body)["ScalableTargetARN"]).update(new_tags)
            return body

        return register_scalable_target

    wrap(ApplicationAutoScalingResponse, "register_scalable_target", make)


def serve_tag_operations() -> None:
    """moto has no `ListTagsForResource`, `TagResource` and `UntagResource` here and answers with status 500.

    The provider lists a target's tags whenever it reads it, and retries after a 500: without this, the creation of a
    target hangs in retries.
    """

    def list_tags_for_resource(self: ApplicationAutoScalingResponse) -> str:
        return json.dumps({"Tags": tags_of(self, self._get_param("ResourceARN"))})

    def tag_resource(self: ApplicationAutoScalingResponse) -> str:
        tags_of(self, self._get_param("ResourceARN")).update(self._get_param("Tags"))
        return "{}"

    def untag_resource(self: ApplicationAutoScalingResponse) -> str:
        tags = tags_of(self, self._get_param("ResourceARN"))
        for key in self._get_param("TagKeys"):
            tags.pop(key, None)
        return "{}"

    for operation in (list_tags_for_resource, tag_resource, untag_resource):
        add(ApplicationAutoScalingResponse, operation.__name__, operation)


def keep_the_identity_of_updated_policies() -> None:
    """moto creates a new policy at every `PutScalingPolicy`, with a new ARN and, for target tracking, new alarms; the
    old alarms are never deleted.

    The provider expects an updated policy to keep its ARN: without this, changing a step policy that an alarm calls
    fails with "Provider produced inconsistent final plan", and a destroyed stack leaves alarms behind.
    """

    def make(original: Function) -> Function:
        def put_scaling_policy(
            self: ApplicationAutoscalingBackend, **parameters: Any
        ) -> FakeApplicationAutoscalingPolicy:
            identity = ("service_namespace", "resource_id", "scalable_dimension", "policy_name")
            key = FakeApplicationAutoscalingPolicy.formulate_key(*(parameters[name] for name in identity))
            old = self.policies.get(key)
            new: FakeApplicationAutoscalingPolicy = original(self, **parameters)
            if old is not None:
                new.delete_alarms(self.account_id, self.region_name)
                new.policy_arn, new.creation_time, new.alarms = old.policy_arn, old.creation_time, old.alarms
            return new

        return put_scaling_policy

    wrap(ApplicationAutoscalingBackend, "put_scaling_policy", make)


def tags_of(request: ApplicationAutoScalingResponse, arn: str) -> dict[str, str]:
    """The tags of the scalable target `arn`, as a mutable dictionary. Raises moto's validation error if there is no
    such target."""
    targets: dict[str, dict[str, Any]] = request.applicationautoscaling_backend.targets
    for by_resource in targets.values():
        for target in by_resource.values():
            if target.arn == arn:
                if target.tags is None:
                    target.tags = {}
                tags: dict[str, str] = target.tags
                return tags
    raise AWSValidationException(f"No scalable target found for ARN: {arn}")
