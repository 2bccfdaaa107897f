"""`make scan`: looks for known vulnerabilities in the image.

trivy or grype, if one is installed, checks the packages of Debian and of Python. pip-audit, which the Makefile
installs, checks only Python's. No scanner finds FFmpeg: its version is compared with the oldest one without a known
vulnerability that concerns a worker.
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
"""Oldest accepted FFmpeg: the first with a fix for CVE-2026-8461, a crafted MagicYUV stream."""

REQUIREMENTS = Path(__file__).resolve().parents[1] / "worker" / "requirements.txt"


def main() -> int:
    """Scan. Returns 0 if nothing was found, 1 if something was found, 2 if no scanner could run."""
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
    """Scan packages by the best installed scanner."""
    if shutil.which("trivy"):
        return _run(["trivy", "sbom", "--exit-code", "1", "--ignore-unfixed", str(sbom)])
    if shutil.which("grype"):
        return _run(["grype", f"sbom:{sbom}", "--fail-on", "low", "--only-fixed"])
    debian = sum(item["purl"].startswith("pkg:deb/") for item in json.loads(sbom.read_text("utf-8"))["components"])
    print(f"Neither trivy nor grype is installed: the image's {debian} Debian packages are not looked at.")
    return _python_packages(pip_audit)


def _python_packages(pip_audit: Path) -> int:
    """Run pip-audit. A package that it could not look up counts as a failure here."""
    command = [str(pip_audit), "--requirement", str(REQUIREMENTS), "--progress-spinner", "off", "--format", "json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if not done.stdout.startswith("{"):
        return 2  # pip-audit has printed why
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
