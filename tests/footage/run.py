"""Renders drawn footage, and prints the seed of what fails: `make footage`."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.footage.drawn import draw
from tests.footage.test_footage import check


def main() -> int:
    """Draw and render; returns the number of failures, at most 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    failed = 0
    for seed in range(arguments.seed, arguments.seed + arguments.runs):
        footage = draw(seed)
        with tempfile.TemporaryDirectory() as folder:
            try:
                check(footage, Path(folder))
            except Exception as error:  # noqa: BLE001
                failed += 1
                reason = (str(error) or type(error).__name__).splitlines()[0]
                print(f"seed {seed}: {footage.codecs} in {footage.container} at {footage.in_points}: {reason}")
    print(f"{arguments.runs} files rendered, {failed} wrong")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
