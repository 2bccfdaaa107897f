"""`image`: build, push and release, with stubs on the PATH in place of the container tools."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from embedded.aws import EmbeddedAws
from tests.ops.bench import BEFORE, REPOSITORY, URI, VARIABLES, Bench, moves_to, releasing
from tests.ops.conftest import ROOT, Operator, Ran
from tests.ops.scripted import Scripted, rollout, service

MOMENT = "2026-11-22T12:00:00Z"
MANIFEST = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json"}


@pytest.fixture
def bench(aws: EmbeddedAws, tmp_path: Path) -> Bench:
    return Bench(Operator(aws), tmp_path)


@pytest.fixture(scope="module", autouse=True)
def repository(aws: EmbeddedAws) -> None:
    ecr = aws.client("ecr")
    ecr.create_repository(repositoryName=REPOSITORY)
    image = MANIFEST | {"config": {"digest": "sha256:1", "size": 1}, "layers": []}
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
    done = bench.image("push", "v2", "--json")
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
    missing = bench.image("push", "v3")
    assert (missing.code, "hospup-video image build --tag v3" in missing.err) == (2, True)
    assert bench.image("push", "v3", "--local", "/archive.tar").code == 0
    login, pull, push = (note["command"] for note in bench.calls() if note["command"][0] == "buildah")
    assert login[1] == "login"
    assert pull[-3:] == ["pull", "--quiet", "docker-archive:/archive.tar"]
    assert push[-2:] == ["buildah is at work", f"docker://{URI}:v3"]


def test_push_lets_buildah_pack_what_docker_has_built(bench: Bench, tmp_path: Path) -> None:
    bench.install("docker")
    bench.install("buildah")
    (tmp_path / "archive.tar").touch()
    assert bench.image("push", "v5").code == 0
    assert bench.image("push", "v6", "--local", str(tmp_path / "archive.tar")).code == 0
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
    runs = moves_to(2, rollout("IN_PROGRESS", 2), rollout("COMPLETED", 1, status="ACTIVE"))
    with releasing(runs, tags=("there", "gone")) as ecs:
        first = bench.image("push", "v7", **ecs.variables())
        second = bench.image("push", "v8", **ecs.variables())
    assert (first.code, second.code) == (0, 0), first.err + second.err
    assert "marked there, which runs" in first.err
    assert "marked" not in second.err
    (image,) = ecr.describe_images(repositoryName=REPOSITORY, imageIds=[{"imageTag": "released-there"}])["imageDetails"]
    assert set(image["imageTags"]) == {"there", "released-there"}


def test_push_warns_where_what_runs_is_unknown(bench: Bench) -> None:
    bench.install("docker")
    refusal = {"__type": "AccessDeniedException", "Message": "not authorized"}
    with Scripted({"DescribeServices": [refusal]}, status=400) as ecs:
        done = bench.image("push", "v9", **ecs.variables())
    assert done.code == 0, done.err
    assert "The image that runs could not be marked: DescribeServices was refused" in done.err


def test_push_refuses_a_tag_that_is_there(bench: Bench) -> None:
    bench.install("docker")
    done = bench.image("push", "there")
    assert (done.code, bench.calls()) == (1, [])
    assert "tags are immutable" in done.err


def test_push_with_an_engine_that_fails_and_without_one(bench: Bench) -> None:
    bench.install("docker", code=1)
    bench.install("buildah", code=125)
    failed = bench.image("push", "v4", "--local", "/archive.tar")
    assert (failed.code, "buildah login ended with 125" in failed.err) == (1, True)
    none = bench.image("push", "v4", PATH=str(bench.folder / "empty"))
    assert (none.code, "there is no Docker, and there is no buildah" in none.err) == (2, True)


def test_push_refuses_a_tag_that_is_none(bench: Bench) -> None:
    done = bench.image("push", "été 2026")
    assert (done.code, "is no image tag" in done.err) == (2, True)


def test_release_goes_through_terraform_and_keeps_every_variable(bench: Bench) -> None:
    bench.install("cdktf")
    with releasing(BEFORE, moves_to(2)) as ecs:
        done = bench.image(
            "release", "there", "--yes", "--var", "log_retention_days=30", "-e", "prod", **ecs.variables()
        )
    assert done.code == 0, done.err
    (note,) = bench.calls()
    assert note["command"] == [
        "cdktf",
        "deploy",
        "--auto-approve",
        "--var=warm_pool_size=20",
        "--var=max_workers=60",
        "--var=on_demand_workers=5",
        "--var=worker_image_tag=there",
        "--var=log_retention_days=30",
        "--var=webhook_url=https://api.example.com/callback?key=a=b",
    ]
    assert note["env"] == {"ENV": "prod", "TF_WORKSPACE": "prod"}
    assert "Write there into environments/prod.json as fleet.worker_image_tag" in done.err


def test_release_by_plain_terraform(bench: Bench, tmp_path: Path) -> None:
    bench.install("terraform")
    with releasing(BEFORE, moves_to(2)) as ecs:
        done = bench.image("release", "there", "--yes", "--terraform-dir", str(tmp_path), "--json", **ecs.variables())
    assert done.json == {"version": "there", "state": "IN_PROGRESS", "reason": ""}
    (note,) = bench.calls()
    assert note["command"][:4] == ["terraform", f"-chdir={tmp_path}", "apply", "-auto-approve"]
    assert "-var=worker_image_tag=there" in note["command"]


def test_release_waits_for_a_good_end(bench: Bench) -> None:
    bench.install("cdktf")
    with releasing(BEFORE, moves_to(2, rollout("IN_PROGRESS", 2, runningCount=4)), moves_to(2)) as ecs:
        done = bench.image("release", "there", "--yes", "--wait", **ecs.variables())
    assert done.code == 0
    assert "there: 4 of 10 workers run it\n" in done.err
    assert done.out.endswith("released there: 10 workers run it\n")


def test_release_that_nothing_runs_yet(bench: Bench) -> None:
    bench.install("cdktf")
    idle = rollout("COMPLETED", 2, desiredCount=0, runningCount=0)
    with releasing(BEFORE, moves_to(2, idle, desired=0, running=0)) as ecs:
        done = bench.image("release", "there", "--yes", "--wait", **ecs.variables())
    assert (done.code, done.out.endswith("run it\n")) == (0, False)
    assert "there is released, and no worker runs it yet, so nothing is known of it: 0 are wanted" in done.err


def test_release_that_the_circuit_breaker_takes_back(bench: Bench) -> None:
    bench.install("cdktf")
    back = rollout("IN_PROGRESS", 1)
    failed = rollout("FAILED", 2, status="ACTIVE", rolloutStateReason="deployment failed: tasks failed to start.")
    with releasing(
        BEFORE, moves_to(2, rollout("IN_PROGRESS", 2, runningCount=0, failedTasks=3)), service(back, failed)
    ) as ecs:
        done = bench.image("release", "there", "--yes", "--wait", **ecs.variables())
    assert done.code == 1
    assert "there: 0 of 10 workers run it, 3 failed to start" in done.err
    assert "The release of there failed: deployment failed: tasks failed to start." in done.err
    assert "The service works towards before now" in done.err


def test_release_of_what_is_not_pushed_touches_nothing(bench: Bench) -> None:
    bench.install("cdktf")
    done = bench.image("release", "missing", "--yes")
    assert (done.code, bench.calls()) == (1, [])
    assert "There is no image missing in hospup-ffmpeg-worker" in done.err


def test_release_needs_an_approval_and_a_deployment_that_works(bench: Bench) -> None:
    bench.install("cdktf", code=1)
    with releasing(BEFORE) as ecs:
        unasked = bench.image("release", "there", **ecs.variables())
        failed = bench.image("release", "there", "--yes", **ecs.variables())
    assert (unasked.code, "give --yes" in unasked.err) == (2, True)
    assert (failed.code, "cdktf ended with 1" in failed.err) == (1, True)


def test_release_that_terraform_did_not_apply(bench: Bench) -> None:
    bench.install("cdktf")
    with releasing(BEFORE) as ecs:
        done = bench.image("release", "there", "--yes", **ecs.variables())
    assert (done.code, "The service works towards before: there was not applied." in done.err) == (1, True)


def test_restart_starts_every_worker_anew(bench: Bench) -> None:
    with releasing(BEFORE) as ecs:
        assert bench.image("release", "--restart", **ecs.variables()).code == 2  # nobody says yes
        done = bench.image("release", "--restart", "--wait", "--yes", **ecs.variables())
        (asked,) = ecs.requests("UpdateService")
    assert done.code == 0
    assert (asked["forceNewDeployment"], asked["service"], asked["cluster"]) == (True, "workers", "cluster")


def test_release_wants_a_tag_or_a_restart(bench: Bench) -> None:
    assert bench.image("release").code == bench.image("release", "there", "--restart").code == 2


@pytest.fixture
def pushed(aws: EmbeddedAws) -> Callable[..., None]:
    """Pushes images into the repository; those that ran get the registry's mark too."""

    def push(*tags: str, ran: tuple[str, ...] = ()) -> None:
        ecr = aws.client("ecr")
        for number, tag in enumerate(tags):
            content = json.dumps(MANIFEST | {"config": {"digest": f"sha256:{tag}{number}"}, "layers": []})
            for name in (tag, f"released-{tag}")[: 1 + (tag in ran)]:
                ecr.put_image(repositoryName=REPOSITORY, imageManifest=content, imageTag=name)

    return push


