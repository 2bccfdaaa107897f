"""Rules for the workers' task definition: what a container may do, and how it is stopped.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-tasks-containers.html
"""

import json
from collections.abc import Mapping
from typing import Any

from ops.cost.resources import block, number
from ops.review.differences import ABSENT
from ops.review.judgements import (
    ISOLATION,
    SURVIVAL,
    Changed,
    Judgement,
    Rule,
    Table,
    Weight,
    becomes,
    each,
    gone,
    harmless,
    harms,
    harms_if,
    off,
    on,
    refuses,
    tells,
)

STOP_TIMEOUT_SECONDS = 120
"""Seconds from SIGTERM to SIGKILL that a worker needs: a render goes on for 100 s after SIGTERM
(worker/consumer/shutdown.py), and then uploads, tells its receiver and acknowledges."""

_DEFAULT_STOP_TIMEOUT_SECONDS = 30

_SETTINGS = tells("Workers run with other settings.")
_PLACES = {"SQS_QUEUE_URL", "JOBS_TABLE", "MEDIA_BUCKET"}
_IDENTITY = harms("Workers start with another role: what it may not do fails, and jobs with it.")
_FARGATE_ONLY = harms("Fargate starts no task of this kind, or AWS refuses it.")
_UNKNOWN_TO_FARGATE = harmless("Fargate has none, so AWS refuses it before anything changes")
_LOGS = harms("Lines go elsewhere: `logs`, the saved queries and alarms on the log read the old place.")


def _environment(changed: Changed) -> Judgement:
    """A setting by its name, which is the position in the path: `environment[LOG_LEVEL].value`."""
    if place := next((name for name in _PLACES if f"[{name}]" in changed.item.path), None):
        return Judgement(f"Workers take jobs, or keep them, elsewhere: {place} changes.", Weight.HARM)
    if "[PARTS_QUEUE_URL]" in changed.item.path:
        return _helpers(changed)
    return _SETTINGS.judge(changed)


def _helpers(changed: Changed) -> Judgement:
    if gone(changed.item):
        return Judgement("Idle workers no longer render parts of other workers' jobs: long videos take longer.")
    if changed.item.before == ABSENT:
        return Judgement("Idle workers render parts of other workers' jobs.")
    return Judgement("Workers offer parts of jobs in another queue. Old and new workers don't help each other.")


def _secret(changed: Changed) -> Judgement:
    if gone(changed.item):
        return Judgement("Workers start without a secret: webhooks aren't signed any more.", Weight.HARM)
    return Judgement("Workers read a secret elsewhere: without a value there, none starts.", Weight.HARM)


def _size(changed: Changed) -> Judgement:
    before, after = number(changed.item.before), number(changed.item.after)
    if not before or not after:
        return Judgement("Workers get another size.", Weight.HARM)
    if changed.item.path == "cpu":
        if after > before:
            return Judgement(f"Renders take about {before / after:.0%} of the time.")
        return Judgement(f"Renders take about {before / after:g} times as long: {after:g} CPU units.", Weight.HARM)
    if after > before:
        return Judgement("Workers have more memory.")
    return Judgement(
        f"Workers have {after / before:.0%} of the memory ({after:g} MiB): large jobs are made in more parts, and "
        "those that fit into no part fail.",
        Weight.HARM,
    )


def _processor(changed: Changed) -> Judgement:
    """An image is built for one processor; on another, it ends with `exec format error`."""
    before, after = (_images(values) for values in (changed.change.before, changed.change.after))
    old, new = ("X86_64" if value == ABSENT else value for value in (changed.item.before, changed.item.after))
    if changed.item.known and before and before & after:
        return Judgement(
            f"Workers run on {new}, with the same image, which was built for {old}: each ends with exec format error.",
            Weight.REFUSED,
            SURVIVAL,
        )
    return Judgement(f"Workers run on {new}: the image must be built for it.", Weight.HARM)


def _images(values: Mapping[str, Any]) -> set[str]:
    try:
        containers = json.loads(str(values.get("container_definitions") or "[]"))
    except ValueError:
        return set()
    return {str(block(container).get("image")) for container in containers if isinstance(containers, list)}


def _stop_timeout(changed: Changed) -> Judgement:
    seconds = number(changed.item.after, _DEFAULT_STOP_TIMEOUT_SECONDS)
    if changed.item.known and seconds < STOP_TIMEOUT_SECONDS:
        return Judgement(
            f"Workers are killed {seconds:g} s after SIGTERM, and need {STOP_TIMEOUT_SECONDS}: what isn't handed back "
            "by then waits for its lease, and loses a try.",
            Weight.REFUSED,
            SURVIVAL,
        )
    return Judgement(f"Workers have {seconds:g} s from SIGTERM to SIGKILL.")


def _disk(changed: Changed) -> Judgement:
    # Without the block a task has 20 GiB.
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-storage.html
    if number(changed.item.after, 20) < number(changed.item.before, 20):
        return Judgement("Workers have a smaller disk: jobs with large sources may not fit.", Weight.HARM)
    return Judgement("Workers have a larger disk.")


