"""docs/history/old-cost-table.md has the figures that the command computes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


def test_the_old_table_in_the_docs_is_todays() -> None:
    command = [sys.executable, "-m", "ops", "cost", "--environment", "prod", "--json"]
    done = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=True)
    text = (ROOT / "docs" / "history" / "old-cost-table.md").read_text(encoding="utf-8")
    for row in json.loads(done.stdout)["comparison"]["rows"]:
        months = [
            f"{'yes' if row['meets'][workers] else 'no'}, {usd:,.0f}" for workers, usd in row["monthly_usd"].items()
        ]
        burst = f"{'yes' if row['meets_burst'] else 'no'}, {row['burst_hour_usd']:.4f}"
        assert f"| {' | '.join([row['configuration'], *months, burst])} |" in text
