"""`python -m tools.deploy`, which `make plan` and `make deploy` run: VARS, and the tag that runs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ops.errors import NoBucketError
from tests.ops.bench import Bench
from tests.ops.conftest import ROOT, Operator
from tests.ops.deployed import TAG, Deployed
from tools.variables import terraform_variables

pytestmark = pytest.mark.slow

HOSTILE = "https://api.example.com/'$(touch made)`touch made`$$(shell touch made);touch made"


@pytest.fixture
def bench(deployed: Deployed, tmp_path: Path) -> Bench:
    """cdktf and Terraform as stubs, in an account with the environment `staging`."""
    made = Bench(Operator(deployed.aws), tmp_path)
    made.install("cdktf")
    made.install("workspaces")
    return made


def deploy(bench: Bench, variables: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
    path = os.pathsep.join((str(bench.folder), os.environ["PATH"]))
    environment = bench.operator.aws.environment(inherited) | {"PATH": path, "ENV": "staging"}
    environment |= {"TERRAFORM": str(bench.folder / "workspaces"), "TERRAFORM_VARS": variables}
    command = [sys.executable, "-m", "tools.deploy", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def test_the_tag_that_runs_stays_and_a_value_is_never_run(bench: Bench) -> None:
    done = deploy(bench, f'max_workers=7 webhook_url="{HOSTILE}"', "deploy", "--app", "x")
    assert done.returncode == 0, done.stderr
    assert f"worker_image_tag={TAG} runs, and environments/staging.json names none: it stays." in done.stderr
    note = bench.calls()[-1]
    assert note["command"] == [
        *("cdktf", "deploy", "--app", "x"),
        *("--var=max_workers=7", f"--var=webhook_url={HOSTILE}", f"--var=worker_image_tag={TAG}"),
    ]
    assert note["env"] == {"ENV": "staging", "TF_WORKSPACE": "staging"}


def test_a_tag_that_is_given_wins(bench: Bench) -> None:
    assert deploy(bench, "worker_image_tag=v9", "diff").returncode == 0
    assert bench.calls()[-1]["command"] == ["cdktf", "diff", "--var=worker_image_tag=v9"]


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ("max_workers", "VARS: max_workers sets no variable: write NAME=VALUE."),
        ("-a=1", "VARS: -a=1 sets no variable"),
        ("webhook_url='https://", "VARS has a quote without its partner"),
    ],
)
def test_what_sets_no_variable_reaches_no_tool(bench: Bench, variables: str, sentence: str) -> None:
    done = deploy(bench, variables, "diff")
    assert (done.returncode, sentence in done.stderr, bench.calls()) == (2, True, [])


def test_a_missing_bucket_is_told_in_a_sentence_whatever_is_given(
    deployed: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = {"bucket": "not-there", "key": "k", "region": "eu-west-1"}
    (tmp_path / "backend.tf.json").write_text(json.dumps({"terraform": {"backend": {"s3": backend}}}))
    monkeypatch.setattr("ops.stack.outputs.BACKEND_FILE", tmp_path / "backend.tf.json")
    for name, value in deployed.aws.environment({}).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(NoBucketError, match=r"There is no bucket not-there.*make bootstrap"):
        terraform_variables("staging", ["worker_image_tag=v9"])


def test_make_passes_vars_as_they_were_typed(tmp_path: Path) -> None:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    exported = [line for line in lines if line.startswith(("export TERRAFORM_VARS", "unexport TAG"))]
    code = "import json, os; print(json.dumps([os.environ['TERRAFORM_VARS'], 'VARS' in os.environ]))"
    rule = f'\t@{sys.executable} -c "{code}"'
    (tmp_path / "Makefile").write_text("\n".join([*exported, "plan:", rule, ""]), encoding="utf-8")
    command = ["make", "plan", f"VARS={HOSTILE}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [HOSTILE, False]
    assert [path.name for path in tmp_path.iterdir()] == ["Makefile"]
