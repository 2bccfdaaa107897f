"""From `cdktf deploy` to delivered videos to `cdktf destroy`: the real path, AWS alone being embedded."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest
from standardwebhooks import Webhook

from tests.e2e.conftest import System
from tests.waiting import eventually

Pictures = npt.NDArray[np.uint8]
"""Frames x height x width x RGB, at half size."""

MAGENTA_BOX = {
    "color": "#ff00ff",
    "backgroundColor": "#ff00ff",
    "fontSize": "60px",
    "padding": "40px 200px",
    "lineHeight": 1,
}
"""A text of one colour, letters and box: 140 px high, a colour that no footage has."""


def clips_job(bucket: str, url: str) -> dict[str, Any]:
    return {
        "job_id": "e2e-clips",
        "video_id": "video-clips",
        "property_id": "16",
        "segments": [
            {"video_url": f"s3://{bucket}/videos/21/16/été portrait.MOV", "duration": 1.5, "order": 1},
            {
                "video_url": f"https://s3.eu-west-1.amazonaws.com/{bucket}/videos/21/16/%C3%A9t%C3%A9%20landscape.mp4",
                "duration": 1.5,
                "order": 2,
            },
            {"source_url": f"s3://{bucket}/videos/21/16/été rotated.mp4", "duration": 1.0, "order": 3},
        ],
        "custom_script": {
            "clips": [{"order": 3, "start_time": 3.0, "end_time": 4.0, "presets": {"saturation": -100}}],
            "texts": [
                {
                    "content": "Bienvenue à l'hôtel",
                    "start_time": 1.0,
                    "end_time": 2.0,
                    "position": {"x": 540, "y": 1500},
                    "style": MAGENTA_BOX,
                }
            ],
        },
        "webhook_url": url,
    }


def base_job(source: str, url: str) -> dict[str, Any]:
    return {
        "job_id": "e2e-base",
        "video_id": "ete-base",
        "property_id": 7,
        "base_video_url": source,
        "mediaconvert_output_url": source,
        "segments": [{"video_url": source, "duration": 999, "start_time": 0, "end_time": 999}],
        "custom_script": {"clips": [{"order": 1, "start_time": 0, "end_time": 2, "presets": {"saturation": -100}}]},
        "webhook_url": url,
    }


def pictures(path: Path) -> Pictures:
    with av.open(str(path)) as container:
        frames = [frame.reformat(540, 960, "rgb24").to_ndarray() for frame in container.decode(video=0)]
    return np.stack(frames)


def sound(path: Path) -> npt.NDArray[np.float64]:
    with av.open(str(path)) as container:
        return np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1).astype(float)


def magenta(frames: Pictures) -> npt.NDArray[np.bool_]:
    red, green, blue = (frames[..., channel].astype(int) for channel in range(3))
    return (red > 200) & (green < 60) & (blue > 200)


def colourfulness(frames: Pictures) -> float:
    spread = frames.max(axis=-1).astype(int) - frames.min(axis=-1)
    return float(spread.mean())


@pytest.fixture(scope="session")
def told(system: System) -> dict[str, Any]:
    """Both jobs sent at once; the final webhooks by job id."""
    bucket = system.outputs["media_bucket"]
    existing = f"s3://{bucket}/generated-videos/7/ete-base.mp4"
    system.aws.client("s3").copy_object(
        Bucket=bucket,
        Key="generated-videos/7/ete-base.mp4",
        CopySource={"Bucket": bucket, "Key": "videos/21/16/été base.mp4"},
    )
    system.send(clips_job(bucket, system.receiver.url))
    system.send(base_job(existing, system.receiver.url))
    return {name: system.final(name) for name in ("e2e-clips", "e2e-base")}


def test_the_deployment_is_complete(system: System) -> None:
    assert system.deployment.plan_exit_code() == 0


def test_operators_find_every_name_in_the_state(system: System) -> None:
    def operator(*arguments: str, code: int = 0) -> Any:
        command = [sys.executable, "-m", "ops", *arguments, "--environment", "dev", "--json"]
        done = subprocess.run(command, env=system.deployment.environment(), capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout)

    assert operator("outputs") == dict(system.outputs)
    queues = operator("queue")
    assert (queues["dlq_url"], queues["parts_offered"]) == (system.outputs["dlq_url"], 0)
    fleet = operator("workers", code=1)  # the embedded AWS scales no service up to its pool
    assert (fleet["version"], fleet["pool"], fleet["maximum"], fleet["on_demand"]) == ("e2e", 2, 4, 0)


def test_a_variable_changes_just_what_it_names(system: System) -> None:
    assert system.deployment.plan_exit_code("-var=warm_pool_size=3", "-out=wider.tfplan") == 2
    shown = system.deployment.terraform("show", "-json", "wider.tfplan").stdout
    changed = {
        change["address"]: change["change"]["actions"]
        for change in json.loads(shown)["resource_changes"]
        if change["change"]["actions"] not in (["no-op"], ["read"])
    }
    # The dashboard draws the pool's size beside the workers that run, and an alarm rings when fewer do.
    updated = [
        "aws_appautoscaling_target.workers",
        "aws_cloudwatch_dashboard.overview",
        "aws_cloudwatch_metric_alarm.below_pool",
    ]
    assert changed == {address: ["update"] for address in updated}


def test_a_pool_larger_than_the_maximum_is_refused_with_a_sentence(system: System) -> None:
    refused = system.deployment.terraform("plan", "-no-color", "-var=warm_pool_size=99", allowed=(1,))
    said = " ".join(refused.stderr.replace("│", " ").split())
    assert "max_workers (4) is below warm_pool_size (99): raise max_workers or lower warm_pool_size." in said


def test_another_workspace_is_refused_with_a_sentence(system: System) -> None:
    with pytest.MonkeyPatch.context() as patch:
        environment = system.deployment.environment() | {"TF_WORKSPACE": "default"}
        patch.setattr(system.deployment, "environment", lambda: environment)
        refused = system.deployment.terraform("plan", "-no-color", allowed=(1,))
    said = " ".join(refused.stderr.replace("│", " ").split())
    assert "This is the configuration of dev, and the selected workspace is default" in said


def test_a_worker_that_spot_takes_is_written_down_once(system: System) -> None:
    """As ECS tells of it: with the notice, on the way down, and at the end; and of what isn't Spot's or isn't ours."""
    ours = {"clusterArn": cluster_arn(system), "group": f"service:{system.outputs['service_name']}"}
    taken = {**ours, "stoppedReason": "Your Spot Task was interrupted.", "stopCode": "SpotInterruption"}
    states = ("RUNNING", "DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED")
    events = [{**taken, "taskArn": "taken", "lastStatus": state, "desiredStatus": "STOPPED"} for state in states]
    events += [
        {**ours, "taskArn": "scaled-in", "lastStatus": "STOPPED", "stopCode": "ServiceSchedulerInitiated"},
        {**taken, "taskArn": "elsewhere", "lastStatus": "STOPPED", "group": "service:another"},
    ]
    entries = [
        {"Source": "aws.ecs", "DetailType": "ECS Task State Change", "Detail": json.dumps(event)} for event in events
    ]
    system.aws.client("events").put_events(Entries=entries)
    group = "/aws/events/hospup-video-spot-interruptions-dev"
    lines = system.aws.client("logs").filter_log_events(logGroupName=group)["events"]
    assert [json.loads(line["message"])["detail"]["taskArn"] for line in lines] == ["taken"]


