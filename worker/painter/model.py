"""What is asked of the painter, and what it answers. Needs no Skia, since both sides read it."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from worker.job import Text, WarningCode
from worker.text.layout.animation import REST_POSE, Pose, TextAnimation
from worker.text.paint.model import PNG_SUFFIX, RAW_SUFFIX, Cost, Overlay, is_raw


@dataclass(frozen=True)
class PaintOrder:
    """A text to paint for an output of `size` pixels: in each frame of its `animation`, or in one `pose`."""

    text: Text
    size: tuple[int, int]
    animation: TextAnimation | None = None
    pose: Pose = REST_POSE

    def to_json(self, kind: str, stem: Path) -> dict[str, object]:
        """The order as the painter reads it; `stem` is where its files go, without suffix."""
        return {
            "kind": kind,
            "stem": str(stem),
            "text": self.text.model_dump(mode="json"),
            "size": self.size,
            "animation": self.animation and asdict(self.animation),
            "pose": asdict(self.pose),
        }

    @classmethod
    def of_json(cls, values: dict[str, Any]) -> "PaintOrder":
        """The order that `to_json` made; the text's pointer is not part of it."""
        animation = TextAnimation(**values["animation"]) if values["animation"] else None
        width, height = values["size"]
        return cls(Text.model_validate(values["text"]), (width, height), animation, Pose(**values["pose"]))


@dataclass(frozen=True)
class Painted:
    """A painted text; no overlay where it is invisible. Its pictures are in files: see `picture_file`."""

    overlay: Overlay | None
    warnings: tuple[tuple[WarningCode, Annotated[str, Field(max_length=500)]], ...] = ()


@dataclass(frozen=True)
class PaintedAhead:
    """An answer to an order that may be left for later: what it costs, and the text if it is painted."""

    cost: Cost
    painted: Painted | None


def picture_file(stem: Path, width: int, height: int, frames: int) -> Path:
    """The file of a text's pictures, or of its backdrop's masks: raw pixels, or PNGs where these would be too many."""
    return stem.with_name(stem.name + (RAW_SUFFIX if is_raw(width, height, frames) else PNG_SUFFIX))


def mask_stem(stem: Path) -> Path:
    """Where the masks of a text's backdrop go, without suffix."""
    return stem.with_name(f"{stem.name}-mask")
