"""Every name that AWS knows our resources by, from one function.

Production bears the names that the backend and its operators already use; every other environment the same with a
suffix (`hospup-video-jobs-dev`), so that environments can share an account and a name says where it belongs.
"""

from dataclasses import dataclass

from modules.config import PRODUCTION, ConfigurationError

# The longest name that AWS accepts, in characters.
_QUEUE = 80  # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
_BUCKET = 63  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_ROLE = 64  # https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
_OTHER = 255  # repository, cluster, service, family, table, dashboard, alarm, topic, secret, alias, group: 255 or more


@dataclass(frozen=True)
class Names:
    """The names of one environment's resources; made by `names_of`."""

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
    security_group: str
    webhook_secret: str
    alarm_topic: str
    alarm_key_alias: str
    dead_letter_alarm: str
    scaling_policy: str


def names_of(environment: str) -> Names:
    """The names of an environment's resources."""

    def name(base: str, longest: int = _OTHER) -> str:
        full = base if environment == PRODUCTION else f"{base}-{environment}"
        if len(full) > longest:
            raise ConfigurationError(
                f"The environment's name {environment!r} makes {full!r} of {len(full)} characters, "
                f"and AWS accepts {longest}: choose a shorter one."
            )
        return full

    return Names(
        registry=name("hospup-ffmpeg-worker"),
        queue=name("hospup-video-jobs", _QUEUE),
        dead_letter_queue=name("hospup-video-jobs-dlq", _QUEUE),
        cluster=name("hospup-video-processing"),
        service=name("ffmpeg-worker-service"),
        task_family=name("hospup-ffmpeg-worker"),
        log_group=name("/ecs/hospup-ffmpeg-worker"),
        dashboard=name("HospupVideoProcessing"),
        media_bucket=name("hospup-files", _BUCKET),
        ledger=name("hospup-video-jobs"),
        task_role=name("hospup-ffmpeg-worker-task", _ROLE),
        execution_role=name("hospup-ffmpeg-worker-execution", _ROLE),
        security_group=name("hospup-ffmpeg-worker"),
        webhook_secret=name("hospup-video/webhook-signing-key"),
        alarm_topic=name("hospup-video-alarms"),
        alarm_key_alias=name("alias/hospup-video-alarms"),
        dead_letter_alarm=name("hospup-video-jobs-dlq-not-empty"),
        scaling_policy=name("hospup-messages-per-worker"),
    )
