"""Code inside the sandbox, as after a decoder exploit, tries every way out (escape_probe.py). SECURITY.md has the table
of what comes of each."""

import ctypes
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.attacks.made import good
from worker.aws import health
from worker.sandbox import landlock, process, system_calls
from worker.sandbox.client import ChildProgram, child_process
from worker.sandbox.process import SandboxLimits, describe_exit, sandboxed
from worker.video import ffmpeg
from worker.video.context import RenderContext

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux'")]

NO = "EPERM", "EPERM"
"""Refused by seccomp, on every kernel."""

OUTCOMES: dict[str, tuple[str, str]] = {
    # name in escape_probe.py: (without Landlock, as on Fargate; with it)
    "open a socket": NO,
    "open a Unix socket": NO,
    "open a pair of sockets": NO,
    "fork": NO,
    "vfork": NO,
    "start a program": NO,
    "clone3": ("ENOSYS", "ENOSYS"),
    "leave the session": NO,
    "leave the process group": NO,
    "outlive the worker": NO,
    "kill a process": NO,
    "kill all processes": NO,
    "kill a thread": NO,
    "kill a thread of a process": NO,
    "queue a signal": NO,
    "own a pipe's signals": NO,
    "choose a pipe's signal": NO,
    "open a process": NO,
    "limit a process": NO,
    "slow a process down": NO,
    "move a process to another core": NO,
    "trace a process": NO,
    "read a process's memory": NO,
    "read a process's environment": ("EACCES", "EACCES"),
    "list the processes": ("succeeded", "EACCES"),
    "make a user namespace": NO,
    "enter a namespace": NO,
    "mount": NO,
    "mount by descriptor": NO,
    "change the root": NO,
    "load a BPF program": NO,
    "count the kernel's events": NO,
    "handle page faults": NO,
    "set up io_uring": NO,
    "read the kernel's keys": NO,
    "add a key": NO,
    "call what Linux 6.17 didn't have": ("ENOSYS", "ENOSYS"),
    "make a file in memory": NO,
    "execute a file descriptor": NO,
    "make shared memory (System V)": NO,
    "map shared memory": NO,
    "map shared memory of a device": ("EPERM", "EACCES"),
    "map a stack that grows": NO,
    "use more memory": ("MemoryError", "MemoryError"),
    "write a larger file": ("EFBIG", "EFBIG"),
    "raise its limits": NO,
    "write to /dev/shm": ("succeeded", "EACCES"),
    "read the system's files": ("succeeded", "EACCES"),
    "read another job's source": ("succeeded", "EACCES"),
    "overwrite another job's source": ("succeeded", "EACCES"),
    "write into another job's folder": ("succeeded", "EACCES"),
    "delete another job's source": ("succeeded", "EACCES"),
    "rename another job's folder": NO,
    "plant a link": NO,
    "plant a hard link": NO,
    "plant a pipe": NO,
    "overwrite the health file": ("EACCES", "EACCES"),
    "delete the health file": ("EACCES", "EACCES"),
    "freshen the health file": NO,
    "open up the health file's folder": NO,
    "replace the health file's folder": NO,
    "call by 32-bit numbers": ("SIGSYS", "SIGSYS"),
    "call by x32's numbers": ("SIGSYS", "SIGSYS"),
    "execute what it wrote": ("succeeded", "EACCES"),
}

FATAL = {"call by 32-bit numbers", "call by x32's numbers", "execute what it wrote"}
"""Attempts that end the program, by success or by death."""

OF_X86 = {"vfork", "call by 32-bit numbers", "call by x32's numbers"}

NOT_AS_ROOT = {
    False: {"read a process's environment", "overwrite the health file", "delete the health file"},
    True: set(),
}
"""What modes and ids stop, unless it is root's (as some tests are; a worker is not), without and with Landlock."""

LIMITS = SandboxLimits(memory_bytes=300 * 1024**2, file_bytes=1 << 20)
PROBE = Path(__file__).with_name("escape_probe.py").read_text(encoding="utf-8")
SHARED = Path("/dev/shm/hospup-escape")  # noqa: S108
SECURITY = Path(__file__).parents[2] / "SECURITY.md"


