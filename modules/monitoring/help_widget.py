"""The dashboard's widget on idle workers that render parts of other workers' jobs."""

from modules.data import queue_metrics
from modules.data.job_queues import JobQueues
from modules.monitoring.widgets import BLUE, GREEN, GREY, ORANGE, RED, Widget, Widgets


def help_widget(widgets: Widgets, queue: JobQueues) -> Widget:
    """Jobs that were helped, and what became of the parts that helpers took."""
    counted = (
        ("HelpedJobs", "jobs helped", GREEN),
        ("PartsRendered", "parts rendered by helpers", BLUE),
        ("PartsTakenBack", "parts taken back", ORANGE),
        ("HelpFailed", "rendered again, whole", RED),
    )
    return widgets.graph(
        "Helpers: idle workers render parts",
        [
            *(queue_metrics.worker(queue, name).row("Sum", label=label, color=color) for name, label, color in counted),
            queue_metrics.worker(queue, "SecondsSaved").row(
                "Average", label="seconds saved a job (right)", color=GREY, yAxis="right"
            ),
        ],
        right={},
    )
