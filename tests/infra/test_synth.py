"""Synthesis: deterministic, valid for Terraform, and refused for a wrong configuration."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.infra.stack import ROOT, Stack, copy, synthesise, terraform


def test_terraform_accepts_it(stack: Stack, tmp_path: Path) -> None:
    shutil.copy(stack.path, tmp_path)
    init = terraform(tmp_path, "init", "-backend=false", "-input=false")
    assert init.returncode == 0, init.stderr
    validate = terraform(tmp_path, "validate", "-json")
    assert json.loads(validate.stdout)["diagnostics"] == []


def test_python_main_writes_the_same_bytes(dev: Stack, tmp_path: Path) -> None:
    assert synthesise("dev", tmp_path).returncode == 0
    assert _files(tmp_path) == _files(dev.path.parents[2])


def test_cdktf_synth_writes_the_same_bytes(stack: Stack, tmp_path: Path) -> None:
    variables = {**os.environ, "ENV": stack.environment, "CI": "1", "CHECKPOINT_DISABLE": "1"}
    command = [str(ROOT / "node_modules" / ".bin" / "cdktf"), "synth", "--output", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert _files(tmp_path) == _files(stack.path.parents[2])


def test_cdktf_synth_hcl_is_valid_and_has_the_same_resources(tmp_path: Path, prod: Stack) -> None:
    variables = {**os.environ, "ENV": "prod", "CI": "1", "CHECKPOINT_DISABLE": "1"}
    command = [str(ROOT / "node_modules" / ".bin" / "cdktf"), "synth", "--hcl", "--output", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    folder = tmp_path / "stacks" / "hospup-video-prod"
    assert terraform(folder, "init", "-backend=false", "-input=false").returncode == 0
    assert json.loads(terraform(folder, "validate", "-json").stdout)["diagnostics"] == []
    text = (folder / "cdk.tf").read_text(encoding="utf-8")
    assert 'required_version = ">= 1.10"' in text
    assert text.count("precondition {") == 2
    declared = {f"{kind}.{name}" for kind, name in re.findall(r'^resource "(\w+)" "([\w-]+)"', text, re.MULTILINE)}
    assert declared == prod.addresses
    alarm_email = text.partition('variable "alarm_email" {')[2].partition("validation")[0]
    assert [" ".join(line.split()) for line in alarm_email.strip().splitlines()][:2] == [
        "nullable = false",
        'default = ""',
    ]


def test_no_path_of_this_machine_is_in_it(stack: Stack) -> None:
    assert str(ROOT) not in stack.path.read_text(encoding="utf-8")
    assert str(Path.home()) + "/" not in stack.path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("environment", "content", "sentence"),
    [
        (
            "dev",
            '{"fleet": {"warm_pool_size": 10, "max_workers": 5}}',
            "environments/dev.json: fleet: max_workers (5) is below warm_pool_size (10): "
            "raise max_workers or lower warm_pool_size.",
        ),
        ("nowhere", None, "There is no environment 'nowhere'"),
        ("dev", "{", "environments/dev.json is not valid JSON"),
    ],
)
def test_a_wrong_configuration_ends_in_a_sentence(
    tmp_path: Path, environment: str, content: str | None, sentence: str
) -> None:
    root = copy(tmp_path)
    if content is not None:
        (root / "environments" / f"{environment}.json").write_text(content, encoding="utf-8")
    refused = synthesise(environment, tmp_path / "out", root=root)
    assert refused.returncode == 1
    assert sentence in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "out").exists()


def test_a_wrong_backend_ends_in_a_sentence(tmp_path: Path) -> None:
    root = copy(tmp_path)
    (root / "backend.tf.json").write_text('{"terraform": {"backend": {"s3": {"key": "k"}}}}', encoding="utf-8")
    refused = synthesise("dev", tmp_path / "out", root=root)
    assert (refused.returncode, refused.stderr) == (
        1,
        "backend.tf.json: terraform.backend.s3.bucket is missing: add it.\n",
    )


def test_one_file_imports_the_bindings() -> None:
    importing = [
        file.name
        for file in (ROOT / "main.py", *sorted((ROOT / "modules").rglob("*.py")))
        if any(name.startswith(("cdktf", "imports")) for name in _imports(file))
    ]
    assert importing == ["bindings.py"]


def test_bindings_are_loaded_one_by_one() -> None:
    code = "import sys; from modules.terraform.bindings import aws; aws.sqs_queue.SqsQueue; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    package = "cdktf_cdktf_provider_aws"
    loaded = {name.split(".")[1] for name in done.stdout.split() if name.startswith(f"{package}.")}
    assert loaded == {"_jsii", "sqs_queue"}


def test_a_mistyped_resource_is_named() -> None:
    code = "from modules.terraform.bindings import aws; aws.sqs_kueue"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "AttributeError: The AWS bindings have no resource 'sqs_kueue'." in done.stderr


def _files(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def _imports(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    plain = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
