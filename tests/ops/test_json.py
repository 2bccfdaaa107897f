"""`--json` of every command: an object with names in snake case, and times as RFC 3339 writes them."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from ops.cli import app
from ops.console.output import with_moments
from ops.stack.synthesis import synthesise
from tests.ops.conftest import ROOT, Site
from tests.ops.deployed import Deployed

EXAMPLE = ROOT / "examples" / "backend-clips.json"
PLAN = ROOT / "tests" / "ops" / "plans" / "drift.json"
PLAYED = "--stack {stack} --hours 0.1 --jobs 1"

COMMANDS = {
    "submit": f"{EXAMPLE} --new-ids",
    "submit dry": f"{EXAMPLE} --new-ids --dry-run",
    "status": "failed",
    "jobs": "",
    "rerun": "--failed --since 1h --dry-run",
    "cancel": "waits --yes",
    "webhook resend": "--since 1h --webhook delivered --dry-run",
    "queue": "",
    "dlq list": "",
    "dlq show": "dead",
    "dlq redrive": "--dry-run",
    "dlq purge": "--dry-run",
    "alarms": "--all",
    "workers": "",
    "pause": "--reason why",
    "resume": "",
    "image list": "",
    "simulate": PLAYED,
    "plan-capacity": f"--p95 1000 {PLAYED}",
    "trace": "--since 1h",
    "usage": "--since 1d",
    "cost": "--stack {stack} --compare-old",
    "doctor": "",
    "open": "-e staging",
}
"""A command's other arguments, so that it has something to print; behind a space, a second way to call it."""

ELSEWHERE = {
    "logs": "prints what workers wrote, one object per line",
    "outputs": "prints what Terraform recorded",
    "plan-review": "has the names of Terraform's resources",
    "scale": "needs Terraform: tests/ops/test_scale.py",
    "image push": "needs a registry: tests/ops/test_image.py",
    "image release": "needs Terraform: tests/ops/test_image.py",
    "image rollback": "needs Terraform: tests/ops/test_image.py",
}

MOMENT = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesise("dev", tmp_path_factory.mktemp("stack"))


@pytest.fixture
def busy(site: Site, deployed: Deployed) -> Iterator[Site]:
    """A site with jobs in each state, a dead letter, an alarm, and a fleet."""
    for output in ("cluster_name", "service_name", "ecr_repository_uri", "dlq_url"):
        site.variables[f"HOSPUP_{output.upper()}"] = str(deployed.outputs[output])
    now = time.time()
    ended: dict[str, Any] = {
        "claimed_at": now - 5,
        "ended_at": now,
        "sent_at": int(now * 1000) - 9000,
        "stages": '{"render": 4}',
    }
    site.fail("failed", "The clip is missing.", **ended)
    site.enter("waits", status="QUEUED")
    site.send(site.dead_url, {"job_id": "dead", "video_id": "v"}, reason="not tried")
    cloudwatch = site.aws.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=site.table,
        Namespace="AWS/SQS",
        MetricName="ApproximateAgeOfOldestMessage",
        Dimensions=[{"Name": "QueueName", "Value": site.table}],
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    yield site
    cloudwatch.delete_alarms(AlarmNames=[site.table])
    site.run("resume")


def faults(value: Any, where: str = "") -> Iterator[str]:
    """What breaks the rules, with its place."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            here = f"{where}/{name}"
            if not re.fullmatch(r"[a-z0-9][a-z0-9_]*", name):
                yield f"{here} is not in snake case"
            if name.endswith("_at") and inner is not None and not MOMENT.fullmatch(str(inner)):
                yield f"{here} is {inner}, no moment"
            yield from faults(inner, here)
    elif isinstance(value, list):
        for inner in value:
            yield from faults(inner, where)
    elif isinstance(value, float) and 1.5e9 < value < 2.5e9:
        yield f"{where} is {value}, as if it were a moment"


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_it_is_an_object_that_programs_can_read(command: str, busy: Site, stack: Path) -> None:
    name = command.removesuffix(" dry")
    done = busy.run(*name.split(), *COMMANDS[command].format(stack=stack).split(), "--json")
    assert done.code in {0, 1}, done.err
    assert isinstance(done.json, dict)
    assert list(faults(done.json)) == []


def test_no_command_is_forgotten() -> None:
    assert {name for name, command in _commands(get_command(app)) if _has_json(command)} == {
        name.removesuffix(" dry") for name in {*COMMANDS, *ELSEWHERE}
    }


def test_moments() -> None:
    found = with_moments({"a_at": 1.5, "b_at": 0.0, "at": 1.5, "jobs": ({"c_at": None}, {"d_at": "-"})})
    moments = {"a_at": "1970-01-01T00:00:01.500Z", "b_at": None}
    assert json.loads(json.dumps(found)) == moments | {"at": 1.5, "jobs": [{"c_at": None}, {"d_at": "-"}]}


def _commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


def _has_json(command: Any) -> bool:
    return any("--json" in parameter.opts for parameter in command.params)