def cluster_arn(system: System) -> str:
    ecs = system.aws.client("ecs")
    (cluster,) = ecs.describe_clusters(clusters=[system.outputs["cluster_name"]])["clusters"]
    return str(cluster["clusterArn"])


def test_the_workers_are_told_by_the_task_definition(system: System) -> None:
    assert all(worker.running for worker in system.workers)
    assert not system.logged("WEBHOOK_SECRET is not set: webhooks go out unsigned.")


def test_the_webhooks_hold(system: System, told: dict[str, Any]) -> None:
    for job_id, delivery in told.items():
        body = delivery.json()
        assert Webhook(system.secret).verify(delivery.body.encode(), delivery.headers) == body
        types = {
            "job_id": str,
            "video_id": str,
            "property_id": str,
            "status": str,
            "progress": int,
            "sequence": int,
            "file_url": str,
            "output_url": str,
            "thumbnail_url": str,
            "duration": float,
            "total_duration": float,
            "processing_time": str,
            "segments_processed": int,
            "warnings": list,
        }
        assert {name: type(value) for name, value in body.items()} == types
        assert (body["job_id"], body["status"], body["progress"], body["warnings"]) == (job_id, "COMPLETE", 100, [])
        assert body["file_url"] == body["output_url"]


def test_the_clips_are_the_video_that_was_ordered(system: System, told: dict[str, Any]) -> None:
    body = told["e2e-clips"].json()
    assert body["duration"] == pytest.approx(4.0, abs=1 / 30)
    assert body["segments_processed"] == 3
    path = system.fetch(body["file_url"])
    with av.open(str(path)) as container:
        (stream,), (audio,) = container.streams.video, container.streams.audio
        context = stream.codec_context
        assert (context.width, context.height, float(stream.average_rate or 0)) == (1080, 1920, 30.0)
        assert (context.name, context.pix_fmt, audio.codec_context.name) == ("h264", "yuv420p", "aac")
    assert path.read_bytes().find(b"moov") < path.read_bytes().find(b"mdat")  # faststart

    frames = pictures(path)
    assert len(frames) == 120
    assert np.sqrt(np.mean(sound(path) ** 2)) > 0.001

    shown = [bool(mask.sum() > 1000) for mask in magenta(frames)]
    assert shown == [30 <= index < 60 for index in range(120)]
    rows = np.flatnonzero(magenta(frames[45:46])[0].any(axis=1)) * 2
    columns = np.flatnonzero(magenta(frames[45:46])[0].any(axis=0)) * 2
    assert rows[0] == pytest.approx(1430, abs=3)
    assert rows[-1] == pytest.approx(1568, abs=3)
    assert (columns[0] + columns[-1]) / 2 == pytest.approx(539, abs=3)

    bars = frames[75][[60, 900]]  # the landscape clip is contained: black above and below
    assert bars.max() < 12
    assert frames[75][480].mean() > 30
    assert colourfulness(frames[95:115]) < 3
    assert colourfulness(frames[5:25]) > 20


