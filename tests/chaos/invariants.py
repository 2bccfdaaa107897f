"""The promises that hold after every fault."""

import json
from collections.abc import Iterator

from tests.chaos.world import World

ENDED = {"COMPLETE", "ERROR", "CANCELLED"}


def is_settled(world: World) -> bool:
    """Whether the queue is empty, every job has ended, and every webhook was delivered or refused."""
    if world.depth(world.queue_url):
        return False
    for job_id in filter(None, world.sent):
        entry = world.entry(job_id)
        if not entry and _is_dead(world, job_id):
            continue  # no try got as far as the claim: an operator decides
        if entry.get("status") not in ENDED or entry.get("webhook_state") == "PENDING":
            return False
    return not world.renders()


def violations(world: World) -> list[str]:
    """One sentence per broken promise."""
    found = []
    keys = world.keys()
    for job_id in filter(None, world.sent):
        found += [f"{job_id} {sentence}" for sentence in _of_job(world, job_id, keys)]
    found += _of_dead_letters(world)
    found += _of_usage(world)
    # A helper that is killed after its upload, or whose coordinator is, leaves its part to the bucket's lifecycle.
    left = [key for key in keys if key.startswith("intermediate/") and not (world.has_helpers and "-part-" in key)]
    if left:
        found.append(f"intermediate objects are left: {left}")
    if world.renders():
        found.append(f"FFmpeg is still running: {world.renders()}")
    secret = world.environment["WEBHOOK_SECRET"]
    if any(secret in line or line.startswith("Traceback") for line in world.logs()):
        found.append("a log holds the secret, or a bare traceback")
    return found


def _of_job(world: World, job_id: str, keys: list[str]) -> Iterator[str]:
    entry = world.entry(job_id)
    if not entry and _is_dead(world, job_id):
        return
    status = entry.get("status", "unknown")
    if status not in ENDED:
        yield f"has not ended: {entry}"
    videos = [key for key in keys if key.startswith(f"generated-videos/7/video-{job_id}.")]
    if (job_id in world.cancelled) != (status == "CANCELLED"):
        yield f"was {'' if job_id in world.cancelled else 'not '}cancelled, and is {status}"
    if status == "CANCELLED" and videos:
        yield f"was cancelled, and there are {videos}"
    if status == "COMPLETE" and sorted(key[-3:] for key in videos) != ["jpg", "mp4"]:
        yield f"is complete with {videos}"
    received = [each for each in world.receiver.of(job_id) if each.body.get("error_code") != "JOB_ID_REUSED"]
    finals = [each for each in received if each.is_final]
    for reported in {each.body["status"] for each in finals}:
        identities = {each.identity for each in finals if each.body["status"] == reported}
        if len(identities) > 1:
            yield f"was reported {reported} with several webhook ids: {identities}"
    delivered = {each.body["status"] for each in finals if each.is_delivered}
    if len(delivered) > 1:
        yield f"was reported both {' and '.join(sorted(delivered))}"
    event = "ERROR" if status == "CANCELLED" else status
    if delivered and delivered != {event}:
        yield f"is {status}, and the receiver got {delivered}"
    if not delivered and entry.get("webhook_state") != "REFUSED":
        yield f"has ended, and its webhook was not delivered: {entry.get('webhook_state')}"
    order = [each.body["status"] for each in received if each.is_delivered]
    if event in order and "PROGRESSING" in order[order.index(event) :]:
        yield f"was reported as progressing after its end: {order}"


def _of_usage(world: World) -> Iterator[str]:
    """Usage counts each try once at most, and each video once: unless its worker was killed, or terminated in an
    outage, between the end and the count."""
    entries = [world.entry(job_id) for job_id in filter(None, world.sent)]
    usage = world.usage()
    complete = [json.loads(entry["payload"]) for entry in entries if entry.get("status") == "COMPLETE"]
    claims = sum(int(entry.get("attempt", 0)) for entry in entries)
    if usage["tries"] > claims:
        yield f"usage counts {usage['tries']:g} tries of {claims} claims"
    if complete and not usage["cpu_seconds"]:
        yield f"usage counts no processor time: {usage}"
    seconds = sum(payload["duration"] for payload in complete)
    is_less = usage["videos"] < len(complete) or usage["video_seconds"] < seconds - 0.01
    is_more = usage["videos"] > len(complete) or usage["video_seconds"] > seconds + 0.01
    if is_more or ((is_less or usage["open"]) and not world.has_signalled):
        yield f"usage counts {usage}, and the jobs made {len(complete)} videos of {seconds:g} s"


def _is_dead(world: World, job_id: str) -> bool:
    """Whether a message of the job is in the dead-letter queue."""
    return any(message["Body"] in world.sent[job_id] for message in world.dead_letters())


def _of_dead_letters(world: World) -> Iterator[str]:
    dead = world.dead_letters()
    bodies = [message["Body"] for message in dead]
    for body in world.sent.get("", []):
        if body not in bodies:
            yield f"an unreadable message is not in the dead-letter queue: {body[:60]!r}"
    for message in dead:
        job_id = next((each for each, sent in world.sent.items() if message["Body"] in sent), None)
        if job_id is None:
            yield f"the dead-letter queue holds a message that was never sent: {message['Body'][:60]!r}"
        elif job_id == "" and "reason" not in message.get("MessageAttributes", {}):
            yield "an unreadable message is in the dead-letter queue without a reason"
