"""An image's file system, run as Fargate runs it: as the image's user, root read-only, /tmp to write, nothing else.

Without a container engine: a mount namespace and chroot, for which root is needed.
"""

import json
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.image import description

ENTER = """
root=$1 tmp=$2 user=$3; shift 3
mount --bind "$root" "$root" && mount -o remount,bind,ro "$root" && mount --bind "$tmp" "$root/tmp" &&
mount --rbind /proc "$root/proc" && mount --rbind /dev "$root/dev" || exit 125
exec chroot --userspec="$user" --groups= "$root" /usr/bin/python -I -S "$@"
"""

BECOME = """
import json, os, sys
workdir, variables, *command = sys.argv[1:]
os.chdir(workdir)
os.execvpe(command[0], command, json.loads(variables))
"""
"""Replaces `env -C`, which the image doesn't have: change folder and environment, then exec the program."""


@dataclass(frozen=True)
class Container:
    """A root file system, the image's configuration, and the folder used as its /tmp."""

    root: Path
    config: Mapping[str, Any]
    tmp: Path

    def command(self, *arguments: str, environment: Mapping[str, str] | None = None) -> list[str]:
        """The command line that runs `arguments` instead of the image's command, after its entry point."""
        return self.inside([*self.config["Entrypoint"], *arguments], environment or {})

    def run(self, *arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run the image with `arguments` to its end."""
        command = self.command(*arguments, environment=environment)
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def python(self, code: str) -> str:
        """The output of a line of Python inside the image."""
        done = subprocess.run(self.inside(["python", "-c", code], {}), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def inside(self, arguments: list[str], environment: Mapping[str, str]) -> list[str]:
        """The command line that runs a command inside the image."""
        variables = dict(entry.split("=", 1) for entry in self.config["Env"]) | dict(environment)
        place = [str(self.root), str(self.tmp), self.config["User"]]
        become = ["-c", BECOME, self.config["WorkingDir"], json.dumps(variables)]
        return ["unshare", "--mount", "sh", "-c", ENTER, "container", *place, *become, *arguments]


def configuration(archive: Path) -> dict[str, Any]:
    """An image's configuration: user, entry point, environment, labels, health check."""
    with tarfile.open(archive) as image:
        file = image.extractfile(description(image)["Config"])
        assert file is not None
        config: dict[str, Any] = json.load(file)["config"]
    return config
