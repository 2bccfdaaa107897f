"""All that FFmpeg is told for one run, as a value: to run, to print, to test. Pure."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Input:
    """One `-i` of FFmpeg with its options."""

    path: Path
    options: tuple[str, ...] = ()

    def arguments(self) -> list[str]:
        """Options stand before the file that they belong to."""
        return [*self.options, "-i", f"file:{self.path}"]


@dataclass(frozen=True)
class Target:
    """A file to be written: its name, and the options that stand before it."""

    file: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class RenderPlan:
    """One run of FFmpeg."""

    inputs: tuple[Input, ...]
    graph: tuple[str, ...]
    """Filter chains; joined by `;` they are the filter graph."""
    targets: tuple[Target, ...]
    frames: int

    def arguments(self, folder: Path) -> list[str]:
        """FFmpeg's arguments to write the targets into `folder`."""
        inputs = [argument for item in self.inputs for argument in item.arguments()]
        graph = ["-filter_complex", ";\n".join(self.graph)] if self.graph else []
        written = [word for target in self.targets for word in (*target.options, "-y", f"file:{folder / target.file}")]
        return [*inputs, *graph, *written]


class Inputs:
    """Numbers inputs in the order in which FFmpeg will be told of them."""

    def __init__(self) -> None:
        self.items: list[Input] = []

    def add(self, item: Input) -> int:
        """Note an input; returns its number."""
        self.items.append(item)
        return len(self.items) - 1


def between(name: str, first: int, last: int) -> str:
    """A filter that works on the frames `first` to `last` alone."""
    separator = ":" if "=" in name else "="
    return f"{name}{separator}enable='between(n,{first},{last})'"
