"""`make scan`: known vulnerabilities of what is in the image.

trivy or grype, where one is installed, looks at all of it: packages of Debian and of Python. pip-audit, which Makefile
installs, looks at Python's alone. FFmpeg stands in no scanner's list: its version is compared with the least
that has no known hole for us.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import imageio_ffmpeg

LEAST_FFMPEG = (8, 1, 2)
"""CVE-2026-8461, a crafted MagicYUV stream, is mended in it."""

REQUIREMENTS = Path(__file__).resolve().parents[1] / "worker" / "requirements.txt"


def main() -> int:
    """Scan. Returns 0 nothing found, 1 something was found, 2 nothing here could look."""
    parser = argparse.ArgumentParser(prog="python -m tools.scan", description=__doc__)
    parser.add_argument("sbom", type=Path, help="the image's CycloneDX document")
    parser.add_argument("--pip-audit", type=Path, required=True, help="the pip-audit to use where there is no better")
    options = parser.parse_args()
    codes = [ffmpeg(), packages(options.sbom, options.pip_audit)]
    return max(codes)


def ffmpeg() -> int:
    """Compare the bundled FFmpeg's version."""
    version = re.search(r"-v(\d+(?:\.\d+)*)", Path(imageio_ffmpeg.get_ffmpeg_exe()).name)
    if version is None:
        print("ffmpeg: its version is not in its name any more; mend tools/scan.py.")
        return 2
    is_fine = tuple(map(int, version[1].split("."))) >= LEAST_FFMPEG
    print(f"ffmpeg {version[1]}: {'fine' if is_fine else 'too old'}, {'.'.join(map(str, LEAST_FFMPEG))} is the least.")
    return 0 if is_fine else 1


def packages(sbom: Path, pip_audit: Path) -> int:
    """Look packages up, by the best scanner there is."""
    if shutil.which("trivy"):
        return _run(["trivy", "sbom", "--exit-code", "1", "--ignore-unfixed", str(sbom)])
    if shutil.which("grype"):
        return _run(["grype", f"sbom:{sbom}", "--fail-on", "low", "--only-fixed"])
    debian = sum(item["purl"].startswith("pkg:deb/") for item in json.loads(sbom.read_text("utf-8"))["components"])
    print(f"Neither trivy nor grype is installed: the image's {debian} Debian packages are not looked at.")
    return _python_packages(pip_audit)


def _python_packages(pip_audit: Path) -> int:
    """pip-audit, which calls a package that it could not look up fine; here it isn't."""
    command = [str(pip_audit), "--requirement", str(REQUIREMENTS), "--progress-spinner", "off", "--format", "json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if not done.stdout.startswith("{"):
        return 2  # it has said why
    found = json.loads(done.stdout)["dependencies"]
    unknown = [package["name"] for package in found if "skip_reason" in package]
    holes = [(package, hole) for package in found for hole in package.get("vulns", [])]
    for package, hole in holes:
        fixed = ", ".join(hole["fix_versions"]) or "no version yet"
        print(f"{package['name']} {package['version']}: {hole['id']}, mended in {fixed}")
    if unknown:
        print(f"{len(unknown)} of {len(found)} Python packages could not be looked up: {', '.join(unknown)}.")
    print(f"{len(holes)} known vulnerabilities in {len(found) - len(unknown)} Python packages.")
    return 1 if holes else 2 if unknown else 0


def _run(command: list[str]) -> int:
    code = subprocess.run(command, check=False).returncode
    return min(code, 2)


if __name__ == "__main__":
    sys.exit(main())
