"""Writes to GitHub from workflows: one comment per environment on a pull request, one issue per drifted environment.

`python -m tools.github comment --number 12 FILE…` writes each file into the pull request's comment that begins with the
same first line, or creates one. The first line of a file is its marker, an HTML comment. `python -m tools.github drift
FOLDER…` does so with an issue per folder that tools.reviewed wrote, or closes the issue if nothing differs. `python -m
tools.github labels --commit SHA` prints the labels of the pull request that a commit came from.

GitHub's runners set GITHUB_TOKEN, GITHUB_REPOSITORY and GITHUB_API_URL.
"""

import argparse
import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAGE = 100
"""Comments or issues per page, GitHub's maximum."""


class GitHubError(Exception):
    """A request to GitHub failed; the message says which and why."""


@dataclass(frozen=True)
class GitHub:
    """A repository in GitHub's REST API.

    Params:
        api: `https://api.github.com`.
        repository: `owner/name`.
        token: the workflow's.
    """

    api: str
    repository: str
    token: str

    def request(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's JSON. Raises GitHubError."""
        request = urllib.request.Request(  # noqa: S310 - the runner's own API URL
            f"{self.api}/repos/{self.repository}/{path}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            reason = error.read().decode(errors="replace")[:500]
            raise GitHubError(f"GitHub answers {error.code} to {method} {path}: {reason}") from error
        except (urllib.error.URLError, TimeoutError) as error:
            raise GitHubError(f"GitHub can't be reached at {self.api}: {error}") from error

    def every(self, path: str) -> Iterator[dict[str, Any]]:
        """All items of a list, page by page."""
        separator = "&" if "?" in path else "?"
        page = 1
        while items := self.request("GET", f"{path}{separator}per_page={PAGE}&page={page}"):
            yield from items
            if len(items) < PAGE:
                return
            page += 1


def comment(github: GitHub, number: int, body: str) -> str:
    """Write a text into the pull request's comment with the same marker, or create one. Returns its address."""
    found = _ours(github.every(f"issues/{number}/comments"), body)
    if found is None:
        return str(github.request("POST", f"issues/{number}/comments", {"body": body})["html_url"])
    if found["body"].strip() == body.strip():
        return str(found["html_url"])
    return str(github.request("PATCH", f"issues/comments/{found['id']}", {"body": body})["html_url"])


def labels(github: GitHub, commit: str) -> list[str]:
    """The labels of the pull requests that a commit came from."""
    pulls = github.request("GET", f"commits/{commit}/pulls")
    return sorted({label["name"] for pull in pulls for label in pull["labels"]})


def drift(github: GitHub, folder: Path) -> str:
    """Report drift by the review in a folder. Returns the issue's address; empty if there is no drift."""
    review = json.loads((folder / "review.json").read_text(encoding="utf-8"))
    body = (folder / "comment.md").read_text(encoding="utf-8")
    if review["empty"]:
        return close(github, body)
    return issue(github, f"Drift in {review['environment']}: {review['summary']}", body)


def issue(github: GitHub, title: str, body: str) -> str:
    """Write a text into the open issue with the same marker, or open one. Returns its address."""
    found = _ours(github.every("issues?state=open"), body)
    content = {"title": title, "body": body}
    if found is None:
        return str(github.request("POST", "issues", content)["html_url"])
    return str(github.request("PATCH", f"issues/{found['number']}", content)["html_url"])


def close(github: GitHub, body: str) -> str:
    """Close the open issue with the same marker. Returns its address; empty if there is none."""
    found = _ours(github.every("issues?state=open"), body)
    if found is None:
        return ""
    closed = github.request("PATCH", f"issues/{found['number']}", {"state": "closed", "state_reason": "completed"})
    return str(closed["html_url"])


def _ours(items: Iterator[dict[str, Any]], body: str) -> dict[str, Any] | None:
    """The first item that begins with the text's marker and was written by a workflow: people can quote a marker."""
    marker = _marker(body)
    for item in items:
        ours = (item.get("user") or {}).get("type") == "Bot" and "pull_request" not in item
        if ours and (item.get("body") or "").startswith(f"{marker}\n"):
            return item
    return None


def _marker(body: str) -> str:
    first = body.partition("\n")[0]
    if not (first.startswith("<!-- ") and first.endswith(" -->")):
        raise GitHubError("The text's first line is no marker: it must be an HTML comment, <!-- … -->.")
    return first


def main() -> int:
    """Run the command line. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commenting = commands.add_parser("comment")
    commenting.add_argument("--number", type=int, required=True, help="of the pull request")
    commenting.add_argument("files", nargs="+", type=Path)
    drifting = commands.add_parser("drift")
    drifting.add_argument("folders", nargs="+", type=Path)
    labelling = commands.add_parser("labels")
    labelling.add_argument("--commit", required=True)
    options = parser.parse_args()
    missing = [name for name in ("GITHUB_REPOSITORY", "GITHUB_TOKEN") if name not in os.environ]
    if missing:
        print(f"{' and '.join(missing)} must be set: this runs in a GitHub workflow.", file=sys.stderr)
        return 2
    api = os.environ.get("GITHUB_API_URL", "https://api.github.com")
    try:
        run(GitHub(api, os.environ["GITHUB_REPOSITORY"], os.environ["GITHUB_TOKEN"]), options)
    except (GitHubError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except (KeyError, ValueError) as error:
        print(f"That is no review of a plan: {error!r}.", file=sys.stderr)
        return 2
    return 0


def run(github: GitHub, options: argparse.Namespace) -> None:
    """Run the chosen subcommand."""
    if options.command == "labels":
        print(json.dumps(labels(github, options.commit)))
    elif options.command == "drift":
        for folder in options.folders:
            print(f"{folder.name}: {drift(github, folder) or 'nothing to tell'}")
    else:
        for file in options.files:
            print(comment(github, options.number, file.read_text(encoding="utf-8")))


if __name__ == "__main__":
    sys.exit(main())
