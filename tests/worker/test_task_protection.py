"""A worker is protected from scale-in while it has jobs, and loses no job where it isn't."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from embedded.ecs_agent import EcsAgent
from embedded.proxy import FaultProxy
from tests.waiting import eventually
from tests.worker.conftest import WAIT_SECONDS, Site
from worker.aws.task_protection import EXPIRES_MINUTES, KEPT_SECONDS, TIMEOUT_SECONDS, TaskProtection
from worker.consumer.deadline import BASE_SECONDS, SECONDS_PER_SECOND
from worker.consumer.timing import Timing
from worker.job import limits

BRIEF = "tests.worker.brief_worker"


@pytest.fixture
def agent() -> Iterator[EcsAgent]:
    with EcsAgent() as running:
        yield running


def job(site: Site, clip: Path, job_id: str) -> dict[str, Any]:
    source = site.put("videos/1/clip.mp4", clip)
    return {"job_id": job_id, "video_id": f"video-{job_id}", "segments": [{"video_url": source, "duration": 1}]}


def refusals(site: Site) -> int:
    return sum(line.get("ProtectionRefused", 0) for line in site.logged("metrics"))


def test_consecutive_jobs_share_a_protection_and_an_idle_worker_asks_for_nothing(
    site: Site, clip: Path, agent: EcsAgent
) -> None:
    def polls_again() -> None:
        before = alive.stat().st_mtime_ns
        eventually(lambda: alive.stat().st_mtime_ns > before)

    alive = site.folder / "worker-health" / "alive"
    worker = site.start_worker(BRIEF, ECS_AGENT_URI=agent.uri("task"), TMPDIR=str(site.folder))
    eventually(alive.exists)
    polls_again()
    assert agent.requests("task") == []
    for number in range(2):
        site.send(job(site, clip, f"j{number}"))
    for number in range(2):
        assert site.final(f"j{number}").json()["status"] == "COMPLETE"
    eventually(lambda: agent.requests("task") == [True, False])
    polls_again()
    assert agent.requests("task") == [True, False]
    assert agent.stop_if_unprotected("task")
    assert worker.running


def test_a_job_is_rendered_at_its_first_try_where_a_deployment_blocks_its_protection(
    site: Site, clip: Path, agent: EcsAgent
) -> None:
    agent.deploy(desired=0)
    site.start_worker(BRIEF, ECS_AGENT_URI=agent.uri("task"))
    site.send(job(site, clip, "unprotected"))
    assert site.final("unprotected").json()["status"] == "COMPLETE"
    assert agent.requests("task") == [True]
    eventually(lambda: site.depth(site.queue_url) == (0, 0))
    assert [line["receive"] for line in site.logged("Job complete.")] == [1]
    assert refusals(site) == 1
    (refused,) = site.logged("Task protection was refused.")
    assert refused["answer"]["failure"]["Reason"] == "DEPLOYMENT_BLOCKED"


def test_sigterm_between_the_receive_and_the_protection_loses_no_job(site: Site, clip: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as agent:
        agent.settimeout(WAIT_SECONDS)
        worker = site.start_worker(BRIEF, ECS_AGENT_URI=f"http://127.0.0.1:{agent.getsockname()[1]}")
        site.send(job(site, clip, "gap"))
        asking, _ = agent.accept()
        worker.terminate()
        asking.close()
        assert worker.wait(30) == 0
    assert site.final("gap").json()["status"] == "COMPLETE"
    assert site.depth(site.queue_url) == (0, 0)


def test_a_job_that_an_open_long_poll_receives_after_sigterm_is_rendered(
    site: Site, clip: Path, agent: EcsAgent
) -> None:
    message = job(site, clip, "late")
    with FaultProxy(site.aws.endpoint) as proxy:
        worker = site.start_worker(ECS_AGENT_URI=agent.uri("task"), AWS_ENDPOINT_URL=proxy.endpoint)
        eventually(lambda: bool(proxy.called("ReceiveMessage")))
        worker.terminate()
        site.send(message)
        assert worker.wait(30) == 0
    assert site.final("late").json()["status"] == "COMPLETE"
    assert site.depth(site.queue_url) == (0, 0)
    assert agent.requests("task") == []


def test_after_some_minutes_of_jobs_one_is_unprotected(agent: EcsAgent, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    protection = TaskProtection(agent.uri("task"))
    asked = []
    for seconds in (0.0, KEPT_SECONDS, 1.0, 1.0, 1.0):
        now += seconds
        assert protection.acquire()
        asked.append(agent.requests("task"))
    assert asked == [[True], [True], [True, False], [True, False, True], [True, False, True]]


def test_a_release_that_failed_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    with EcsAgent() as agent:
        protection = TaskProtection(agent.uri("task"))
        assert protection.acquire()
        protection.release()
        protection.release()
        assert agent.requests("task") == [True, False]
        assert protection.acquire()
        with monkeypatch.context() as unreachable:
            unreachable.setattr(protection, "_url", "http://127.0.0.1:9/")
            protection.release()
        assert not agent.stop_if_unprotected("task")
        protection.release()
        assert agent.stop_if_unprotected("task")


def test_outside_ecs_every_job_is_protected() -> None:
    protection = TaskProtection(None)
    assert protection.acquire()
    protection.release()


def test_a_protection_outlasts_every_job() -> None:
    longest = BASE_SECONDS + SECONDS_PER_SECOND * limits.TOTAL_SECONDS
    assert KEPT_SECONDS + longest < EXPIRES_MINUTES * 60


def test_a_received_message_stays_hidden_while_the_agent_is_asked() -> None:
    timing = Timing()
    assert TIMEOUT_SECONDS + timing.lease_seconds / 3 < timing.lease_seconds
