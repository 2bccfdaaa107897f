"""The dashboard's preview: metrics from logs, metric math, and the image."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tools.dashboard.datapoints import calculate, read
from tools.dashboard.preview import paint

NAN = float("nan")
SERIES = {"done": np.array([4.0, NAN, 0.0]), "failed": np.array([NAN, NAN, 1.0]), "n": np.array([2.0, 5.0, NAN])}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("done + 1", [5, NAN, 1]),
        ("100 * FILL(done, 0) / (FILL(done, 0) + FILL(failed, 0))", [100, NAN, 0]),
        ("IF(n > 3, 3 * 0.5 + (n - 3) * 0.25, n * 0.5)", [1.0, 2.0, NAN]),
        ("IF((n > 1) AND (FILL(done, 0) == 0), 1, 0)", [0, 1, 0]),
        ("n * PERIOD(n) / 60", [2, 5, NAN]),
        ("n / done", [0.5, NAN, NAN]),
        ("IF(FILL(done, -1) < 0, n, 0)", [0, 5, 0]),
    ],
)
def test_metric_math_says_what_cloudwatch_says(expression: str, expected: list[float]) -> None:
    np.testing.assert_array_equal(calculate(expression, SERIES, 60), expected)


def test_unknown_metric_math_is_refused() -> None:
    with pytest.raises(ValueError, match="RATE"):
        calculate("RATE(done)", SERIES, 60)


def line(second: float, message: str, **fields: Any) -> str:
    time = f"2026-05-01T10:00:{second:06.3f}Z"
    return json.dumps({"time": time, "level": "INFO", "message": message, **fields})


def ended(second: float, job: str, **metrics: float) -> str:
    names = [{"Name": name, "Unit": "None"} for name in metrics]
    directive = {"Namespace": "HospupVideo", "Dimensions": [[]], "Metrics": names}
    stamp = {"Timestamp": 1777629600000 + int(second * 1000), "CloudWatchMetrics": [directive]}
    return line(second, "metrics", job_id=job, _aws=stamp, **metrics)


@pytest.fixture
def logs(tmp_path: Path) -> list[Path]:
    """One worker: a job that was sent at second 2 and taken at 10, another that runs from 20 to 30."""
    lines = [
        line(0, "Worker started."),
        line(10, "Job started.", job_id="a", waited=8.0),
        ended(19, "a", JobsCompleted=1, QueueWait=8.0),
        line(20, "Job started.", job_id="b", waited=0.0),
        ended(30, "b", JobsCompleted=1, QueueWait=0.5),
        line(40, "Worker stopped."),
    ]
    path = tmp_path / "worker-1.log"
    path.write_text("\n".join([*lines, "no JSON"]), encoding="utf-8")
    return [path]


def test_metrics_come_out_of_the_logs(logs: list[Path]) -> None:
    points = read(logs)
    starts = np.array([1777629600.0])
    assert points.statistic(("HospupVideo", "JobsCompleted", ""), "Sum", starts, 60) == [2]
    assert points.statistic(("HospupVideo", "QueueWait", ""), "Maximum", starts, 60) == [8]


def test_metrics_of_aws_are_calculated(logs: list[Path]) -> None:
    points = read(logs)

    def at(second: float, metric: str) -> float:
        namespace = "ECS/ContainerInsights" if "Task" in metric else "AWS/SQS"
        named = (namespace, metric, "" if "Task" in metric else "jobs")
        return float(points.statistic(named, "Maximum", np.array([1777629600.0 + second]), 5)[0])

    assert [at(second, "ApproximateNumberOfMessagesVisible") for second in (0, 5, 10)] == [0, 1, 0]
    assert [at(second, "ApproximateNumberOfMessagesNotVisible") for second in (5, 10, 35)] == [0, 1, 0]
    assert at(15, "ApproximateAgeOfOldestMessage") == 13
    assert at(10, "RunningTaskCount") == 1


def test_a_widget_of_each_kind_is_painted(logs: list[Path], tmp_path: Path) -> None:
    row = ["HospupVideo", "JobsCompleted", {"stat": "Sum", "id": "done", "label": "done", "color": "#1f77b4"}]
    other = ["HospupVideo", "Unknown", {"stat": "Sum", "label": "never seen"}]
    axis = {"yAxis": {"left": {"min": 0}}, "period": 60}
    kinds: list[dict[str, Any]] = [
        {"type": "text", "properties": {"markdown": "## Question\nAnswer, [link](https://example.com)"}},
        {"type": "metric", "properties": {"title": "n", "view": "singleValue", "metrics": [row], "period": 60}},
        {"type": "metric", "properties": {"title": "g", "view": "timeSeries", "metrics": [row, other], **axis}},
        {"type": "metric", "properties": {"title": "e", "view": "timeSeries", "metrics": [other], **axis}},
        {"type": "alarm", "properties": {"title": "a", "alarms": ["${aws_cloudwatch_metric_alarm.x.arn}"]}},
        {"type": "log", "properties": {"title": "l", "query": "SOURCE 'x' | fields @message"}},
    ]
    widgets = [{**kind, "x": 4 * index, "y": 0, "width": 4, "height": 6} for index, kind in enumerate(kinds)]
    paint({"widgets": widgets}, read(logs), tmp_path / "d.png", period=10, dpi=60)
    picture = np.asarray(Image.open(tmp_path / "d.png").convert("L"))
    for index in range(len(kinds)):
        part = picture[:, index * picture.shape[1] // 6 : (index + 1) * picture.shape[1] // 6]
        assert part.min() < 128, f"nothing is drawn on the {kinds[index]['type']}"


def test_logs_without_metrics_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="hold no metrics"):
        paint({"widgets": []}, read([]), tmp_path / "d.png", period=10, dpi=60)
