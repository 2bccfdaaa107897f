"""`logs`: the workers' lines, read, filtered and followed."""

import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from embedded.aws import EmbeddedAws
from ops.errors import ExitCode
from tests.ops.conftest import ROOT, Operator
from tests.waiting import eventually

STARTED = {"time": "x", "level": "INFO", "message": "Job started.", "job_id": "j1", "video_id": "v1", "attempt": 1}
REFUSED = {"level": "WARNING", "message": "Le clip manque.", "job_id": "j2", "error_code": "MEDIA_MISSING"}
FAILED = {"level": "ERROR", "message": "The job failed for now.", "job_id": "j1", "exception": "Traceback:\n  File x"}
UNHEARD = {"level": "WARNING", "message": "The webhook was answered with 401.", "job_id": "j2", "outcome": "refused"}
EMF = {
    "Namespace": "HospupVideo",
    "Dimensions": [["QueueName"]],
    "Metrics": [{"Name": "JobSeconds", "Unit": "Seconds"}, {"Name": "RenderSpeed", "Unit": "None"}],
}
METRIC: dict[str, object] = {
    "level": "INFO",
    "message": "metrics",
    "_aws": {"Timestamp": 1, "CloudWatchMetrics": [EMF]},
}
METRIC |= {"QueueName": "jobs", "JobSeconds": 12.5, "RenderSpeed": 1.8, "job_id": "j1"}
NASTY: dict[str, object] = {"level": "INFO", "message": "[bold]gras[/bold]\x1b[2J\u202e\nforged line", "job_id": "j3"}
NASTY |= {"stages": {"fetch": 0.2, "x": 1}}


@dataclass
class Journal:
    """A log group with workers' streams."""

    aws: EmbeddedAws
    name: str
    operator: Operator = field(init=False)

    def __post_init__(self) -> None:
        self.operator = Operator(self.aws, {"HOSPUP_LOG_GROUP_NAME": self.name})
        self.aws.client("logs").create_log_group(logGroupName=self.name)

    def write(self, *lines: object, minutes_ago: float = 0, stream: str = "worker/1") -> None:
        logs = self.aws.client("logs")
        if not logs.describe_log_streams(logGroupName=self.name, logStreamNamePrefix=stream)["logStreams"]:
            logs.create_log_stream(logGroupName=self.name, logStreamName=stream)
        moment = int((time.time() - minutes_ago * 60) * 1000)
        events = [
            {"timestamp": moment, "message": line if isinstance(line, str) else json.dumps(line, ensure_ascii=False)}
            for line in lines
        ]
        logs.put_log_events(logGroupName=self.name, logStreamName=stream, logEvents=events)


@pytest.fixture(scope="module")
def journal(aws: EmbeddedAws) -> Journal:
    journal = Journal(aws, "/ecs/journal")
    journal.write({"level": "INFO", "message": "Long ago."}, minutes_ago=60)
    journal.write(STARTED, METRIC, REFUSED, FAILED, UNHEARD, NASTY, "worker: SQS_QUEUE_URL is not set.", minutes_ago=1)
    return journal


def test_lines_are_read_out_without_measurements(journal: Journal) -> None:
    done = journal.operator.run("logs")
    assert done.code == 0
    lines = [line[9:] for line in done.out.splitlines()]
    assert lines[0] == "INFO    Job started.  job=j1 attempt=1 worker=1"
    assert lines[1] == "WARNING Le clip manque.  job=j2 error_code=MEDIA_MISSING worker=1"
    assert lines[2] == "ERROR   The job failed for now.  job=j1 worker=1"
    assert done.out.splitlines()[3:5] == ["    Traceback:", "      File x"]
    assert lines[5] == "WARNING The webhook was answered with 401.  job=j2 outcome=refused worker=1"
    assert lines[6] == "INFO    [bold]gras[/bold]\\x1b[2J\\u202e forged line  job=j3 stages=fetch:0.2,x:1 worker=1"
    assert lines[7] == "-       worker: SQS_QUEUE_URL is not set.  worker=1"
    assert len(lines) == 8


