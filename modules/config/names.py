"""The names of all resources in AWS.

Production has the names that the backend and its operators already use. Every other environment has the same names with
a suffix (`hospup-video-jobs-dev`), so that environments can share an account and a name shows its environment.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields

from modules.config import PRODUCTION, ConfigurationError

# Longest name that AWS accepts, in characters.
_QUEUE = 80  # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
_BUCKET = 63  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_ROLE = 64  # https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
_RULE = 64  # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
_BUDGET = 100  # https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_Budget.html
_POLICY = 128  # https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html
_OTHER = 255  # repository, cluster, service, family, table, dashboard, alarm, topic, secret, alias, group: 255 or more

LONGEST_QUERY = 40
"""Longest name of a saved query, without its folder, in characters."""

LONGEST_SUFFIX = 17
"""Longest suffix, in characters: a dash, and an environment's name of at most 16."""

DEAD_LETTERS = "dlq"
"""The end of the dead-letter queue's name in production, so no other environment's suffix can begin with it."""

SCALING_ALARMS = 6
"""Largest number of alarms on the number of jobs, each with its scaling policy: one at zero jobs, five above the warm
pool. An alarm costs $0.30 per month; with only the one at zero jobs, the first jobs of a spike wait twice as long
(docs/design/scale.md)."""


@dataclass(frozen=True)
class Names:
    """The names of one environment's resources, and the suffix that they all end in; empty in production."""

    suffix: str
    network: str
    registry: str
    queue: str
    dead_letter_queue: str
    parts_queue: str
    cluster: str
    service: str
    task_family: str
    log_group: str
    dashboard: str
    media_bucket: str
    jobs_table: str
    task_role: str
    execution_role: str
    worker_boundary: str
    backend_policy: str
    deployer_policy: str
    plan_role: str
    apply_role: str
    security_group: str
    webhook_secret: str
    alarm_topic: str
    alarm_key_alias: str
    dead_letter_alarm: str
    scaling_policies: tuple[str, ...]
    unheard_alarm: str
    below_pool_alarm: str
    at_maximum_alarm: str
    waiting_alarm: str
    none_done_alarm: str
    stalled_alarm: str
    wait_alarm: str
    age_alarm: str
    failure_alarm: str
    webhook_alarm: str
    not_notified_alarm: str
    paused_alarm: str
    unexpected_alarm: str
    spot_interrupted_alarm: str
    protection_refused_alarm: str
    help_failed_alarm: str
    users_affected_alarm: str
    dead_letters_left_alarm: str
    spot_interruptions: str
    spot_interruptions_log_group: str
    saved_queries: str
    budget: str

    @property
    def alarms(self) -> tuple[str, ...]:
        """The names of all alarms; a scaling policy's alarm has the policy's name."""
        single = (field.name for field in fields(self) if field.name.endswith("_alarm"))
        return (*self.scaling_policies, *(getattr(self, field) for field in single))

    def in_production(self, name: str) -> str:
        """Production's name of the resource that has this name here."""
        return name.removesuffix(self.suffix)


def names_of(environment: str) -> Names:
    """The names of an environment's resources.

    Raises ConfigurationError if AWS would refuse one as too long, or if two environments would have the same.
    """
    if environment == DEAD_LETTERS or environment.startswith(f"{DEAD_LETTERS}-"):
        raise ConfigurationError(
            f"The environment's name {environment!r} makes its job queue another environment's dead-letter queue: "
            f"choose one that doesn't begin with {DEAD_LETTERS}."
        )
    suffix = "" if environment == PRODUCTION else f"-{environment}"

    def name(base: str, longest: int) -> str:
        if len(base + suffix) > longest:
            raise ConfigurationError(
                f"The environment's name {environment!r} makes {base + suffix!r} of {len(base + suffix)} characters, "
                f"and AWS accepts {longest}: choose a shorter one."
            )
        return base + suffix

    return _names(name, suffix)


