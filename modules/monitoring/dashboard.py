"""The CloudWatch dashboard."""

from typing import Any

from modules.compute.fleet import Fleet
from modules.data import queue_metrics
from modules.data.job_queues import JobQueues
from modules.monitoring import fleet_metrics
from modules.monitoring.fault_widgets import fault_widgets
from modules.monitoring.help_alarms import HelpAlarms
from modules.monitoring.help_widget import help_widget
from modules.monitoring.interruptions import Interruptions
from modules.monitoring.job_alarms import AGE_SECONDS, SUCCESS_PERCENT, WAIT_SECONDS, JobAlarms
from modules.monitoring.logs import Logs
from modules.monitoring.prices import on_demand_hour, spot_hour
from modules.monitoring.queries import QUERIES
from modules.monitoring.runbook import runbook_of
from modules.monitoring.widgets import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    Row,
    Widget,
    Widgets,
    alarms,
    arrange,
    expression,
    line,
    text,
)
from modules.terraform.bindings import aws
from modules.terraform.component import Component
from modules.terraform.context import StackContext
from modules.terraform.json_document import json_document
from modules.terraform.metric import Metric

_QUARTER = 900


class Dashboard(Component):
    """The dashboard. From top to bottom: current values, whether users wait, why, faults, alarms and latest errors.

    Params:
        fleet, queue, interruptions, job_alarms, logs: what it shows.
        help_alarms: None without helpers.

    Attributes:
        url: the dashboard's address in the AWS console.
    """

    def __init__(
        self,
        context: StackContext,
        *,
        fleet: Fleet,
        queue: JobQueues,
        interruptions: Interruptions,
        job_alarms: JobAlarms,
        help_alarms: HelpAlarms | None,
        logs: Logs,
    ) -> None:
        super().__init__(context, "dashboard")
        region = context.account.region
        self._console = f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}"
        self._widgets = Widgets(region)
        self._fleet, self._queue, self._config = fleet, queue, context.environment.fleet
        rows = [
            (2, [self._heading(context.names.saved_queries, runbook_of(context).address)]),
            (4, self._numbers()),
            (6, [self._wait(), self._jobs(), self._workers()]),
            (6, [self._results(), self._render_seconds(), self._stages()]),
            (6, [self._load(), self._speed(), *self._helpers(), self._cost()]),
            (6, fault_widgets(self._widgets, queue, interruptions)),
            (
                7,
                [
                    alarms("Alarms", [*job_alarms.all_arns, *(help_alarms.arns if help_alarms else [])]),
                    self._widgets.logs("Latest warnings and errors", logs.group, QUERIES["errors"]),
                ],
            ),
        ]
        dashboard = aws.cloudwatch_dashboard.CloudwatchDashboard(
            self,
            "overview",
            dashboard_name=context.names.dashboard,
            dashboard_body=json_document({"start": "-PT3H", "periodOverride": "inherit", "widgets": arrange(rows)}),
        )
        self.url = f"{self._console}#dashboards/dashboard/{dashboard.dashboard_name}"

    def _heading(self, saved_queries: str, page: str) -> Widget:
        guide = f"[runbook]({page})" if page.startswith("https://") else f"runbook: `{page}`"
        return text(
            "## Are users waiting, and why?\n"
            f"Wait and oldest job say whether, the rows below why. What to do: {guide}. "
            f"[Logs Insights]({self._console}#logsV2:logs-insights), saved queries `{saved_queries}/...`; "
            f"[alarms]({self._console}#alarmsV2:)."
        )

    def _worker(self, name: str) -> Metric:
        return queue_metrics.worker(self._queue, name)

    def _numbers(self) -> list[Widget]:
        """The row of current values."""
        queue = self._queue
        return [
            self._widgets.number("Wait for a worker, p95, s", [self._worker("QueueWait").row("p95", color=ORANGE)]),
            self._widgets.number("Oldest job, s", [queue_metrics.oldest(queue).row("Maximum", color=ORANGE)]),
            self._widgets.number("Jobs waiting", [queue_metrics.waiting(queue).row("Maximum", color=ORANGE)]),
            self._widgets.number("Workers running", self._running("running", color=BLUE)),
            self._widgets.number("Jobs that succeed, %", self._success_rate(), period=_QUARTER),
            self._widgets.number("Dead letters", [queue_metrics.dead_letters(queue).row("Maximum", color=RED)]),
            self._widgets.number("Cost an hour, $", self._cost_rows(per_video=False)),
            self._widgets.number("Cost a video, $", self._cost_rows(per_hour=False), period=_QUARTER),
        ]

    def _wait(self) -> Widget:
        wait = self._worker("QueueWait")
        return self._widgets.graph(
            "Do users wait? Seconds from sending to a worker",
            [
                wait.row("p50", label="half wait less than", color=GREEN),
                wait.row("p95", label="19 in 20 wait less than", color=ORANGE),
                queue_metrics.oldest(self._queue).row("Maximum", label="oldest job (right)", color=GREY, yAxis="right"),
            ],
            lines=[
                line(WAIT_SECONDS, f"objective: {WAIT_SECONDS} s", RED, fill="above"),
                {**line(AGE_SECONDS, "too old"), "yAxis": "right"},
            ],
            right={},
        )

    def _jobs(self) -> Widget:
        return self._widgets.graph(
            "Jobs",
            [
                queue_metrics.waiting(self._queue).row("Maximum", label="waiting", color=ORANGE),
                queue_metrics.in_flight(self._queue).row("Maximum", label="in hand", color=BLUE),
            ],
            stacked=True,
        )

    def _workers(self) -> Widget:
        # The sizes are Terraform variables, and so correct after each deployment. `running * 0` draws them as lines.
        return self._widgets.graph(
            "Workers",
            [
                *self._running("running", color=BLUE),
                fleet_metrics.tasks(self._fleet, "Desired").row("Average", label="desired", color=PURPLE),
                expression("running * 0 + ${var.warm_pool_size}", "warm pool", color=GREY),
                expression("running * 0 + ${var.max_workers}", "maximum", color=RED),
                self._worker("Paused").row("Maximum", label="1: paused (right)", color=ORANGE, yAxis="right"),
            ],
            right={"max": 1},
        )

    def _running(self, row_id: str, **options: Any) -> list[Row]:
        """Number of running workers, as a row with this id. Container Insights publishes nothing while none runs, which
        is shown as zero; before a first worker the row may be empty."""
        reported = fleet_metrics.tasks(self._fleet, "Running").row("Average", id="reported", visible=False)
        return [reported, expression("FILL(reported, 0)", "running", id=row_id, **options)]

    def _success_rate(self) -> list[Row]:
        return [
            self._worker("JobsCompleted").row("Sum", id="completed", visible=False),
            self._worker("JobsFailed").row("Sum", id="failed", visible=False),
            expression("100 * completed / (completed + failed)", "succeed, %", color=GREEN),
        ]

    def _results(self) -> Widget:
        return self._widgets.graph(
            "Do jobs succeed?",
            [
                self._worker("JobsCompleted").row("Sum", label="completed", color=GREEN, id="completed"),
                self._worker("JobsRetried").row("Sum", label="tried again", color=ORANGE),
                self._worker("JobsFailed").row("Sum", label="failed", color=RED, id="failed"),
                self._worker("JobsCancelled").row("Sum", label="cancelled", color=PURPLE),
                expression(
                    "100 * completed / (completed + failed)",
                    "succeed, % (right)",
                    color=GREY,
                    yAxis="right",
                    period=_QUARTER,
                ),
            ],
            lines=[{**line(SUCCESS_PERCENT, f"objective: {SUCCESS_PERCENT} %", RED), "yAxis": "right"}],
            right={"max": 100},
        )

    def _render_seconds(self) -> Widget:
        render = self._worker("RenderSeconds")
        return self._widgets.graph(
            "How long does a render take? Seconds",
            [
                render.row("p50", label="half take less than", color=GREEN),
                render.row("p95", label="19 in 20 take less than", color=ORANGE),
                self._worker("JobSeconds").row("p95", label="whole job, 19 in 20", color=GREY),
            ],
        )

    def _stages(self) -> Widget:
        colors = {"Claim": GREY, "Fetch": ORANGE, "Probe": PURPLE, "Render": BLUE, "Publish": GREEN, "Notify": RED}
        return self._widgets.graph(
            "Where does the time go? Average seconds a job",
            [
                self._worker(f"{stage}Seconds").row("Average", label=stage.lower(), color=color)
                for stage, color in colors.items()
            ],
            stacked=True,
        )

    def _load(self) -> Widget:
        return self._widgets.graph(
            "Workers' CPU and memory, %",
            [
                fleet_metrics.utilization(self._fleet, "CPU").row("Average", label="CPU", color=BLUE),
                fleet_metrics.utilization(self._fleet, "Memory").row(
                    "Maximum", label="memory, the fullest", color=PURPLE
                ),
            ],
            lines=[line(90, "memory: near its limit", RED, fill="above")],
            left={"max": 100},
        )

    def _speed(self) -> Widget:
        return self._widgets.graph(
            "How fast do workers render?",
            [
                self._worker("RenderSpeed").row("p50", label="seconds of video made in a second", color=BLUE),
                self._worker("CpuPerOutputSecond").row(
                    "p50", label="CPU seconds for a second of video (right)", color=GREY, yAxis="right"
                ),
            ],
            right={},
        )

    def _helpers(self) -> list[Widget]:
        return [help_widget(self._widgets, self._queue)] if self._config.helpers else []

    def _cost(self) -> Widget:
        return self._widgets.graph(
            "What does it cost? $, Fargate alone",
            self._cost_rows(),
            right={},
            period=_QUARTER,
        )

    def _cost_rows(self, *, per_hour: bool = True, per_video: bool = True) -> list[Row]:
        hour, spot = on_demand_hour(self._config), spot_hour(self._config)
        first = "${var.on_demand_workers}"
        cost = f"IF(n > {first}, {first} * {hour:.5f} + (n - {first}) * {spot:.5f}, n * {hour:.5f})"
        rows = [
            *self._running("n", visible=False),
            expression(cost, "an hour", id="cost", color=BLUE, visible=per_hour),
        ]
        if per_video:
            video = "cost * PERIOD(completed) / 3600 / completed"
            axis = {"yAxis": "right"} if per_hour else {}
            label = "a video (right)" if per_hour else "a video"
            rows.append(self._worker("JobsCompleted").row("Sum", id="completed", visible=False))
            rows.append(expression(video, label, color=ORANGE, **axis))
        return rows
