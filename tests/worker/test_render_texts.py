"""Texts in rendered videos: place, time, colors; and the backend's own two messages."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.worker.rendering import PLAIN, SMALL, Array, Renderer, decode, make_source, renderer
from worker.job import BaseVideo, Clip, MessageBody, Output, Position, Text, parse_message
from worker.job.style import parse_style
from worker.video.context import RenderContext
from worker.video.render import render


@pytest.fixture
def rendered(tmp_path: Path) -> Renderer:
    """See `renderer`."""
    return renderer(tmp_path)


def text(content: str, start: float, end: float, y: float = 960, **style: Any) -> Text:
    parsed, _ = parse_style(style, "")
    return Text(content=content, start=start, end=end, position=Position(x=540, y=y), style=parsed)


def changed(picture: Array, plain: Array) -> Any:
    return np.abs(picture - plain).max(axis=2) > 24


def test_a_text_is_there_on_its_frames_and_gone_afterwards(tmp_path: Path, rendered: Renderer) -> None:
    source = make_source(tmp_path / "a.mp4", PLAIN, size=(270, 480), seconds=2)
    texts = (
        text('Bienvenue à l\'hôtel: 100% « vue » \\ "mer" 🌊', 0.5, 1.0, fontSize=40),
        text("%{pts}:x='a';[v]\nligne deux", 1.5, 9.0, y=400, fontSize=60, backgroundColor="#ff0000", padding="20px"),
    )
    result = rendered({"a": source}, clips=(Clip(source="a", duration=2.0),), texts=texts)
    plain = result.pictures[0]
    middle = [bool(changed(picture, plain)[200:280].any()) for picture in result.pictures]
    above = [bool(changed(picture, plain)[60:140].any()) for picture in result.pictures]
    assert middle == [15 <= index < 30 for index in range(60)]
    assert above == [index >= 45 for index in range(60)]
    assert not changed(result.pictures[50], plain)[300:].any()


def test_colors_and_place_survive_encoding_at_full_size(tmp_path: Path, rendered: Renderer) -> None:
    source = make_source(tmp_path / "a.mp4", PLAIN, size=(1080, 1920), seconds=0.2)
    texts = (text(" .", 0, 1, fontSize=80, backgroundColor="#ffde59", padding="50px 200px", color="#ffde59"),)
    output = Output(quality="high")
    result = rendered({"a": source}, clips=(Clip(source="a", duration=0.2),), texts=texts, output=output)
    picture = result.pictures[2]
    yellow = np.abs(picture - (255, 222, 89)).max(axis=2) <= 4
    columns, rows = np.flatnonzero(yellow[960]), np.flatnonzero(yellow[:, 400])
    assert (rows[0], rows[-1]) == (pytest.approx(960 - 97, abs=1), pytest.approx(960 + 96, abs=1))  # 94 + 2 x 50 high
    assert (columns[0] + columns[-1]) / 2 == pytest.approx(539.5, abs=1)
    assert np.abs(picture[960, 360] - (255, 222, 89)).max() <= 4


def test_the_video_behind_a_box_is_blurred(tmp_path: Path, rendered: Renderer) -> None:
    stripes = "color=black:s=WxH:r=RATE:d=SECONDS,format=yuv420p,geq=lum='16+219*mod(floor(X/4),2)':cb=128:cr=128"
    source = make_source(tmp_path / "a.mp4", stripes, size=(270, 480), seconds=0.6)
    texts = (text("x", 0.2, 0.4, fontSize=80, padding="200px", backgroundBlur=40, borderRadius="200px"),)
    result = rendered({"a": source}, clips=(Clip(source="a", duration=0.6),), texts=texts)

    def contrast(picture: Array, x: int, y: int) -> float:
        return float(picture[y, x : x + 16, 0].std())

    before, during, after = result.pictures[4], result.pictures[9], result.pictures[14]
    assert contrast(before, 100, 225) > 80
    assert contrast(during, 100, 225) < 20
    assert contrast(after, 100, 225) > 80
    assert contrast(during, 100, 40) > 80  # outside of the box
    left = 135 - 61  # the box is 100 + 22 px wide, its corner is round
    assert during[240 - 60, left : left + 8, 0].std() > 60


def test_texts_over_a_base_video(tmp_path: Path, rendered: Renderer) -> None:
    source = make_source(tmp_path / "a.mp4", PLAIN, size=(270, 480), seconds=1)
    result = rendered({"a": source}, base=BaseVideo(source="a"), texts=(text("Bonjour", 0.5, 1.0, fontSize=120),))
    assert not changed(result.pictures[14], result.pictures[0]).any()
    assert changed(result.pictures[15], result.pictures[0]).sum() > 300


@pytest.mark.parametrize("shape", ["clips", "base"])
def test_a_message_of_the_backend(tmp_path: Path, shape: str) -> None:
    source = make_source(tmp_path / "a.mp4", size=(640, 360), seconds=1, audio="sine=f=300:r=48000:d=1")
    url = "s3://hospup-files/videos/21/16/piscine été.MOV"
    message: dict[str, Any] = {
        "job_id": "b7c1d0de",
        "video_id": "f0a6c3f2",
        "property_id": 16,
        "segments": [
            {"id": "segment_1", "video_url": url, "start_time": 0, "end_time": 0.6, "duration": 0.6, "order": 1},
            {"id": "segment_2", "video_url": url, "start_time": 0.6, "end_time": 1.0, "duration": 0.4, "order": 2},
        ],
        "custom_script": {
            "clips": [{"order": 1, "duration": 0.6, "start_time": 0, "end_time": 0.6, "presets": {"saturation": -100}}],
            "texts": [
                {
                    "content": "Bienvenue à l'hôtel",
                    "start_time": 0,
                    "end_time": 0.5,
                    "position": {"x": 540, "y": 300},
                    "style": {"color": "#ffffff", "font_size": 80, "fontFamily": "Montserrat, sans-serif"},
                }
            ],
        },
    }
    if shape == "base":
        message |= {"base_video_url": url, "segments": []}
    parsed = parse_message(MessageBody(json.dumps(message)))
    assert parsed.warnings == ()
    job = parsed.job.model_copy(update={"output": SMALL})
    result = decode(render(job, {url: source}, RenderContext(tmp_path)))
    assert result.video.measured.frames == 30
    assert result.video.warnings == ()
    assert result.pictures[5][70:80].max() > 200  # white letters above, on a black bar
    assert result.pictures[20][70:80].max() < 40
    red = result.pictures[5][200, 60], result.pictures[20][200, 60]
    assert red[0].max() - red[0].min() < 12  # grey
    assert red[1][0] - red[1][1] > 200
