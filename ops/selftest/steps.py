"""The steps from the clip to the finished video, and what the ledger and the bucket must have then."""

from botocore.exceptions import ClientError

from ops.aws.ledger import JobState
from ops.aws.service import EcsService
from ops.aws_errors import AWS_ERRORS, explain
from ops.checks.result import Level
from ops.console.output import clean, duration
from ops.errors import AwsError
from ops.selftest.clip import make_clip
from ops.selftest.result import Found, poll
from ops.selftest.trial import Trial

_LOOK = "hospup-video workers says which run, hospup-video logs --errors why none does; then hospup-video doctor."


def upload(trial: Trial) -> Found:
    """Put the clip into the media bucket."""
    clip = make_clip()
    trial.is_uploaded = True  # until it is known not to be: an interruption must not leave it
    try:
        trial.s3.put_object(Bucket=trial.bucket, Key=trial.clip_key, Body=clip, ContentType="video/x-msvideo")
    except ClientError:
        trial.is_uploaded = False
        raise
    return Found(f"a clip of {len(clip) / 1e3:.0f} KB, s3://{trial.bucket}/{trial.clip_key}")


def send(trial: Trial) -> Found:
    """Send the job."""
    trial.is_sent = True
    try:
        trial.context.session.client("sqs").send_message(QueueUrl=trial.queue_url, MessageBody=trial.message)
    except ClientError:
        trial.is_sent = False
        raise
    return Found(f"job {trial.job_id} to {trial.queue}")


def taken(trial: Trial) -> Found:
    """Wait until a worker has claimed the job."""
    state = poll(trial.state, until=trial.deadline)
    if state is None:
        what = f"no worker took the job within {duration(trial.seconds)}: {_why_not(trial)}"
        return Found(what, Level.FAIL, _LOOK)
    return Found(f"worker {clean(state.owner)}")


def finished(trial: Trial) -> Found:
    """Wait for the job's end, and for the end of its webhook: after that nothing is written to its entry."""

    def settled() -> JobState | None:
        state = trial.state()
        return state if state is not None and state.is_settled else None

    state = poll(settled, until=trial.deadline) or trial.state()
    logs = f"hospup-video logs --job {trial.job_id}"
    if state is None or not state.has_ended:
        return Found(f"the job was not done within {duration(trial.seconds)}", Level.FAIL, logs)
    if state.status != "COMPLETE":
        return Found(f"the job failed, {state.error_code or 'without a code'}: {clean(state.error)}", Level.FAIL, logs)
    return Found("a video of one second")


def recorded(trial: Trial) -> Found:
    """Check the job's entry in the ledger."""
    state = trial.state()
    if state is None or not {"video", "thumbnail"} <= state.outputs.keys():
        return Found("the entry names no video and no thumbnail", Level.FAIL, f"hospup-video status {trial.job_id}")
    if state.webhook != "OFF":
        what = f"the webhook is {clean(state.webhook)}, though the job wants none"
        return Found(what, Level.WARN, "The workers' image is older than this command: release the present one.")
    tries = "at the first try" if state.attempt == 1 else f"at try {state.attempt}"
    return Found(f"COMPLETE {tries}, no webhook")


def stored(trial: Trial) -> Found:
    """Check the video and the thumbnail in the bucket."""
    state = trial.state()
    keys = state.outputs if state is not None else {}
    sizes = {
        name: trial.s3.head_object(Bucket=trial.bucket, Key=key)["ContentLength"] for name, key in sorted(keys.items())
    }
    said = ", ".join(f"{name} {size / 1e3:.1f} KB" for name, size in sizes.items())
    if not sizes or not all(sizes.values()):
        return Found(f"a file is empty: {said}", Level.FAIL, f"hospup-video logs --job {trial.job_id}")
    return Found(said)


def _why_not(trial: Trial) -> str:
    """What the service says of its workers, in a clause."""
    cluster, service = (trial.context.optional(name) for name in ("cluster_name", "service_name"))
    if cluster is None or service is None:
        return "the environment has no service that could be asked for its workers"
    try:
        state = EcsService(trial.context.session, cluster, service).describe()
    except (AwsError, *AWS_ERRORS) as error:
        return f"the service can't be asked: {error if isinstance(error, AwsError) else explain(error)}".rstrip(".")
    counts = f"{state.running} of {state.desired} workers run {clean(state.version)}"
    pool = "" if state.pool is None else f", the pool is {state.pool}"
    return f"{counts}{pool}" + (f"; ECS says: {clean(state.events[0]).rstrip('.')}" if state.events else "")
