"""IAM policy documents: the grants that one adds to another, and public grants.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import fnmatch
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_EVERYBODY = {"*", "AWS:*"}
# Conditions that limit a public principal to the account, organisation, or a named source.
_BOUNDING = (
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:userid",
    "kms:calleraccount",
    "token.actions.githubusercontent.com:sub",
)


@dataclass(frozen=True)
class Grant:
    """One permission, or one denial.

    Params:
        effect: `Allow` or `Deny`.
        principal: who, `*` in an identity's own policy.
        action, resource: what, and to what; `not:` before them for NotAction and NotResource.
        condition: as canonical JSON, empty without.
    """

    effect: str
    principal: str
    action: str
    resource: str
    condition: str = ""

    def covers(self, other: "Grant") -> bool:
        """Whether this grant includes the other."""
        return (
            self.effect == other.effect
            and self.condition in {"", other.condition}
            and _within(other.principal, self.principal)
            and _within(other.action.lower(), self.action.lower())
            and _within(other.resource, self.resource)
        )

    def __str__(self) -> str:
        who = "" if self.principal == "" else f"{self.principal} "
        where = "" if self.resource == "" else f" on {self.resource}"
        return f"{who}{self.action}{where}{' under a condition' if self.condition else ''}"


def _within(part: str, whole: str) -> bool:
    if whole in {part, "*"}:
        return True
    if part.startswith("not:") or whole.startswith("not:"):
        return False
    # A "*" in `part` is a character like any other: "*" and "a*" cover "a*", and "ab" doesn't.
    return fnmatch.fnmatchcase(part, whole.replace("[", "[[]"))


def grants(document: Any) -> list[Grant] | None:
    """All grants of a policy document; None where it is no document."""
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            return None
    if not isinstance(document, Mapping):
        return None
    return [grant for statement in _listed(document.get("Statement")) for grant in _grants(statement)]


def _grants(statement: Any) -> Iterator[Grant]:
    if not isinstance(statement, Mapping):
        return
    condition = json.dumps(statement["Condition"], sort_keys=True) if statement.get("Condition") else ""
    for principal in _principals(statement):
        for action in _either(statement, "Action"):
            for resource in _either(statement, "Resource") or [""]:
                yield Grant(str(statement.get("Effect", "")), principal, action, resource, condition)


def _either(statement: Mapping[str, Any], key: str) -> list[str]:
    return [*map(str, _listed(statement.get(key))), *(f"not:{item}" for item in _listed(statement.get(f"Not{key}")))]


def _principals(statement: Mapping[str, Any]) -> list[str]:
    found = []
    for key, prefix in (("Principal", ""), ("NotPrincipal", "not:")):
        value = statement.get(key)
        if isinstance(value, Mapping):
            found += [f"{prefix}{kind}:{item}" for kind, items in value.items() for item in _listed(items)]
        else:
            found += [f"{prefix}{item}" for item in _listed(value)]
    return found or [""]


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def added(before: Any, after: Any, effect: str = "Allow") -> list[str]:
    """Grants of the second document that the first doesn't have (with `effect` Deny: denials), in words."""
    old, new = grants(before) or [], grants(after) or []
    return [str(grant) for grant in new if grant.effect == effect and not any(was.covers(grant) for was in old)]


def sweeping(document: Any) -> list[str]:
    """Grants of a whole service, or of everything, on all resources, in words: too wide even in a new policy."""
    return [
        str(grant)
        for grant in grants(document) or []
        if grant.effect == "Allow"
        and not grant.principal
        and (grant.action == "*" or grant.action.endswith(":*") or grant.action.startswith("not:"))
        and grant.resource in {"*", ""}
        and not grant.action.startswith("sts:")
    ]


def public(document: Any) -> list[str]:
    """Public grants without a condition that limits the principal, in words."""
    return [
        str(grant)
        for grant in grants(document) or []
        if grant.effect == "Allow"
        and (grant.principal in _EVERYBODY or grant.principal.startswith("not:"))
        and not _bounded(grant.condition)
    ]


def everybody_denied(document: Any) -> list[str]:
    """Denials for every principal without any condition, in words."""
    return [
        str(grant)
        for grant in grants(document) or []
        if grant.effect == "Deny" and grant.principal in _EVERYBODY and not grant.condition
    ]


def _bounded(condition: str) -> bool:
    """Whether a condition limits the principal."""
    for test, keys in json.loads(condition or "{}").items():
        if "Not" in test or test.endswith("IfExists"):
            continue
        for key, values in keys.items():
            named = {str(value) for value in _listed(values)}
            if key.lower() in _BOUNDING and not named & {"*", "0.0.0.0/0", "::/0"}:
                return True
    return False
