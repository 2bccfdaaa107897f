"""Makes the Terraform workspace of ENV, where it isn't there yet.

cdktf knows no workspaces: with TF_WORKSPACE naming one that doesn't exist beside others that do, `terraform init` asks
which to take, and waits for ever where nobody answers. So the workspace is made before cdktf is called.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Synthesise ENV into a scratch folder, initialise it, and select or create the workspace. Returns an exit code."""
    name = os.environ.get("ENV", "dev")
    terraform = os.environ.get("TERRAFORM", "terraform")
    environment = {key: value for key, value in os.environ.items() if key != "TF_WORKSPACE"}
    with tempfile.TemporaryDirectory(prefix="workspace-") as folder:
        synthesised = environment | {"CDKTF_OUTDIR": folder}
        done = subprocess.run([sys.executable, "main.py"], cwd=ROOT, env=synthesised, check=False)
        if done.returncode:
            return done.returncode
        (stack,) = Path(folder).glob("stacks/*/cdk.tf.json")
        for arguments in (["init", "-input=false"], ["workspace", "select", "-or-create", name]):
            command = [terraform, f"-chdir={stack.parent}", *arguments]
            done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
            if done.returncode:
                return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
