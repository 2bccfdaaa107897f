"""`make image`, with a stub of Docker on the PATH."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_docker_builds_one_manifest(tmp_path: Path) -> None:
    """A statement of provenance would make it an index of two, and the registry count two images."""
    docker = tmp_path / "docker"
    docker.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\n', encoding="utf-8")
    docker.chmod(0o755)
    path = os.pathsep.join([str(tmp_path), os.environ["PATH"]])
    command = [sys.executable, "-m", "tools.image", "build", "--native", "--tag", "v1"]
    subprocess.run(command, cwd=ROOT, env=os.environ | {"PATH": path}, check=True, capture_output=True)
    _, build = (tmp_path / "calls").read_text(encoding="utf-8").splitlines()
    assert build.startswith("build --provenance=false --file ")


OF_TOOLS = {
    *("TERRAFORM", "TERRAFORM_BINARY_NAME", "CDK", "PATH"),
    *("TF_CLI_CONFIG_FILE", "TF_IN_AUTOMATION", "CHECKPOINT_DISABLE", "PIP_DISABLE_PIP_VERSION_CHECK"),
}
"""What the Makefile exports for tools: tests that it starts have it too."""


def test_a_test_sees_nothing_else_of_the_make_that_started_it() -> None:
    """Else `make test` would test another shell than `pytest` does: one that names an environment, or a job server."""
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    exported = {word for line in lines if line.startswith("export ") for word in line.split(":=")[0].split()[1:]}
    assert "ENV" in exported
    made = {name for name in os.environ if name.startswith(("MAKE", "MFLAGS"))}
    assert (exported & set(os.environ)) - OF_TOOLS | made == set()


TAGS = ["v1||touch${IFS}made", "$(shell touch made)", "v1'; touch made; '", "`touch made`", "-v1"]


@pytest.mark.slow
@pytest.mark.parametrize("tag", TAGS)
def test_a_tag_is_never_run(tag: str, tmp_path: Path) -> None:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    exported = [line for line in lines if line.startswith(("export IMAGE_TAG", "unexport TAG"))]
    recipe = next(line for line in lines if "tools.image build" in line)
    stub = f"{sys.executable} -c 'import sys; print(sys.argv[1:])'"
    rule = recipe.replace("$(BIN)/python -m tools.image", stub)
    (tmp_path / "Makefile").write_text("\n".join([*exported, "image:", rule, ""]), encoding="utf-8")
    done = subprocess.run(["make", "image", f"TAG={tag}"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(["build", "--tag", tag])
    assert not (tmp_path / "made").exists()

    command = [sys.executable, "-m", "tools.image", "build", f"--tag={tag}"]
    refused = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "is no image tag" in refused.stderr
    assert "Traceback" not in refused.stderr
