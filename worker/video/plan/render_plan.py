"""The render plan: the arguments of one FFmpeg run as a value, to run, to print, to test. Pure."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Sound:
    """The sound of an input that a graph may use: its stream's index, None without one, and for how many seconds."""

    stream: int | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class Input:
    """One `-i` of FFmpeg with its options."""

    path: Path
    options: tuple[str, ...] = ()
    sound: Sound = Sound()

    def arguments(self) -> list[str]:
        """FFmpeg's arguments: an input's options come before it."""
        return [*self.options, "-i", f"file:{self.path}"]


@dataclass(frozen=True)
class OutputFile:
    """An output of FFmpeg: the file's name and its options."""

    file: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class RenderPlan:
    """One run of FFmpeg."""

    inputs: tuple[Input, ...]
    graph: tuple[str, ...]
    """Filter chains; joined by `;` they are the filter graph."""
    outputs: tuple[OutputFile, ...]
    frames: int

    def arguments(self, folder: Path) -> list[str]:
        """FFmpeg's arguments to write the outputs into `folder`."""
        inputs = [argument for item in self.inputs for argument in item.arguments()]
        graph = ["-filter_complex", ";\n".join(self.graph)] if self.graph else []
        outputs = [word for file in self.outputs for word in (*file.options, "-y", f"file:{folder / file.file}")]
        return [*inputs, *graph, *outputs]


class Inputs:
    """Collects the inputs of a plan and numbers them as FFmpeg does."""

    def __init__(self) -> None:
        self.items: list[Input] = []

    def add(self, item: Input) -> int:
        """Add an input; returns its number."""
        self.items.append(item)
        return len(self.items) - 1


def between(name: str, first: int, last: int) -> str:
    """A filter that works only on the frames `first` to `last`."""
    separator = ":" if "=" in name else "="
    return f"{name}{separator}enable='between(n,{first},{last})'"
