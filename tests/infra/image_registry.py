"""An ECR repository with its lifecycle policy, by AWS's rules of evaluation.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html#lp_evaluation_rules
"""

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Image:
    """A manifest: an image, or an index that refers to `parts`. `pushed` is its day."""

    name: str
    pushed: int
    tags: set[str] = field(default_factory=set)
    parts: tuple[str, ...] = ()


class Repository:
    """Images by name. `policy` is a lifecycle policy."""

    def __init__(self, policy: Mapping[str, Any]) -> None:
        self._rules = sorted(policy["rules"], key=lambda rule: int(rule["rulePriority"]))
        self._images: list[Image] = []
        self.today = 0

    def push(self, tag: str, *parts: str) -> None:
        """Push an image; with `parts`, an index of that many images without tags."""
        self._images += [Image(f"{tag}/{part}", self.today) for part in parts]
        self._images.append(Image(tag, self.today, {tag}, tuple(f"{tag}/{part}" for part in parts)))

    def add_tag(self, tag: str, further: str) -> None:
        """Give an image a further tag; an image that is gone gets none."""
        for image in self._images:
            if tag in image.tags:
                image.tags.add(further)

    def leave(self, name: str) -> None:
        """What an upload that broke off has left: a manifest without a tag."""
        self._images.append(Image(name, self.today))

    def expire(self) -> None:
        """Apply the policy. All rules see all images; an image is expired by the first rule that selects its tags, if
        at all; what an index refers to can't go before the index."""
        doomed = {image.name for image in self._images if self._is_expired(image)}
        used = {part for image in self._images if image.name not in doomed for part in image.parts}
        self._images = [image for image in self._images if image.name not in doomed - used]

    def __contains__(self, tag: str) -> bool:
        """Whether an image can be pulled: it is there with all its parts."""
        names = {image.name for image in self._images}
        return any(tag in image.tags and names.issuperset(image.parts) for image in self._images)

    @property
    def names(self) -> set[str]:
        return {image.name for image in self._images}

    def _is_expired(self, image: Image) -> bool:
        for rule in self._rules:
            if _selects(rule["selection"], image):
                return image.name in self._marked(rule["selection"])
        return False

    def _marked(self, selection: Mapping[str, Any]) -> set[str]:
        """The images that a rule by itself expires."""
        # Stable: of images of the same day, the one pushed last is the youngest.
        selected = sorted(
            (image for image in self._images if _selects(selection, image)), key=lambda image: image.pushed
        )
        if selection["countType"] == "imageCountMoreThan":
            surplus = max(len(selected) - selection["countNumber"], 0)
            return {image.name for image in selected[:surplus]}
        assert (selection["countType"], selection["countUnit"]) == ("sinceImagePushed", "days")
        return {image.name for image in selected if self.today - image.pushed > selection["countNumber"]}


def _selects(selection: Mapping[str, Any], image: Image) -> bool:
    """Whether an image meets a rule's tag status, and each of its patterns matches one of the image's tags."""
    match selection["tagStatus"]:
        case "untagged":
            return not image.tags
        case "tagged":
            patterns = selection["tagPatternList"]
            return all(any(fnmatch.fnmatchcase(tag, pattern) for tag in image.tags) for pattern in patterns)
    return True