def names_with_suffix(suffix: str) -> Names:
    """The names with a suffix that only Terraform can evaluate, such as `${var.name_suffix}`."""
    return _names(lambda base, _longest: base + suffix, suffix)


def _names(name: Callable[[str, int], str], suffix: str) -> Names:
    return Names(
        suffix=suffix,
        network=name("hospup-video-processing", _OTHER),
        registry=name("hospup-ffmpeg-worker", _OTHER),
        queue=name("hospup-video-jobs", _QUEUE),
        dead_letter_queue=name(f"hospup-video-jobs-{DEAD_LETTERS}", _QUEUE),
        parts_queue=name("hospup-video-parts", _QUEUE),
        cluster=name("hospup-video-processing", _OTHER),
        service=name("ffmpeg-worker-service", _OTHER),
        task_family=name("hospup-ffmpeg-worker", _OTHER),
        log_group=name("/ecs/hospup-ffmpeg-worker", _OTHER),
        dashboard=name("HospupVideoProcessing", _OTHER),
        media_bucket=name("hospup-files", _BUCKET),
        jobs_table=name("hospup-video-jobs", _OTHER),
        task_role=name("hospup-ffmpeg-worker-task", _ROLE),
        execution_role=name("hospup-ffmpeg-worker-execution", _ROLE),
        worker_boundary=name("hospup-video-worker-boundary", _POLICY),
        backend_policy=name("hospup-video-backend", _POLICY),
        deployer_policy=name("hospup-video-deployer", _POLICY),
        plan_role=name("hospup-video-github-plan", _ROLE),
        apply_role=name("hospup-video-github-apply", _ROLE),
        security_group=name("hospup-ffmpeg-worker", _OTHER),
        webhook_secret=name("hospup-video/webhook-signing-key", _OTHER),
        alarm_topic=name("hospup-video-alarms", _OTHER),
        alarm_key_alias=name("alias/hospup-video-alarms", _OTHER),
        dead_letter_alarm=name("hospup-video-jobs-dlq-not-empty", _OTHER),
        scaling_policies=tuple(name(f"hospup-peak-jobs-{number}", _OTHER) for number in range(SCALING_ALARMS)),
        below_pool_alarm=name("hospup-video-workers-below-pool", _OTHER),
        at_maximum_alarm=name("hospup-video-workers-at-maximum", _OTHER),
        unheard_alarm=name("hospup-jobs-unheard", _OTHER),
        waiting_alarm=name("hospup-video-jobs-waiting", _OTHER),
        none_done_alarm=name("hospup-video-no-job-done", _OTHER),
        # Not the name of the metric alarm that it replaces: an update would create the new one before it deletes the
        # old one, by the same name.
        stalled_alarm=name("hospup-video-no-progress", _OTHER),
        wait_alarm=name("hospup-video-jobs-wait", _OTHER),
        age_alarm=name("hospup-video-job-too-old", _OTHER),
        failure_alarm=name("hospup-video-jobs-fail", _OTHER),
        webhook_alarm=name("hospup-video-webhooks-fail", _OTHER),
        not_notified_alarm=name("hospup-video-ends-not-notified", _OTHER),
        paused_alarm=name("hospup-video-paused", _OTHER),
        unexpected_alarm=name("hospup-video-unexpected-errors", _OTHER),
        spot_interrupted_alarm=name("hospup-video-spot-interrupted", _OTHER),
        protection_refused_alarm=name("hospup-video-protection-refused", _OTHER),
        help_failed_alarm=name("hospup-video-help-fails", _OTHER),
        users_affected_alarm=name("hospup-video-users-affected", _OTHER),
        dead_letters_left_alarm=name("hospup-video-dead-letters-left", _OTHER),
        spot_interruptions=name("hospup-video-spot-interruptions", _RULE),
        # EventBridge's console offers only log groups with this prefix as targets.
        spot_interruptions_log_group=name("/aws/events/hospup-video-spot-interruptions", _OTHER),
        saved_queries=name("hospup-video", _OTHER - LONGEST_QUERY),
        budget=name("hospup-video", _BUDGET),
    )
