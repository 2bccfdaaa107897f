"""Every name that AWS knows our resources by, from one function.

Production bears the names that the backend and its operators already use; every other environment the same with a
suffix (`hospup-video-jobs-dev`), so that environments can share an account and a name says where it belongs.
"""

from collections.abc import Callable
from dataclasses import dataclass

from modules.config import PRODUCTION, ConfigurationError

# The longest name that AWS accepts, in characters.
_QUEUE = 80  # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
_BUCKET = 63  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_ROLE = 64  # https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
_RULE = 64  # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
_BUDGET = 100  # https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_Budget.html
_POLICY = 128  # https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html
_OTHER = 255  # repository, cluster, service, family, table, dashboard, alarm, topic, secret, alias, group: 255 or more

LONGEST_QUERY = 40
"""Characters that a saved query's own name can have, behind its folder's."""

LONGEST_SUFFIX = 17
"""Characters that a suffix can have: an environment's name has 16 at most, and a dash."""


RUNGS = 6
"""Scaling policies that follow the jobs, and their alarms: the ground, and five above the pool. An alarm costs $0.30 a
month; with the ground alone, a spike's first jobs wait twice as long (docs/scale.md)."""


@dataclass(frozen=True)
class Names:
    """The names of one environment's resources; made by `names_of`."""

    network: str
    registry: str
    queue: str
    dead_letter_queue: str
    cluster: str
    service: str
    task_family: str
    log_group: str
    dashboard: str
    media_bucket: str
    ledger: str
    task_role: str
    execution_role: str
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
    stalled_alarm: str
    wait_alarm: str
    age_alarm: str
    failure_alarm: str
    webhook_alarm: str
    spot_interrupted_alarm: str
    protection_refused_alarm: str
    users_affected_alarm: str
    dead_letters_left_alarm: str
    spot_interruptions: str
    spot_interruptions_log_group: str
    saved_queries: str
    budget: str


def names_of(environment: str) -> Names:
    """The names of an environment's resources."""
    suffix = "" if environment == PRODUCTION else f"-{environment}"

    def name(base: str, longest: int) -> str:
        if len(base + suffix) > longest:
            raise ConfigurationError(
                f"The environment's name {environment!r} makes {base + suffix!r} of {len(base + suffix)} characters, "
                f"and AWS accepts {longest}: choose a shorter one."
            )
        return base + suffix

    return _names(name)


def names_with(suffix: str) -> Names:
    """The names with a suffix that Terraform knows and Python doesn't, such as `${var.name_suffix}`."""
    return _names(lambda base, _longest: base + suffix)


def _names(name: Callable[[str, int], str]) -> Names:
    return Names(
        network=name("hospup-video-processing", _OTHER),
        registry=name("hospup-ffmpeg-worker", _OTHER),
        queue=name("hospup-video-jobs", _QUEUE),
        dead_letter_queue=name("hospup-video-jobs-dlq", _QUEUE),
        cluster=name("hospup-video-processing", _OTHER),
        service=name("ffmpeg-worker-service", _OTHER),
        task_family=name("hospup-ffmpeg-worker", _OTHER),
        log_group=name("/ecs/hospup-ffmpeg-worker", _OTHER),
        dashboard=name("HospupVideoProcessing", _OTHER),
        media_bucket=name("hospup-files", _BUCKET),
        ledger=name("hospup-video-jobs", _OTHER),
        task_role=name("hospup-ffmpeg-worker-task", _ROLE),
        execution_role=name("hospup-ffmpeg-worker-execution", _ROLE),
        backend_policy=name("hospup-video-backend", _POLICY),
        deployer_policy=name("hospup-video-deployer", _POLICY),
        plan_role=name("hospup-video-github-plan", _ROLE),
        apply_role=name("hospup-video-github-apply", _ROLE),
        security_group=name("hospup-ffmpeg-worker", _OTHER),
        webhook_secret=name("hospup-video/webhook-signing-key", _OTHER),
        alarm_topic=name("hospup-video-alarms", _OTHER),
        alarm_key_alias=name("alias/hospup-video-alarms", _OTHER),
        dead_letter_alarm=name("hospup-video-jobs-dlq-not-empty", _OTHER),
        scaling_policies=tuple(name(f"hospup-peak-jobs-{rung}", _OTHER) for rung in range(RUNGS)),
        below_pool_alarm=name("hospup-video-workers-below-pool", _OTHER),
        at_maximum_alarm=name("hospup-video-workers-at-maximum", _OTHER),
        unheard_alarm=name("hospup-jobs-unheard", _OTHER),
        stalled_alarm=name("hospup-video-jobs-stalled", _OTHER),
        wait_alarm=name("hospup-video-jobs-wait", _OTHER),
        age_alarm=name("hospup-video-job-too-old", _OTHER),
        failure_alarm=name("hospup-video-jobs-fail", _OTHER),
        webhook_alarm=name("hospup-video-webhooks-fail", _OTHER),
        spot_interrupted_alarm=name("hospup-video-spot-interrupted", _OTHER),
        protection_refused_alarm=name("hospup-video-protection-refused", _OTHER),
        users_affected_alarm=name("hospup-video-users-affected", _OTHER),
        dead_letters_left_alarm=name("hospup-video-dead-letters-left", _OTHER),
        spot_interruptions=name("hospup-video-spot-interruptions", _RULE),
        # The prefix of the groups that EventBridge's console offers for a target.
        spot_interruptions_log_group=name("/aws/events/hospup-video-spot-interruptions", _OTHER),
        saved_queries=name("hospup-video", _OTHER - LONGEST_QUERY),
        budget=name("hospup-video", _BUDGET),
    )
