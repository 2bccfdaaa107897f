"""What a change of the workers, their network or their watchers means."""

from collections.abc import Mapping

from ops.cost.resources import number
from ops.review.kinds import policy_of
from ops.review.live import Live
from ops.review.plan import Action, Change
from ops.review.policies import added

_GRACE = "running renders have 120 s to finish, then their jobs return to the queue"
_ROLL_OUT = "new workers come up before old ones stop; what renders is finished or handed back, no job is lost"


def service(change: Change, _live: Live) -> str:
    """The service that keeps workers running."""
    if change.action is Action.DESTROY:
        return f"Stops every worker: {_GRACE}. Nobody renders afterwards."
    if change.create_first:
        return f"A new service starts before the old one goes: {_GRACE}."
    if change.action is Action.REPLACE:
        return f"Stops every worker before new ones start: {_GRACE}. Nobody renders for some minutes."
    if change.action is Action.CREATE:
        return "Workers start as soon as an image is released."
    said = []
    if change.changed("task_definition"):
        said.append(f"A release: {_ROLL_OUT}.")
    if any(item.path.startswith("capacity_provider_strategy") for item in change.differences):
        said.append("Which workers are on demand and which on Spot changes, as they are replaced one by one.")
    if any(item.path.startswith("network_configuration") for item in change.differences):
        said.append(f"Workers move to another network: {_ROLL_OUT}.")
    if (shell := change.changed("enable_execute_command")) and shell.after == "true":
        said.append("Operators may open a shell in a worker.")
    if count := change.changed("desired_count"):
        said.append(f"{count.after} workers are asked for now; autoscaling changes that again.")
    return " ".join(said)


def task(change: Change, _live: Live) -> str:
    """What a worker is."""
    if change.removes and change.action is Action.DESTROY:
        return "No worker can be started from it any more."
    if change.action is Action.REPLACE:
        return "A new revision; the old one stays what runs until the service takes the new one."
    return ""


def cluster(change: Change, _live: Live) -> str:
    """Where workers run."""
    if change.removes:
        return f"{_verb(change)} the cluster: every worker stops; {_GRACE}."
    if any(item.before == "enabled" and item.path.startswith("setting") for item in change.differences):
        return "Container Insights ends: alarms, dashboard and scaling that read its metrics see nothing any more."
    return ""


def pool(change: Change, _live: Live) -> str:
    """How many are always on, and at most."""
    if change.action is Action.DESTROY:
        return "Nothing scales any more: as many workers stay as there are."
    if change.action is Action.REPLACE:
        return "Scaling pauses for moments; workers stay."
    least, most = number(change.after.get("min_capacity")), number(change.after.get("max_capacity"))
    if change.action is Action.CREATE:
        if most == 0:
            return "No worker starts until an image is released."
        return f"{_workers(least)} always on, {most:g} at most."
    said = []
    if low := change.changed("min_capacity"):
        before = number(low.before)
        if least == 0:
            said.append("No worker is always on: the first users wait for one to start, a minute or more.")
        elif least > before:
            said.append(f"{_workers(least - before, 'more ')} start now and stay on.")
        else:
            said.append(f"{_workers(before - least, 'fewer ')} stay on; those that render finish first.")
    if change.changed("max_capacity"):
        said.append(f"At most {_workers(most)}, however long the queue." if most else "No worker may run at all.")
    return " ".join(said)


def scaling(change: Change, _live: Live) -> str:
    """By which rules the fleet grows and shrinks."""
    if change.action is Action.DESTROY:
        return "The fleet no longer follows the queue by this policy."
    if change.action in {Action.UPDATE, Action.REPLACE}:
        return "The fleet grows and shrinks by other rules from now on; no worker stops because of it."
    return ""


def alarm(change: Change, _live: Live) -> str:
    """Who is told, or what the fleet follows."""
    scales = any(":scalingPolicy:" in str(action) for action in change.before.get("alarm_actions") or [])
    if change.action is Action.DESTROY:
        return "The fleet no longer grows or shrinks by this." if scales else "Nobody is told of this any more."
    if change.action in {Action.UPDATE, Action.REPLACE}:
        return (
            "The fleet follows other figures from now on; no worker stops because of it."
            if scales
            else "Rings by another rule from now on; no job is affected."
        )
    return ""


def way_out(change: Change, _live: Live) -> str:
    """How workers reach the world."""
    if change.removes:
        return "Workers may lose their way out meanwhile: jobs fail at fetching or telling, and are tried again."
    return ""


def rule(change: Change, _live: Live) -> str:
    """What a security group lets in."""
    if change.sensitive:
        return ""
    return rule_words(change.after) if change.action in {Action.CREATE, Action.UPDATE, Action.REPLACE} else ""


def rule_words(rule: Mapping[str, object]) -> str:
    """A security group's rule in words."""
    who = rule.get("cidr_ipv4") or rule.get("cidr_ipv6") or rule.get("referenced_security_group_id") or "others"
    protocol, first, last = str(rule.get("ip_protocol", "")), rule.get("from_port"), rule.get("to_port")
    if protocol in {"-1", "all"}:
        what = "everything"
    else:
        what = f"{protocol} {first}" if first == last else f"{protocol} {first}-{last}"
    return f"Lets {who} in on {what}."


def topic(change: Change, _live: Live) -> str:
    """Where alarms go."""
    return "Alarms reach nobody until it is there and subscriptions are confirmed again." if change.removes else ""


def dashboard(change: Change, _live: Live) -> str:
    """What people look at."""
    if change.action is Action.CREATE:
        return ""
    return "The dashboard is gone." if change.action is Action.DESTROY else "What people look at; no job is affected."


def _verb(change: Change) -> str:
    return "Replaces" if change.action is Action.REPLACE else "Destroys"


def _workers(count: float, which: str = "") -> str:
    return f"{count:g} {which}worker" if count == 1 else f"{count:g} {which}workers"


def permissions(change: Change, _live: Live) -> str:
    """Who may do what."""
    if change.removes:
        return "What it allowed is refused as soon as it is gone. Where a worker needed it, its job is tried again."
    if change.action is Action.UPDATE:
        return _narrowed(change) or "Holds within seconds; nothing that runs is cut off."
    return ""


def _narrowed(change: Change) -> str:
    """What it means that something is no longer allowed; empty where all still is."""
    attribute = policy_of(change) or ""
    if change.unknown.get(attribute) is True:
        return "Known only once applied. What is no longer allowed fails from then on; a worker's job is tried again."
    if added(change.after.get(attribute), change.before.get(attribute)):
        return "Holds within seconds, for running workers too: what is no longer allowed fails; jobs are tried again."
    return ""
