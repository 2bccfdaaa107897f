"""The image's contents, what it must not contain, and that it works."""

import json
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg
import pytest

from tests.image.container import Container
from tests.waiting import eventually
from tests.worker.collector import attributes, collecting
from tests.worker.conftest import Site

ROOT = Path(__file__).parents[2]
SITE = "usr/local/lib/python3.13/dist-packages"


def files(root: Path) -> Iterator[Path]:
    """Everything in the image except links."""
    return (path for path in root.rglob("*") if not path.is_symlink())


def test_it_runs_as_the_task_definition_will_run_it(container: Container) -> None:
    config = container.config
    assert config["User"] == "10001:10001"
    assert config["Entrypoint"] == ["python", "-m", "worker"]
    assert not config.get("Cmd"), "without arguments, the worker consumes"
    assert list(config["Volumes"]) == ["/tmp"]  # noqa: S108
    assert config["Healthcheck"]["Test"] == ["CMD", "python", "-m", "worker", "health"]
    assert stat.S_IMODE((container.root / "tmp").stat().st_mode) == 0o1777


def test_labels_say_what_it_is_and_where_it_comes_from(container: Container) -> None:
    labels = {key.removeprefix("org.opencontainers.image."): value for key, value in container.config["Labels"].items()}
    known = subprocess.run(["git", "cat-file", "-e", f"{labels['revision']}^{{commit}}"], cwd=ROOT, check=False)
    assert known.returncode == 0, "a commit of this repository"
    assert labels["title"] == "hospup-ffmpeg-worker"
    assert labels["licenses"] == "Apache-2.0"
    assert labels["version"].startswith("0.1.0+")
    assert labels["created"].startswith("20")


@pytest.mark.parametrize(
    "name",
    [
        "sh",
        "bash",
        "dash",
        "busybox",
        "pip*",
        "gcc*",
        "cc",
        "ld",
        "as",
        "perl*",
        "apt*",
        "dpkg*",
        "npm",
        "node",
        "curl",
    ],
)
def test_there_is_no(container: Container, name: str) -> None:
    found = [path for folder in ("bin", "sbin", "local/bin") for path in (container.root / "usr" / folder).glob(name)]
    assert not found


def test_no_package_that_a_worker_does_not_need(container: Container) -> None:
    installed = {path.name.partition("-")[0].lower() for path in (container.root / SITE).glob("*.dist-info")}
    assert {"boto3", "av", "skia_python", "pydantic", "regex"} <= installed
    assert not installed & {"pip", "setuptools", "cdktf", "constructs", "moto", "pytest", "typer", "rich", "matplotlib"}


def test_no_file_gives_rights_or_takes_writing(container: Container) -> None:
    for path in files(container.root):
        mode = path.stat().st_mode
        assert not mode & (stat.S_ISUID | stat.S_ISGID), path
        assert not mode & stat.S_IWOTH or path == container.root / "tmp", path
        assert path.stat().st_uid == 0, path


def test_nothing_of_the_build_is_left(container: Container) -> None:
    for path in files(container.root):
        assert path.name not in {".npm", ".cache", "package-lock.json", "secrets", "Dockerfile"}, path
    assert not list((container.root / "app").rglob("*test*.py"))
    assert {path.name for path in (container.root / SITE / "botocore" / "data").iterdir() if path.is_dir()} == {
        "dynamodb",
        "s3",
        "sqs",
        "sts",
    }


def test_everything_is_compiled(container: Container) -> None:
    for source in (container.root / "app").rglob("*.py"):
        assert list((source.parent / "__pycache__").glob(f"{source.stem}.cpython-*.pyc")), source
    assert not list((container.root / SITE).rglob("*.py"))


def test_modules_hold_nothing_for_debuggers(container: Container) -> None:
    modules = [path for path in (container.root / SITE).rglob("*.so") if ".libs" not in str(path)]
    assert len(modules) > 50
    for module in modules:
        sections = {b"\0.symtab\0", b"\0.debug_info\0"}  # as the table of sections' names has them
        assert not {name for name in sections if name in module.read_bytes()}, module


