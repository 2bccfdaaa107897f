"""The ECS agent protects tasks by ECS' rules."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3

from embedded.ecs_agent import EcsAgent


@pytest.fixture
def agent() -> Iterator[EcsAgent]:
    with EcsAgent() as running:
        yield running


def ask(agent: EcsAgent, task: str, *, protect: bool) -> dict[str, Any]:
    url = f"{agent.uri(task)}/task-protection/v1/state"
    answer: dict[str, Any] = urllib3.request("PUT", url, body=json.dumps({"ProtectionEnabled": protect})).json()
    return answer


def test_a_protected_task_is_not_stopped(agent: EcsAgent) -> None:
    assert "protection" in ask(agent, "a", protect=True)
    assert not agent.stop_if_unprotected("a")
    ask(agent, "a", protect=False)
    assert agent.stop_if_unprotected("a")
    assert agent.requests("a") == [True, False]


def test_a_task_that_is_stopped_gets_no_protection(agent: EcsAgent) -> None:
    assert agent.stop_if_unprotected("b")
    assert ask(agent, "b", protect=True)["failure"]["Reason"] == "TASK_NOT_VALID"


def test_during_a_deployment_as_many_tasks_are_protected_as_are_desired(agent: EcsAgent) -> None:
    ask(agent, "old", protect=True)
    agent.deploy(desired=1)
    assert ask(agent, "new", protect=True)["failure"]["Reason"] == "DEPLOYMENT_BLOCKED"
    assert "protection" in ask(agent, "old", protect=True)
    ask(agent, "old", protect=False)
    assert "protection" in ask(agent, "new", protect=True)
    agent.deploy(None)
    assert "protection" in ask(agent, "old", protect=True)
