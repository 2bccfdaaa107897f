"""Each alarm of production's stack, rung in the embedded CloudWatch: OK, ALARM, OK, and what it says if nothing runs.

Time is an argument here: datapoints of an hour are put at once, and the alarms are evaluated at its end.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.cloudwatch.models import Alarm, cloudwatch_backends
from moto.cloudwatch.responses import CloudWatchResponse

from embedded.alarms import AlarmEvaluator, Call
from embedded.gaps import cloudwatch
from ops.simulation.alarms import EXTRA_PERIODS
from ops.stack.expressions import evaluate

SNAPSHOT = Path(__file__).parents[1] / "infra" / "snapshots" / "prod.json"
STACK: dict[str, Any] = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
METRIC_ALARMS: dict[str, dict[str, Any]] = STACK["resource"]["aws_cloudwatch_metric_alarm"]
COMPOSITES: dict[str, dict[str, Any]] = STACK["resource"]["aws_cloudwatch_composite_alarm"]
ALARMS = [*METRIC_ALARMS, *COMPOSITES]
RELEASED = {"worker_image_tag": "1", "warm_pool_size": 10}
BEGIN = 1_760_000_400.0  # a full hour
HOUR = 3600

World = dict[str, float | None]
"""What each metric's datapoints are, each minute or each ten seconds; None where nothing is published."""

HEALTHY: World = {
    "ApproximateNumberOfMessagesVisible": 0,
    "ApproximateAgeOfOldestMessage": 20,
    "NumberOfMessagesDeleted": 5,
    "dead letters": 0,
    "RunningTaskCount": 10,
    "DesiredTaskCount": 10,
    "TriggeredRules": None,
    "PeakJobs": 3,
    "QueueWait": 1,
    "JobsCompleted": 5,
    "JobsFailed": 0,
    "WebhookFailures": 0,
    "EndsNotNotified": None,
    "Paused": None,
    "ProtectionRefused": None,
    "UnexpectedErrors": None,
    "HelpFailed": None,
}

SILENT_FLEET: World = {
    # Container Insights publishes nothing about a service of which no task is running.
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cloudwatch-container-insights.html
    "RunningTaskCount": None,
    "DesiredTaskCount": None,
    **dict.fromkeys(("PeakJobs", "QueueWait", "JobsCompleted", "JobsFailed", "WebhookFailures")),
    "NumberOfMessagesDeleted": None,
    "ApproximateAgeOfOldestMessage": None,
}
"""Nothing runs and no job waits."""

UNUSED_QUEUE: World = {**SILENT_FLEET, "ApproximateNumberOfMessagesVisible": None, "dead letters": None}
"""Nothing has run for six hours, and no job came: SQS publishes nothing about the queues.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/monitoring-using-cloudwatch.html"""

JOBS_WAIT: World = {
    **SILENT_FLEET,
    "ApproximateNumberOfMessagesVisible": 3,
    "ApproximateAgeOfOldestMessage": 2000,
}
"""Nothing runs, and jobs wait."""

STALLED: World = {"ApproximateNumberOfMessagesVisible": 7, "NumberOfMessagesDeleted": None}
FAULTS: Mapping[str, World] = {
    "age": {"ApproximateAgeOfOldestMessage": 901},
    "at_maximum": {"DesiredTaskCount": 50},
    "below_pool": {"RunningTaskCount": 9},
    "dead_letters": {"dead letters": 1},
    "failure": {"JobsFailed": 5, "JobsCompleted": 1},
    "help_failed": {"HelpFailed": 1},
    "none_done": {"NumberOfMessagesDeleted": 0},
    "not_notified": {"EndsNotNotified": 1},
    "paused": {"Paused": 1},
    "protection_refused": {"ProtectionRefused": 1},
    "spot_interrupted": {"TriggeredRules": 1},
    "unexpected": {"UnexpectedErrors": 1},
    "unheard": {"ApproximateNumberOfMessagesVisible": 1},
    "wait": {"QueueWait": 61},
    "waiting": {"ApproximateNumberOfMessagesVisible": 7},
    "webhook": {"WebhookFailures": 1},
    **{
        name: {"PeakJobs": alarm["threshold"]} for name, alarm in METRIC_ALARMS.items() if name.startswith("peak_jobs_")
    },
    "stalled": STALLED,
    "users_affected": STALLED,
    "dead_letters_left": {"dead letters": 1},
}
"""What makes each alarm ring, besides what is healthy."""

