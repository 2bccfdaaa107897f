"""checkov on the plan of each environment: nothing fails, and no acceptance is needless."""

import subprocess
import sys

import pytest

from tests.infra.stack import ROOT, Stack
from tools.policy import PolicyFinding, report


def test_plans_pass(stacks: dict[str, Stack]) -> None:
    command = [sys.executable, "-m", "tools.policy", *stacks]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith(" 0 failed, 0 needless.\n")


def test_reasons_are_sentences(stack: Stack) -> None:
    accepted = [
        reason
        for named in stack.json["resource"].values()
        for body in named.values()
        for reason in body.get("//", {}).get("accepted", {}).values()
    ]
    assert len(accepted) >= 5
    assert all(reason.endswith(".") and len(reason) > 30 for reason in accepted)


def test_a_finding_without_a_reason_and_a_reason_without_a_finding_fail(capsys: pytest.CaptureFixture[str]) -> None:
    finding = PolicyFinding("dev", "aws_sqs_queue.jobs", "CKV_AWS_27", "Ensure all data is encrypted")
    assert report([], [], 12, [finding]) == 0
    assert report([finding], [], 12, []) == 1
    assert report([], [finding], 12, []) == 1
    printed = capsys.readouterr().out
    assert "FAILED    dev      CKV_AWS_27     aws_sqs_queue.jobs: Ensure all data is encrypted" in printed
    assert "NEEDLESS  dev      CKV_AWS_27     aws_sqs_queue.jobs: it passes; drop the acceptance" in printed
