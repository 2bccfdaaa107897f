"""Python packages and base images are named by their digests. (Actions: tests/workflows.)"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;#\\]+)", re.MULTILINE)

LOCKS = {
    "constraints.txt": ["requirements.txt", "requirements-dev.txt", "ops/requirements.txt", "worker/requirements.txt"],
    "worker/requirements.lock": ["worker/requirements.txt"],
    **{
        f"{name}.lock": [f"{name}.txt"]
        for name in (
            "benchmarks/moviepy-requirements",
            "tests/second/requirements",
            "tools/cdktn-requirements",
            "tools/policy-requirements",
            "tools/scan-requirements",
        )
    },
}
"""Each list that pip installs, and the lists of requirements that it pins."""

NO_DIGEST = {"${BASE_IMAGE}"}
"""Base images without a digest. The stages of Debian's image install its latest packages by apt, which verifies their
signatures; none of the image's own files gets into ours but the CA certificates."""


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def pins(path: str) -> dict[str, str]:
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in PACKAGE.findall(read(path))}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_has_hashes(lock: str) -> None:
    entries = re.split(r"\n(?=[^\s#])", "\n" + re.sub(r"^#.*\n", "", read(lock), flags=re.MULTILINE).strip())
    entries = [entry for entry in entries if entry.strip()]
    assert len(entries) == len(pins(lock)) > 0
    for entry in entries:
        assert re.fullmatch(r"\S+==\S+( ;[^\\]+)? \\\n(    --hash=sha256:[0-9a-f]{64}( \\\n)?)+", entry), entry


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_the_versions_that_are_required(lock: str) -> None:
    for requirements in LOCKS[lock]:
        assert pins(requirements).items() <= pins(lock).items()


def test_every_list_of_requirements_has_a_lock() -> None:
    lists = {
        path.relative_to(ROOT).as_posix()
        for pattern in ("*requirements*.txt", "*/*requirements*.txt", "tests/*/*requirements*.txt")
        for path in ROOT.glob(pattern)
        if not {".venv", ".build", "node_modules"}.intersection(path.relative_to(ROOT).parts)
    }
    assert lists == {path for paths in LOCKS.values() for path in paths}


def test_pip_installs_only_what_a_lock_names() -> None:
    installed = [line for line in read("Makefile").splitlines() if "pip install" in line]
    assert len(installed) > 5
    for line in installed:
        found = re.search(r"--require-hashes --requirement (\S+)", line)
        assert "--no-deps --editable ." in line or (found is not None and found[1] in LOCKS), line
    assert '"--require-hashes", "-r"' in read("tools/rootfs/packages.py")
    assert "worker/requirements.lock" in LOCKS


def test_every_base_image_has_a_digest_or_a_reason() -> None:
    text = read("worker/Dockerfile")
    stages = {"scratch", *re.findall(r"^FROM .* AS (\w+)$", text, re.MULTILINE)}
    bases = set(re.findall(r"^FROM (?:--\S+ )*(\S+)", text, re.MULTILINE))
    assert {base for base in bases - stages if "@sha256:" not in base} == NO_DIGEST
