"""Removes what a self-test has made, also one that was interrupted."""

import datetime
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from ops.aws.ledger import JobState
from ops.aws.property_usage import KEPT_DAYS, usage_key
from ops.aws_errors import AWS_ERRORS, explain
from ops.selftest.trial import PROPERTY, Trial


def remove(trial: Trial) -> Sequence[str]:
    """Remove the clip, the video, the thumbnail and the ledger's entries. Returns what remains, a sentence for each.

    The clip goes in any case: a job that nobody has taken yet then ends at once, without a video.
    """
    remains: list[str] = []

    def attempt(what: str, action: Callable[[], object]) -> None:
        try:
            action()
        except AWS_ERRORS as error:
            remains.append(f"{what}: {explain(error)}")

    if trial.is_uploaded:
        attempt(_s3(trial, trial.clip_key), partial(_delete, trial, trial.clip_key))
    if not trial.is_sent:
        return remains
    state: JobState | None = None
    try:
        state = trial.state()
    except AWS_ERRORS as error:
        remains.append(f"What the job {trial.job_id} has made, since the ledger can't be read: {explain(error)}")
        return remains
    if state is None or not state.has_ended:
        remains.append(
            f"The job {trial.job_id} itself: a worker ends it as failed, since its clip is gone. If it was quicker: "
            f"{_s3(trial, trial.video_key)}, and .jpg beside it."
        )
        return remains
    for key in state.outputs.values():
        attempt(_s3(trial, key), partial(_delete, trial, key))
    if not state.is_settled:
        remains.append(f"The ledger's entry {trial.job_id}: its webhook is pending.")
        return remains
    for item, days in _items(trial, state):
        what = f"The ledger's entry {item}, which DynamoDB deletes within {days} days"
        attempt(what, partial(_forget, trial, item))
    return remains


def _items(trial: Trial, state: JobState) -> Iterator[tuple[str, int]]:
    """The keys of the job's items, and the days for which they are kept: its own, the one that orders the generations
    of its video, and the usage of the property of all self-tests on that day."""
    yield trial.job_id, 30
    if "video" in state.outputs:
        yield f"video/{state.outputs['video']}", 30
    day = datetime.datetime.fromtimestamp(state.claimed_at, datetime.UTC)
    yield usage_key(PROPERTY, day.date()), KEPT_DAYS


def _delete(trial: Trial, key: str) -> None:
    trial.s3.delete_object(Bucket=trial.bucket, Key=key)


def _forget(trial: Trial, item: str) -> None:
    trial.dynamodb.delete_item(TableName=trial.table, Key={"job_id": {"S": item}})


def _s3(trial: Trial, key: str) -> str:
    return f"s3://{trial.bucket}/{key}"
