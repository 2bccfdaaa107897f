"""Plans or deploys ENV by cdktf: `python -m tools.deploy diff`, `python -m tools.deploy deploy`.

It creates the environment's workspace first (tools/workspace.py), and adds the variables of VARS and the tag that runs
(tools/variables.py). Further arguments go to cdktf.
"""

import os
import subprocess
import sys

from modules.config import ConfigurationError
from ops.aws_errors import AWS_ERRORS, explain
from ops.errors import ExitCode, OperatorError
from tools import workspace
from tools.variables import terraform_variables


def main() -> int:
    """Run cdktf. Returns its exit code, or an exit code of `hospup-video` where it can't be run."""
    environment = os.environ.get("ENV") or "dev"
    try:
        variables = terraform_variables(environment)
    except (ConfigurationError, OperatorError) as error:
        print(error, file=sys.stderr)
        return ExitCode.USAGE
    except AWS_ERRORS as error:
        print(explain(error), file=sys.stderr)
        return ExitCode.AWS
    status = workspace.main()
    if status:
        return status
    command = ["cdktf", *sys.argv[1:], *(f"--var={name}={value}" for name, value in variables.items())]
    return subprocess.run(command, env=os.environ | {"TF_WORKSPACE": environment}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
