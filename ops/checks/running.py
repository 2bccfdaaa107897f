"""What runs: the image, the workers, the dead letters."""

from collections.abc import Iterator

from ops.checks.finding import Finding, Level, Subject
from ops.queues import look_at
from ops.registry import Repository

NO_IMAGE = "none-yet"
"""What the infrastructure calls the image as long as none is released (modules/variables.py)."""


def check_image(subject: Subject) -> Iterator[Finding]:
    """The image that the workers are started from is in the registry."""
    version = subject.fleet.version
    if version == NO_IMAGE:
        remedy = "hospup-video image build, image push TAG, image release TAG."
        yield Finding("image", Level.WARN, "none is released yet, so no worker runs", remedy)
        return
    context = subject.context
    found = Repository(context.session.client("ecr"), context.name("ecr_repository_uri")).find(version)
    if found is None:
        what = f"{version} is deployed and not in the registry: no further worker can start"
        yield Finding(
            "image", Level.FAIL, what, f"Push it again, or release another: hospup-video image push {version}."
        )
    else:
        yield Finding("image", Level.OK, f"{version}, {found.bytes / 1e6:.0f} MB")


def check_workers(subject: Subject) -> Iterator[Finding]:
    """The service is where it should be."""
    fleet = subject.fleet
    if fleet.trouble:
        yield Finding("workers", Level.FAIL, fleet.trouble, "hospup-video workers, hospup-video logs --errors.")
    elif fleet.running < fleet.desired:
        what = f"{fleet.running} of {fleet.desired} run"
        said = f"ECS says: {fleet.events[0]}" if fleet.events else "hospup-video workers shows what ECS says."
        yield Finding("workers", Level.WARN, what, said)
    else:
        yield Finding("workers", Level.OK, f"{fleet.running} of {fleet.desired} run")


def check_queue(subject: Subject) -> Iterator[Finding]:
    """The queue is there, and nothing lies in its dead-letter queue."""
    sqs = subject.context.session.client("sqs")
    jobs = look_at(sqs, subject.context.name("queue_url"))
    dead = look_at(sqs, jobs.dead_letter_url)
    yield Finding("queue", Level.OK, f"{jobs.visible} waiting, {jobs.in_flight} rendering")
    if dead.total:
        yield Finding(
            "dead letters", Level.WARN, str(dead.total), "hospup-video dlq list, then dlq redrive or dlq purge."
        )
