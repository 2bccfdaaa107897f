"""Finds the AWS provider, and writes a Terraform CLI configuration that points to it.

If the provider registry can be reached, Terraform downloads the provider once into a plugin cache. Otherwise an
unpacked provider tree in one of the usual folders is configured as a file system mirror.
https://developer.hashicorp.com/terraform/cli/config/config-file#provider-installation
"""

import argparse
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

REGISTRY = "registry.terraform.io"
PROVIDER = "hashicorp/aws"
REGISTRY_TIMEOUT_SECONDS = 5

USUAL_PLACES = (
    "~/.terraform.d/plugins",
    "~/.local/share/terraform/plugins",
    "/usr/local/share/terraform/plugins",
    "/usr/share/terraform/plugins",
)
"""Terraform's own mirror folders: https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories"""

SEARCHED_TREES = ("/opt", "/usr/share", "/usr/local/share", "~")
SEARCH_DEPTH = 4


def main() -> int:
    """Write the configuration to the path given. Returns 1, and prints why, if there is no provider."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path, help="the file to write")
    config: Path = parser.parse_args().config
    config.parent.mkdir(parents=True, exist_ok=True)
    if registry_answers():
        cache = config.parent.resolve() / "terraform-plugins"
        cache.mkdir(exist_ok=True)
        config.write_text(f'plugin_cache_dir = "{cache}"\nplugin_cache_may_break_dependency_lock_file = true\n')
        print("AWS provider: from the registry")
        return 0
    mirror = find_mirror()
    if mirror is None:
        print(
            f"The provider registry can't be reached, and no {REGISTRY}/{PROVIDER} tree was found in "
            f"{', '.join((*USUAL_PLACES, *SEARCHED_TREES))}: connect, or put one there (terraform providers mirror).",
            file=sys.stderr,
        )
        return 1
    config.write_text(
        "provider_installation {\n"
        f'  filesystem_mirror {{\n    path    = "{mirror}"\n    include = ["{REGISTRY}/{PROVIDER}"]\n  }}\n'
        f'  direct {{\n    exclude = ["{REGISTRY}/{PROVIDER}"]\n  }}\n'
        "}\n"
    )
    print(f"AWS provider: from the mirror in {mirror}")
    return 0


def registry_answers() -> bool:
    """Whether the provider registry can be reached."""
    try:
        with urllib.request.urlopen(
            f"https://{REGISTRY}/.well-known/terraform.json", timeout=REGISTRY_TIMEOUT_SECONDS
        ) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def find_mirror() -> Path | None:
    """The first folder with an unpacked tree of the provider."""
    for place in USUAL_PLACES:
        folder = Path(place).expanduser()
        if (folder / REGISTRY / PROVIDER).is_dir():
            return folder
    for tree in SEARCHED_TREES:
        for folder in _folders(Path(tree).expanduser(), SEARCH_DEPTH):
            if (folder / REGISTRY / PROVIDER).is_dir():
                return folder
    return None


def _folders(root: Path, depth: int) -> Iterator[Path]:
    """Folders below `root`, nearest first, at most `depth` levels down; unreadable folders are skipped."""
    level = [root]
    for _ in range(depth):
        yield from level
        level = [child for folder in level for child in _children(folder)]


def _children(folder: Path) -> list[Path]:
    try:
        return sorted(Path(entry) for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False))
    except OSError:
        return []


if __name__ == "__main__":
    sys.exit(main())