def test_list_shows_when_each_image_was_released_and_how_many_run_it(bench: Bench, pushed: Callable[..., None]) -> None:
    pushed("list-1", "list-2", "list-3", ran=("list-1",))
    runs = moves_to(4, rollout("IN_PROGRESS", 4, runningCount=3), rollout("COMPLETED", 3, status="ACTIVE"))
    # list-2 has two revisions, of which the first is its release; list-1 was released twice.
    with releasing(runs, tags=("list-1", "list-2", "list-2", "list-1")) as ecs:
        done = bench.image("list", "--json", **ecs.variables())
        table = bench.image("list", **ecs.variables()).out
    found = {image["tag"]: image for image in done.json["images"]}
    assert not any(tag.startswith("released-") for tag in found)
    assert {tag: found[tag]["released_at"] for tag in ("list-1", "list-2", "list-3")} == {
        "list-1": "2026-09-25T14:13:20.000Z",
        "list-2": "2026-09-23T14:13:20.000Z",
        "list-3": None,
    }
    assert [(tag, image["workers"]) for tag, image in found.items() if image["workers"]] == [
        ("list-1", 3),
        ("list-2", 10),
    ]
    assert [tag for tag, image in found.items() if image["deployed"]] == ["list-1"]
    assert table.splitlines()[0].split() == ["tag", "pushed", "MB", "released", "workers"]