def test_the_base_video_keeps_its_place_and_its_sound(system: System, told: dict[str, Any]) -> None:
    body = told["e2e-base"].json()
    assert body["file_url"].endswith("/generated-videos/7/ete-base-final.mp4")
    assert body["duration"] == pytest.approx(5.0, abs=1 / 30)
    path = system.fetch(body["file_url"])
    frames = pictures(path)
    assert len(frames) == 150
    assert colourfulness(frames[5:55]) < 3
    assert colourfulness(frames[65:145]) > 20
    assert np.sqrt(np.mean(sound(path) ** 2)) > 0.001
    original = system.aws.client("s3").head_object(
        Bucket=system.outputs["media_bucket"], Key="generated-videos/7/ete-base.mp4"
    )
    assert original["Metadata"] == {}


def test_the_thumbnail_is_a_picture_of_the_video(system: System, told: dict[str, Any]) -> None:
    path = system.fetch(told["e2e-clips"].json()["thumbnail_url"])
    with av.open(str(path)) as container:
        (frame,) = container.decode(video=0)
    assert (frame.width, frame.height) == (1080, 1920)
    assert magenta(frame.to_ndarray(format="rgb24")[None].astype(np.uint8)).any()  # the text is just there


@pytest.mark.usefixtures("told")
def test_a_second_identical_message_renders_nothing(system: System) -> None:
    before = len(system.logged("Job complete.")), len(system.receiver.requests())
    system.send(clips_job(system.outputs["media_bucket"], system.receiver.url))
    eventually(lambda: bool(system.logged("The job was finished before.")))
    eventually(lambda: system.depth() == 0)
    assert (len(system.logged("Job complete.")), len(system.receiver.requests())) == before


@pytest.mark.usefixtures("told")
def test_no_log_holds_a_secret(system: System) -> None:
    """Workers', Terraform's and cdktf's, the embedded AWS's and the receiver's."""
    logs = [path for path in system.folder.rglob("*.log") if path.stat().st_size]
    assert len(logs) >= 4
    for log in logs:
        text = log.read_text(encoding="utf-8", errors="replace")
        assert system.secret not in text, log
        assert system.secret.removeprefix("whsec_") not in text, log


@pytest.mark.usefixtures("told")
def test_destroy_leaves_nothing(system: System) -> None:
    for worker in system.workers:
        worker.stop()
    system.deployment.destroy()
    assert system.aws.resources_left(ignore=[system.deployment.state_bucket]) == {}
