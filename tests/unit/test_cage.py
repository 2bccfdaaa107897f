"""worker/video/process.py and inspection.py: what a caged process can't do; what is made of one that dies or lies."""

import json
import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from tests.attacks.made import ffmpeg, good
from worker.cancelled import CancelledError
from worker.job import Clip, ErrorCode, Job, PermanentError
from worker.video import inspection, looking
from worker.video.looking import InspectionError
from worker.video.probe import Probe
from worker.video.process import Cage, caged

CAGE = Cage(memory_bytes=300 * 1024**2, file_bytes=1 << 20)
JOB = Job(job_id="j", video_id="v", clips=(Clip(source="a", pointer="/a"), Clip(source="b", pointer="/b")))


def caged_python(code: str, folder: Path) -> tuple[int, str, str]:
    """The exit code, output and messages of a Python program in a cage."""
    with caged([sys.executable, "-I", "-S", "-c", code], CAGE, workdir=folder) as process:
        said, messages = process.communicate()
        return process.returncode, said, messages


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
def test_what_a_cage_refuses(tmp_path: Path, code: str, sign: str) -> None:
    returncode, _, messages = caged_python(code, tmp_path)
    is_root = os.getuid() == 0  # who may raise limits again, in this test; the worker isn't root
    assert sign in messages
    assert returncode != 0 or (is_root and not sign)


def test_what_a_cage_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/hush")
    code = (
        "import json, os; status = open('/proc/self/status').read(); files = os.listdir('/proc/self/fd');"
        "own = os.getpgrp() == os.getpid(); policy = os.sched_getscheduler(0);"
        "print(json.dumps([dict(os.environ), os.getcwd(), own, status, files, policy]))"
    )
    returncode, said, _ = caged_python(code, tmp_path)
    environment, folder, leads_group, status, files, policy = json.loads(said)
    assert returncode == 0
    assert set(environment) <= {"LANG", "TMPDIR", "LC_CTYPE"}
    assert folder == str(tmp_path)
    assert leads_group
    assert "NoNewPrivs:\t1" in status
    assert "Seccomp:\t2" in status
    assert policy == os.SCHED_BATCH
    assert len(files) <= 5  # three pipes, the listing, and what the interpreter itself opens


def test_a_cage_ends_with_its_worker(tmp_path: Path) -> None:
    """Killed, the worker can't clean up: the kernel does."""
    code = (
        "import sys; from pathlib import Path; from worker.video.process import *\n"
        f"with caged(['/bin/sleep', '600'], Cage(1 << 30, 0), workdir=Path({str(tmp_path)!r})) as process:\n"
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


@pytest.fixture
def media(tmp_path: Path) -> dict[str, Path]:
    paths = {}
    for name in ("a", "b"):
        paths[name] = tmp_path / name
        paths[name].write_bytes(good())
    return paths


def looker(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Let this program answer instead."""
    start = f"import json, os, resource, signal; found = {{'found': {vars(Probe(64, 64, 1.0, 25.0))!r}}};"
    monkeypatch.setattr(looking, "_command", lambda: [sys.executable, "-I", "-S", "-c", start + code])


@pytest.mark.parametrize(
    ("code", "sign"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV"),
        ("os.abort()", "SIGABRT"),
        ("resource.setrlimit(resource.RLIMIT_CPU, (1, 9))\nwhile True: pass", "SIGXCPU"),
        ("raise RecursionError", "code 1"),
    ],
)
def test_a_file_that_kills_the_looker_is_refused(
    media: dict[str, Path], monkeypatch: pytest.MonkeyPatch, code: str, sign: str
) -> None:
    looker(monkeypatch, f"print('ready'); print(json.dumps(found), flush=True)\n{code}")
    with pytest.raises(PermanentError, match=sign) as caught:
        inspection.sources(JOB, media)
    assert (caught.value.code, caught.value.pointer) == (ErrorCode.MEDIA_UNDECODABLE, "/b")


@pytest.mark.parametrize(
    "code",
    [
        "import nothing_of_that_name",
        "print('ready', flush=True); os.kill(os.getpid(), signal.SIGKILL)",
        "print('ready'); print('{')",
        "print('ready'); print('[]'); print('[]')",
        "print('ready'); found['found']['width'] = 'iw;movie=x'; print(json.dumps(found)); print(json.dumps(found))",
        "print('ready'); found['found']['codec'] = 'x;movie=x'; print(json.dumps(found)); print(json.dumps(found))",
        "print('ready'); found['found']['colors'] = 'g' * 6; print(json.dumps(found)); print(json.dumps(found))",
        "print('ready'); found['found']['duration'] = 1e999; print(json.dumps(found)); print(json.dumps(found))",
        "print('x' * 10_000_000)",
    ],
)
def test_a_looker_that_fails_or_lies_blames_no_file(
    media: dict[str, Path], monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    looker(monkeypatch, code)
    with pytest.raises(InspectionError):
        inspection.sources(JOB, media)


def test_a_picture_that_takes_too_much_memory(media: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    large = ("-f", "lavfi", "-i", "color=red:s=5000x5000", "-frames:v", "1")
    media["b"].write_bytes(ffmpeg(*large, suffix=".png"))
    monkeypatch.setattr(looking, "_CAGE", Cage(memory_bytes=60 * 1024**2, file_bytes=0))
    with pytest.raises(PermanentError) as caught:
        inspection.sources(JOB, media)
    assert (caught.value.code, caught.value.pointer) == (ErrorCode.MEDIA_UNDECODABLE, "/b")


def test_looking_is_cancelled(media: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    looker(monkeypatch, "signal.pause()")
    with pytest.raises(CancelledError):
        inspection.sources(JOB, media, cancelled=lambda: True)


def test_a_worker_keeps_its_memory_and_environment_to_itself(tmp_path: Path) -> None:
    """Its children are as open as any process: nothing is in them."""
    code = (
        "import ctypes; from worker.video.process import conceal; conceal();"
        "print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"  # PR_GET_DUMPABLE
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"
    assert caged_python("import ctypes; print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))", tmp_path)[1] == "1\n"
