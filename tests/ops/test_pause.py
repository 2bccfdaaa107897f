"""`pause` and `resume`: what they write, that both can be repeated, and where a pause shows."""

from collections.abc import Iterator
from typing import Any

import pytest

from ops.aws.pause import PAUSE_ITEM, end_pause
from tests.ops.conftest import Operator, Site
from tests.ops.deployed import Deployed

STAGING = ("-e", "staging")


@pytest.fixture
def running(deployed: Deployed) -> Iterator[Deployed]:
    """The environment, not paused, before and after the test."""
    yield deployed
    end_pause(deployed.aws.client("dynamodb"), deployed.outputs["jobs_table"])


def scaling(deployed: Deployed) -> tuple[int, int, dict[str, Any]]:
    """Autoscaling's bounds, and what of it is suspended."""
    (target,) = deployed.aws.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")[
        "ScalableTargets"
    ]
    return target["MinCapacity"], target["MaxCapacity"], dict(target["SuspendedState"])


def test_a_pause_shows_wherever_an_operator_looks(operator: Operator, running: Deployed) -> None:
    shown = "s ago: [red]Été[/red]\\x1b[2J. No worker takes a job until `hospup-video resume`.\n"
    done = operator.run("pause", "--reason", "[red]Été[/red]\x1b[2J", *STAGING)
    assert (done.code, done.out.endswith(shown)) == (0, True)
    for command in ("queue", "workers"):
        assert shown in operator.run(command, *STAGING).out
        assert operator.run(command, "--json", *STAGING).json["paused"]["reason"] == "[red]Été[/red]\x1b[2J"
    (found,) = [each for each in operator.run("doctor", "--json", *STAGING).json["checks"] if each["check"] == "paused"]
    assert (found["level"], found["remedy"]) == ("warn", "hospup-video resume, if the reason is gone.")
    assert scaling(running)[0:2] == (2, 3)
    assert scaling(running)[2]["DynamicScalingOutSuspended"] is True
    assert operator.run("resume", *STAGING).out == "Workers take jobs again within half a minute.\n"
    assert scaling(running)[2]["DynamicScalingOutSuspended"] is False
    for command in ("queue", "workers"):
        assert operator.run(command, "--json", *STAGING).json["paused"] is None
    assert not [each for each in operator.run("doctor", "--json", *STAGING).json["checks"] if each["check"] == "paused"]


def test_both_can_be_repeated(operator: Operator, running: Deployed) -> None:
    assert operator.run("resume", *STAGING).out == "The fleet was not paused: workers take jobs.\n"
    first = operator.run("pause", "--reason", "first", "--json", *STAGING).json["paused"]
    assert operator.run("pause", "--json", *STAGING).json["paused"] == first
    assert operator.run("pause", "--reason", "other", "--json", *STAGING).json["paused"] == first | {"reason": "other"}
    assert operator.run("resume", "--json", *STAGING).json == {"paused": None, "was_paused": True}
    assert running.aws.client("dynamodb").scan(TableName=running.outputs["jobs_table"])["Items"] == []


def test_without_autoscaling_there_is_nothing_to_suspend(site: Site) -> None:
    names = {"HOSPUP_CLUSTER_NAME": "cluster", "HOSPUP_SERVICE_NAME": "by-hand"}
    assert site.run("pause", **names).code == 0
    assert site.run("resume", **names).code == 0


def test_nothing_is_changed_where_a_name_is_missing(site: Site) -> None:
    done = site.run("pause")
    assert (done.code, done.out) == (2, "")
    assert site.run("queue", "--json").json["paused"] is None


def test_a_pause_is_no_job(site: Site) -> None:
    names = {"HOSPUP_CLUSTER_NAME": "cluster", "HOSPUP_SERVICE_NAME": "by-hand"}
    assert site.run("pause", **names).code == 0
    site.enter("j")
    assert [job["job_id"] for job in site.run("jobs", "--json").json["jobs"]] == ["j"]
    assert site.run("cancel", PAUSE_ITEM, "--yes").code == 2


def test_a_ledger_that_cannot_be_read_is_no_word_of_a_pause(site: Site) -> None:
    """Else an operator would read that none is set."""
    done = site.run("queue", "--json", JOBS_TABLE="gone")
    assert done.json["paused"] is None
    assert "Whether the fleet is paused is unknown: the ledger gone can't be read (ResourceNotFound" in done.err
