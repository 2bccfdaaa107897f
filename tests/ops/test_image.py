"""`image`: build, push and release, with stubs on the PATH in place of the container tools."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from embedded.aws import EmbeddedAws
from tests.ops.conftest import ROOT, Operator, Ran
from tests.ops.scripted import Scripted, definition, rollout, service

REPOSITORY = "hospup-ffmpeg-worker"
URI = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/{REPOSITORY}"
OUTPUTS = {
    "ecr_repository_uri": URI,
    "cluster_name": "cluster",
    "service_name": "workers",
    "warm_pool_size": 20,
    "max_workers": 60,
    "region": "eu-west-1",
}
MOMENT = "2026-11-22T12:00:00Z"
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
        outputs = self.folder / "outputs.json"
        outputs.write_text(json.dumps({name: {"value": value} for name, value in OUTPUTS.items()}), encoding="utf-8")
        path = str(self.folder)  # nothing of this machine's own
        return self.operator.run("image", *arguments, "--outputs", str(outputs), **{"PATH": path} | variables)


@pytest.fixture
def bench(aws: EmbeddedAws, tmp_path: Path) -> Bench:
    return Bench(Operator(aws), tmp_path)


@pytest.fixture(scope="module", autouse=True)
def repository(aws: EmbeddedAws) -> None:
    ecr = aws.client("ecr")
    ecr.create_repository(repositoryName=REPOSITORY)
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json"}
    image = manifest | {"config": {"digest": "sha256:1", "size": 1}, "layers": []}
    ecr.put_image(repositoryName=REPOSITORY, imageManifest=json.dumps(image), imageTag="there")


def test_build_names_the_image_after_the_commit(tmp_path: Path, aws: EmbeddedAws) -> None:
    """Built in a separate repository, whose tools.image only prints its arguments."""
    shutil.copytree(ROOT / "ops", tmp_path / "ops", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "tools").mkdir()
    said = "import os, sys; print('image', sys.argv[1:], os.environ['ENV']); sys.exit('fail' in sys.argv)"
    (tmp_path / "tools" / "image.py").write_text(said, encoding="utf-8")
    identity = ["-c", "user.name=Marie", "-c", "user.email=marie@example.com"]
    for command in (["init", "-q"], ["add", "."], [*identity, "commit", "-q", "-m", "x", "--date=2026-11-22T12:00Z"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True, env=os.environ | {"GIT_COMMITTER_DATE": MOMENT})
    commit = subprocess.check_output(["git", "rev-parse", "--short=12", "HEAD"], cwd=tmp_path, text=True)
    tag = f"2026-11-22_{commit.strip()}"

    def build(*arguments: str) -> Ran:
        operator = Operator(aws, {"PYTHONDONTWRITEBYTECODE": "1"}, tmp_path)
        return operator.run("image", "build", *arguments)

    done = build("-e", "prod", "--platform", "linux/arm64")
    assert done.code == 0, done.err
    assert f"built image ['build', '--tag', '{tag}', '--platform', 'linux/arm64'] prod;" in done.out
    assert f"hospup-video image push {tag}" in done.out
    assert build("fail").code == 1
    (tmp_path / "ops" / "console" / "output.py").open("a").write("\n")
    dirty = build()
    assert (dirty.code, "changes that aren't committed" in dirty.err) == (2, True)
    assert build("--tag", "mine").code == 0


def test_push_logs_in_and_pushes_under_an_immutable_tag(bench: Bench) -> None:
    bench.install("docker")
    done = bench.run("push", "v2", "--json")
    assert done.code == 0, done.err
    assert (done.json["tag"], done.json["image"]) == ("v2", f"{URI}:v2")
    assert done.json["digest"].startswith("sha256:")
    assert [note["command"] for note in bench.calls()] == [
        ["docker", "info"],
        ["docker", "login", "--username", "AWS", "--password-stdin", URI.partition("/")[0]],
        ["docker", "tag", f"{REPOSITORY}:v2", f"{URI}:v2"],
        ["docker", "push", f"{URI}:v2"],
    ]
    assert bench.calls()[1]["typed"]


def test_push_takes_buildah_and_an_archive_where_docker_does_not_answer(bench: Bench) -> None:
    bench.install("docker", code=1)
    bench.install("buildah")
    missing = bench.run("push", "v3")
    assert (missing.code, "hospup-video image build --tag v3" in missing.err) == (2, True)
    assert bench.run("push", "v3", "--local", "/archive.tar").code == 0
    login, pull, push = (note["command"] for note in bench.calls() if note["command"][0] == "buildah")
    assert login[1] == "login"
    assert pull[-3:] == ["pull", "--quiet", "docker-archive:/archive.tar"]
    assert push[-2:] == ["buildah is at work", f"docker://{URI}:v3"]


def test_push_lets_buildah_pack_what_docker_has_built(bench: Bench, tmp_path: Path) -> None:
    bench.install("docker")
    bench.install("buildah")
    (tmp_path / "archive.tar").touch()
    assert bench.run("push", "v5").code == 0
    assert bench.run("push", "v6", "--local", str(tmp_path / "archive.tar")).code == 0
    calls = [note["command"] for note in bench.calls()]
    ((*save, archive, name),) = (command for command in calls if "save" in command)
    assert (save, name) == (["docker", "save", "--output"], f"{REPOSITORY}:v5")
    assert [command[-1] for command in calls if "pull" in command] == [
        f"docker-archive:{archive}",
        f"docker-archive:{tmp_path / 'archive.tar'}",
    ]
    assert not Path(archive).parent.exists()
    for command in calls:
        if "push" in command:
            options = command[command.index("push") + 1 : -2]
            assert options[:4] == ["--format", "oci", "--compression-format", "zstd"]


def test_push_marks_what_runs_for_the_registry(bench: Bench, aws: EmbeddedAws) -> None:
    bench.install("docker")
    ecr = aws.client("ecr")
    runs = service(rollout("IN_PROGRESS", 2), rollout("COMPLETED", 1, status="ACTIVE"), taskDefinition="worker:2")
    with releasing(runs, tags=("there", "gone")) as ecs:
        first = bench.run("push", "v7", **ecs.variables())
        second = bench.run("push", "v8", **ecs.variables())
    assert (first.code, second.code) == (0, 0), first.err + second.err
    assert "marked there, which runs" in first.err
    assert "marked" not in second.err
    (image,) = ecr.describe_images(repositoryName=REPOSITORY, imageIds=[{"imageTag": "released-there"}])["imageDetails"]
    assert set(image["imageTags"]) == {"there", "released-there"}


def test_push_warns_where_what_runs_is_unknown(bench: Bench) -> None:
    bench.install("docker")
    refusal = {"__type": "AccessDeniedException", "Message": "not authorized"}
    with Scripted({"DescribeServices": [refusal]}, status=400) as ecs:
        done = bench.run("push", "v9", **ecs.variables())
    assert done.code == 0, done.err
    assert "The image that runs could not be marked: DescribeServices was refused" in done.err


def test_push_refuses_a_tag_that_is_there(bench: Bench) -> None:
    bench.install("docker")
    done = bench.run("push", "there")
    assert (done.code, bench.calls()) == (1, [])
    assert "tags are immutable" in done.err


def test_push_with_an_engine_that_fails_and_without_one(bench: Bench) -> None:
    bench.install("docker", code=1)
    bench.install("buildah", code=125)
    failed = bench.run("push", "v4", "--local", "/archive.tar")
    assert (failed.code, "buildah login ended with 125" in failed.err) == (1, True)
    none = bench.run("push", "v4", PATH=str(bench.folder / "empty"))
    assert (none.code, "there is no Docker, and there is no buildah" in none.err) == (2, True)


def test_push_refuses_a_tag_that_is_none(bench: Bench) -> None:
    done = bench.run("push", "été 2026")
    assert (done.code, "is no image tag" in done.err) == (2, True)


def releasing(*answers: dict[str, Any], tags: tuple[str, ...] = ("there",)) -> Scripted:
    return Scripted(
        {
            "DescribeServices": answers,
            "DescribeTaskDefinition": [definition(tag) for tag in tags],
            "UpdateService": [{"service": {}}],
        }
    )


def test_release_goes_through_terraform_and_keeps_the_pool(bench: Bench) -> None:
    bench.install("cdktf")
    with releasing(service()) as ecs:
        done = bench.run("release", "there", "--yes", "--var", "log_retention_days=30", "-e", "prod", **ecs.variables())
    assert done.code == 0, done.err
    (note,) = bench.calls()
    assert note["command"] == [
        "cdktf",
        "deploy",
        "--auto-approve",
        "--var=warm_pool_size=20",
        "--var=max_workers=60",
        "--var=log_retention_days=30",
        "--var=worker_image_tag=there",
    ]
    assert note["env"] == {"ENV": "prod", "TF_WORKSPACE": "prod"}
    assert "Write there into environments/prod.json as fleet.worker_image_tag" in done.err


def test_release_by_plain_terraform(bench: Bench, tmp_path: Path) -> None:
    bench.install("terraform")
    with releasing(service()) as ecs:
        done = bench.run("release", "there", "--yes", "--terraform-dir", str(tmp_path), "--json", **ecs.variables())
    assert done.json == {"version": "there", "state": "IN_PROGRESS", "reason": ""}
    (note,) = bench.calls()
    assert note["command"][:4] == ["terraform", f"-chdir={tmp_path}", "apply", "-auto-approve"]
    assert "-var=worker_image_tag=there" in note["command"]


def test_release_waits_for_a_good_end(bench: Bench) -> None:
    bench.install("cdktf")
    with releasing(service(rollout("IN_PROGRESS", runningCount=4)), service()) as ecs:
        done = bench.run("release", "there", "--yes", "--wait", **ecs.variables())
    assert done.code == 0
    assert "there: 4 of 10 workers run it\n" in done.err
    assert done.out.endswith("released there: 10 workers run it\n")


def test_release_that_nothing_runs_yet(bench: Bench) -> None:
    bench.install("cdktf")
    idle = rollout("COMPLETED", desiredCount=0, runningCount=0)
    with releasing(service(idle, desired=0, running=0)) as ecs:
        done = bench.run("release", "there", "--yes", "--wait", **ecs.variables())
    assert (done.code, done.out.endswith("run it\n")) == (0, False)
    assert "there is released, and no worker runs it yet, so nothing is known of it: 0 are wanted" in done.err


def test_release_that_the_circuit_breaker_takes_back(bench: Bench) -> None:
    bench.install("cdktf")
    back = rollout("IN_PROGRESS", 1)
    failed = rollout("FAILED", 2, status="ACTIVE", rolloutStateReason="deployment failed: tasks failed to start.")
    with releasing(
        service(rollout("IN_PROGRESS", 2, runningCount=0, failedTasks=3), taskDefinition="worker:2"),
        service(back, failed),
        tags=("there", "before"),
    ) as ecs:
        done = bench.run("release", "there", "--yes", "--wait", **ecs.variables())
    assert done.code == 1
    assert "there: 0 of 10 workers run it, 3 failed to start" in done.err
    assert "The release of there failed: deployment failed: tasks failed to start." in done.err
    assert "The service works towards before now" in done.err


def test_release_of_what_is_not_pushed_touches_nothing(bench: Bench) -> None:
    bench.install("cdktf")
    done = bench.run("release", "missing", "--yes")
    assert (done.code, bench.calls()) == (1, [])
    assert "There is no image missing in hospup-ffmpeg-worker" in done.err


def test_release_needs_an_approval_and_a_deployment_that_works(bench: Bench) -> None:
    bench.install("cdktf", code=1)
    with releasing(service()) as ecs:
        unasked = bench.run("release", "there", **ecs.variables())
        failed = bench.run("release", "there", "--yes", **ecs.variables())
    assert (unasked.code, "give --yes" in unasked.err) == (2, True)
    assert (failed.code, "cdktf ended with 1" in failed.err) == (1, True)


def test_release_that_terraform_did_not_apply(bench: Bench) -> None:
    bench.install("cdktf")
    with releasing(service(), tags=("before",)) as ecs:
        done = bench.run("release", "there", "--yes", **ecs.variables())
    assert (done.code, "The service works towards before: there was not applied." in done.err) == (1, True)


def test_restart_starts_every_worker_anew(bench: Bench) -> None:
    with releasing(service()) as ecs:
        assert bench.run("release", "--restart", **ecs.variables()).code == 2  # nobody says yes
        done = bench.run("release", "--restart", "--wait", "--yes", **ecs.variables())
        (asked,) = ecs.requests("UpdateService")
    assert done.code == 0
    assert (asked["forceNewDeployment"], asked["service"], asked["cluster"]) == (True, "workers", "cluster")


def test_release_wants_a_tag_or_a_restart(bench: Bench) -> None:
    assert bench.run("release").code == bench.run("release", "there", "--restart").code == 2
