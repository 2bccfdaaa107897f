"""The worker under attack: a separate process without AWS that gets a hostile message or file."""

import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]

MEMORY_BYTES = 3 * 1024**3
"""Most data, of the worker and of each process that it starts: less than a task has."""

CPU_SECONDS = 100
"""Most processor time per process: a file that takes more has succeeded."""

_ERROR = re.compile(r"^([A-Z_]+)(?: \((/[^)]*)\))?: ", re.MULTILINE)


@dataclass(frozen=True)
class Outcome:
    """How a run ended: its exit code, its output, the error's code and pointer, and whether there is a video."""

    exit_code: int
    output: str
    code: str
    pointer: str
    has_output: bool
    leftovers: tuple[str, ...]
    """Names left in the folder for temporary files."""

    @property
    def is_clean(self) -> bool:
        """A video, or one error that says what is wrong; no traceback, nothing left behind."""
        is_single = (self.exit_code, bool(self.code), self.has_output) in {(0, False, True), (1, True, False)}
        return is_single and "Traceback" not in self.output and not self.leftovers


def render(
    folder: Path, media: Path, message: Mapping[str, Any] | str, *options: str, file_bytes: int = 1 << 30
) -> Outcome:
    """Run `python -m worker render` on a message, in `folder`, which is created; sources are read from `media`.
    `file_bytes` is the most that it may write into one file."""
    temporary = folder / "tmp"
    temporary.mkdir(parents=True)
    text = message if isinstance(message, str) else json.dumps(message)
    (folder / "job.json").write_text(text, encoding="utf-8", errors="surrogatepass")
    video = folder / "out.mp4"
    command = [sys.executable, "-m", "worker", "render", str(folder / "job.json"), "-o", str(video), *options]
    # Byte code that the limit cut off would break every later process.
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
        output, _ = process.communicate()
    error = _ERROR.search(output)
    code, pointer = (error[1], error[2] or "") if error else ("", "")
    leftovers = tuple(path.name for path in temporary.iterdir())
    return Outcome(process.returncode, output, code, pointer, video.exists(), leftovers)