_CONTAINER: dict[str, Rule] = {
    "": harms("Workers are started in another way."),
    **each("command entryPoint workingDirectory", harms("Workers start another program, or in another place.")),
    "dockerLabels": harmless("neither the worker nor AWS reads the labels"),
    "environment": Rule(_environment),
    "essential": refuses(
        SURVIVAL,
        off,
        "A task goes on without its worker: it is billed, and takes no job.",
        tells("A task ends with its worker."),
    ),
    "healthCheck": tells("A worker that hangs is found sooner or later than before."),
    "healthCheck.command": refuses(
        SURVIVAL,
        gone,
        "A worker that hangs is no longer replaced.",
        harms("Whether a worker hangs is asked in another way: a wrong answer stops all of them."),
    ),
    "image": tells("Workers run another image."),
    "linuxParameters": harms("The kernel treats the workers differently."),
    "linuxParameters.capabilities.add": refuses(
        ISOLATION,
        becomes("ALL"),
        "Containers get all of Linux's privileges.",
        harms("Containers may do more in Linux."),
    ),
    "linuxParameters.capabilities.drop": refuses(
        ISOLATION,
        lambda item: item.before == "ALL",
        "Containers keep Linux privileges that were dropped: a hole in FFmpeg is worth more.",
        tells("Containers drop further privileges of Linux."),
    ),
    "linuxParameters.initProcessEnabled": harms_if(
        off,
        "Nothing in the container reaps FFmpeg's processes: ended ones pile up.",
        tells("An init process reaps FFmpeg's ended processes."),
    ),
    "logConfiguration": _LOGS,
    "logConfiguration.options.mode": harms_if(
        lambda item: item.after != "non-blocking",
        "A stalled log service stops the workers that write to it.",
        tells("A stalled log service no longer stops the workers."),
    ),
    "logConfiguration.options.max-buffer-size": tells("More or fewer lines are lost while the log service stalls."),
    "mountPoints": refuses(
        SURVIVAL, becomes("true"), "Workers can't write to /tmp, and can't render.", harms("Workers have another /tmp.")
    ),
    "mountPoints.containerPath": refuses(
        SURVIVAL,
        lambda item: item.before == "/tmp",  # noqa: S108
        "Nothing is mounted at /tmp, the only place where workers may write: none can render.",
        harms("Something else is mounted in the workers."),
    ),
    "name": tells("The container has another name, and its log streams with it."),
    "portMappings": harms("A port of the workers is open, which no job needs."),
    "privileged": refuses(
        ISOLATION, on, "Containers are privileged: a hole in FFmpeg is one in the host.", tells("No longer privileged.")
    ),
    "readonlyRootFilesystem": refuses(
        ISOLATION,
        off,
        "The containers' files can be overwritten: a file that FFmpeg is tricked into writing can become code.",
        tells("The containers' files can't be overwritten any more."),
    ),
    "secrets": Rule(_secret),
    "stopTimeout": Rule(_stop_timeout, guards=True),
    "user": refuses(
        ISOLATION,
        lambda item: item.after.partition(":")[0] in {"0", "root", "(none)"},
        "Workers run as root.",
        tells("Workers run as another user, who must be able to read the image and to write to /tmp."),
    ),
    "volumesFrom": _FARGATE_ONLY,
}
"""By the path within a container definition."""

TASK: Table = {
    "aws_ecs_task_definition": {
        "container_definitions": Rule(_CONTAINER[""].judge, guards=True),
        **{f"container_definitions.{path}": rule for path, rule in _CONTAINER.items() if path},
        **each("cpu memory", Rule(_size)),
        "enable_fault_injection": harms_if(
            on, "Faults may be injected into workers.", tells("No faults are injected.")
        ),
        "ephemeral_storage": Rule(_disk),
        **each("execution_role_arn task_role_arn", _IDENTITY),
        "family": tells("The task definition has another name, and its older revisions another one than the new."),
        **each("inference_accelerator proxy_configuration placement_constraints", _UNKNOWN_TO_FARGATE),
        **each(
            "ipc_mode pid_mode",
            refuses(ISOLATION, becomes("host"), "Containers see the host's processes.", _FARGATE_ONLY),
        ),
        **each("network_mode requires_compatibilities", _FARGATE_ONLY),
        "runtime_platform.cpu_architecture": Rule(_processor, guards=True),
        "runtime_platform.operating_system_family": harms("Workers start on another operating system."),
        "skip_destroy": harms_if(
            off,
            "The next release deletes the revision before it: a rollback has nothing to go back to.",
            tells("Older revisions are kept, so that a rollback can go back to them."),
        ),
        "track_latest": harmless("which revision Terraform compares with; AWS doesn't see it"),
        "volume": harms("Workers get another /tmp."),
    },
}
