"""A job's timeline: how long it waited, what each stage took, and when its receiver was notified."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ops.aws.job_parts import HelpersPart
from ops.aws.ledger import JobState


@dataclass(frozen=True)
class Period:
    """A part of a job's life.

    Params:
        name: what happened: `waiting`, `earlier attempts`, a stage of the last attempt, `part 3` of a helper, `notify`.
        began_at: its begin, in Unix seconds.
        seconds: its length so far.
        is_over: whether it has ended.
    """

    name: str
    began_at: float
    seconds: float
    is_over: bool = True


def timeline(job: JobState, parts: Sequence[HelpersPart], now: float) -> list[Period]:
    """The periods of a job in their order, up to `now` (Unix seconds); `parts` are those of helpers.

    Entries of earlier releases lack some times: what can't be known is left out. Clocks of SQS and of workers differ,
    so a period that would end before it begins has no length.
    """
    return list(_periods(job, parts, now))


def _periods(job: JobState, parts: Sequence[HelpersPart], now: float) -> Iterator[Period]:
    if job.sent_at and job.created_at:
        yield _between("waiting", job.sent_at, job.created_at)
    if job.attempt > 1 and job.claimed_at:
        yield _between("earlier attempts", job.created_at, job.claimed_at)
    begin = job.claimed_at or job.created_at
    if job.has_ended:
        for name, seconds in job.stages.items():
            yield Period(name, begin, seconds)
            begin += seconds
        yield from _periods_of(parts, now)
        if job.ended_at and job.webhook not in {"", "OFF"}:
            yield _between("notify", job.ended_at, job.updated_at if job.is_settled else now, is_over=job.is_settled)
    elif job.status == "RENDERING" and begin:
        yield _between(job.stage, begin, now, is_over=False)
        yield from _periods_of(parts, now)
    elif job.status == "QUEUED":
        yield _between("back in the queue", job.updated_at, now, is_over=False)


def _periods_of(parts: Sequence[HelpersPart], now: float) -> Iterator[Period]:
    for part in parts:
        if part.claimed_at:
            is_over = part.ended_at > 0
            yield _between(f"part {part.number + 1}", part.claimed_at, part.ended_at or now, is_over=is_over)


def _between(name: str, begin: float, end: float, *, is_over: bool = True) -> Period:
    return Period(name, begin, round(max(end - begin, 0.0), 3), is_over)
