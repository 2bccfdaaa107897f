"""`python3 -m tools.rootfs LAYER`: the entry point for the stages of worker/Dockerfile."""

import argparse
from pathlib import Path

from tools.rootfs import code, fonts, packages, system


def main() -> None:
    """Build one layer."""
    parser = argparse.ArgumentParser(prog="python3 -m tools.rootfs", description=__doc__)
    layers = parser.add_subparsers(dest="layer", required=True)
    for name in ("system", "packages"):
        layer = layers.add_parser(name)
        layer.add_argument("architecture", choices=("amd64", "arm64"))
    layers.add_parser("fonts").add_argument("folder", type=Path)
    layers.add_parser("code").add_argument("folder", type=Path)
    options = parser.parse_args()
    if options.layer == "system":
        system.make(options.architecture, Path("/system"))
    elif options.layer == "packages":
        packages.make(options.architecture, ffmpeg=Path("/ffmpeg"), libraries=Path("/libraries"))
    elif options.layer == "fonts":
        fonts.make(options.folder)
    else:
        code.make(options.folder)


if __name__ == "__main__":
    main()
