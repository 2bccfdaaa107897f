"""The three environments, synthesised once a session."""

from pathlib import Path

import pytest

from tests.infra.stack import ENVIRONMENTS, Stack, read, synthesise


@pytest.fixture(scope="session")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Stack]:
    """Every environment's stack, by name."""
    return {name: _stack(name, tmp_path_factory.mktemp(name)) for name in ENVIRONMENTS}


@pytest.fixture(params=ENVIRONMENTS)
def stack(request: pytest.FixtureRequest, stacks: dict[str, Stack]) -> Stack:
    """Each environment's stack in turn."""
    return stacks[request.param]


@pytest.fixture
def prod(stacks: dict[str, Stack]) -> Stack:
    """Production's stack."""
    return stacks["prod"]


@pytest.fixture
def dev(stacks: dict[str, Stack]) -> Stack:
    """The development environment's stack."""
    return stacks["dev"]


def _stack(environment: str, outdir: Path) -> Stack:
    done = synthesise(environment, outdir)
    assert done.returncode == 0, done.stderr
    return read(environment, outdir)
