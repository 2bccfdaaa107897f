"""Set-up: missing prerequisites are named, and the provider is found without the registry."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import provider

ROOT = Path(__file__).parents[2]


def prerequisites(**environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tools" / "prerequisites.py")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_nothing_is_missing_here() -> None:
    done = prerequisites(**os.environ)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_each_missing_prerequisite_is_one_line_with_its_remedy(tmp_path: Path) -> None:
    done = prerequisites(PATH=str(tmp_path))
    lines = done.stderr.splitlines()
    assert done.returncode == 1
    assert all(line.startswith("missing: ") for line in lines)
    assert any("Node >= 20" in line and "nodejs.org" in line for line in lines)
    assert any("Terraform >= 1.10" in line and "hashicorp.com/terraform/install" in line for line in lines)


@pytest.mark.slow
@pytest.mark.parametrize(("version", "found"), [("1.9.8", False), ("1.10.0", True), ("1.11.4", True)])
def test_terraform_selects_another_binary(tmp_path: Path, version: str, *, found: bool) -> None:
    binary = tmp_path / "my-terraform"
    binary.write_text(f"#!/bin/sh\necho Terraform v{version}\n")
    binary.chmod(0o755)
    done = prerequisites(**{**os.environ, "TERRAFORM": str(binary)})
    assert (done.returncode == 0) is found
    assert found or str(binary) in done.stderr


def test_a_mirror_below_home_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(provider, "SEARCHED_TREES", ("~",))
    monkeypatch.setattr(provider, "USUAL_PLACES", ("~/.terraform.d/plugins",))
    assert provider.find_mirror() is None
    (tmp_path / "somewhere" / "plugins" / "registry.terraform.io" / "hashicorp" / "aws" / "5.100.0").mkdir(parents=True)
    assert provider.find_mirror() == tmp_path / "somewhere" / "plugins"


def test_without_registry_and_mirror_a_sentence_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(provider, "registry_answers", lambda: False)
    monkeypatch.setattr(provider, "find_mirror", lambda: None)
    monkeypatch.setattr(sys, "argv", ["provider", str(tmp_path / "terraform.rc")])
    assert provider.main() == 1
    assert "can't be reached" in capsys.readouterr().err
    assert not (tmp_path / "terraform.rc").exists()


@pytest.mark.parametrize(("reachable", "expected"), [(True, "plugin_cache_dir"), (False, "filesystem_mirror")])
def test_the_configuration_that_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expected: str, *, reachable: bool
) -> None:
    monkeypatch.setattr(provider, "registry_answers", lambda: reachable)
    monkeypatch.setattr(provider, "find_mirror", lambda: tmp_path)
    monkeypatch.setattr(sys, "argv", ["provider", str(tmp_path / "terraform.rc")])
    assert provider.main() == 0
    assert expected in (tmp_path / "terraform.rc").read_text()
