"""What documents name exists: links, paths, targets of make, metrics, codes, resources; and the README's job renders.

Numbers: test_docs_numbers.py. Commands: tests/ops/test_documents.py.
"""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import pytest

from embedded.footage import CLIPS
from tests.unit.test_architecture import ROOMS
from tools.schema import CONTRACT, with_tables
from worker.job import MEANINGS, WARNING_MEANINGS, MessageBody, parse_message
from worker.telemetry.metrics import METRICS

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [
        ROOT / "README.md",
        *(ROOT / name for name in ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")),
        *(ROOT / "docs").rglob("*.md"),
    ]
)
PRESENT = [page for page in PAGES if page.name != "CHANGELOG.md" and page.parent.name not in {"decisions", "history"}]
"""Pages about the present state; the others may name files and metrics of the past."""

FOLDERS = {path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()} | {
    ".github",
    "docs",
    "environments",
    "examples",
    "tests",
}
"""Folders at the top of the repository whose paths the pages name."""

PLACEHOLDER = re.compile(r"\b[A-Z]{3,}\.(py|json)$")
"""`ops/commands/NOUN.py`: a name that the reader replaces."""


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


def test_where_to_find_answers_its_questions() -> None:
    text = (ROOT / "docs" / "design" / "architecture.md").read_text(encoding="utf-8")
    section = text.partition("## Where to find")[2].partition("\n## ")[0]
    questions = re.findall(r"^\| ([^|]+\?) \| `([^`]+)`[^|]*", section, flags=re.MULTILINE)
    assert len(questions) >= 20
    assert all((ROOT / path).is_file() for _, path in questions)


@pytest.mark.parametrize("page", PRESENT, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_paths_in_backticks_exist(page: Path) -> None:
    for path in paths(page):
        assert any(ROOT.glob(path)), f"{page.name} names {path}"


def paths(page: Path) -> Iterator[str]:
    """Repository paths in a page's inline code; `tests/x.py:NAME` counts without the name."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for code in re.findall(r"`([^`\n]+)`", text):
        for word in code.split():
            path = word.partition("=")[2].partition(":")[0] if "=" in word else word.partition(":")[0]
            if re.fullmatch(r"[\w.*/-]+", path) and path.partition("/")[0] in FOLDERS and not PLACEHOLDER.search(path):
                yield path.rstrip("/")


@pytest.mark.parametrize("page", PRESENT, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_metrics_exist(page: Path) -> None:
    beginnings = "|".join({re.match(r"[A-Z][a-z]+", name)[0] for name in METRICS})  # type: ignore[index]
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    found = set(re.findall(rf"(?<![\w.:/-])(?:{beginnings})(?:[A-Z][a-z]+)+\b", text))
    assert found - classes() <= set(METRICS), page.name


def classes() -> set[str]:
    """Names of the worker's classes."""
    return {
        name
        for path in (ROOT / "worker").rglob("*.py")
        for name in re.findall(r"^class (\w+)", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    }


def test_tables_of_codes_are_those_of_the_code() -> None:
    page = (ROOT / CONTRACT).read_text(encoding="utf-8")
    assert with_tables(page) == page
    for name, meanings in (("error codes", MEANINGS), ("warning codes", WARNING_MEANINGS)):
        table = page.partition(f"<!-- {name} -->")[2].partition(f"<!-- /{name} -->")[0]
        assert re.findall(r"^\| `(\w+)`", table, flags=re.MULTILINE) == [str(code) for code in meanings]


@pytest.mark.parametrize("page", PRESENT, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_codes_exist(page: Path) -> None:
    known = {str(code) for code in (*MEANINGS, *WARNING_MEANINGS)}
    kinds = "|".join({code.partition("_")[0] for code in known if "_" in code})
    found = set(re.findall(rf"(?<!\w)(?:{kinds})_[A-Z_]+\b", page.read_text(encoding="utf-8")))
    assert found <= known | NOT_CODES, page.name


NOT_CODES = {
    "JOB_ID",
    "MEDIA_BUCKET",
    "MEDIA_BUCKETS",
    "MEDIA_ALLOWED_HOSTS",
    "WEBHOOK_SECRET",
    "WEBHOOK_ALLOWED_HOSTS",
}
"""A placeholder and environment variables that begin as a code does."""


def readme_job() -> str:
    """The job in the README."""
    (job,) = re.findall(r"^```json\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S)
    return str(job)


def test_the_readmes_job_is_short_and_uses_the_footage() -> None:
    parsed = parse_message(MessageBody(readme_job()))
    assert not parsed.warnings
    assert len(readme_job().splitlines()) <= 15
    sources = {clip["source"].rpartition("/")[2] for clip in json.loads(readme_job())["clips"]}
    assert sources <= {clip.name for clip in CLIPS}


@pytest.mark.slow
def test_the_readmes_job_renders_as_the_page_says(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (commands,) = re.findall(r"^```sh\n(.*?)^```", readme, flags=re.M | re.S)
    make, *typed = commands.replace(".build/media", f"{tmp_path}/media").splitlines()
    assert make == "make setup"
    (tmp_path / "job.json").write_text(readme_job(), encoding="utf-8")
    for command in typed:
        program, *arguments = shlex.split(command)
        assert program == ".venv/bin/python"
        arguments = [str(tmp_path / word) if word in {"job.json", "out.mp4"} else word for word in arguments]
        subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True)
    assert (tmp_path / "out.jpg").exists()
    with av.open(tmp_path / "out.mp4") as video:
        stream: Any = video.streams.video[0]
        made = f"{stream.width} x {stream.height} and {stream.frames / stream.average_rate} s long"
    assert made in readme


def test_every_page_is_in_the_index() -> None:
    index = ROOT / "docs" / "README.md"
    linked = {
        (index.parent / path).resolve() for path in re.findall(r"\]\(([^)#]+)\)", index.read_text(encoding="utf-8"))
    }
    pages = {page for page in (ROOT / "docs").rglob("*.md") if page.parent.name != "decisions"}
    assert pages - linked == {index}


def test_the_table_of_rooms_is_that_of_the_walls() -> None:
    text = (ROOT / "docs" / "design" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \| [^|]+ \| ([^|]*) \|$", text.split("<!-- rooms -->")[1], flags=re.MULTILINE)
    shown = {room: set(re.findall(r"`([^`]+)`", imports)) for room, imports in rows}
    assert shown == {room: set(imports.split()) for table in ROOMS.values() for room, imports in table.items()}


def test_what_is_taken_over_from_the_old_stack_is_what_holds_data() -> None:
    text = (ROOT / "docs" / "start" / "migrating.md").read_text(encoding="utf-8")
    queues = {"$QUEUE": "hospup-video-jobs", "$DEAD_LETTERS": "hospup-video-jobs-dlq"}
    imported = {address: queues.get(name, name) for address, name in re.findall(r'to = (\S+)\n  id = "([^"]+)"', text)}
    assert imported == {
        "aws_sqs_queue.jobs": "hospup-video-jobs",
        "aws_sqs_queue.dead_letters": "hospup-video-jobs-dlq",
        "aws_ecr_repository.worker": "hospup-ffmpeg-worker",
        "aws_cloudwatch_log_group.worker": "/ecs/hospup-ffmpeg-worker",
    }
    reviewed = (ROOT / "tests" / "infra" / "snapshots" / "prod.json").read_text(encoding="utf-8")
    for address, name in imported.items():
        assert f'"{address.partition(".")[2]}"' in reviewed
        assert f'"{name}"' in reviewed


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives a page's sections."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
