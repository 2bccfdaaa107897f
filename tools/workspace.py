"""Creates the Terraform workspace of ENV if it doesn't exist.

cdktf doesn't support workspaces: if TF_WORKSPACE names one that doesn't exist while others do, `terraform init` asks
which one to use, and hangs without a terminal. So the workspace is created before cdktf is called.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from ops.errors import StackError
from ops.stack.synthesis import synthesise


def main() -> int:
    """Synthesise ENV into a scratch folder, initialise it, and select or create the workspace. Returns an exit code."""
    name = os.environ.get("ENV", "dev")
    terraform = os.environ.get("TERRAFORM", "terraform")
    environment = {key: value for key, value in os.environ.items() if key != "TF_WORKSPACE"}
    with tempfile.TemporaryDirectory(prefix="workspace-") as folder:
        try:
            stack = synthesise(name, Path(folder))
        except StackError as error:
            print(error, file=sys.stderr)
            return 1
        for arguments in (["init", "-input=false"], ["workspace", "select", "-or-create", name]):
            command = [terraform, f"-chdir={stack.parent}", *arguments]
            done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
            if done.returncode:
                return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
