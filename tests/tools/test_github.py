"""tools.github, as a process, against a GitHub on loopback."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
MARKER = "<!-- hospup-video plan-review prod -->"


class GitHubServer:
    """Issues and comments, as the REST API keeps them."""

    def __init__(self) -> None:
        self.comments: list[dict[str, Any]] = []
        self.issues: list[dict[str, Any]] = []
        self.pulls: list[dict[str, Any]] = []
        self.requests: list[tuple[str, str]] = []
        self.refuse = False
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else {}
                outer.requests.append((self.command, self.path))
                status, content = outer.handle(self.command, self.path, body, self.headers)
                data = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PATCH = answer  # noqa: N815 - http.server's names

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def handle(self, method: str, path: str, body: dict[str, Any], headers: Any) -> tuple[int, Any]:
        if self.refuse or headers["Authorization"] != "Bearer t0ken":
            return 403, {"message": "Resource not accessible by integration"}
        if path.endswith("/pulls"):
            return 200, self.pulls
        path, _, query = path.removeprefix("/repos/hospup/video/").partition("?")
        items = self.comments if path.endswith("comments") or path.startswith("issues/comments") else self.issues
        if method == "GET":
            page = int((re.search(r"\bpage=(\d+)", query) or [0, 1])[1])
            shown = [item for item in items if item.get("state", "open") == "open"]
            return 200, shown[(page - 1) * 100 : page * 100]
        if method == "POST":
            number = len(items) + 1
            item = {"id": number, "number": number, "user": {"type": "Bot"}, "html_url": f"http://x/{number}", **body}
            items.append(item)
            return 201, item
        item = next(item for item in items if item["id"] == int(path.rpartition("/")[2]))
        item.update(body)
        return 200, item


@pytest.fixture
def github() -> Iterator[GitHubServer]:
    fake = GitHubServer()
    Thread(target=fake.server.serve_forever, daemon=True).start()
    yield fake
    fake.server.shutdown()
    fake.server.server_close()


def call(github: GitHubServer | None, *arguments: str) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "GITHUB_REPOSITORY": "hospup/video", "GITHUB_TOKEN": "t0ken", "NO_PROXY": "127.0.0.1"}
    variables["GITHUB_API_URL"] = f"http://127.0.0.1:{github.server.server_port}" if github else "http://127.0.0.1:9"
    command = [sys.executable, "-m", "tools.github", *arguments]
    return subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "prod.md"
    path.write_text(f"{MARKER}\nfirst\n", encoding="utf-8")
    return path


def test_one_comment_an_environment(github: GitHubServer, file: Path, tmp_path: Path) -> None:
    other = tmp_path / "dev.md"
    other.write_text("<!-- hospup-video plan-review dev -->\nof dev\n", encoding="utf-8")
    assert call(github, "comment", "--number", "7", str(file), str(other)).returncode == 0
    file.write_text(f"{MARKER}\nsecond: é\n", encoding="utf-8")
    done = call(github, "comment", "--number", "7", str(file))
    assert done.returncode == 0, done.stderr
    assert done.stdout == "http://x/1\n"
    assert [item["body"] for item in github.comments] == [
        f"{MARKER}\nsecond: é\n",
        "<!-- hospup-video plan-review dev -->\nof dev\n",
    ]
    assert all("/issues/" in path for _, path in github.requests)


def test_the_same_again_writes_nothing(github: GitHubServer, file: Path) -> None:
    for _ in range(2):
        assert call(github, "comment", "--number", "7", str(file)).returncode == 0
    assert [method for method, _ in github.requests] == ["GET", "POST", "GET"]


def test_a_comment_on_a_later_page_is_found(github: GitHubServer, file: Path) -> None:
    github.comments = [
        {"id": number, "user": {"type": "User"}, "body": "chat", "html_url": ""} for number in range(1, 151)
    ]
    github.comments[140] |= {"user": {"type": "Bot"}, "body": f"{MARKER}\nold", "html_url": "http://x/found"}
    done = call(github, "comment", "--number", "7", str(file))
    assert done.stdout == "http://x/found\n"
    assert len(github.comments) == 150


def test_people_who_quote_the_marker_keep_their_comments(github: GitHubServer, file: Path) -> None:
    theirs = [
        {"id": 1, "user": {"type": "User"}, "body": f"{MARKER}\nmine", "html_url": ""},
        {"id": 2, "user": {"type": "Bot"}, "body": f"> {MARKER}\n{MARKER}", "html_url": ""},
    ]
    github.comments = [dict(item) for item in theirs]
    assert call(github, "comment", "--number", "7", str(file)).returncode == 0
    assert github.comments[:2] == theirs
    assert len(github.comments) == 3


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files that tools.reviewed writes for an environment."""
    path = tmp_path / "drift-prod"
    path.mkdir()
    return path


