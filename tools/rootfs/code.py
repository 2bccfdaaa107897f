"""The layer `code`: the worker itself."""

from pathlib import Path

from tools.rootfs.building import compile_all


def make(folder: Path) -> None:
    """Compile the worker in `folder`, .../app/worker, and delete all other files; sources stay, for tracebacks."""
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix != ".py":
            path.unlink()
    compile_all(folder, Path("/app/worker"), keep_sources=True)
