"""One embedded AWS per process for all scenarios, which run a few at a time, before their tests."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from embedded.aws import EmbeddedAws
from tests.chaos.run import AT_A_TIME, make_clip, run_scenario
from tests.chaos.scenarios import Scenario

BrokenPromises = Callable[[Scenario], list[str]]


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    with EmbeddedAws(log=tmp_path_factory.mktemp("aws") / "aws.log") as running:
        yield running


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip"))


@pytest.fixture(scope="module")
def broken_promises(request: pytest.FixtureRequest, aws: EmbeddedAws, clip: Path) -> BrokenPromises:
    """The broken promises of each scenario of this file.

    All selected scenarios run before the first test, a few at a time, since they mostly wait; between tests pytest
    changes `os.environ`, which boto3 reads. This needs the whole file in one process, which `--dist=loadfile` in
    pyproject.toml gives.
    """
    items = [item for item in request.session.items if isinstance(item, pytest.Function) and item.path == request.path]
    scenarios: list[Scenario] = [item.callspec.params["scenario"] for item in items]  # type: ignore[misc]
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        found = list(pool.map(lambda scenario: run_scenario(aws, clip, scenario), scenarios))
    by_scenario = dict(zip(map(id, scenarios), found, strict=True))
    return lambda scenario: by_scenario[id(scenario)]
