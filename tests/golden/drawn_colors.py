"""Draws CSS colours, the same at each call: `python -m tests.golden.drawn_colors COLORS 600` prints 600 as JSON.

In a process of its own, since Hypothesis takes numbers from the program's modules that are loaded.
"""

import json
import subprocess
import sys
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests import css_colors


def draw(strategy: str, count: int) -> list[str]:
    """Different colours of a strategy of `tests.css_colors`, drawn `count` times."""
    command = [sys.executable, "-m", "tests.golden.drawn_colors", strategy, str(count)]
    root = Path(__file__).parents[2]
    printed = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    colors: list[str] = json.loads(printed)
    return colors


def main(name: str, count: int) -> None:
    """Print them."""
    strategy: st.SearchStrategy[str] = getattr(css_colors, name)
    found: dict[str, None] = {}

    @seed(17)
    @settings(max_examples=count, database=None, deadline=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(strategy)
    def collect(color: str) -> None:
        found[color] = None

    collect()
    print(json.dumps(list(found)))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