HOURS_IN_ALARM = {"help_failed": 24}
"""Hours that an alarm stays in alarm after the fault, where it is more than one."""

# Red is its work: it sets the number of workers once a minute.
ALWAYS_RED = {"peak_jobs_0"}


class CloudWatch:
    """The embedded CloudWatch with the alarms of a stack, in this process."""

    def __init__(self, region: str, variables: Mapping[str, Any]) -> None:
        self.client = boto3.client("cloudwatch", region)
        defaults = {name: one.get("default") for name, one in STACK["variable"].items()}
        self._variables = {**defaults, **RELEASED, **variables}
        for alarm in METRIC_ALARMS.values():
            self.client.put_metric_alarm(**self._request(alarm))
        for alarm in COMPOSITES.values():
            self.client.put_composite_alarm(**self._request(alarm))
        self._evaluator = AlarmEvaluator(cloudwatch_backends["123456789012"][region])
        self.now = BEGIN

    def pass_hour(self, world: World) -> list[Call]:
        """An hour in which the metrics are those of a world. Returns the alarms' calls at its end."""
        for namespace, name, dimensions in _metrics():
            value = world["dead letters" if "dlq" in dimensions.get("QueueName", "") else name]
            every = 10 if name == "PeakJobs" else 60
            data: list[Any] = [
                {
                    "MetricName": name,
                    "Dimensions": [{"Name": key, "Value": _resolved(one)} for key, one in dimensions.items()],
                    "Timestamp": datetime.fromtimestamp(self.now + second, UTC),
                    "Value": value,
                }
                for second in range(HOUR - 120 if every == 10 else 1, HOUR, every)
                if value is not None
            ]
            if data:
                self.client.put_metric_data(Namespace=namespace, MetricData=data)
        self.now += HOUR
        return self._evaluator.evaluate(self.now)

    def states(self) -> dict[str, str]:
        """The state of each alarm, by its name in Terraform."""
        answer = self.client.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        by_name = {one["AlarmName"]: one["StateValue"] for one in [*answer["MetricAlarms"], *answer["CompositeAlarms"]]}
        return {key: by_name[one["alarm_name"]] for key, one in (METRIC_ALARMS | COMPOSITES).items()}

    def _request(self, alarm: Mapping[str, Any]) -> dict[str, Any]:
        """The request that Terraform's provider makes of an alarm."""
        known = {key: evaluate(value, self._variables) for key, value in alarm.items() if key != "tags"}
        if "alarm_rule" in alarm:
            known["alarm_rule"] = re.sub(
                r"\$\{aws_cloudwatch_(?:metric|composite)_alarm\.(\w+)\.alarm_name\}",
                lambda match: (METRIC_ALARMS | COMPOSITES)[match[1]]["alarm_name"],
                alarm["alarm_rule"],
            )
        if "dimensions" in alarm:
            known["dimensions"] = _pairs(alarm["dimensions"])
        if "metric_query" in alarm:
            known["metrics"] = [_query(query) for query in alarm["metric_query"]]
            del known["metric_query"]
        for key in ("alarm_actions", "ok_actions"):
            if key in alarm:
                known[key] = [_action(one) for one in alarm[key]]
        return {_camel(key): value for key, value in known.items()}


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_")).replace("OkActions", "OKActions")


def _resolved(text: str) -> str:
    return re.sub(r"\W+", "-", text)


