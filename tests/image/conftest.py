"""The image, unpacked once: IMAGE names its archive; `make test-image` builds it first."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.image.container import Container, configuration
from tests.worker.conftest import aws, clip, make_site, site  # noqa: F401  the worker's world: queue, ledger, bucket
from tools.image import unpack


@pytest.fixture(scope="session")
def archive() -> Path:
    named = os.environ.get("IMAGE")
    assert named, "IMAGE must name the image's archive: run `make test-image`"
    assert os.geteuid() == 0, "only root may unpack an image with its owners, and change its root: use sudo"
    return Path(named)


@pytest.fixture(scope="session")
def root(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("image") / "root"
    unpack(archive, folder)
    for parent in folder.parents:  # the image's user must get through to it
        if parent.is_relative_to(tmp_path_factory.getbasetemp()):
            parent.chmod(0o755)
    yield folder
    shutil.rmtree(folder)  # half a gigabyte, which pytest would keep for three runs


@pytest.fixture
def container(archive: Path, root: Path, tmp_path: Path) -> Container:
    tmp = tmp_path / "tmp"
    tmp.mkdir()
    tmp.chmod(0o1777)
    return Container(root, configuration(archive), tmp)
