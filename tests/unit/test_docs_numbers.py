"""Numbers in the documents that the code contains too: a change of the code fails here until the page is changed.

One row per number: its page, a pattern of its sentence with one group, and the value in the code. A pattern has
alternatives where a sentence may be worded in several ways.
"""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

from modules.config import Environment
from modules.config.fleet import MOST_WORKERS
from modules.config.names import SCALING_ALARMS
from ops.aws import cancellation
from ops.cost import prices
from ops.simulation import fair_queue
from ops.simulation.timings import Timings
from tests.golden.test_filters import EDITED, EXTREME
from tests.golden.text_cases import CASES
from tools import prerequisites, scan
from worker.aws import ledger, task_protection, usage
from worker.consumer import deadline
from worker.consumer.shutdown import GRACE_SECONDS
from worker.consumer.timing import Timing
from worker.job import limits
from worker.net import pinned_http, webhook
from worker.telemetry import line_writer, otlp, peak_jobs

ROOT = Path(__file__).parents[2]
WORDS = {
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
}


def constant(path: str, name: str) -> Any:
    """A module's constant, read without importing it: the infrastructure's modules would start Node."""
    for node in ast.parse((ROOT / path).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and any(
            isinstance(each, ast.Name) and each.id == name for each in node.targets
        ):
            return ast.literal_eval(node.value)
    raise AssertionError(f"{path} has no constant {name}")


def deployed(kind: str, name: str | None = None) -> Any:
    """A resource of production, or all of a kind by name; tests/infra/test_snapshots.py holds the file to the code."""
    snapshot = json.loads((ROOT / "tests" / "infra" / "snapshots" / "prod.json").read_text(encoding="utf-8"))
    return snapshot["resource"][kind] if name is None else snapshot["resource"][kind][name]


CONFIG = Environment(name="prod")
FLEET, QUEUE = CONFIG.fleet, CONFIG.queue
TIMING = Timing()
DAY, MINUTE = 24 * 60 * 60, 60
DEAD_LETTER_DAYS = deployed("aws_sqs_queue", "dead_letters")["message_retention_seconds"] / DAY
CONTAINER = deployed("aws_ecs_task_definition", "worker")["container_definitions"][0]
STOP_SECONDS, LOG_OPTIONS = CONTAINER["stopTimeout"], CONTAINER["logConfiguration"]["options"]
SCALING = re.compile(r"peak_jobs_\d+|unheard")
ALARMS = [name for name in deployed("aws_cloudwatch_metric_alarm") if not SCALING.fullmatch(name)]
"""Metric alarms that don't scale the fleet."""
INDEX_WRITES = 2 * 1 + 2 * 3
"""Per job: two indexes by what never changes, two by what changes once."""
INDEX_DOLLARS = divmod(
    round(27_200 * 30 * INDEX_WRITES * prices.load().regions["eu-west-1"]["dynamodb.write"].usd * 100), 100
)
USAGE_DOLLARS = divmod(round(27_200 * 30 * 2 * prices.load().regions["eu-west-1"]["dynamodb.write"].usd * 100), 100)
"""Two writes per job of one try."""
AUTOSCALING, STALL_ALARMS = "modules/compute/autoscaling.py", "modules/monitoring/stall_alarms.py"
JOB_ALARMS, SPOT_ALARMS = "modules/monitoring/job_alarms.py", "modules/monitoring/interruption_alarms.py"

NUMBERS: tuple[tuple[str, str, Any], ...] = (
    ("README.md", r"(\d+) always on", FLEET.warm_pool_size),
    ("README.md", r"(\d+) at most<br>", FLEET.max_workers),
    ("README.md", r"after (\d+) tries", QUEUE.max_receive_count),
    ("README.md", r"(\d+) texts, custom fonts", len(CASES)),
    ("README.md", r"custom fonts and (\d+) filter chains", len(EDITED) + len(EXTREME)),
    ("README.md", r"Python >= ([\d.]+)", prerequisites.PYTHON),
    ("README.md", r"Node >= ([\d.]+)", prerequisites.NODE[0]),
    ("README.md", r"Terraform >= ([\d.]+\d)", prerequisites.TERRAFORM),
    ("CONTRIBUTING.md", r"Python >= ([\d.]+)", prerequisites.PYTHON),
    ("CONTRIBUTING.md", r"Node >= ([\d.]+)", prerequisites.NODE[0]),
    ("CONTRIBUTING.md", r"Terraform >= ([\d.]+\d)", prerequisites.TERRAFORM),
    (
        "SECURITY.md",
        r"at most (\d+) characters of a message",
        constant("worker/job/message_body.py", "_QUOTED_CHARACTERS"),
    ),
    (
        "docs/design/architecture.md",
        r"the (\d+) s visibility timeout|visibility timeout of (\d+) s",
        TIMING.lease_seconds,
    ),
    ("docs/design/architecture.md", r"after (\d+) s, \d+ s", TIMING.backoff_seconds),
    ("docs/design/architecture.md", r"after \d+ s, (\d+) s", 4 * TIMING.backoff_seconds),
    ("docs/design/architecture.md", r"lease (?:runs out|expires) within (\d+) s", TIMING.lease_seconds),
    (
        "docs/design/infrastructure.md",
        r"(\d+) s long polling|long polls of (\d+) s",
        deployed("aws_sqs_queue", "jobs")["receive_wait_time_seconds"],
    ),
    (
        "docs/design/infrastructure.md",
        r"keeps (\d+) MB per worker",
        float(LOG_OPTIONS["max-buffer-size"].rstrip("m")),
    ),
    ("docs/design/reliability.md", r"Beyond ([\d,]+) lines", line_writer.LINES_MAX),
    ("docs/design/scale.md", r"After (\w+) minutes of consecutive jobs", task_protection.KEPT_SECONDS / MINUTE),
    ("docs/design/scale.md", r"that ends within (\d+) s, and hands", GRACE_SECONDS),
    ("docs/design/scale.md", r"when a long poll of (\d+) s stays", TIMING.long_poll_seconds),
    ("docs/design/infrastructure.md", r"(\d+) s lease|lease of (\d+) s", QUEUE.visibility_timeout_seconds),
    (
        "docs/design/infrastructure.md",
        r"offer is kept for (\d+) s",
        deployed("aws_sqs_queue", "parts")["message_retention_seconds"],
    ),
    ("docs/runbook.md", r"Within (\d+) hours a worker joined", constant("modules/monitoring/help_alarms.py", "HOURS")),
    ("docs/design/infrastructure.md", r"(\d+) tries", QUEUE.max_receive_count),
    ("docs/design/infrastructure.md", r"dead-letter queue for (\d+) days", DEAD_LETTER_DAYS),
    ("docs/design/infrastructure.md", r"log group \((\d+) days\)", CONFIG.observability.log_retention_days),
    ("docs/design/infrastructure.md", r"last (\d+) images", CONFIG.registry.images_kept),
    ("docs/design/infrastructure.md", r"(\d+) vCPU and \d+ GB", FLEET.cpu / 1024),
    ("docs/design/infrastructure.md", r"\d+ vCPU and (\d+) GB", FLEET.memory / 1024),
    ("docs/design/infrastructure.md", r"(\d+) s to stop", STOP_SECONDS),
    (
        "docs/design/infrastructure.md",
        r"set again every (\d+) minutes",
        constant("modules/compute/schedules.py", "_REPEAT_MINUTES"),
    ),
    (
        "docs/design/infrastructure.md",
        r"away for up to (\d+) minutes|workers for up to (\d+) minutes",
        constant("modules/compute/schedules.py", "_REPEAT_MINUTES"),
    ),
    ("docs/design/infrastructure.md", r"`scale_in_after_seconds` \((\d+) s\)", FLEET.scale_in_after_seconds),
    ("docs/design/infrastructure.md", r"at (\d+) % spent", constant("modules/monitoring/budget.py", "_ACTUAL")),
    ("docs/design/infrastructure.md", r"at (\d+) % forecast", constant("modules/monitoring/budget.py", "_FORECAST")),
    ("docs/design/infrastructure.md", r"(\w+) metric alarms", len(ALARMS)),
    (
        "docs/design/infrastructure.md",
        r"(\d+) days of grace for the secret|secret is kept for (\d+) days",
        deployed("aws_secretsmanager_secret", "webhook_key")["recovery_window_in_days"],
    ),
    (
        "docs/design/infrastructure.md",
        r"(\w+) interface endpoints",
        len(constant("modules/network/vpc.py", "_INTERFACE_ENDPOINTS")),
    ),
    ("docs/design/reliability.md", r"(\d+) s at most, plus|within (\d+) s, plus", TIMING.lease_seconds),
    ("docs/design/reliability.md", r"(\w+) (?:tries|attempts)[,;] then the message is the retry", webhook.ATTEMPTS),
    (
        "docs/design/reliability.md",
        r"every (\d+) minutes from the dead-letter queue",
        TIMING.redelivery_interval_seconds / MINUTE,
    ),
    ("docs/design/reliability.md", r"hidden for (\d+) s|message for (\d+) s", TIMING.lease_seconds),
    ("docs/design/reliability.md", r"(?:renewed|claim) every (\d+) s", TIMING.lease_seconds / 3),
    ("docs/design/reliability.md", r"renewed within (\d+) s", TIMING.lease_seconds / 2),
    ("docs/design/reliability.md", r"repeated every (\d+) s", TIMING.lease_seconds / 18),
    ("docs/design/reliability.md", r"may take (\d+) minutes", deadline.BASE_SECONDS / MINUTE),
    ("docs/design/reliability.md", r"(\d+) s (?:for each|per) second of video", deadline.SECONDS_PER_SECOND),
    ("docs/design/reliability.md", r"(\w+) times (?:what is|the)", deadline.SLOWDOWN_FACTOR),
    ("docs/design/reliability.md", r"retention \((\d+) days\)", QUEUE.retention_days),
    (
        "docs/operate/cancel-and-pause.md",
        r"FFmpeg within (\d+) s",
        TIMING.lease_seconds / 3 + TIMING.lease_seconds / 18,
    ),
    ("docs/operate/cancel-and-pause.md", r"retention, (\d+) days", QUEUE.retention_days),
    ("docs/runbook.md", r"queue's retention of (\d+) days", QUEUE.retention_days),
    ("docs/reference/commands.md", r"retention of (\d+) days", QUEUE.retention_days),
    ("docs/decisions/0028-cancel-and-pause.md", r"every (\d+) s, on a thread", TIMING.pause_poll_seconds),
    ("docs/operate/cancel-and-pause.md", r"goes after (\d+) days", cancellation.EXPIRY_DAYS),
    ("docs/design/reliability.md", r"instead of (\d+)", TIMING.lease_seconds),
    ("docs/design/scale.md", r"asks SQS every (\d+) s", peak_jobs.INTERVAL_SECONDS),
    ("docs/design/scale.md", r"`scale_in_after_seconds`, (\w+) minutes", FLEET.scale_in_after_seconds / MINUTE),
    ("docs/design/scale.md", r"(\w+) alarms with a period of", SCALING_ALARMS),
    ("docs/design/scale.md", r"with a period of (\d+) s, evaluated", constant(AUTOSCALING, "_PEAK_JOBS_PERIOD")),
    ("docs/design/scale.md", r"for jobs that have waited for (\w+) minutes", constant(AUTOSCALING, "_WAITING_MINUTES")),
    ("docs/design/scale.md", r"batches of up to (\d+) s", Timings().log_batch),
    (
        "docs/design/scale.md",
        r"alarms with a period of (\d+) s",
        constant("modules/compute/autoscaling.py", "_PEAK_JOBS_PERIOD"),
    ),
    ("docs/design/scale.md", r"can be done in (\d+) s|ends within (\d+) s", GRACE_SECONDS),
    ("docs/design/scale.md", r"limit of ([\d,]+) workers", MOST_WORKERS),
    ("docs/design/scale.md", r"noisy with more than (\d+) % of", 100 * fair_queue.NOISY_SHARE),
    ("docs/design/scale.md", r"messages in flight and at least (\d+) of", fair_queue.NOISY_IN_FLIGHT),
    ("docs/design/scale.md", r"has sent nothing for (\w+) minutes", fair_queue.SILENCE_SECONDS / MINUTE),
    ("docs/runbook.md", r"dead-letter queue for (\d+)", DEAD_LETTER_DAYS),
    ("docs/runbook.md", r"In each of the last (\w+) minutes jobs waited", constant(STALL_ALARMS, "MINUTES")),
    ("docs/runbook.md", r"p95\* is below (\d+) s", constant(JOB_ALARMS, "WAIT_SECONDS")),
    ("docs/runbook.md", r"falls below (\d+) s", constant(JOB_ALARMS, "AGE_SECONDS")),
    (
        "docs/runbook.md",
        r"no code expects, (\w+) times or more within",
        constant(JOB_ALARMS, "FEWEST_UNEXPECTED"),
    ),
    ("docs/runbook.md", r"fewer than (\d+) %", constant(JOB_ALARMS, "SUCCESS_PERCENT")),
    ("docs/runbook.md", r"back above (\d+) %", constant(JOB_ALARMS, "SUCCESS_PERCENT")),
    ("docs/runbook.md", r"and (\w+) or more failed", constant(JOB_ALARMS, "FEWEST_FAILURES")),
    ("docs/runbook.md", r"(\w+) webhooks or more failed", constant(JOB_ALARMS, "FEWEST_FAILURES")),
    (
        "docs/runbook.md",
        r"For (\d+) minutes, without a pause|each of the last (\d+) minutes",
        constant(SPOT_ALARMS, "REFUSED_MINUTES"),
    ),
    (
        "docs/operate/troubleshooting.md",
        r"message is (?:seen again|visible again), within (\d+) s",
        TIMING.lease_seconds,
    ),
    ("docs/decisions/0029-indexes-of-the-ledger.md", r"\$([\d.]+) a month at", INDEX_DOLLARS),
    ("docs/operate/usage.md", r"for (\d+) days \(TTL\)", usage.EXPIRY_DAYS),
    ("docs/operate/usage.md", r"about \$([\d.]+) per month", USAGE_DOLLARS),
    ("docs/operate/tracing.md", r"(\d+)(?: seconds)? that ECS", STOP_SECONDS - GRACE_SECONDS),
    ("docs/operate/tracing.md", r"render's (\d+)", GRACE_SECONDS),
    ("docs/operate/tracing.md", r"waits (?:up to )?(\w+) seconds for its last spans", otlp.FLUSH_SECONDS),
    ("docs/operate/image.md", r"version older than ([\d.]+\d)", scan.LEAST_FFMPEG),
    ("docs/use/backend.md", r"within (\d+) seconds", pinned_http.READ_SECONDS),
    ("docs/use/backend.md", r"kept for (\d+) days", ledger.EXPIRY_DAYS),
    ("docs/reference/job-contract.md", r"(\d+) MiB at most", limits.MESSAGE_BYTES / 1024**2),
    ("docs/reference/job-contract.md", r"WOFF2 of (\d+) M", limits.FONT_BYTES / 1024**2),
    ("docs/reference/job-contract.md", r"up to (\w+);? quality", limits.RENDITIONS),
    ("docs/reference/job-contract.md", r"default (\d+) s\b", FLEET.scale_in_after_seconds),
)


@pytest.mark.parametrize(("page", "pattern", "value"), NUMBERS, ids=[f"{page}: {text}" for page, text, _ in NUMBERS])
def test_a_page_has_the_number_of_the_code(page: str, pattern: str, value: Any) -> None:
    text = " ".join((ROOT / page).read_text(encoding="utf-8").split())
    stated = [number(next(filter(None, found.groups()))) for found in re.finditer(pattern, text)]
    assert stated, f"{page} has no sentence like {pattern}: change the pattern with the sentence"
    assert set(stated) == {value}


def number(text: str) -> float | tuple[int, ...]:
    """The value of `90`, `1,000`, `three`, or of a version such as `3.11`."""
    if text.lower() in WORDS:
        return WORDS[text.lower()]
    return tuple(map(int, text.split("."))) if "." in text else float(text.replace(",", ""))


def test_attacks_that_the_page_names_are_over_a_limit() -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    (found,) = re.findall(r"(\d+) x (\d+) pixels, (\d+) hours, (\d+) streams", text)
    width, height, hours, streams = map(int, found)
    assert width * height > limits.MEDIA_PIXELS
    assert hours * 3600 > limits.MEDIA_SECONDS
    assert streams > limits.MEDIA_STREAMS


def test_the_lease_is_the_queues_and_the_long_poll_is_the_workers() -> None:
    assert TIMING.lease_seconds == QUEUE.visibility_timeout_seconds
    polled = deployed("aws_sqs_queue", "jobs")["receive_wait_time_seconds"]
    assert polled == constant("worker/aws/queue.py", "LONG_POLL_SECONDS")
