"""`python -m worker render`: video, one frame, contact sheet, explanation; no AWS."""

import json
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.worker.rendering import RAMP, SMALL, Array, decode, make_source
from worker.__main__ import main
from worker.job import Job, MessageBody, parse_message
from worker.local import preview
from worker.probe.client import probe_process
from worker.probe.pending_probe import probe_files
from worker.video.context import RenderContext
from worker.video.prepare import probe_job
from worker.video.render import render
from worker.video.text_overlays import painter_of

JOB: dict[str, Any] = {
    "version": 1,
    "job_id": "j",
    "video_id": "v",
    "output": {"width": 270, "height": 480},
    "clips": [
        {"source": "s3://media/a.mp4", "duration": 1.0, "transition": {"type": "crossfade", "duration": 0.4}},
        {"source": "s3://media/a.mp4", "in": 0.5, "duration": 1.0, "speed": 2, "motion": "zoom-in"},
    ],
    "texts": [
        {"content": "Bonjour", "start": 0.2, "end": 1.2, "animation": {"in": "slide", "out": "fade"}},
    ],
}


def frame(job: Job, media: dict[str, Path], folder: Path, at_seconds: float) -> Path:
    with probe_process(media.values()) as process, painter_of(job, folder) as painter:
        probed = probe_job(job, media, probe_files(job, media, process), painter, RenderContext(folder))
        return preview.frame(probed, at_seconds)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "media").mkdir()
    make_source(tmp_path / "media" / "a.mp4", RAMP, size=(270, 480), seconds=3)
    (tmp_path / "job.json").write_text(json.dumps(JOB))
    return tmp_path


def run(folder: Path, *arguments: str) -> int:
    return main(["render", str(folder / "job.json"), "--media-root", str(folder), *arguments])


def picture(path: Path) -> Array:
    with av.open(str(path)) as container:
        return next(container.decode(video=0)).to_ndarray(format="rgb24").astype(float)


def test_a_video_with_its_thumbnail_and_sheet(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "-o", str(folder / "out" / "v.mp4"), "--contact-sheet", str(folder / "sheet.png")) == 0
    assert "270x480, 1.60 s" in capsys.readouterr().out
    assert (folder / "out" / "v.jpg").exists()
    assert picture(folder / "sheet.png").shape[1] == pytest.approx(1080, abs=24)


def test_an_explanation(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "--explain") == 0
    said = capsys.readouterr().out
    assert "48 frames = 1.600 s" in said
    assert "crossfade" in said
    assert "'Bonjour'" in said
    assert "ffmpeg " in said
    assert "xfade=transition=fade:offset=0.600000:duration=0.400000" in said


@pytest.mark.parametrize("number", [0, 7, 12, 18, 25, 29, 30, 34, 47])
def test_a_frame_is_the_videos(folder: Path, number: int) -> None:
    job = parse_message(MessageBody(json.dumps(JOB))).job
    media = {"s3://media/a.mp4": folder / "media" / "a.mp4"}
    for name in ("whole", "part"):
        (folder / name).mkdir(exist_ok=True)
    video = decode(render(job, media, RenderContext(folder / "whole")))
    still = picture(frame(job, media, folder / "part", number / 30))
    assert np.abs(still - video.pictures[number]).mean() < 2.5
    assert run(folder, "--frame", str(number / 30), "-o", str(folder / "x.png")) == 0
    assert np.array_equal(picture(folder / "x.png"), still)


def test_a_frame_behind_the_end_is_the_last(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "--frame", "99", "-o", str(folder / "x.png")) == 0
    assert "The video ends at 1.6 s: this is its last frame." in capsys.readouterr().err


def test_a_frame_of_a_freeze_and_of_a_still(folder: Path) -> None:
    grey = "color=0x606060:s=WxH:r=RATE:d=SECONDS,format=rgb24"
    png = make_source(folder / "p.png", grey, size=(270, 480), seconds=0.1, options=("-frames:v", "1", "-c:v", "png"))
    job = Job.model_validate(
        {
            "job_id": "j",
            "video_id": "v",
            "output": SMALL,
            "clips": [{"source": "a", "duration": 5}, {"source": "p", "duration": 1, "motion": "pan-left"}],
        }
    )
    media = {"a": folder / "media" / "a.mp4", "p": png}
    assert picture(frame(job, media, folder, 4.5)).mean() == pytest.approx((30 + 2 * 89 - 16) / 219 * 255, abs=2)
    assert picture(frame(job, media, folder, 5.5)).mean() == pytest.approx(0x60, abs=2)


def test_usage(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(folder)
    assert "--explain" in capsys.readouterr().err
