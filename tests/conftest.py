"""What every test may rely on."""

import os
from pathlib import Path

import hypothesis

REPOSITORY = Path(__file__).parents[1]

# Generation time depends on the machine's load, which says nothing about the code.
hypothesis.settings.register_profile(
    "house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.load_profile("house")

# As the Makefile sets them, so that pytest alone does too.
if (REPOSITORY / ".build" / "terraform.rc").exists():
    os.environ["TF_CLI_CONFIG_FILE"] = str(REPOSITORY / ".build" / "terraform.rc")
os.environ.setdefault("CHECKPOINT_DISABLE", "1")
