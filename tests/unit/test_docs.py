"""What documents name must be there: targets of make, files that they link to, resources that they import."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, section = target.partition("#")
        if "://" in target:
            continue
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), f"{page.name} links to {target}"
        if section and linked.suffix == ".md":
            assert section in anchors(linked), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_targets_of_make_exist(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    known = set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))
    for line in re.findall(r"(?:^\s*|`)make ([a-z][a-z -]*)", page.read_text(encoding="utf-8"), flags=re.MULTILINE):
        assert set(line.split()) <= known, f"{page.name}: make {line}"


def test_what_is_taken_over_from_the_old_stack_is_what_holds_data() -> None:
    text = (ROOT / "docs" / "migrating.md").read_text(encoding="utf-8")
    imported = dict(re.findall(r'to = (\S+)\n  id = "(?:https://sqs\S+/ACCOUNT/)?([^"]+)"', text))
    assert imported == {
        "aws_sqs_queue.jobs": "hospup-video-jobs",
        "aws_sqs_queue.dead_letters": "hospup-video-jobs-dlq",
        "aws_ecr_repository.worker": "hospup-ffmpeg-worker",
    }
    reviewed = (ROOT / "tests" / "infra" / "snapshots" / "prod.json").read_text(encoding="utf-8")
    for address, name in imported.items():
        assert f'"{address.partition(".")[2]}"' in reviewed
        assert f'"{name}"' in reviewed


def anchors(page: Path) -> set[str]:
    """The sections that GitHub gives a page."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