def found(folder: Path, *, empty: bool, summary: str = "no changes") -> Path:
    """Write a review."""
    review = {"environment": "prod", "empty": empty, "summary": summary}
    (folder / "review.json").write_text(json.dumps(review), encoding="utf-8")
    (folder / "comment.md").write_text(f"{MARKER}\n{summary}\n", encoding="utf-8")
    return folder


def test_an_issue_is_opened_kept_up_and_closed(github: GitHubServer, folder: Path) -> None:
    for summary in ("1 to change", "2 to change"):
        assert call(github, "drift", str(found(folder, empty=False, summary=summary))).returncode == 0
    assert [(item["title"], item["body"]) for item in github.issues] == [
        ("Drift in prod: 2 to change", f"{MARKER}\n2 to change\n")
    ]
    assert call(github, "drift", str(found(folder, empty=True))).stdout == "drift-prod: http://x/1\n"
    assert github.issues[0]["state"] == "closed"
    # The second time there is none to close, and the next drift opens a new one.
    assert call(github, "drift", str(found(folder, empty=True))).stdout == "drift-prod: nothing to tell\n"
    assert call(github, "drift", str(found(folder, empty=False, summary="1 to change"))).returncode == 0
    assert len(github.issues) == 2


def test_a_pull_request_is_no_issue(github: GitHubServer, folder: Path) -> None:
    request = {"id": 1, "number": 1, "user": {"type": "Bot"}, "body": f"{MARKER}\nx", "pull_request": {}}
    github.issues = [request]
    assert call(github, "drift", str(found(folder, empty=True))).stdout == "drift-prod: nothing to tell\n"
    assert "state" not in request


def test_a_commits_labels(github: GitHubServer) -> None:
    github.pulls = [{"labels": [{"name": "urgent"}, {"name": "allow-data-loss"}]}, {"labels": [{"name": "urgent"}]}]
    done = call(github, "labels", "--commit", "0a1b2c3")
    assert json.loads(done.stdout) == ["allow-data-loss", "urgent"]
    assert github.requests == [("GET", "/repos/hospup/video/commits/0a1b2c3/pulls")]


def test_what_is_no_review(github: GitHubServer, tmp_path: Path) -> None:
    for text in ("{}", "no json"):
        (tmp_path / "review.json").write_text(text, encoding="utf-8")
        (tmp_path / "comment.md").write_text(f"{MARKER}\n", encoding="utf-8")
        done = call(github, "drift", str(tmp_path))
        assert done.returncode == 2
        assert "no review of a plan" in done.stderr


def test_refusals_are_told(github: GitHubServer, file: Path, tmp_path: Path) -> None:
    github.refuse = True
    done = call(github, "comment", "--number", "7", str(file))
    assert done.returncode == 1
    assert "GitHub answers 403" in done.stderr
    assert "t0ken" not in done.stderr
    unreachable = call(None, "comment", "--number", "7", str(file))
    assert unreachable.returncode == 1
    assert "can't be reached" in unreachable.stderr
    plain = tmp_path / "plain.md"
    plain.write_text("no marker\n", encoding="utf-8")
    assert "is no marker" in call(github, "comment", "--number", "7", str(plain)).stderr
