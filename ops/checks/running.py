"""Checks of what is running: the image, the workers, the queues."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from ops.aws.pause import read_pause
from ops.aws.queues import describe_queue
from ops.aws.registry import Repository
from ops.aws_errors import is_missing
from ops.checks.result import CheckResult, Level
from ops.checks.subject import Subject
from ops.console.output import ago
from ops.stack.variables import NO_IMAGE
from ops.words import count


def check_image(subject: Subject) -> Iterator[CheckResult]:
    """Check that the deployed image is in the registry."""
    version = subject.service_state.version
    if version == NO_IMAGE:
        remedy = "hospup-video image build, image push TAG, image release TAG."
        yield CheckResult("image", Level.WARN, "none is released yet, so no worker runs", remedy)
        return
    context = subject.context
    found = Repository(context.session.client("ecr"), context.name("ecr_repository_uri")).find(version)
    if found is None:
        what = f"{version} is deployed and not in the registry: no further worker can start"
        yield CheckResult(
            "image", Level.FAIL, what, f"Push it again, or release another: hospup-video image push {version}."
        )
    else:
        yield CheckResult("image", Level.OK, f"{version}, {found.bytes / 1e6:.0f} MB")


def check_workers(subject: Subject) -> Iterator[CheckResult]:
    """Check that as many workers run as are wanted, and that no release has failed."""
    state = subject.service_state
    if state.problem:
        yield CheckResult("workers", Level.FAIL, state.problem, "hospup-video workers, hospup-video logs --errors.")
    elif state.running < state.desired:
        what = f"{state.running} of {state.desired} run"
        remedy = f"ECS says: {state.events[0]}" if state.events else "hospup-video workers shows what ECS says."
        yield CheckResult("workers", Level.WARN, what, remedy)
    else:
        yield CheckResult("workers", Level.OK, f"{state.running} of {state.desired} run")


def check_pause(subject: Subject) -> Iterator[CheckResult]:
    """Check that no operator has paused the fleet."""
    context = subject.context
    pause = read_pause(context.session.client("dynamodb"), context.name("jobs_table"))
    if pause:
        what = f"workers take no job since {ago(pause.paused_at)}: {pause.reason or 'no reason is given'}"
        yield CheckResult("paused", Level.WARN, what, "hospup-video resume, if the reason is gone.")


def check_queue(subject: Subject) -> Iterator[CheckResult]:
    """Check that the queue exists, that a worker takes what waits in it, and that its dead-letter queue is empty."""
    sqs = subject.context.session.client("sqs")
    jobs = describe_queue(sqs, subject.context.name("queue_url"))
    dead = describe_queue(sqs, jobs.dead_letter_url)
    if jobs.visible and not subject.service_state.running:
        remedy = "hospup-video workers says why; jobs stay in the queue meanwhile."
        yield CheckResult("queue", Level.FAIL, f"{jobs.visible} waiting, and no worker runs", remedy)
    else:
        yield CheckResult("queue", Level.OK, f"{jobs.visible} waiting, {jobs.in_flight} in flight")
    if dead.total:
        yield CheckResult(
            "dead letters", Level.WARN, str(dead.total), "hospup-video dlq list, then dlq redrive or dlq purge."
        )


def check_parts_queue(subject: Subject) -> Iterator[CheckResult]:
    """Check that the queue of parts exists, where workers are told of one."""
    url = subject.environment.get("PARTS_QUEUE_URL")
    if not url:
        return
    try:
        parts = describe_queue(subject.context.session.client("sqs"), url)
    except ClientError as error:
        if not is_missing(error):
            raise
        name = url.rpartition("/")[2]
        what = f"{name} doesn't exist, so no idle worker helps another; jobs are rendered all the same"
        yield CheckResult("helpers", Level.WARN, what, "Deploy again: Terraform creates the queue.")
    else:
        yield CheckResult("helpers", Level.OK, f"{count(parts.visible, 'part')} offered")
