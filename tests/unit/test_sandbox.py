"""worker/sandbox and worker/probe: what a sandboxed process can't do; what follows when one dies or answers falsely."""

import ast
import json
import os
import resource
import select
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.attacks.made import ffmpeg, good
from worker.errors import CancelledError
from worker.job import Clip, ErrorCode, Job, PermanentError
from worker.probe.model import Probe, ProbeResults
from worker.probe.pending_probe import probe_files
from worker.sandbox.client import ChildProgram, InspectionError, child_process, python_command
from worker.sandbox.process import SandboxLimits, sandboxed

pytestmark = pytest.mark.slow

LIMITS = SandboxLimits(memory_bytes=300 * 1024**2, file_bytes=1 << 20)
JOB = Job(job_id="j", video_id="v", clips=(Clip(source="a", pointer="/a"), Clip(source="b", pointer="/b")))


def sandboxed_python(code: str, folder: Path) -> tuple[int, str, str]:
    """The exit code, output and messages of a Python program in the sandbox."""
    with sandboxed([sys.executable, "-I", "-S", "-c", code], LIMITS, workdir=folder) as process:
        output, messages = process.communicate()
        return process.returncode, output, messages


@pytest.mark.parametrize(
    ("code", "sign"),
    [
        ("import socket; socket.socket()", "not permitted"),
        ("import socket; socket.socket(socket.AF_UNIX)", "not permitted"),
        ("bytearray(400 * 1024**2)", "MemoryError"),
        ("open('large', 'wb').write(bytes(2 << 20))", "File too large"),
        ("import resource as r; r.setrlimit(r.RLIMIT_DATA, (1 << 40, 1 << 40))", ""),
        ("import ctypes, os; assert ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0) == 0", "AssertionError"),
    ],
)
def test_what_the_sandbox_refuses(tmp_path: Path, code: str, sign: str) -> None:
    returncode, _, messages = sandboxed_python(code, tmp_path)
    is_root = os.getuid() == 0  # root may raise limits again; the worker isn't root
    assert sign in messages
    assert returncode != 0 or (is_root and not sign)


def test_what_the_sandbox_contains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/hush")
    code = (
        "import ctypes, json, os; prctl = ctypes.CDLL(None).prctl; files = [];\n"
        "for number in range(100):\n"
        "    try: os.fstat(number); files.append(number)\n"
        "    except OSError: pass\n"
        "own = os.getpgrp() == os.getpid(); policy = os.sched_getscheduler(0);"
        "status = [prctl(option, 0, 0, 0, 0) for option in (39, 21)];"  # PR_GET_NO_NEW_PRIVS, PR_GET_SECCOMP
        "print(json.dumps([dict(os.environ), os.getcwd(), own, status, files, policy]))"
    )
    returncode, output, _ = sandboxed_python(code, tmp_path)
    environment, folder, leads_group, status, files, policy = json.loads(output)
    assert returncode == 0
    assert set(environment) <= {"LANG", "TMPDIR", "LC_CTYPE"}
    assert folder == str(tmp_path)
    assert leads_group
    assert status == [1, 2]
    assert policy == os.SCHED_BATCH
    assert files == [0, 1, 2]


