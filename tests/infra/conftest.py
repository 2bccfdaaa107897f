"""The stacks that the tests read, each synthesised once per session, all in one process: loading jsii takes longest."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.infra.configurations import CLOSED_NETWORK, EVERY_OPTION, OWN_EVERYTHING
from tests.infra.stack import ENVIRONMENTS, Stack, read, synthesise_here

CONTENTS: dict[str, dict[str, Any]] = {"options": EVERY_OPTION, "own": OWN_EVERYTHING, "closed": CLOSED_NETWORK}


@pytest.fixture(scope="session")
def synthesised(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Stack]:
    """Get an environment's stack by its name: one of ours, or one of CONTENTS."""
    stacks: dict[str, Stack] = {}

    def get(name: str) -> Stack:
        if name not in stacks:
            outdir = tmp_path_factory.mktemp(name)
            synthesise_here(name, outdir, content=CONTENTS.get(name))
            stacks[name] = read(name, outdir)
        return stacks[name]

    return get


@pytest.fixture(scope="session")
def stacks(synthesised: Callable[[str], Stack]) -> dict[str, Stack]:
    """The stacks of our environments, by name."""
    return {name: synthesised(name) for name in ENVIRONMENTS}


@pytest.fixture(params=ENVIRONMENTS)
def stack(request: pytest.FixtureRequest, synthesised: Callable[[str], Stack]) -> Stack:
    """The stack of each of our environments in turn."""
    return synthesised(request.param)


@pytest.fixture(scope="session")
def prod(synthesised: Callable[[str], Stack]) -> Stack:
    """Production's stack."""
    return synthesised("prod")


@pytest.fixture(scope="session")
def dev(synthesised: Callable[[str], Stack]) -> Stack:
    """The development environment's stack."""
    return synthesised("dev")


@pytest.fixture(scope="session")
def options(synthesised: Callable[[str], Stack]) -> Stack:
    """A stack with every option changed, in an existing VPC."""
    return synthesised("options")


@pytest.fixture(scope="session")
def own(synthesised: Callable[[str], Stack]) -> Stack:
    """A stack with a VPC, keys, schedules, deployers and a budget."""
    return synthesised("own")


@pytest.fixture(scope="session")
def closed(synthesised: Callable[[str], Stack]) -> Stack:
    """A stack without a way to the internet, whose webhooks aren't signed."""
    return synthesised("closed")
