"""Guard `public-access`: finds public networks, policies and buckets."""

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from ops.cost.resources import blocks
from ops.review import iam_policies
from ops.review.plan import Action, Change, Plan
from ops.review.resource_names import policy_of
from ops.review.verdict import ReviewFinding

NAME = "public-access"

_OPEN_LISTS = {"public-read", "public-read-write", "authenticated-read"}

_LOGINS = ("authorization", "authorization_type", "auth_type")
"""Attributes of addresses of functions and APIs that say who may call them."""

# Prefixes shorter than these are the internet, or a large part of it.
_WIDE_PREFIX = {4: 8, 6: 16}


def find(plan: Plan) -> Iterator[ReviewFinding]:
    """All changes that make something public."""
    destroyed = {
        str(change.before.get("bucket"))
        for change in plan.changes
        if change.kind == "aws_s3_bucket" and change.action is Action.DESTROY
    }
    for change in plan.changes:
        for sentence in _opened(change, destroyed):
            yield ReviewFinding(NAME, change.address, sentence)


def _opened(change: Change, destroyed_buckets: set[str]) -> Iterator[str]:
    if change.kind == "aws_s3_bucket_public_access_block":
        yield from _unblocked(change, destroyed_buckets)
    if change.action is Action.DESTROY:
        return
    if change.kind == "aws_s3_bucket_acl" and str(change.after.get("acl")) in _OPEN_LISTS:
        yield f"The bucket's access list is {change.after.get('acl')}."
    if change.after.get("publicly_accessible") is True and change.before.get("publicly_accessible") is not True:
        yield "It can be reached from the internet."
    for name in _LOGINS:
        if change.after.get(name) == "NONE" and change.before.get(name) != "NONE":
            yield f"Everybody may call it: {name} is NONE."
    if change.kind == "aws_lambda_permission" and change.after.get("principal") == "*" and not change.before:
        yield "Everybody may call the function."
    attribute = policy_of(change)
    if attribute:
        before = iam_policies.public(change.before.get(attribute))
        for grant in iam_policies.public(change.after.get(attribute)):
            if grant not in before:
                yield f"Everybody may: {change.show(attribute, grant)}."
    yield from _opened_network(change)


def _unblocked(change: Change, destroyed_buckets: set[str]) -> Iterator[str]:
    if change.action is Action.DESTROY:
        if str(change.before.get("bucket")) not in destroyed_buckets:
            yield "The bucket's block of public access goes."
        return
    flags = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    off = [flag for flag in flags if change.after.get(flag) is False and change.before.get(flag) is not False]
    if off:
        yield f"The bucket's block of public access is opened: {', '.join(off)}."


def _opened_network(change: Change) -> Iterator[str]:
    """Inbound rules for the internet that are new."""
    before = _inbound(change.kind, change.before)
    for rule in _inbound(change.kind, change.after):
        if rule not in before:
            yield f"Everybody may come in: {change.show('ingress', rule)}."


def _inbound(kind: str, values: Mapping[str, Any]) -> list[str]:
    if kind in {"aws_security_group", "aws_default_security_group"}:
        rules = blocks(values.get("ingress"))
    elif kind == "aws_vpc_security_group_ingress_rule" or (
        kind == "aws_security_group_rule" and values.get("type") == "ingress"
    ):
        rules = [values]
    else:
        return []
    return [f"{network} on {_ports(rule)}" for rule in rules for network in _networks(rule) if _is_wide(network)]


def _networks(rule: Mapping[str, Any]) -> list[str]:
    single = [rule.get("cidr_ipv4"), rule.get("cidr_ipv6")]
    several = [*(rule.get("cidr_blocks") or []), *(rule.get("ipv6_cidr_blocks") or [])]
    return [str(network) for network in [*single, *several] if network]


def _is_wide(text: str) -> bool:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return network.prefixlen < _WIDE_PREFIX[network.version]


def _ports(rule: Mapping[str, Any]) -> str:
    protocol = str(rule.get("ip_protocol") or rule.get("protocol") or "")
    first, last = rule.get("from_port"), rule.get("to_port")
    if protocol in {"-1", "all"} or first is None:
        return "every port"
    return f"{protocol} {first}" if first == last else f"{protocol} {first}-{last}"
