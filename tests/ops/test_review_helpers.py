"""Reviews of plans that change the queue of parts, the alarm on it, or the workers' permissions on it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from ops.review.consequences import consequence
from ops.review.guards import judge
from ops.review.judgements import Weight
from ops.review.plan import Plan
from tests.ops.changed_plans import changed, deployed
from tests.ops.plan_files import change, plan

PARTS, TASK, ROLE = "aws_sqs_queue.parts", "aws_ecs_task_definition.worker", "aws_iam_role_policy.task"
ALARM = "aws_cloudwatch_metric_alarm.help_failed"
QUEUE = {"name": "hospup-video-parts-dev", "url": "https://sqs.eu-west-1.amazonaws.com/1/hospup-video-parts-dev"}


def refused(reviewed: Plan) -> list[str]:
    return [finding.sentence for finding in judge(reviewed, frozenset()).refused]


@pytest.mark.parametrize(("action", "verb"), [("destroy", "Destroys"), ("replace", "Replaces")])
def test_the_queue_of_parts_holds_no_data(action: str, verb: str) -> None:
    found = plan(change(PARTS, action, QUEUE, None if action == "destroy" else QUEUE | {"name": "other"}))
    said = consequence(found.changes[0], found)
    assert refused(found) == []
    assert said.weight is Weight.EFFECT
    assert said.sentence.startswith(f"{verb} the queue of parts")


@pytest.mark.parametrize(
    ("name", "after", "words"),
    [
        ("message_retention_seconds", 60, "kept for 60 s"),
        ("visibility_timeout_seconds", 300, "Hardly matters"),
        ("delay_seconds", 10, "after 10 s"),
        ("max_message_size", 1024, "Offers of parts of more than 1024 bytes"),
        ("redrive_policy", '{"deadLetterTargetArn": "arn:aws:sqs:eu-west-1:1:x"}', "Hardly matters"),
    ],
)
def test_its_settings_are_no_jobs(name: str, after: Any, words: str) -> None:
    found = changed(PARTS, lambda values: values.update({name: after}))
    assert refused(found) == []
    assert words in consequence(found.changes[0], found).sentence


def variables(edit: Callable[[list[dict[str, str]]], list[dict[str, str]]]) -> Plan:
    """A plan that changes the container's environment variables."""

    def put(values: dict[str, Any]) -> None:
        (container,) = json.loads(values["container_definitions"])
        container["environment"] = edit(container["environment"])
        values["container_definitions"] = json.dumps([container])

    return changed(TASK, put)


def test_workers_that_are_told_of_no_queue_any_more() -> None:
    found = variables(lambda given: [item for item in given if item["name"] != "PARTS_QUEUE_URL"])
    assert refused(found) == []
    assert consequence(found.changes[0], found).sentence == (
        "Idle workers no longer render parts of other workers' jobs: long videos take longer."
    )


def test_workers_that_are_told_of_another_queue() -> None:
    other = {"name": "PARTS_QUEUE_URL", "value": "https://sqs.eu-west-1.amazonaws.com/1/other"}
    found = variables(lambda given: [other if item["name"] == other["name"] else item for item in given])
    assert "Old and new workers don't help each other" in consequence(found.changes[0], found).sentence


def policy(edit: Callable[[dict[str, Any]], bool]) -> Plan:
    """A plan in which the task role keeps those statements of which `edit` returns true, as edited."""

    def put(values: dict[str, Any]) -> None:
        document = json.loads(values["policy"])
        document["Statement"] = [statement for statement in document["Statement"] if edit(statement)]
        values["policy"] = json.dumps(document)

    return changed(ROLE, put)


def test_workers_can_do_without_the_queue_of_parts() -> None:
    assert refused(policy(lambda statement: statement["Sid"] != "ShareParts")) == []


def test_permissions_on_the_queue_of_parts_replace_none_on_the_job_queue() -> None:
    def keeps_none_of_jobs(statement: dict[str, Any]) -> bool:
        if statement["Sid"] == "TakeJobs":
            statement["Action"].remove("sqs:DeleteMessage")
        return True

    assert "sqs:DeleteMessage" in json.dumps(json.loads(deployed()[ROLE]["policy"]))
    assert refused(policy(keeps_none_of_jobs)) == [
        "May no longer sqs:DeleteMessage: finished jobs come back until they are dead letters."
    ]


def test_the_alarm_goes_with_the_queue_and_not_alone() -> None:
    alarm = change(ALARM, "destroy", {"metric_name": "HelpFailed", "alarm_actions": ["arn:aws:sns:eu-west-1:1:alarms"]})
    queue = change(PARTS, "destroy", QUEUE)
    assert refused(plan(alarm)) == ["It called somebody, and goes: nobody is told of this any more."]
    assert refused(plan(alarm, queue)) == []
