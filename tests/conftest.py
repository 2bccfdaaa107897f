"""Settings of every test, and the fast set: the tests that start no process and no server.

A test is slow if its file is in one of `SLOW_FOLDERS`, if it uses one of `SLOW_FIXTURES`, or if it is marked `slow`.
Every other test is fast. A fast test that starts a process or listens on a socket fails: so the fast set can't become
slow unnoticed. `make test-fast` runs it.
"""

import os
import sys
from collections.abc import Generator
from pathlib import Path

import hypothesis
import pytest

REPOSITORY = Path(__file__).parents[1]

# Generation time depends on the machine's load, which says nothing about the code.
hypothesis.settings.register_profile(
    "house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.load_profile("house")

# As the Makefile sets them, so that pytest alone does too.
if (REPOSITORY / ".build" / "terraform.rc").exists():
    os.environ["TF_CLI_CONFIG_FILE"] = str(REPOSITORY / ".build" / "terraform.rc")
os.environ.setdefault("CHECKPOINT_DISABLE", "1")

# Terraform and its provider end within seconds: what they collect of their garbage costs a fifth of a plan's CPU time.
os.environ |= {"GOGC": "off", "GOMEMLIMIT": "1GiB"}

# Tests start from a shell that names no environment and runs below no make, also where `make test` started them.
for name in ("ENV", "IMAGE_TAG", "TERRAFORM_VARS", "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES"):
    os.environ.pop(name, None)

SLOW_FOLDERS = frozenset(
    {"attacks", "cdktn", "chaos", "e2e", "embedded", "footage", "golden", "image", "infra", "second", "worker"}
)
"""Folders below tests/ whose tests start servers, workers, FFmpeg, Chromium or Terraform, or fuzz for a minute."""

LONGEST = (
    "e2e/test_ways_in.py",
    "chaos/test_named_faults.py",
    "worker/test_consume.py",
    "e2e/test_spine.py",
    "chaos/test_outages.py",
    "e2e/",
    "chaos/",
    "worker/",
    "attacks/",
)
"""Files, and folders of files, that take longest, in the order in which they begin. Begun last, they would end long
after all others: a file runs in one process. Deployments and faults mostly wait, so one of each begins beside tests
that render, and not three of a kind."""

SLOW_FIXTURES = frozenset({"aws", "github", "stack", "stacks"})
"""Fixtures that start a server or synthesise a stack."""

STARTS = {
    "os.exec": "replaces the process",
    "os.fork": "forks",
    "os.posix_spawn": "starts a process",
    "socket.bind": "listens on a socket",
    "subprocess.Popen": "starts a process",
}
"""What a fast test doesn't do, by audit event. https://docs.python.org/3/library/audit_events.html"""

_is_guarded = False


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if _is_guarded and event in STARTS:
        raise AssertionError(f"A fast test {STARTS[event]}: {arguments[:2]}. Mark it with pytest.mark.slow.")


sys.addaudithook(_refuse)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the slow tests, and put the longest first."""
    for item in items:
        if _folder(item) in SLOW_FOLDERS or SLOW_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    """The place in `LONGEST` of a test's file, or else of its folder."""
    file = item.path.relative_to(REPOSITORY / "tests").as_posix()
    return next((place for place, start in enumerate(LONGEST) if file.startswith(start)), len(LONGEST))


def _folder(item: pytest.Item) -> str:
    """The folder below tests/."""
    return item.path.relative_to(REPOSITORY / "tests").parts[0]


def _guarded(item: pytest.Item) -> Generator[None, None, None]:
    """Refuse processes and servers while a fast test's fixtures are built, or the test itself runs."""
    global _is_guarded  # noqa: PLW0603 - an audit hook can't be removed, so a flag switches it
    _is_guarded = item.get_closest_marker("slow") is None
    try:
        return (yield)
    finally:
        _is_guarded = False


pytest_runtest_setup = pytest.hookimpl(wrapper=True)(_guarded)
pytest_runtest_call = pytest.hookimpl(wrapper=True)(_guarded)
