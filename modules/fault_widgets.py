"""What goes wrong: the dashboard's last row of graphs."""

from modules import metrics
from modules.interruptions import Interruptions
from modules.queue import Queue
from modules.widgets import BLUE, GREY, ORANGE, PURPLE, RED, Widget, graph

_QUARTER = 900


def faults(region: str, queue: Queue, interruptions: Interruptions) -> list[Widget]:
    """Jobs that failed for good, ends that weren't told, jobs that were interrupted, and workers that Spot took."""
    return [
        graph(
            "Dead letters: jobs that failed at every try",
            region,
            [metrics.dead_letters(queue).row("Maximum", label="dead letters", color=RED)],
        ),
        graph(
            "Is the backend told?",
            region,
            [
                metrics.worker(queue, "WebhookAttempts").row("Sum", label="webhooks sent", color=BLUE),
                metrics.worker(queue, "WebhookFailures").row("Sum", label="failed", color=RED),
            ],
        ),
        graph(
            "What interrupts jobs?",
            region,
            [
                metrics.worker(queue, name).row("Sum", label=label, color=color)
                for name, label, color in (
                    ("HandedBack", "handed back: Spot, deployment, scale-in", ORANGE),
                    ("LeasesLost", "leases lost", RED),
                    ("ProtectionRefused", "protection refused", PURPLE),
                    ("DuplicatesSuppressed", "duplicates suppressed", GREY),
                )
            ],
        ),
        graph(
            "Spot interruptions",
            region,
            [metrics.spot_interruptions(interruptions).row("Sum", label="workers that Spot took", color=ORANGE)],
            period=_QUARTER,
        ),
    ]