def test_rollback_goes_to_the_image_that_ran_before(bench: Bench, pushed: Callable[..., None]) -> None:
    bench.install("cdktf")
    pushed("back-1", "back-2")
    # A change of another setting gave back-2 a second revision; "gone" has left the registry.
    tags = ("back-1", "gone", "back-2", "back-2", "back-1")
    with releasing(moves_to(4), moves_to(4), moves_to(5), tags=tags) as ecs:
        done = bench.image("rollback", "--yes", "--json", **ecs.variables())
    assert done.code == 0, done.err
    assert done.json["version"] == "back-1"
    assert "Roll back from back-2 to back-1, which was released" in done.err
    assert bench.deployed() == {**VARIABLES, "worker_image_tag": "back-1"}


def test_rollback_without_terraform_moves_the_service_alone(bench: Bench, pushed: Callable[..., None]) -> None:
    pushed("alone-1", "alone-2")
    # alone-1 had another setting from its second revision on, which comes back too.
    with releasing(moves_to(3), moves_to(2), tags=("alone-1", "alone-1", "alone-2")) as ecs:
        asked = bench.image("rollback", "--without-terraform", **ecs.variables())
        assert (asked.code, ecs.requests("UpdateService")) == (2, [])  # nobody says yes
    with releasing(moves_to(3), moves_to(2), tags=("alone-1", "alone-1", "alone-2")) as ecs:
        done = bench.image("rollback", "--without-terraform", "--yes", "--wait", **ecs.variables())
        (moved,) = ecs.requests("UpdateService")
    assert done.code == 0, done.err
    assert (moved["taskDefinition"], moved["service"], moved.get("desiredCount")) == ("worker:2", "workers", None)
    assert done.out.endswith("released alone-1: 10 workers run it\n")
    assert "as fleet.worker_image_tag: later deployments keep it then." in done.err
    assert bench.calls() == []  # neither Terraform nor cdktf
    both = bench.image("rollback", "--without-terraform", "--terraform-dir", str(bench.folder))
    assert (both.code, "--without-terraform applies none: give one." in both.err) == (2, True)


def test_rollback_passes_over_a_release_that_never_ran(bench: Bench, pushed: Callable[..., None]) -> None:
    bench.install("cdktf")
    pushed("good", "failed", "bad", ran=("good",))
    with releasing(moves_to(3), moves_to(3), moves_to(4), tags=("good", "failed", "bad", "good")) as ecs:
        done = bench.image("rollback", "--yes", **ecs.variables())
    assert done.code == 0, done.err
    assert bench.deployed()["worker_image_tag"] == "good"


def test_rollback_asks_and_needs_an_image(bench: Bench, pushed: Callable[..., None]) -> None:
    bench.install("cdktf")
    pushed("first", "second")
    with releasing(moves_to(2), tags=("first", "second")) as ecs:
        unasked = bench.image("rollback", **ecs.variables())
    with releasing(moves_to(2), tags=("none-yet", "first")) as ecs:
        alone = bench.image("rollback", "--yes", **ecs.variables())
    assert (unasked.code, "give --yes" in unasked.err) == (2, True)
    assert (alone.code, "No image ran before first that is still in the registry" in alone.err) == (1, True)
    assert bench.calls() == []
