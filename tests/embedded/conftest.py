"""One embedded AWS for all tests of this folder, as a child process."""

from collections.abc import Iterator

import pytest

from embedded import EmbeddedAws


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    """A running embedded AWS. Shared, so each test names its resources after itself."""
    with EmbeddedAws(log=tmp_path_factory.mktemp("aws") / "aws.log") as running:
        yield running
