"""The dashboard's widgets on faults."""

from modules.data import queue_metrics
from modules.data.job_queues import JobQueues
from modules.monitoring import fleet_metrics
from modules.monitoring.interruptions import Interruptions
from modules.monitoring.widgets import BLUE, BROWN, GREY, ORANGE, PURPLE, RED, Widget, Widgets

_QUARTER = 900


def fault_widgets(widgets: Widgets, queue: JobQueues, interruptions: Interruptions) -> list[Widget]:
    """Dead letters, failed webhooks, interrupted jobs, and Spot interruptions."""
    return [
        widgets.graph(
            "Dead letters: jobs that failed at every try",
            [queue_metrics.dead_letters(queue).row("Maximum", label="dead letters", color=RED)],
        ),
        widgets.graph(
            "Is the backend told?",
            [
                queue_metrics.worker(queue, "WebhookAttempts").row("Sum", label="webhooks sent", color=BLUE),
                queue_metrics.worker(queue, "WebhookFailures").row("Sum", label="failed", color=RED),
                queue_metrics.worker(queue, "EndsNotNotified").row("Sum", label="ends without receiver", color=PURPLE),
            ],
        ),
        widgets.graph(
            "What interrupts jobs?",
            [
                queue_metrics.worker(queue, name).row("Sum", label=label, color=color)
                for name, label, color in (
                    ("HandedBack", "handed back: Spot, deployment, scale-in", ORANGE),
                    ("LeasesLost", "leases lost", RED),
                    ("ProtectionRefused", "protection refused", PURPLE),
                    ("UnexpectedErrors", "unexpected errors", BROWN),
                    ("DuplicatesSuppressed", "duplicates suppressed", GREY),
                )
            ],
        ),
        widgets.graph(
            "Spot interruptions",
            [fleet_metrics.spot_interruptions(interruptions).row("Sum", label="workers that Spot took", color=ORANGE)],
            period=_QUARTER,
        ),
    ]
