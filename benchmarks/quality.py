"""Measures VMAF, size and CPU time of each codec and quality, on the benchmark's real footage.

`python -m benchmarks.quality [--write]` prints the table, or writes it into docs/design/rendering.md between its marks.
Each file is compared with the lossless encoding of the same composition.
"""

import argparse
import tempfile
from pathlib import Path

from benchmarks import cpu_profile, renderers
from benchmarks.render import FOOTAGE, vmaf
from benchmarks.sections import write_section
from embedded.footage import prepare

PAGE = renderers.REPOSITORY / "docs" / "design" / "rendering.md"

CODECS = ("h264", "h265", "av1")
QUALITIES = ("draft", "standard", "high")


def main() -> None:
    """Measure all nine, and print or write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"into {PAGE.relative_to(renderers.REPOSITORY)}")
    options = parser.parse_args()
    prepare(FOOTAGE)
    lines = ["| codec | quality | VMAF | Mbit/s | CPU seconds per second of video |", "|---|---|---|---|---|"]
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        reference = renderers.ours_lossless(FOOTAGE, folder)
        for codec in CODECS:
            for quality in QUALITIES:
                video, cpu = encode(folder, codec, quality)
                rate = video.stat().st_size * 8 / renderers.SECONDS / 1e6
                figures = f"{vmaf(video, reference):.1f} | {rate:.2f} | {cpu / renderers.SECONDS:.2f}"
                lines.append(f"| {codec} | {quality} | {figures} |")
    table = "\n".join(lines) + "\n"
    if options.write:
        write_section(PAGE, "bench-quality", table)
    print(table, end="")


def encode(folder: Path, codec: str, quality: str) -> tuple[Path, float]:
    """Encode the benchmark's job. Returns the video, and FFmpeg's CPU seconds."""
    workdir = folder / f"{codec}-{quality}"
    plan = renderers.plan_job(FOOTAGE, workdir, output={"codec": codec, "quality": quality})
    return workdir / plan.outputs[0].file, cpu_profile.cpu_seconds(plan.arguments(workdir), workdir)


if __name__ == "__main__":
    main()
