"""Preloading a script into the Node process that jsii starts."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def preloading(script: Path) -> Iterator[None]:
    """Make Node processes that are started within the block load `script` first, in addition to NODE_OPTIONS.

    https://nodejs.org/api/cli.html#node_optionsoptions
    """
    before = os.environ.get("NODE_OPTIONS")
    quoted = str(script).replace("\\", "\\\\").replace('"', '\\"')
    os.environ["NODE_OPTIONS"] = f'{before or ""} --require "{quoted}"'.strip()
    try:
        yield
    finally:
        if before is None:
            del os.environ["NODE_OPTIONS"]
        else:
            os.environ["NODE_OPTIONS"] = before
