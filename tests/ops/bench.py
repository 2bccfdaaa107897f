"""A bench for commands that call other programs: stubs on the PATH record what they were asked, and ECS is scripted."""

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.ops.conftest import Operator, Ran
from tests.ops.scripted import Answers, Scripted, revisions, rollout, service

REPOSITORY = "hospup-ffmpeg-worker"
URI = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/{REPOSITORY}"
OUTPUTS = {
    "ecr_repository_uri": URI,
    "cluster_name": "cluster",
    "service_name": "workers",
    "region": "eu-west-1",
}
DEPLOYED = {
    "warm_pool_size": 20,
    "max_workers": 60,
    "on_demand_workers": 5,
    "worker_image_tag": "before",
    "log_retention_days": 7,
    "webhook_url": "https://api.example.com/callback?key=a=b",
}
"""The output `deployed_variables`."""
VARIABLES = {name: str(value) for name, value in DEPLOYED.items()}
STAND_IN = """#!{python}
import json, os, sys, pathlib
typed = sys.stdin.read() if "--password-stdin" in sys.argv else ""
note = {{"command": sys.argv, "typed": typed, "env": {{n: os.environ.get(n) for n in ("ENV", "TF_WORKSPACE")}}}}
with open({log!r}, "a") as log:
    log.write(json.dumps(note) + "\\n")
if "push" in sys.argv:
    import boto3
    manifest = {{"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
                "config": {{"digest": "sha256:0", "size": 1}}, "layers": []}}
    boto3.client("ecr").put_image(
        repositoryName={repository!r}, imageManifest=json.dumps(manifest), imageTag=sys.argv[-1].rpartition(":")[2])
print("{name} is at work")
sys.exit({code})
"""


@dataclass
class Bench:
    """A folder of stubs at the front of the PATH; each records its arguments."""

    operator: Operator
    folder: Path
    outputs: dict[str, Any] = field(default_factory=lambda: OUTPUTS | {"deployed_variables": DEPLOYED})
    """Terraform's outputs."""

    def install(self, name: str, *, code: int = 0) -> None:
        path = self.folder / name
        text = STAND_IN.format(python=sys.executable, log=str(self.log), repository=REPOSITORY, name=name, code=code)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    @property
    def log(self) -> Path:
        return self.folder / "log.jsonl"

    def calls(self) -> list[dict[str, Any]]:
        lines = self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []
        calls = [json.loads(line) for line in lines]
        return [note | {"command": [Path(note["command"][0]).name, *note["command"][1:]]} for note in calls]

    def run(self, *arguments: str, **variables: str) -> Ran:
        file = self.folder / "outputs.json"
        values = {name: {"value": value} for name, value in self.outputs.items()}
        file.write_text(json.dumps(values), encoding="utf-8")
        path = str(self.folder)  # nothing of this machine's own
        return self.operator.run(*arguments, "--outputs", str(file), **{"PATH": path} | variables)

    def image(self, *arguments: str, **variables: str) -> Ran:
        return self.run("image", *arguments, **variables)

    def deployed(self) -> dict[str, str]:
        """The Terraform variables of the only deployment."""
        (note,) = self.calls()
        assigned = [argument.removeprefix("--var=") for argument in note["command"] if argument.startswith("--var=")]
        return dict(assignment.split("=", 1) for assignment in assigned)


def releasing(*answers: dict[str, Any], tags: tuple[str, ...] = ("before", "there"), **more: Answers) -> Scripted:
    """An ECS whose service has these states one after the other; `worker:1` has the first of the tags."""
    return Scripted({"DescribeServices": answers, "UpdateService": [{"service": {}}], **revisions(*tags), **more})


def moves_to(number: int, *rollouts: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A service that moves to `worker:NUMBER`."""
    return service(*(rollouts or (rollout("COMPLETED", number),)), taskDefinition=f"worker:{number}", **more)


BEFORE = service()
