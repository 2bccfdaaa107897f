"""One workspace an environment: made before cdktf is called, which would ask and wait for ever."""

import subprocess
import sys
from pathlib import Path

from embedded.aws import EmbeddedAws
from embedded.deployment import CDKTF, Deployment
from embedded.process import REPOSITORY


def make_workspace(deployment: Deployment) -> int:
    command = [sys.executable, "-m", "tools.workspace"]
    return subprocess.run(command, cwd=REPOSITORY, env=deployment.environment(), check=False).returncode


def test_a_second_environment_has_a_workspace_of_its_own(tmp_path: Path) -> None:
    with EmbeddedAws(log=tmp_path / "aws.log") as aws:
        dev, staging = (Deployment(aws, tmp_path / name, name) for name in ("dev", "staging"))
        dev.create_state_bucket()
        assert [make_workspace(deployment) for deployment in (dev, staging, staging)] == [0, 0, 0]
        keys = [item["Key"] for item in aws.client("s3").list_objects_v2(Bucket=dev.state_bucket)["Contents"]]
        assert keys == [f"environments/{name}/hospup-video/terraform.tfstate" for name in ("dev", "staging")]
        diff = subprocess.run(
            [str(CDKTF), "diff", "--skip-provider-lock", f"--output={tmp_path / 'out'}"],
            cwd=REPOSITORY,
            env=staging.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert diff.returncode == 0, diff.stdout
        assert "ffmpeg-worker-service-staging" in diff.stdout
