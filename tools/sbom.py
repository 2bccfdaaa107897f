"""`make sbom`: lists the image's components in a CycloneDX 1.6 document: https://cyclonedx.org/docs/1.6/json/.

They are read from the image: Debian's packages from dpkg's database, Python's from their metadata, fonts from npm's
lock file, and FFmpeg, which scanners miss because it is part of a wheel.
"""

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tools.image import ROOT, ImageError, unpack

Component = dict[str, Any]


def main() -> int:
    """Write the document. Returns 0, or 2 if the file isn't an image archive."""
    parser = argparse.ArgumentParser(prog="python -m tools.sbom", description=__doc__)
    parser.add_argument("archive", type=Path, help="the image's archive")
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as folder:
            unpack(options.archive, Path(folder))
            components = list(found(Path(folder)))
    except ImageError as error:
        print(f"sbom: {error}", file=sys.stderr)
        return 2
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "container", "name": options.archive.name, "bom-ref": "image"}},
        "components": components,
    }
    options.output.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(f"{options.output}: {len(components)} components")
    return 0


def found(root: Path) -> Iterator[Component]:
    """Every component of an unpacked image."""
    for note in sorted((root / "var/lib/dpkg/status.d").iterdir()):
        fields = HeaderParser().parsestr(note.read_text(encoding="utf-8"))
        name, version = fields["Package"], fields["Version"]
        purl = f"pkg:deb/debian/{name}@{quote(version)}?arch={fields['Architecture']}&distro=trixie"
        yield component("library", name, version, purl)
    for metadata in sorted(root.glob("usr/local/lib/python3*/dist-packages/*.dist-info/METADATA")):
        fields = HeaderParser().parsestr(metadata.read_text(encoding="utf-8"))
        name = re.sub(r"[-_.]+", "-", fields["Name"]).lower()  # https://peps.python.org/pep-0503/#normalized-names
        yield component("library", name, fields["Version"], f"pkg:pypi/{name}@{fields['Version']}")
    for binary in root.glob("usr/local/lib/python3*/dist-packages/imageio_ffmpeg/binaries/ffmpeg-*"):
        version = binary.name.rpartition("-v")[2]
        yield component("application", "ffmpeg", version, f"pkg:generic/ffmpeg@{version}")
    locked = json.loads((ROOT / "worker/fonts/package-lock.json").read_text(encoding="utf-8"))["packages"]
    for path, package in sorted(locked.items()):
        if path:
            name, version = path.removeprefix("node_modules/"), package["version"]
            yield component("library", name, version, f"pkg:npm/{quote(name, safe='/')}@{version}")


def component(kind: str, name: str, version: str, purl: str) -> Component:
    """One component of the document."""
    return {"type": kind, "bom-ref": purl, "name": name, "version": version, "purl": purl}


if __name__ == "__main__":
    sys.exit(main())
