"""Guard `fleet-survival`: finds plans after which workers can't reach what they need.

Workers need HTTPS for AWS, media and webhooks, and DNS to find them.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ops.cost.resources import Resources, blocks, number
from ops.review.judgements import SURVIVAL
from ops.review.plan import Plan
from ops.review.verdict import ReviewFinding

_NEEDED = {"HTTPS": ("tcp", 443), "DNS": ("udp", 53)}
_RULES = {"aws_security_group", "aws_vpc_security_group_egress_rule", "aws_security_group_rule"}
_WAYS = {"aws_nat_gateway", "aws_internet_gateway", "aws_route"}


def find(plan: Plan) -> Iterator[ReviewFinding]:
    """The ways out that are lost while workers stay."""
    if not plan.after.all("aws_ecs_service"):
        return
    closed = sorted(_let_out(plan.before) - _let_out(plan.after))
    for change in plan.changes:
        if closed and change.kind in _RULES and (change.removes or change.differences):
            sentence = f"No rule lets workers out by {' and '.join(closed)} any more: jobs fail at fetching or telling."
            yield ReviewFinding(SURVIVAL, change.address, sentence)
        if change.kind in _WAYS and not change.after and not plan.after.all(change.kind):
            sentence = "Workers lose their way out: none can fetch its image, its jobs or media."
            yield ReviewFinding(SURVIVAL, change.address, sentence)


def _let_out(resources: Resources) -> set[str]:
    rules: list[Mapping[str, Any]] = [*resources.all("aws_vpc_security_group_egress_rule")]
    rules += [rule for rule in resources.all("aws_security_group_rule") if rule.get("type") == "egress"]
    # A group whose rules are resources of their own lists them too, as AWS has them.
    rules += (
        [] if rules else [rule for group in resources.all("aws_security_group") for rule in blocks(group.get("egress"))]
    )
    return {name for name, (protocol, port) in _NEEDED.items() if any(_covers(rule, protocol, port) for rule in rules)}


def _covers(rule: Mapping[str, Any], protocol: str, port: int) -> bool:
    allowed = str(rule.get("ip_protocol") or rule.get("protocol") or "")
    if allowed in {"-1", "all"}:
        return True
    return allowed == protocol and number(rule.get("from_port")) <= port <= number(rule.get("to_port"))
