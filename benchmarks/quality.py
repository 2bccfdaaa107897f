"""What `draft`, `standard` and `high` mean: VMAF, size and CPU time of each codec, on the benchmark's real footage.

`python -m benchmarks.quality [--write]` prints the table, or puts it into docs/rendering.md between its marks. Each
file is compared with the same composition encoded without loss.
"""

import argparse
import tempfile
from pathlib import Path

from benchmarks import shares, ways
from benchmarks.render import FOOTAGE, vmaf
from embedded.footage import prepare

PAGE = ways.REPOSITORY / "docs" / "rendering.md"
BEGIN, END = "<!-- make bench-quality: begin -->\n", "<!-- make bench-quality: end -->\n"

CODECS = ("h264", "h265", "av1")
QUALITIES = ("draft", "standard", "high")


def main() -> None:
    """Measure all nine, and print or write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"into {PAGE.relative_to(ways.REPOSITORY)}")
    options = parser.parse_args()
    prepare(FOOTAGE)
    lines = ["| codec | quality | VMAF | Mbit/s | CPU seconds a second of video |", "|---|---|---|---|---|"]
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        reference = ways.ours_lossless(FOOTAGE, folder)
        for codec in CODECS:
            for quality in QUALITIES:
                made, cpu = encoded(folder, codec, quality)
                rate = made.stat().st_size * 8 / ways.SECONDS / 1e6
                lines.append(
                    f"| {codec} | {quality} | {vmaf(made, reference):.1f} | {rate:.2f} | {cpu / ways.SECONDS:.2f} |"
                )
    table = "\n".join(lines) + "\n"
    if options.write:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}{table}{END}{rest.partition(END)[2]}", encoding="utf-8")
    print(table, end="")


def encoded(folder: Path, codec: str, quality: str) -> tuple[Path, float]:
    """The benchmark's job in a codec and quality, and the CPU seconds of its FFmpeg."""
    workdir = folder / f"{codec}-{quality}"
    plan = ways.planned(FOOTAGE, workdir, output={"codec": codec, "quality": quality})
    return workdir / plan.targets[0].file, shares.ran(plan.arguments(workdir))


if __name__ == "__main__":
    main()