def test_a_sandboxed_process_ends_with_its_worker(tmp_path: Path) -> None:
    """A killed worker can't clean up; the kernel does."""
    code = (
        "import sys; from pathlib import Path; from worker.sandbox.process import *\n"
        f"limits, workdir = SandboxLimits(1 << 30, 0), Path({str(tmp_path)!r})\n"
        "with sandboxed(['/bin/sleep', '600'], limits, workdir=workdir) as process:\n"
        "    print(process.pid, flush=True); process.wait()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        pid = int(worker.stdout.readline())
        child = os.pidfd_open(pid)
        worker.kill()
        worker.wait()
        try:
            assert select.select([child], [], [], 30)[0], "it lives on"
        finally:
            os.close(child)


LEFTOVERS = """
import os, subprocess, sys
from pathlib import Path
from worker.sandbox import leftovers, process

process._LAUNCH = (
    "import sys; sys.path.append(sys.argv[1]); from worker.sandbox import launch, system_calls;"
    "system_calls.REFUSED, system_calls.ALLOWED_IF = {}, {}; launch.main()"
)
escape = "import os, time\\nif os.fork(): os._exit(0)\\nos.setsid()\\nif os.fork(): os._exit(0)\\n"
program = [sys.executable, "-I", "-S", "-c", escape + "print(os.getpid(), flush=True); time.sleep(600)"]
leftovers.adopt_orphans()
bystander = subprocess.Popen(["/bin/sleep", "600"])
with process.sandboxed(program, process.SandboxLimits(1 << 30, 0), workdir=Path("/")) as running:
    escaped = int(running.stdout.readline())
    running.wait()
    os.kill(escaped, 0)
try:
    os.kill(escaped, 0)
except ProcessLookupError:
    print("the leftover is dead,", "the bystander lives" if bystander.poll() is None else "the bystander is dead")
bystander.kill()
"""
"""A worker that runs a program which forks twice and leaves its session, as if seccomp let it; and another process."""


def test_what_outlives_a_sandboxed_process_is_killed_and_nothing_else() -> None:
    done = subprocess.run([sys.executable, "-c", LEFTOVERS], capture_output=True, text=True, check=True)
    assert done.stdout == "the leftover is dead, the bystander lives\n"


def test_the_limits_of_a_sandboxed_process(tmp_path: Path) -> None:
    code = "import resource; print({name: resource.getrlimit(getattr(resource, name)) for name in %r})"
    wanted = {"RLIMIT_CPU": (7_200, 7_201), "RLIMIT_MEMLOCK": (0, 0), "RLIMIT_MSGQUEUE": (0, 0), "RLIMIT_CORE": (0, 0)}
    known = [name for name in wanted if hasattr(resource, name)]
    returncode, output, messages = sandboxed_python(code % known, tmp_path)
    assert returncode == 0, messages
    assert ast.literal_eval(output) == {name: wanted[name] for name in known}


@pytest.fixture
def media(tmp_path: Path) -> dict[str, Path]:
    paths = {}
    for name in ("a", "b"):
        paths[name] = tmp_path / name
        paths[name].write_bytes(good())
    return paths


def probe(
    command: Sequence[str],
    media: dict[str, Path],
    *,
    memory_bytes: int = 2 * 1024**3,
    cancelled: Callable[[], bool] = lambda: False,
) -> ProbeResults:
    program = ChildProgram(command, "source", SandboxLimits(memory_bytes, file_bytes=0), wall_seconds=120)
    with child_process(program, readable=media.values()) as process:
        return probe_files(JOB, media, process, cancelled).wait()


def program(code: str) -> list[str]:
    """A program that answers instead of the probe."""
    start = f"import json, os, resource, signal; answer = {{'result': {vars(Probe(64, 64, 1.0, 25.0))!r}}};"
    return [sys.executable, "-I", "-S", "-c", start + code]


@pytest.mark.parametrize(
    ("code", "sign"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV"),
        ("os.abort()", "SIGABRT"),
        ("resource.setrlimit(resource.RLIMIT_CPU, (1, 9))\nwhile True: pass", "SIGXCPU"),
        ("raise RecursionError", "code 1"),
    ],
)
def test_a_file_that_kills_the_probe_is_refused(media: dict[str, Path], code: str, sign: str) -> None:
    with pytest.raises(PermanentError, match=sign) as caught:
        probe(program(f"print('ready'); print(json.dumps(answer), flush=True)\n{code}"), media)
    assert (caught.value.code, caught.value.pointer) == (ErrorCode.MEDIA_UNDECODABLE, "/b")


@pytest.mark.parametrize(
    "code",
    [
        "import nothing_of_that_name",
        "print('ready', flush=True); os.kill(os.getpid(), signal.SIGKILL)",
        "print('ready'); print('{')",
        "print('ready'); print('[]'); print('[]')",
        "print('ready'); answer['result']['width'] = 'iw;movie=x'; print(*[json.dumps(answer)] * 2, sep='\\n')",
        "print('ready'); answer['result']['codec'] = 'x;movie=x'; print(*[json.dumps(answer)] * 2, sep='\\n')",
        "print('ready'); answer['result']['colors'] = 'g' * 6; print(*[json.dumps(answer)] * 2, sep='\\n')",
        "print('ready'); answer['result']['duration'] = 1e999; print(*[json.dumps(answer)] * 2, sep='\\n')",
        "print('x' * 10_000_000)",
    ],
)
def test_a_probe_that_fails_or_lies_refuses_no_file(media: dict[str, Path], code: str) -> None:
    with pytest.raises(InspectionError):
        probe(program(code), media)


def test_a_picture_that_takes_too_much_memory(media: dict[str, Path]) -> None:
    large = ("-f", "lavfi", "-i", "color=red:s=5000x5000", "-frames:v", "1")
    media["b"].write_bytes(ffmpeg(*large, suffix=".png"))
    with pytest.raises(PermanentError) as caught:
        probe(python_command("worker.probe.child", ["av"]), media, memory_bytes=60 * 1024**2)
    assert (caught.value.code, caught.value.pointer) == (ErrorCode.MEDIA_UNDECODABLE, "/b")


def test_probing_is_cancelled(media: dict[str, Path]) -> None:
    with pytest.raises(CancelledError):
        probe(program("signal.pause()"), media, cancelled=lambda: True)


def test_a_worker_keeps_its_memory_and_environment_to_itself(tmp_path: Path) -> None:
    """Its children are dumpable like any process: they hold nothing."""
    code = (
        "import ctypes; from worker.sandbox.process import make_undumpable; make_undumpable();"
        "print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"  # PR_GET_DUMPABLE
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"
    assert sandboxed_python("import ctypes; print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))", tmp_path)[1] == "1\n"
