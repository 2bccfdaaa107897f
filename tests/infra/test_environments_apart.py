"""No environment's policy includes a resource of another environment, whatever their names."""

import fnmatch
from collections.abc import Iterator
from itertools import product
from typing import Any, cast

import pytest

from modules.config import ConfigurationError, Environment
from modules.config.names import names_of
from modules.iam.boundary import boundary_statements
from modules.iam.deployer import OwnArns, StateLocation, deployer_statements, plan_statements
from modules.iam.policies import Statement
from modules.iam.policy_targets import named_targets
from modules.iam.statements import backend_statements, execution_statements, task_statements
from modules.terraform.account import Account
from modules.terraform.context import StackContext
from tests.infra.authorization_reference import access_level

PRODUCTION, DEV = "prod", "dev"

ACCOUNT_WIDE = {
    "Alarms": "CloudWatch and Application Auto Scaling demand it.",
    "EndpointsNamed": "The hosted zone is AWS' own.",
    "GroupMadeInAnyVpc": "Environments may share a VPC, such as the default one; nothing in it is changed.",
    "LogPolicies": "IAM has no resource for them.",
    "OpenAShell": "IAM has no resource for ECS Exec's channels.",
    "Revisions": "ECS demands it; PassRole is on this environment's roles.",
    "SavedQueries": "IAM has no resource for them.",
    "Subscriptions": "IAM has no resource for them.",
}
"""Statements that change what no environment has for itself, each with its reason."""


@pytest.fixture(scope="module")
def account() -> Account:
    """Its texts are the same in every environment, so one stack is enough."""
    from modules.terraform.bindings import App, TerraformStack

    return Account(TerraformStack(App(), "any"))


def statements_of(name: str, account: Account) -> list[Statement]:
    """Every statement of every policy of an environment, with all that a configuration can add to them."""
    options = {
        "name": name,
        "protect_data": name == PRODUCTION,
        "network": {"own_vpc": {"exit": "endpoints"}},
        "access": {"deployer_policy": True},
        "fleet": {"ecs_exec": True},
    }
    environment = Environment.model_validate(options)
    context = StackContext(cast(Any, None), environment, names_of(name), account, cast(Any, None))
    state = StateLocation("arn:aws:s3:::state", f"arn:aws:s3:::state/environments/{name}/terraform.tfstate")
    own = OwnArns(topic_key=f"arn:aws:kms:::key/{name}", vpc=f"arn:aws:ec2:::vpc/{name}")
    targets = named_targets(context)
    return [
        *(statement for part in deployer_statements(context, state, own).values() for statement in part),
        *plan_statements(context, state, own),
        *task_statements(context, targets),
        *execution_statements(context, targets),
        *backend_statements(context, targets),
        *boundary_statements(context),
    ]


def confusable() -> Iterator[tuple[str, str]]:
    """Pairs of environments of which one's names begin or end like the other's."""
    production = [value for value in vars(names_of(PRODUCTION)).values() if isinstance(value, str)]
    for one, other in product(production, production):
        rest = other.removeprefix(f"{one}-")
        if rest != other and len(rest) <= 12:
            yield PRODUCTION, rest
            yield DEV, f"{rest}-{DEV}"
    yield from ((PRODUCTION, DEV), (DEV, "my-dev"), (DEV, "dev-dev"), (DEV, "dev-2"), ("de", DEV))


def usable(name: str) -> bool:
    try:
        names_of(name)
    except ConfigurationError:
        return False
    return True


PAIRS = sorted({pair for pair in confusable() if all(map(usable, pair))})


def patterns(statements: list[Statement]) -> set[str]:
    return {resource for statement in statements for resource in statement.resources}


def test_there_are_names_to_confuse() -> None:
    assert len(PAIRS) > 10


@pytest.mark.parametrize("pair", PAIRS, ids="-and-".join)
def test_no_pattern_includes_a_resource_of_another_environment(pair: tuple[str, str], account: Account) -> None:
    one, other = (patterns(statements_of(name, account)) for name in pair)
    shared = one & other  # the account's; the next test has them
    for mine, theirs in ((one - shared, other - shared), (other - shared, one - shared)):
        resources = {pattern.replace("??????", "AbCdEf").replace("*", "x") for pattern in theirs}
        assert not resources & mine
        wildcards = [pattern for pattern in mine if "*" in pattern or "?" in pattern]
        assert not [pattern for pattern in wildcards if fnmatch.filter(resources, pattern)]


def test_changes_of_what_environments_share_are_conditional(account: Account) -> None:
    everywhere = patterns(statements_of(PRODUCTION, account)) & patterns(statements_of(DEV, account))
    unconditional = {
        statement.sid
        for statement in statements_of(DEV, account)
        if everywhere & set(statement.resources) and not statement.conditions
        if any(access_level(action) not in {"Read", "List"} for action in statement.actions)
    }
    assert unconditional == set(ACCOUNT_WIDE)
