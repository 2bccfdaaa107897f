"""The worker as a process of its own, without AWS, that is given something hostile: what it says, what it leaves."""

import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

REPOSITORY = Path(__file__).parents[2]

MEMORY_BYTES = 3 * 1024**3
"""Of data, for the worker and whatever it starts: less than a task has."""

CPU_SECONDS = 100
"""Of each process: a file that holds one for longer has won."""

_ERROR = re.compile(r"^([A-Z_]+)(?: \((/[^)]*)\))?: ", re.MULTILINE)

A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True)
class End:
    """How a run ended: its exit code, what it said, the error's code and pointer, and whether there is a video."""

    exit_code: int
    said: str
    code: str
    pointer: str
    has_output: bool
    left: tuple[str, ...]
    """In the folder for temporary files."""

    @property
    def is_clean(self) -> bool:
        """A video, or one error that says what is wrong; no traceback, nothing left behind."""
        is_end = (self.exit_code, bool(self.code), self.has_output) in {(0, False, True), (1, True, False)}
        return is_end and "Traceback" not in self.said and not self.left


def render(
    folder: Path, media: Path, message: Mapping[str, Any] | str, *options: str, file_bytes: int = 1 << 30
) -> End:
    """Run `python -m worker render` on a message, in `folder`, which is made; sources are read from `media`.
    `file_bytes` is what it may write into one file."""
    temporary = folder / "tmp"
    temporary.mkdir(parents=True)
    text = message if isinstance(message, str) else json.dumps(message)
    (folder / "job.json").write_text(text, encoding="utf-8", errors="surrogatepass")
    output = folder / "out.mp4"
    command = [sys.executable, "-m", "worker", "render", str(folder / "job.json"), "-o", str(output), *options]
    # Byte code that a limit cut off would be there for everybody.
    no_byte_code = {"PYTHONDONTWRITEBYTECODE": "1"} if file_bytes < 1 << 20 else {}
    with subprocess.Popen(
        [*command, "--media-root", str(media)],
        cwd=REPOSITORY,
        env={"PATH": os.environ["PATH"], "TMPDIR": str(temporary), **no_byte_code},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        resource.prlimit(process.pid, resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
        resource.prlimit(process.pid, resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        said, _ = process.communicate()
    error = _ERROR.search(said)
    code, pointer = (error[1], error[2] or "") if error else ("", "")
    left = tuple(path.name for path in temporary.iterdir())
    return End(process.returncode, said, code, pointer, output.exists(), left)


def all_of(work: Callable[[A], B], items: Iterable[A]) -> list[B]:
    """`work` on each item, two at a time."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(work, items))
