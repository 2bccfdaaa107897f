"""`python -m tests.ops.golden`: rewrite the golden comments. Review the difference afterwards."""

import subprocess
import sys
from pathlib import Path

from ops.review.plan_reader import read_plan

HERE = Path(__file__).parent

for file in HERE.glob("*.md"):
    plan = HERE.parent / "plans" / f"{file.stem}.json"
    environment = read_plan(plan).environment
    arguments = ["plan-review", str(plan), "--environment", environment, "--commit", "0a1b2c3", "--markdown"]
    done = subprocess.run([sys.executable, "-m", "ops", *arguments], capture_output=True, text=True, check=False)
    file.write_text(done.stdout, encoding="utf-8")
    print(file.name, "exit code", done.returncode)