def test_measurements_have_a_line_each_and_stay_raw_in_json(journal: Journal) -> None:
    lines = [line[9:] for line in journal.operator.run("logs", "--metrics").out.splitlines() if "METRIC" in line]
    assert lines == [
        "METRIC  JobSeconds 12.5 Seconds  job=j1 QueueName=jobs worker=1",
        "METRIC  RenderSpeed 1.8  job=j1 QueueName=jobs worker=1",
    ]
    raw = journal.operator.run("logs", "--metrics", "--json").out.splitlines()
    assert METRIC | {"stream": "worker/1"} in map(json.loads, raw)


def test_failures_alone(journal: Journal) -> None:
    shown = journal.operator.run("logs", "--errors").out
    for words in ("Le clip manque.", "failed for now", "SQS_QUEUE_URL", "answered with 401"):
        assert words in shown
    assert "Job started." not in shown


def test_one_job(journal: Journal) -> None:
    lines = [json.loads(line) for line in journal.operator.run("logs", "--job", "j1", "--json").out.splitlines()]
    assert lines == [STARTED | {"stream": "worker/1"}, FAILED | {"stream": "worker/1"}]


@pytest.mark.parametrize("worker", ["9f0c", "9f0c51e2", "9f0c51e2-0a1b2c3d"])
def test_one_worker(aws: EmbeddedAws, worker: str) -> None:
    """Named as `workers --list` and the lines do, by the first characters of its task's id, or as `status` does."""
    journal = Journal(aws, f"/ecs/worker-{worker}")
    journal.write(STARTED, minutes_ago=1)
    journal.write(FAILED, minutes_ago=1, stream="worker/app/9f0c51e2")
    lines = journal.operator.run("logs", "--worker", worker, "--json").out.splitlines()
    assert [json.loads(line) for line in lines] == [FAILED | {"stream": "worker/app/9f0c51e2"}]
    assert journal.operator.run("logs", "--worker", "").code == ExitCode.USAGE


def test_further_back(journal: Journal) -> None:
    assert "Long ago." in journal.operator.run("logs", "--since", "2h", "--metrics").out
    dated = journal.operator.run("logs", "--since", "1d").out.splitlines()[0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d INFO    Long ago\.  worker=1", dated)


def test_nothing_logged(aws: EmbeddedAws) -> None:
    done = Journal(aws, "/ecs/silent").operator.run("logs", "--since", "30s")
    assert (done.code, done.out) == (0, "")
    assert "Nothing of the kind was logged in the last 30s" in done.err


def test_a_group_that_is_not_there(operator: Operator) -> None:
    done = operator.run("logs", "--log-group-name", "/ecs/none")
    assert (done.code, done.out) == (3, "")
    assert "doesn't exist" in done.err


@pytest.fixture
def followed(aws: EmbeddedAws) -> Iterator[tuple[Journal, "subprocess.Popen[str]", list[str]]]:
    journal = Journal(aws, "/ecs/followed")
    journal.write({"level": "INFO", "message": "first"})
    received: list[str] = []
    # A test run in the background may ignore Ctrl-C, and a child would inherit that; a handler it doesn't inherit.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(
        [sys.executable, "-m", "ops", "logs", "-f", "--log-group-name", journal.name],
        cwd=ROOT,
        env=aws.environment({"PYTHONUNBUFFERED": "1"}),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        reader = threading.Thread(target=lambda: received.extend(process.stdout or ()), daemon=True)
        reader.start()
        try:
            yield journal, process, received
        finally:
            signal.signal(signal.SIGINT, before)
            if process.poll() is None:
                process.kill()


def test_following_prints_each_line_once_until_ctrl_c(
    followed: tuple[Journal, "subprocess.Popen[str]", list[str]],
) -> None:
    journal, process, received = followed
    eventually(lambda: any("first" in line for line in received))
    journal.write({"level": "INFO", "message": "second"})
    eventually(lambda: any("second" in line for line in received))
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    assert [line.split()[2] for line in received] == ["first", "second"]