def test_the_root_is_read_only_and_the_user_nobody(container: Container) -> None:
    code = (
        "import os, pathlib\n"
        "print(os.getuid(), os.getgid(), os.getgroups(), os.getcwd())\n"
        "for folder in ('/app', '/usr', '/tmp'):\n"
        "  try: pathlib.Path(folder, 'x').touch(); print(folder)\n"
        "  except OSError: pass"
    )
    assert container.python(code).splitlines() == ["10001 10001 [] /app", "/tmp"]  # noqa: S108


def test_every_library_finds_what_it_links_to(container: Container) -> None:
    """Loads with the image's own loader, as the image's user."""
    code = (
        "import glob, pathlib, subprocess\n"
        "loader = glob.glob('/usr/lib*/ld-linux*') + glob.glob('/usr/lib/*/ld-linux*')\n"
        "for path in pathlib.Path('/usr').rglob('*'):\n"
        "  linked = path.name.endswith(('-linux-gnu.so', '.abi3.so')) or path.name.startswith('ffmpeg-linux')\n"
        "  if linked and path.is_file():\n"
        "    done = subprocess.run([loader[0], '--list', path], capture_output=True, text=True)\n"
        "    if done.returncode or 'not found' in done.stdout: print(path, done.stderr)"
    )
    assert container.python(code) == ""


def test_a_worker_that_is_not_there_is_not_healthy(container: Container) -> None:
    done = container.run("health")
    assert (done.returncode, done.stderr) == (1, "")


def test_a_wrong_environment_is_named_in_one_line(container: Container) -> None:
    done = container.run()
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "worker: MEDIA_BUCKET is missing: set it in the worker's environment (docs/reference/job-contract.md)."
    ]


def test_it_renders_text_in_every_script_over_a_clip(container: Container, clip: Path) -> None:
    media = container.tmp / "media" / "bucket"
    media.mkdir(parents=True)
    shutil.copy(clip, media / "clip.mp4")
    text = {"content": "Été à Nîmes 🏖 مرحبا 你好 환영", "start": 0, "end": 1, "position": {"x": 135, "y": 240}}
    job = {
        "version": 1,
        "job_id": "image",
        "video_id": "image",
        "output": {"width": 270, "height": 480, "fps": 25},
        "clips": [{"source": "s3://bucket/clip.mp4", "duration": 1.0, "adjustments": {"saturation": 20}}],
        "texts": [text],
    }
    (container.tmp / "job.json").write_text(json.dumps(job), encoding="utf-8")
    done = container.run("render", "/tmp/job.json", "-o", "/tmp/out.mp4", "--media-root", "/tmp/media")  # noqa: S108
    assert done.returncode == 0, done.stderr
    probe = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(container.tmp / "out.mp4"), "-f", "null", "-"]
    assert subprocess.run(probe, capture_output=True, check=False).stderr == b""


def test_it_takes_a_job_from_the_queue_and_is_healthy_meanwhile(container: Container, site: Site, clip: Path) -> None:
    source = site.put("clip.mp4", clip)
    environment = site.aws.environment({}) | site.environment
    with (container.tmp.parent / "worker.log").open("wb") as log:
        worker = subprocess.Popen(container.command(environment=environment), stdout=log, stderr=subprocess.STDOUT)
    try:
        site.send({"version": 1, "job_id": "queued", "video_id": "v", "clips": [{"source": source, "duration": 1.0}]})
        assert site.final("queued").json()["status"] == "COMPLETE"
        assert container.run("health").returncode == 0
        eventually(lambda: site.depth(site.queue_url) == (0, 0))
    finally:
        worker.terminate()
        assert worker.wait(60) == 0


def test_it_tells_a_collector_of_a_job(container: Container, site: Site, clip: Path) -> None:
    """OpenTelemetry's SDK finds its parts by entry points, and the image has no sources."""
    source = site.put("clip.mp4", clip)
    with collecting() as collector, (container.tmp.parent / "worker.log").open("wb") as log:
        environment = site.environment | {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint}
        command = container.command(environment=site.aws.environment({}) | environment)
        worker = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            site.send({"version": 1, "job_id": "told", "video_id": "v", "clips": [{"source": source, "duration": 1.0}]})
            assert attributes(collector.job("told"))["hospup.job.outcome"] == "complete"
        finally:
            worker.terminate()
            assert worker.wait(60) == 0
