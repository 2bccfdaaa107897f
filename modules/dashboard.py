"""One screen for one question: are users waiting, and why."""

from constructs import Construct

from modules import metrics, widgets
from modules.bindings import aws
from modules.component import Component
from modules.config import Fleet as FleetConfig
from modules.documents import document
from modules.fault_widgets import faults
from modules.fleet import Fleet
from modules.interruptions import Interruptions
from modules.job_alarms import AGE_SECONDS, SUCCESS_PERCENT, WAIT_SECONDS, JobAlarms
from modules.logs import Logs
from modules.metrics import Metric
from modules.names import Names
from modules.prices import on_demand_hour, spot_hour
from modules.queries import QUERIES
from modules.queue import Queue
from modules.runbook import Runbook
from modules.widgets import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, Row, Widget, expression, graph, line, number

_QUARTER = 900


class Dashboard(Component):
    """One page, from top to bottom: what is, whether users wait, why, and what to do.

    Params:
        config: what a worker costs.
        fleet, queue, interruptions, alarms, logs: what it shows.
        runbook: where the page's links lead.
        region: whose metrics.

    Attributes:
        url: the page in the console.
    """

    def __init__(
        self,
        scope: Construct,
        names: Names,
        config: FleetConfig,
        *,
        fleet: Fleet,
        queue: Queue,
        interruptions: Interruptions,
        alarms: JobAlarms,
        logs: Logs,
        runbook: Runbook,
        region: str,
    ) -> None:
        super().__init__(scope, "dashboard")
        self._region = region
        self._fleet, self._queue, self._config = fleet, queue, config
        rows = [
            (2, [self._heading(names, runbook)]),
            (4, self._numbers()),
            (6, [self._waits(), self._jobs(), self._workers()]),
            (6, [self._success(), self._render_seconds(), self._stages()]),
            (6, [self._load(), self._speed(), self._cost()]),
            (6, faults(region, queue, interruptions)),
            (
                7,
                [
                    widgets.alarms("Alarms", alarms.arns),
                    widgets.logs("Latest warnings and errors", region, logs.group, QUERIES["errors"]),
                ],
            ),
        ]
        dashboard = aws.cloudwatch_dashboard.CloudwatchDashboard(
            self,
            "overview",
            dashboard_name=names.dashboard,
            dashboard_body=document({"start": "-PT3H", "periodOverride": "inherit", "widgets": widgets.placed(rows)}),
        )
        self.url = (
            f"https://{region}.console.aws.amazon.com/cloudwatch/home"
            f"?region={region}#dashboards/dashboard/{dashboard.dashboard_name}"
        )

    def _heading(self, names: Names, runbook: Runbook) -> Widget:
        home = f"https://{self._region}.console.aws.amazon.com/cloudwatch/home?region={self._region}"
        page = runbook.address
        guide = f"[runbook]({page})" if page.startswith("https://") else f"runbook: `{page}`"
        return widgets.text(
            "## Are users waiting, and why?\n"
            f"Wait and oldest job say whether, the rows below why. What to do: {guide}. "
            f"[Logs Insights]({home}#logsV2:logs-insights), saved queries `{names.saved_queries}/...`; "
            f"[alarms]({home}#alarmsV2:)."
        )

    def _of_workers(self, name: str) -> Metric:
        return metrics.worker(self._queue, name)

    def _numbers(self) -> list[Widget]:
        """Each of them answers in a glance."""
        queue, fleet, region = self._queue, self._fleet, self._region
        return [
            number("Wait for a worker, p95, s", region, [self._of_workers("QueueWait").row("p95", color=ORANGE)]),
            number("Oldest job, s", region, [metrics.oldest(queue).row("Maximum", color=ORANGE)]),
            number("Jobs waiting", region, [metrics.waiting(queue).row("Maximum", color=ORANGE)]),
            number("Workers running", region, [metrics.tasks(fleet, "Running").row("Average", color=BLUE)]),
            number("Jobs that succeed, %", region, self._succeeding(), period=_QUARTER),
            number("Dead letters", region, [metrics.dead_letters(queue).row("Maximum", color=RED)]),
            number("Cost an hour, $", region, self._cost_rows(per_video=False)),
            number("Cost a video, $", region, self._cost_rows(per_hour=False), period=_QUARTER),
        ]

    def _waits(self) -> Widget:
        wait = self._of_workers("QueueWait")
        return graph(
            "Do users wait? Seconds from sending to a worker",
            self._region,
            [
                wait.row("p50", label="half wait less than", color=GREEN),
                wait.row("p95", label="19 in 20 wait less than", color=ORANGE),
                metrics.oldest(self._queue).row("Maximum", label="oldest job (right)", color=GREY, yAxis="right"),
            ],
            lines=[
                line(WAIT_SECONDS, f"objective: {WAIT_SECONDS} s", RED, fill="above"),
                {**line(AGE_SECONDS, "too old"), "yAxis": "right"},
            ],
            right={},
        )

    def _jobs(self) -> Widget:
        return graph(
            "Jobs",
            self._region,
            [
                metrics.waiting(self._queue).row("Maximum", label="waiting", color=ORANGE),
                metrics.in_flight(self._queue).row("Maximum", label="in hand", color=BLUE),
            ],
            stacked=True,
        )

    def _workers(self) -> Widget:
        # The sizes are Terraform's variables, so that they are right after every deployment; `* 0` gives them a line.
        return graph(
            "Workers",
            self._region,
            [
                metrics.tasks(self._fleet, "Running").row("Average", label="running", color=BLUE, id="running"),
                metrics.tasks(self._fleet, "Desired").row("Average", label="desired", color=PURPLE),
                expression("running * 0 + ${var.warm_pool_size}", "warm pool", color=GREY),
                expression("running * 0 + ${var.max_workers}", "maximum", color=RED),
            ],
        )

    def _succeeding(self) -> list[Row]:
        return [
            self._of_workers("JobsCompleted").row("Sum", id="completed", visible=False),
            self._of_workers("JobsFailed").row("Sum", id="failed", visible=False),
            expression("100 * FILL(completed, 0) / (FILL(completed, 0) + FILL(failed, 0))", "succeed, %", color=GREEN),
        ]

    def _success(self) -> Widget:
        return graph(
            "Do jobs succeed?",
            self._region,
            [
                self._of_workers("JobsCompleted").row("Sum", label="completed", color=GREEN, id="completed"),
                self._of_workers("JobsRetried").row("Sum", label="tried again", color=ORANGE),
                self._of_workers("JobsFailed").row("Sum", label="failed", color=RED, id="failed"),
                expression(
                    "100 * FILL(completed, 0) / (FILL(completed, 0) + FILL(failed, 0))",
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
        render = self._of_workers("RenderSeconds")
        return graph(
            "How long does a render take? Seconds",
            self._region,
            [
                render.row("p50", label="half take less than", color=GREEN),
                render.row("p95", label="19 in 20 take less than", color=ORANGE),
                self._of_workers("JobSeconds").row("p95", label="whole job, 19 in 20", color=GREY),
            ],
        )

    def _stages(self) -> Widget:
        colors = {"Claim": GREY, "Fetch": ORANGE, "Probe": PURPLE, "Render": BLUE, "Publish": GREEN, "Notify": RED}
        return graph(
            "Where does the time go? Average seconds a job",
            self._region,
            [
                self._of_workers(f"{stage}Seconds").row("Average", label=stage.lower(), color=color)
                for stage, color in colors.items()
            ],
            stacked=True,
        )

    def _load(self) -> Widget:
        return graph(
            "Workers' CPU and memory, %",
            self._region,
            [
                metrics.utilization(self._fleet, "CPU").row("Average", label="CPU", color=BLUE),
                metrics.utilization(self._fleet, "Memory").row("Maximum", label="memory, the fullest", color=PURPLE),
            ],
            lines=[line(90, "memory: near its limit", RED, fill="above")],
            left={"max": 100},
        )

    def _speed(self) -> Widget:
        return graph(
            "How fast do workers render?",
            self._region,
            [
                self._of_workers("RenderSpeed").row("p50", label="seconds of video made in a second", color=BLUE),
                self._of_workers("CpuPerOutputSecond").row(
                    "p50", label="CPU seconds for a second of video (right)", color=GREY, yAxis="right"
                ),
            ],
            right={},
        )

    def _cost(self) -> Widget:
        return graph(
            "What does it cost? $, Fargate alone",
            self._region,
            self._cost_rows(),
            right={},
            period=_QUARTER,
        )

    def _cost_rows(self, *, per_hour: bool = True, per_video: bool = True) -> list[Row]:
        hour, spot = on_demand_hour(self._config), spot_hour(self._config)
        first = "${var.on_demand_workers}"
        cost = f"IF(n > {first}, {first} * {hour:.5f} + (n - {first}) * {spot:.5f}, n * {hour:.5f})"
        rows = [
            metrics.tasks(self._fleet, "Running").row("Average", id="n", visible=False),
            expression(cost, "an hour", id="cost", color=BLUE, visible=per_hour),
        ]
        if per_video:
            video = "cost * PERIOD(completed) / 3600 / completed"
            axis = {"yAxis": "right"} if per_hour else {}
            label = "a video (right)" if per_hour else "a video"
            rows.append(self._of_workers("JobsCompleted").row("Sum", id="completed", visible=False))
            rows.append(expression(video, label, color=ORANGE, **axis))
        return rows