def _pairs(dimensions: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Name": key, "Value": _resolved(value)} for key, value in dimensions.items()]


def _action(reference: str) -> str:
    kind = ":scalingPolicy:" if "appautoscaling_policy" in reference else ":topic:"
    return f"arn:aws:any:eu-west-1:123456789012{kind}{_resolved(reference)}"


def _query(query: Mapping[str, Any]) -> dict[str, Any]:
    if "metric" not in query:
        return {_camel(key): value for key, value in query.items()}
    metric = query["metric"]
    named = {
        "Namespace": metric["namespace"],
        "MetricName": metric["metric_name"],
        "Dimensions": _pairs(metric["dimensions"]),
    }
    stat = {"Metric": named, "Period": metric["period"], "Stat": metric["stat"]}
    return {"Id": query["id"], "MetricStat": stat, "ReturnData": query["return_data"]}


def _metrics() -> Iterator[tuple[str, str, dict[str, str]]]:
    """Each metric that an alarm reads, once: namespace, name, dimensions."""
    found = {}
    for alarm in METRIC_ALARMS.values():
        for one in [query["metric"] for query in alarm.get("metric_query", []) if "metric" in query] or [alarm]:
            key = (one["namespace"], one["metric_name"], json.dumps(one["dimensions"]))
            found[key] = (one["namespace"], one["metric_name"], one["dimensions"])
    yield from found.values()


@pytest.fixture(scope="module")
def account() -> Iterator[Callable[..., CloudWatch]]:
    """A region per set of Terraform variables, in this process; time passes in it from test to test."""
    cloudwatch.create_composite_alarms()
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            environment.setenv(name, "testing")
        regions = iter(boto3.Session().get_available_regions("cloudwatch"))
        yield cache(lambda **variables: CloudWatch(next(regions), variables))
    delattr(CloudWatchResponse, "put_composite_alarm")
    delattr(Alarm, "alarm_rule")


@pytest.mark.parametrize("name", sorted(set(ALARMS) - ALWAYS_RED))
def test_each_alarm_rings_and_ends(account: Callable[..., CloudWatch], name: str) -> None:
    aws = account()
    aws.pass_hour(HEALTHY)
    assert aws.states() == {one: "ALARM" if one in ALWAYS_RED else "OK" for one in ALARMS}
    aws.pass_hour(HEALTHY | FAULTS[name])
    assert aws.states()[name] == "ALARM"
    # A missing datapoint is looked for in earlier periods; some alarms' are of an hour.
    for _ in range(HOURS_IN_ALARM.get(name, 1) + EXTRA_PERIODS):
        aws.pass_hour(HEALTHY)
    assert aws.states()[name] == "OK"


@pytest.mark.parametrize("ran_before", [False, True])
@pytest.mark.parametrize("pool", [0, 10])
@pytest.mark.parametrize(
    ("world", "red"),
    [
        (SILENT_FLEET, {"none_done"}),
        (UNUSED_QUEUE, {"none_done"}),
        (JOBS_WAIT, {"none_done", "waiting", "stalled", "unheard", "age", "users_affected"}),
    ],
)
def test_what_each_alarm_says_if_nothing_runs(
    account: Callable[..., CloudWatch], world: World, red: set[str], pool: int, ran_before: bool
) -> None:
    """In an account where no worker ever ran, and in one where one did."""
    aws = account(warm_pool_size=pool, ran_before=ran_before)
    if ran_before:
        aws.pass_hour(HEALTHY)
    aws.pass_hour(HEALTHY | world)
    expected = red | ({"below_pool", "users_affected"} if pool else set())
    states = aws.states()
    assert {name for name, state in states.items() if state == "ALARM"} == expected
    # Nobody publishes what the fleet scales by: it keeps its size.
    silent = {name for name, state in states.items() if state == "INSUFFICIENT_DATA"}
    assert silent == {name for name in ALARMS if name.startswith("peak_jobs_")}


def test_an_environment_without_a_release_rings_nothing(account: Callable[..., CloudWatch]) -> None:
    aws = account(worker_image_tag="")
    aws.pass_hour(HEALTHY | UNUSED_QUEUE)
    assert {name for name, state in aws.states().items() if state == "ALARM"} == {"none_done"}


def test_one_incident_notifies_once_when_it_begins_and_once_when_it_ends(account: Callable[..., CloudWatch]) -> None:
    aws = account()
    aws.pass_hour(HEALTHY)
    begun = [call for call in aws.pass_hour(HEALTHY | JOBS_WAIT | {"dead letters": 1}) if ":topic:" in call.action]
    assert [(call.alarm, call.state) for call in begun] == [("hospup-video-users-affected", "ALARM")]
    ended = [call for call in aws.pass_hour(HEALTHY) if ":topic:" in call.action]
    assert [(call.alarm, call.state) for call in ended] == [("hospup-video-users-affected", "OK")]


def test_a_silent_metric_scales_nothing(account: Callable[..., CloudWatch]) -> None:
    """In INSUFFICIENT_DATA no action is called; in ALARM a scaling action is called again after a minute."""
    aws = account()
    aws.pass_hour(HEALTHY)
    policies = {call.alarm for call in aws.pass_hour(HEALTHY) if ":scalingPolicy:" in call.action}
    assert policies == {"hospup-peak-jobs-0"}
    assert not [call for call in aws.pass_hour(HEALTHY | SILENT_FLEET) if ":scalingPolicy:" in call.action]