@pytest.fixture(params=[False, True], ids=["without Landlock", "with Landlock"])
def has_landlock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the kernel has Landlock: as it is, or as if it had not."""
    if request.param:
        if landlock.interface_version(ctypes.CDLL(None)) < 1:
            pytest.skip("this kernel has no Landlock")
    else:
        without = "from worker.sandbox import launch; launch.restrict_files = lambda *_: None; launch.main()"
        monkeypatch.setattr(process, "_LAUNCH", f"import sys; sys.path.append(sys.argv[1]); {without}")
    return bool(request.param)


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, object]]:
    """What the probe attacks: a process outside that is undumpable, as the worker is; another job; a health file."""
    own, other = tmp_path / "job-own", tmp_path / "job-other"
    own.mkdir(mode=0o700)
    other.mkdir(mode=0o700)
    (other / "media").write_bytes(b"a source")
    monkeypatch.setattr(health, "ALIVE_FILE", tmp_path / "health" / "alive")
    health.mark_alive()
    code = "from worker.sandbox.process import make_undumpable; make_undumpable(); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as outside:
        assert outside.stdout is not None
        outside.stdout.readline()
        yield {
            "numbers": numbers(),
            "outside": outside.pid,
            "other": str(other),
            "alive": str(health.ALIVE_FILE),
            "own": str(own),
            "shared": str(SHARED),
            "skipped": sorted(FATAL | skipped()),
            "only": "",
        }
        assert outside.poll() is None
        outside.kill()
    SHARED.unlink(missing_ok=True)


def numbers() -> dict[str, int | None]:
    """The numbers of system calls on this machine, by name."""
    column = list(system_calls.AUDIT_ARCHITECTURES).index(os.uname().machine)
    conditional = {name: rule[0] for name, rule in (system_calls.ALLOWED_IF | system_calls.REFUSED_IF).items()}
    known = {name: each[column] for name, each in {**system_calls.REFUSED, **conditional}.items()}
    return {**known, "clone3": system_calls.CLONE3, "newest": system_calls.NEWEST + 1}


def skipped() -> set[str]:
    """The attempts that this machine doesn't know."""
    return set() if os.uname().machine == "x86_64" else OF_X86


def command(given: dict[str, object]) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", PROBE, json.dumps(given)]


def like_ffmpeg(given: dict[str, object]) -> dict[str, str]:
    """Run the probe as worker/video/ffmpeg.py runs FFmpeg. A program that ends by an attempt names no outcome."""
    with sandboxed(command(given), LIMITS, workdir=Path(str(given["own"]))) as running:
        output, messages = running.communicate()
    if given["only"] and not output:
        killed = describe_exit(running.returncode).removeprefix("was killed by ")
        return {str(given["only"]): "succeeded" if running.returncode == 0 else killed}
    assert running.returncode == 0, messages
    found: dict[str, str] = json.loads(output.splitlines()[-1])["result"]
    return found


def like_a_child(given: dict[str, object]) -> dict[str, str]:
    """Run the probe as fonts are rebuilt, and media probed."""
    program = ChildProgram(command(given), "probe", LIMITS, wall_seconds=120)
    with child_process(program, Path(str(given["own"]))) as child:
        found: dict[str, str] = child.receive(1)[0]
    return found


def expected(names: set[str], *, has_landlock: bool) -> dict[str, str]:
    return {name: OUTCOMES[name][has_landlock] for name in names - unknown(has_landlock=has_landlock)}


def unknown(*, has_landlock: bool) -> set[str]:
    """Attempts of which this user says nothing."""
    return NOT_AS_ROOT[has_landlock] | {"raise its limits"} if os.getuid() == 0 else set()


@pytest.mark.parametrize("launch", [like_ffmpeg, like_a_child])
def test_every_way_out(
    launch: Callable[[dict[str, object]], dict[str, str]], given: dict[str, object], has_landlock: bool
) -> None:
    names = OUTCOMES.keys() - FATAL - skipped()
    found = launch(given)
    assert found.keys() == names
    known = found.keys() - unknown(has_landlock=has_landlock)
    assert {name: found[name] for name in known} == expected(names, has_landlock=has_landlock)


@pytest.mark.parametrize("name", sorted(FATAL - skipped()))
def test_every_way_out_that_ends_the_program(name: str, given: dict[str, object], has_landlock: bool) -> None:
    assert like_ffmpeg({**given, "only": name}) == {name: OUTCOMES[name][has_landlock]}


def test_ffmpeg_reads_its_inputs_and_no_other_file(tmp_path: Path, has_landlock: bool) -> None:
    """A filter that opens a file stands for a flaw that does."""
    context = RenderContext(tmp_path / "job")
    context.workdir.mkdir()
    media = tmp_path / "other" / "media"
    media.parent.mkdir()
    media.write_bytes(good())
    ffmpeg.run(["-i", f"file:{media}", "-frames:v", "1", "-f", "null", "-"], context)
    opens = ["-f", "lavfi", "-i", f"movie={media}", "-frames:v", "1", "-f", "null", "-"]
    with pytest.raises(ffmpeg.FFmpegError, match="Permission denied") if has_landlock else nullcontext():
        ffmpeg.run(opens, context)


def test_the_table_in_security_md_is_this_one() -> None:
    text = SECURITY.read_text(encoding="utf-8")
    assert "".join(f"| {name} | {outcomes[0]} | {outcomes[1]} |\n" for name, outcomes in OUTCOMES.items()) in text
