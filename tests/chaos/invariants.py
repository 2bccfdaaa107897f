"""What holds whatever went wrong."""

from tests.chaos.world import World

ENDED = {"COMPLETE", "ERROR"}


def is_settled(world: World) -> bool:
    """Whether every message has been dealt with, every job has ended, and everybody who can be told was told."""
    if world.depth(world.queue_url):
        return False
    for job_id in filter(None, world.sent):
        entry = world.entry(job_id)
        if entry.get("status") not in ENDED or entry.get("webhook_state") == "PENDING":
            return False
    return not world.renders()


def violations(world: World) -> list[str]:
    """Sentences, one for each promise that was not kept."""
    found = []
    keys = world.keys()
    dead = world.dead_letters()
    dead_bodies = [message["Body"] for message in dead]
    for job_id in filter(None, world.sent):
        entry = world.entry(job_id)
        status = entry.get("status")
        if status not in ENDED:
            found.append(f"{job_id} has not ended: {entry}")
        videos = [key for key in keys if key.startswith(f"generated-videos/7/video-{job_id}.")]
        if status == "COMPLETE" and sorted(key[-3:] for key in videos) != ["jpg", "mp4"]:
            found.append(f"{job_id} is complete with {videos}")
        heard = [each for each in world.receiver.of(job_id) if each.is_final]
        main = [each for each in heard if each.body.get("error_code") != "JOB_ID_REUSED"]
        for event in {each.body["status"] for each in main}:
            identities = {each.identity for each in main if each.body["status"] == event}
            if len(identities) > 1:
                found.append(f"{job_id} was told {event} by several webhook ids: {identities}")
        delivered = {each.body["status"] for each in main if each.is_delivered}
        if len(delivered) > 1:
            found.append(f"{job_id} was told both to be {' and '.join(sorted(delivered))}")
        if entry.get("webhook_state") == "DELIVERED" and delivered != {status}:
            found.append(f"{job_id} is {status} and delivered, but the receiver heard {delivered or 'nothing'}")
        lost = entry.get("webhook_state") == "REFUSED"
        if not delivered and not lost:
            found.append(f"{job_id} has ended and nobody was told: {entry.get('webhook_state')}")
        order = [each.body["status"] for each in world.receiver.of(job_id) if each.is_delivered]
        if "PROGRESSING" in order[order.index(status) :] if status in order else False:
            found.append(f"{job_id} was said to progress after its end: {order}")
    for body in world.sent.get("", []):
        if body not in dead_bodies:
            found.append(f"an unreadable message is not in the dead-letter queue: {body[:60]!r}")
    for message in dead:
        job_id = next((each for each, bodies in world.sent.items() if message["Body"] in bodies), None)
        if job_id is None:
            found.append(f"the dead-letter queue holds what nobody sent: {message['Body'][:60]!r}")
        elif job_id == "" and "reason" not in message.get("MessageAttributes", {}):
            found.append("an unreadable message lies in the dead-letter queue without a reason")
    left = [key for key in keys if key.startswith("intermediate/")]
    if left:
        found.append(f"intermediate objects are left: {left}")
    if world.renders():
        found.append(f"FFmpeg runs on: {world.renders()}")
    secret = world.environment["WEBHOOK_SECRET"]
    if any(secret in line or ("Traceback" in line and '"level"' not in line) for line in world.logs()):
        found.append("a log holds the secret, or a bare traceback")
    return found
