"""`python -m tests.ops.golden`: write the golden comments anew. Then read them."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent

for file in HERE.glob("*.md"):
    plan = HERE.parent / "plans" / f"{file.stem}.json"
    arguments = ["plan-review", str(plan), "--environment", "prod", "--commit", "0a1b2c3", "--markdown"]
    done = subprocess.run([sys.executable, "-m", "ops", *arguments], capture_output=True, text=True, check=False)
    file.write_text(done.stdout, encoding="utf-8")
    print(file.name, "exit code", done.returncode)
