"""The sandboxed processes of the next job, started while the worker waits for it."""

import os
import signal
from pathlib import Path

from tests.worker.rendering import make_source
from worker.consumer.standby import JobProcesses, Standby
from worker.job import Clip, Job
from worker.probe.pending_probe import PendingProbe


def pids(processes: JobProcesses) -> set[int]:
    return {each._process.pid for each in (processes.painter, *processes.probes)}


def is_gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def test_a_job_has_the_processes_that_wait_for_it() -> None:
    standby = Standby()
    standby.prepare()
    standby.prepare()  # they run
    folder, processes = standby.take()
    with folder as name, processes:
        path = make_source(Path(name) / "a.mp4")
        pending = PendingProbe(Job(job_id="j", video_id="v", clips=(Clip(source="a", duration=1.0),)), processes.probes)
        pending.begin("a", path)
        assert pending.wait().probes["a"].width == 320
    assert all(map(is_gone, pids(processes)))
    assert not Path(name).exists()


def test_no_two_jobs_have_the_same_processes() -> None:
    standby = Standby()
    standby.prepare()
    jobs = [standby.take() for _ in range(2)]  # the second starts its own
    assert not pids(jobs[0][1]) & pids(jobs[1][1])
    assert jobs[0][0].name != jobs[1][0].name
    for folder, processes in jobs:
        with folder, processes:
            assert processes.are_running


def test_processes_that_have_died_are_replaced() -> None:
    for take_first in (False, True):
        standby = Standby()
        standby.prepare()
        assert standby._next is not None
        folder, dead = standby._next
        os.kill(dead.probes[1]._process.pid, signal.SIGKILL)
        dead.probes[1]._process.wait()
        if not take_first:
            standby.prepare()
        fresh_folder, processes = standby.take()
        with fresh_folder, processes:
            assert processes.are_running
            assert fresh_folder.name != folder.name
        assert all(map(is_gone, pids(dead)))
        assert not Path(folder.name).exists()


def test_what_no_job_takes_ends_with_the_worker() -> None:
    standby = Standby()
    standby.close()
    standby.prepare()
    assert standby._next is not None
    folder, processes = standby._next
    standby.close()
    assert all(map(is_gone, pids(processes)))
    assert not Path(folder.name).exists()
