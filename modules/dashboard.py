"""The system at a glance."""

from typing import Any

from constructs import Construct

from modules.alarms import Alarms
from modules.bindings import aws
from modules.component import Component
from modules.documents import document
from modules.fleet import Fleet
from modules.names import Names
from modules.queue import Queue

# CloudWatch's grid is 24 columns wide.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
_HALF = 12
_HEIGHT = 6
_PERIOD_SECONDS = 60


class Dashboard(Component):
    """One page: workers running and desired, queue depth, CPU and memory, dead letters and their alarm.

    Params:
        fleet, queue, alarms: what it shows.
        region: whose metrics.

    Attributes:
        url: the page in the console.
    """

    def __init__(
        self, scope: Construct, names: Names, fleet: Fleet, queue: Queue, alarms: Alarms, *, region: str
    ) -> None:
        super().__init__(scope, "dashboard")
        self._region = region
        service = ["ClusterName", fleet.cluster, "ServiceName", fleet.service]
        jobs = ["QueueName", queue.name]
        insights, visible = "ECS/ContainerInsights", "ApproximateNumberOfMessagesVisible"
        widgets = [
            self._graph(
                "Workers",
                (0, 0),
                [
                    [insights, "RunningTaskCount", *service, {"label": "running", "stat": "Average"}],
                    [insights, "DesiredTaskCount", *service, {"label": "desired", "stat": "Average"}],
                ],
            ),
            self._graph(
                "Queue depth",
                (_HALF, 0),
                [
                    ["AWS/SQS", visible, *jobs, {"label": "waiting", "stat": "Maximum"}],
                    [
                        "AWS/SQS",
                        "ApproximateNumberOfMessagesNotVisible",
                        *jobs,
                        {"label": "rendering", "stat": "Maximum"},
                    ],
                    ["AWS/SQS", "ApproximateAgeOfOldestMessage", *jobs, {"label": "oldest, s", "yAxis": "right"}],
                ],
            ),
            self._graph(
                "CPU and memory, %",
                (0, _HEIGHT),
                [
                    ["AWS/ECS", "CPUUtilization", *service, {"label": "CPU", "stat": "Average"}],
                    ["AWS/ECS", "MemoryUtilization", *service, {"label": "memory", "stat": "Maximum"}],
                ],
            ),
            self._graph(
                "Dead-letter queue",
                (_HALF, _HEIGHT),
                [
                    [
                        "AWS/SQS",
                        visible,
                        "QueueName",
                        queue.dead_letter_name,
                        {"label": "failed jobs", "stat": "Maximum"},
                    ]
                ],
            ),
            {
                "type": "alarm",
                "x": 0,
                "y": 2 * _HEIGHT,
                "width": 2 * _HALF,
                "height": 2,
                "properties": {"title": "Alarms", "alarms": [alarms.dead_letter_alarm_arn]},
            },
        ]
        dashboard = aws.cloudwatch_dashboard.CloudwatchDashboard(
            self, "overview", dashboard_name=names.dashboard, dashboard_body=document({"widgets": widgets})
        )
        self.url = (
            f"https://{region}.console.aws.amazon.com/cloudwatch/home"
            f"?region={region}#dashboards/dashboard/{dashboard.dashboard_name}"
        )

    def _graph(self, title: str, corner: tuple[int, int], metrics: list[list[Any]]) -> dict[str, Any]:
        column, row = corner
        return {
            "type": "metric",
            "x": column,
            "y": row,
            "width": _HALF,
            "height": _HEIGHT,
            "properties": {
                "title": title,
                "region": self._region,
                "view": "timeSeries",
                "stat": "Maximum",
                "period": _PERIOD_SECONDS,
                "metrics": metrics,
                "yAxis": {"left": {"min": 0}},
            },
        }
