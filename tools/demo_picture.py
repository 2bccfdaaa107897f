"""Paints docs/images/demo.jpg: frames of the two videos of `make demo`, by the worker, without AWS (`make gallery`)."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from embedded.footage import prepare
from tools.demo import EXAMPLES, JOBS, SOURCES
from tools.inspect_video import contact_sheet

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "demo.jpg"


def main() -> None:
    """Render both jobs and paint the picture."""
    with tempfile.TemporaryDirectory(prefix="demo-picture-") as name:
        folder = Path(name)
        footage = prepare(folder / "footage")
        for key, clip in SOURCES.items():
            target = folder / "media" / "hospup-files" / key
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(footage[clip], target)
        videos = [folder / f"{job}.mp4" for job in JOBS]
        for video in videos:
            job = EXAMPLES / f"{video.stem}.json"
            command = [sys.executable, "-m", "worker", "render", str(job), "-o", str(video)]
            subprocess.run([*command, "--media-root", str(folder / "media")], check=True)
        contact_sheet(videos, PICTURE)


if __name__ == "__main__":
    main()
