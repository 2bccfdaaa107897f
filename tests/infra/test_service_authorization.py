"""Every action of every identity policy is what AWS's service authorization reference says it must be."""

from collections.abc import Callable

import pytest

from modules.config.names import LONGEST_SUFFIX
from ops.checks.account import ACTIONS_BY_COMMAND
from tests.infra.authorization_supplement import COMMANDS, SUPPLEMENT
from tests.infra.resolved_policies import ACCOUNT, REGION, managed_policies, principals
from tests.infra.service_authorization import Grant, faults, grants
from tests.infra.stack import Stack

CONFIGURATIONS = ("prod", "dev", "options", "own", "closed")


@pytest.fixture(params=CONFIGURATIONS)
def any_stack(request: pytest.FixtureRequest, synthesised: Callable[[str], Stack]) -> Stack:
    """The stack of each configuration in turn."""
    return synthesised(request.param)


def test_every_policy_is_as_the_reference_says(any_stack: Stack) -> None:
    found = {name: faults(grants(statements), SUPPLEMENT) for name, statements in principals(any_stack).items()}
    assert {"task", "execution", "backend"} <= set(found)
    assert not any(found.values()), found


def test_every_exception_is_needed(own: Stack, closed: Stack) -> None:
    granted = [grant for stack in (own, closed) for all_of in principals(stack).values() for grant in grants(all_of)]
    actions = {action for grant in granted for action in grant.actions}
    for table in (SUPPLEMENT.on_everything, SUPPLEMENT.requested, SUPPLEMENT.validated):
        assert set(table) <= actions
    everywhere = {action for grant in granted if grant.resources == ("*",) for action in grant.actions}
    assert set(SUPPLEMENT.on_everything) <= everywhere


def test_every_command_asks_for_permissions_that_exist() -> None:
    queue, service = f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs", f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/cluster/service"
    arns = {
        "queue": queue,
        "dead": f"{queue}-dlq",
        "parts": f"arn:aws:sqs:{REGION}:{ACCOUNT}:parts",
        "table": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/jobs",
        "indexes": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/jobs/index/*",
        "log": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/ecs/worker:*",
        "service": service,
        "tasks": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/cluster/*",
        "scaling": f"arn:aws:application-autoscaling:{REGION}:{ACCOUNT}:scalable-target/*",
        "repository": f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/worker",
        "objects": "arn:aws:s3:::media/*",
        "any": "*",
    }
    granted = [
        Grant(command, actions, (arns[resource],), frozenset())
        for command, needs in ACTIONS_BY_COMMAND.items()
        for resource, actions in needs.items()
    ]
    assert faults(granted, COMMANDS) == []


def test_managed_policies_fit(any_stack: Stack) -> None:
    # Characters other than white space. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    for name, document in managed_policies(any_stack).items():
        longer_names = document.count("hospup") * (LONGEST_SUFFIX - len(any_stack.suffix))
        assert len(document) + longer_names <= 6144, name
