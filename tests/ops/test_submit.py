"""`submit`, `status`, `jobs`: a job sent, followed, and found again."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.ops.conftest import Site
from tests.waiting import eventually
from worker.job import message_group

JOB = {
    "job_id": "été-1",
    "video_id": "video-1",
    "property_id": 16,
    "segments": [{"video_url": "s3://hospup-files/videos/21/16/piscine.MOV", "duration": 2, "order": 1}],
    "custom_script": {"texts": [{"content": "Bienvenue à l'hôtel", "start_time": 0, "end_time": 2}]},
}
V1 = {"version": 1, "job_id": "v1", "video_id": "v", "clips": [{"source": "s3://files/a.mp4", "duration": 2}]}
NASTY = "[red]rouge[/red]\x1b[31m\u202e"


@pytest.fixture
def job(tmp_path: Path) -> Path:
    return write(tmp_path, JOB)


def write(folder: Path, message: Any) -> Path:
    path = folder / "job.json"
    path.write_text(message if isinstance(message, str) else json.dumps(message, ensure_ascii=False), encoding="utf-8")
    return path


def test_a_job_is_sent_as_it_was_written(site: Site, job: Path) -> None:
    done = site.run("submit", str(job))
    assert (done.code, done.out, done.err) == (0, "sent job été-1\n", "")
    assert site.bodies(site.queue_url) == [job.read_text(encoding="utf-8")]
    assert site.groups(site.queue_url) == ["16"]


def test_a_job_whose_property_is_no_group_is_sent(site: Site, tmp_path: Path) -> None:
    """SQS refuses a message whose group has an accent or a space."""
    assert site.run("submit", str(write(tmp_path, JOB | {"property_id": "hôtel des bains"}))).code == 0
    (group,) = site.groups(site.queue_url)
    assert group == message_group("hôtel des bains")


def test_a_job_comes_by_standard_input(site: Site, job: Path) -> None:
    body = job.read_text(encoding="utf-8")
    assert site.run("submit", "-", answer=body).out == "sent job été-1\n"
    assert site.bodies(site.queue_url) == [body]


def test_new_ids_replace_the_files(site: Site, job: Path) -> None:
    result = site.run("submit", str(job), "--new-ids", "--json").json
    (body,) = map(json.loads, site.bodies(site.queue_url))
    assert result["job_id"] == body["job_id"] != "été-1"
    assert body | {"job_id": "été-1", "video_id": "video-1"} == JOB


def test_every_wrong_field_is_named_and_nothing_is_sent(site: Site, tmp_path: Path) -> None:
    clips = [{"source": "s3://files/a.mp4", "duration": -2, "fit": "tight"}]
    done = site.run("submit", str(write(tmp_path, V1 | {"clips": clips, "output": {"fps": 9000}})))
    assert done.code == 1
    assert "3 fields are wrong" in done.err
    for pointer in ("/clips/0/duration", "/clips/0/fit", "/output/fps"):
        assert f"  {pointer}  " in done.err
    assert site.bodies(site.queue_url) == []


def test_wrong_fields_as_json(site: Site, tmp_path: Path) -> None:
    done = site.run("submit", str(write(tmp_path, "{oops")), "--json")
    assert done.code == 1
    assert [(error["code"], error["pointer"]) for error in done.json["errors"]] == [("INVALID_MESSAGE", "")]


def test_what_is_bent_is_told_and_the_job_is_sent(site: Site, tmp_path: Path) -> None:
    text = {"content": "Été", "start_time": 0, "end_time": 1, "style": {"fontSize": "oops"}}
    done = site.run("submit", str(write(tmp_path, JOB | {"custom_script": {"texts": [text]}})))
    assert done.code == 0
    assert "/custom_script/texts/0/style/fontSize  STYLE_VALUE  " in done.err
    assert len(site.bodies(site.queue_url)) == 1


def test_a_job_that_has_ended_is_not_sent_again(site: Site, job: Path) -> None:
    site.enter("été-1", status="COMPLETE")
    done = site.run("submit", str(job))
    assert done.code == 1
    assert "has ended already (COMPLETE)" in done.err
    assert "--new-ids" in done.err
    assert site.bodies(site.queue_url) == []


def test_a_job_that_may_succeed_later_is_sent_again(site: Site, job: Path) -> None:
    site.fail("été-1", "AWS fiel aus.")
    assert site.run("submit", str(job)).code == 0


def test_wait_follows_a_job_to_its_end(site: Site, job: Path) -> None:
    def looks() -> int:
        return site.aws.log.read_text(encoding="utf-8").count("dynamodb GetItem")

    def work() -> None:
        eventually(lambda: bool(site.bodies(site.queue_url)))
        site.enter("été-1")
        before = looks()
        eventually(lambda: looks() >= before + 2)
        outputs = {"video": "generated-videos/16/video-1.mp4", "thumbnail": "generated-videos/16/video-1.jpg"}
        site.enter("été-1", status="COMPLETE", progress=100, outputs=outputs, webhook_state="DELIVERED")

    worker = threading.Thread(target=work)
    worker.start()
    done = site.run("submit", str(job), "--wait")
    worker.join()
    assert done.code == 0
    assert done.out.startswith("sent job été-1\nCOMPLETE  100 %, attempt 1\n")
    assert "video file      s3://hospup-files/generated-videos/16/video-1.mp4\n" in done.out
    assert done.err.endswith("rendering\ncomplete\n")


def test_wait_tells_a_failure_by_its_exit_code(site: Site, job: Path) -> None:
    def work() -> None:
        eventually(lambda: bool(site.bodies(site.queue_url)))
        site.fail("été-1", "Le clip manque.", "MEDIA_MISSING")

    worker = threading.Thread(target=work)
    worker.start()
    done = site.run("submit", str(job), "--wait", "--json")
    worker.join()
    assert done.code == 1
    assert done.json["job"]["error_code"] == "MEDIA_MISSING"


def test_wait_gives_up_after_its_timeout(site: Site, job: Path) -> None:
    done = site.run("submit", str(job), "--wait", "--timeout", "1s")
    assert done.code == 4
    assert "No worker took the job within 1 s" in done.err


def test_a_new_id_is_printed_also_where_the_wait_ends_early(site: Site, job: Path) -> None:
    done = site.run("submit", str(job), "--new-ids", "--json", "--wait", "--timeout", "1s")
    assert done.code == 4
    (body,) = map(json.loads, site.bodies(site.queue_url))
    assert done.json["job_id"] == body["job_id"] != "été-1"


@pytest.mark.parametrize("options", [("--wait", "--timeout", "60"), ("--timeout", "5x"), ("--timeout", "60s")])
def test_wrong_options_are_refused_before_anything_is_sent(site: Site, job: Path, options: tuple[str, ...]) -> None:
    done = site.run("submit", str(job), *options)
    assert (done.code, done.out) == (2, "")
    assert "--timeout" in done.err
    assert site.bodies(site.queue_url) == []
    assert site.run("status", "j1", *options).code == 2


@pytest.mark.parametrize(
    ("job_id", "sentence"),
    [("", "The job's id is empty"), (" ", "The job's id is empty"), ("x" * 2049, f"No job has the id {'x' * 60}…: an")],
)
def test_an_id_that_no_job_can_have(site: Site, job_id: str, sentence: str) -> None:
    for command in (("status", job_id), ("logs", "--job", job_id), ("webhook", "resend", job_id)):
        done = site.run(*command)
        assert (done.code, done.out) == (2, ""), command
        assert sentence in done.err


def test_a_file_that_is_not_there_and_one_that_is_no_text(site: Site, tmp_path: Path) -> None:
    assert site.run("submit", str(tmp_path / "none.json")).code == 2
    (tmp_path / "job.json").write_bytes(b"\xff\xfe\x00")
    done = site.run("submit", str(tmp_path / "job.json"))
    assert done.code == 2
    assert "can't be read" in done.err


def test_status_of_a_job_that_no_worker_has_seen(site: Site) -> None:
    done = site.run("status", "inconnu")
    assert (done.code, done.out) == (1, "")
    assert "No worker has seen a job inconnu yet" in done.err


def test_status_of_a_failed_job_says_why_and_whether_to_try_again(site: Site) -> None:
    site.fail("raté", "Le clip piscine.MOV n'existe pas.", "MEDIA_MISSING")
    done = site.run("status", "raté")
    assert done.code == 1
    assert "Le clip piscine.MOV n'existe pas." in done.out
    assert "MEDIA_MISSING" in done.out
    assert "no: it can't succeed as it was sent" in done.out


def test_a_finished_video_is_fetched(site: Site, tmp_path: Path) -> None:
    s3, target = site.aws.client("s3"), tmp_path / "vidéo.mp4"
    s3.create_bucket(Bucket="fetched", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="fetched", Key="generated-videos/16/v.mp4", Body=b"film")
    site.enter("done", status="COMPLETE", outputs={"video": "generated-videos/16/v.mp4"})
    done = site.run("status", "done", "-o", str(target), MEDIA_BUCKET="fetched")
    assert (done.code, target.read_bytes()) == (0, b"film")
    s3.delete_object(Bucket="fetched", Key="generated-videos/16/v.mp4")
    gone = site.run("status", "done", "-o", str(target), MEDIA_BUCKET="fetched")
    assert (gone.code, "is gone" in gone.err) == (1, True)
    site.enter("half")
    half = site.run("status", "half", "-o", str(target))
    assert (half.code, "Job half has no video: its status is RENDERING." in half.err) == (1, True)


TROUBLED: dict[str, tuple[dict[str, Any], str]] = {
    "refused": (
        {"webhook_state": "REFUSED", "webhook_answer": "401", "webhook_attempts": 1},
        "refused: answered with 401",
    ),
    "pending": (
        {"webhook_state": "PENDING", "webhook_answer": "not reached: connection refused", "webhook_attempts": 6},
        "pending: not reached: connection refused, after 6 requests",
    ),
    "not_notified": ({"webhook_state": "NOT_NOTIFIED"}, "not notified"),
}


def test_trouble_with_webhooks_is_seen(site: Site) -> None:
    for name, (entry, _) in TROUBLED.items():
        site.enter(name, status="COMPLETE", progress=100, **entry)
    site.enter("fine", status="COMPLETE", webhook_state="DELIVERED", webhook_answer="200", webhook_attempts=2)
    site.enter("new", status="COMPLETE", webhook_state="PENDING")
    listed = site.run("jobs").out
    for name, (entry, words) in TROUBLED.items():
        assert f"webhook {words}" in listed
        assert words in site.run("status", name).out
        (job,) = site.run("jobs", "--webhook", name, "--json").json["jobs"][:1]
        assert (job["job_id"] in {name, "new"}, job["webhook"]) == (True, entry["webhook_state"])
    assert listed.count("webhook ") == len(TROUBLED)
    assert "webhook   delivered, after 2 requests" in site.run("status", "fine").out


def test_jobs_and_status_say_the_same_of_a_job(site: Site) -> None:
    outputs = {"video": "generated-videos/16/v.mp4"}
    warning = {"code": "FONT_SUBSTITUTED", "pointer": "/texts/0", "message": "Tinos stands in."}
    payload = json.dumps({"processing_time": "12.3s", "duration": 7.5, "warnings": [warning]})
    site.enter("done", status="COMPLETE", outputs=outputs, payload=payload, owner="worker-1", webhook_state="REFUSED")
    (listed,) = site.run("jobs", "--json").json["jobs"]
    told = site.run("status", "done", "--json").json
    assert listed == {name: told[name] for name in listed}
    shown = site.run("status", "done").out
    for words in ("worker-1", "took        12.3 s", "lasts       7.5 s", "FONT_SUBSTITUTED /texts/0 Tinos stands in."):
        assert words in shown


def test_status_of_a_job_whose_worker_died(site: Site) -> None:
    site.enter("orphan", lease_expires_at=time.time() - 300)
    done = site.run("status", "orphan")
    assert done.code == 0
    assert "its worker is gone: the lease ran out 5 min ago" in done.out.lower()


def test_what_others_wrote_is_printed_and_not_obeyed(site: Site) -> None:
    site.fail(NASTY, NASTY)
    for done in (site.run("status", NASTY), site.run("jobs"), site.run("status", f"{NASTY}2")):
        assert "[red]rouge[/red]\\x1b[31m\\u202e" in done.out + done.err
        assert "\x1b" not in done.out + done.err
