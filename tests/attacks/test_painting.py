"""Hostile texts: painted within the budget, or refused with the pointer of the text that costs most.

And hostile painters: what one answers is checked, and its end never takes the worker along.
"""

import itertools
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests import fonts
from tests.attacks.made import good
from tests.attacks.victim import REPOSITORY
from tests.waiting import eventually
from worker.errors import CancelledError
from worker.job import ErrorCode, Job, MessageBody, PermanentError, limits, parse_message
from worker.painter.client import painter_process
from worker.painter.model import PaintOrder
from worker.painter.painter import Painter, TextPictures
from worker.sandbox.child import RefusedError
from worker.sandbox.client import ChildProgram, InspectionError, child_process
from worker.sandbox.process import SandboxLimits
from worker.text.fonts import job_fonts
from worker.text.layout.animation import animation_of
from worker.video.text_overlays import painter_of

pytestmark = pytest.mark.slow

LARGEST = {"width": 3840, "height": 3840, "fps": 60}


def shadows(blur: int) -> dict[str, str]:
    return {"textShadow": ",".join([f"1px 1px {blur}px red"] * limits.SHADOWS)}


def job(texts: list[dict[str, Any]], **fields: Any) -> Job:
    clips = [{"source": "s3://media/a.mp4", "duration": 10}]
    message = {"version": 1, "job_id": "j", "video_id": "v", "clips": clips, "texts": texts, **fields}
    return parse_message(MessageBody(json.dumps(message, ensure_ascii=False))).job


def paint(made: Job, painter: Painter) -> list[TextPictures]:
    fps = made.output.fps
    return painter.paint(
        [
            PaintOrder(text, (made.output.width, made.output.height), animation_of(text, 10 * fps, fps))
            for text in made.texts
        ],
        lambda: False,
    )


def check_files(made: Job, pictures: list[TextPictures]) -> None:
    for each in pictures:
        if each.overlay is not None:
            assert each.overlay.x + each.overlay.width <= made.output.width
            assert each.path.stat().st_size > 0


EMOJI, ZALGO, BOX = "😀" * 2_000, "Z" + "\u0351\u0317\u0338" * 660, {"padding": "2000px"}

REFUSED: dict[str, tuple[list[dict[str, Any]], dict[str, Any], str]] = {
    "2,000 emoji, 16 shadows": ([{"content": EMOJI, "style": shadows(300)}], {}, "shadows fewer"),
    "marks without end, 16 shadows": ([{"content": ZALGO, "style": shadows(300)}], {}, "shadows fewer"),
    "100 standing backdrops": ([{"content": "x", "style": BOX | {"backgroundBlur": 300}}] * 100, LARGEST, "background"),
    "30 texts that fill the picture": ([{"content": "x", "style": BOX | {"background": "red"}}] * 30, LARGEST, "fewer"),
    "a long animation": (
        [{"content": "Hôtel", "style": {"fontSize": 300}, "animation": {"in": "slide", "duration": 5}}] * 9,
        LARGEST,
        "animation shorter",
    ),
    "a thick underline": (
        [{"content": "مرحبا " * 300, "style": {"fontSize": 1000, "textDecoration": "underline 2000px"}}],
        LARGEST,
        "text",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_text_that_costs_too_much_is_refused_before_it_is_painted(tmp_path: Path, name: str) -> None:
    texts, output, remedy = REFUSED[name]
    cheap = {"content": "x", "style": {"fontSize": 10}}
    made = job([cheap, *texts][: limits.TEXTS], output=output)
    with painter_of(made, tmp_path) as painter, pytest.raises(PermanentError) as caught:
        paint(made, painter)
    assert (caught.value.code, caught.value.pointer) == (ErrorCode.LIMIT_EXCEEDED, "/texts/1")
    assert remedy in caught.value.message
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 600 * 1024**2


MONSTER_LETTER = fonts.monster(30_000)


@pytest.mark.parametrize("style", [{"webkitTextStroke": "9px red"}, shadows(9)], ids=["stroked", "with shadows"])
def test_a_letter_of_30_000_points_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, style: dict[str, Any]
) -> None:
    monkeypatch.setattr(limits, "PAINT_CPU_SECONDS", 5)
    own = {"family": "Maison", "source": "s3://media/font.ttf"}
    text = {"content": "A" * 20, "style": {"fontFamily": "Maison", "fontSize": 300, **style}}
    made = job([text], fonts=[own])
    (tmp_path / "sent").write_bytes(MONSTER_LETTER)
    rebuilt = job_fonts.rebuild(made, {"s3://media/font.ttf": tmp_path / "sent"}, tmp_path)
    with painter_of(made, tmp_path) as painter:
        painter.load_fonts(made.fonts, rebuilt, lambda: False)
        with pytest.raises(PermanentError) as caught:
            paint(made, painter)
    assert (caught.value.code, caught.value.pointer) == (ErrorCode.LIMIT_EXCEEDED, "/texts/0")


def test_what_no_estimate_foresees_ends_with_the_processor_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Laying out is not estimated: one second for lines that take ten."""
    monkeypatch.setattr(limits, "PAINT_CPU_SECONDS", 1)
    made = job([{"content": "漢" * 2_000, "max_width": 1900 + n, "style": {"fontSize": 1}} for n in range(90)])
    with painter_of(made, tmp_path) as painter, pytest.raises(PermanentError, match="of a processor") as caught:
        paint(made, painter)
    assert caught.value.code == ErrorCode.LIMIT_EXCEEDED
    assert caught.value.pointer.startswith("/texts/")


def test_the_disk_is_bounded_by_what_is_written(tmp_path: Path) -> None:
    made = job([{"content": "x", "style": BOX | {"background": "red"}, "position": {"x": 540 + n}} for n in range(3)])
    allowed = {"cpu_seconds": 60, "disk_bytes": 9 * 1024**2}
    orders = [PaintOrder(text, (1080, 1920)) for text in made.texts]
    with painter_process(tmp_path) as process:
        process.send(allowed, [order.to_json("paint", tmp_path / str(n)) for n, order in enumerate(orders)])
        with pytest.raises(RefusedError, match="9 MB") as caught:
            process.receive(len(orders))
    assert (caught.value.code, caught.value.index) == ("LIMIT_EXCEEDED", 1)


def drawn(draw: random.Random) -> Job:
    styles: list[dict[str, Any]] = [
        {"textShadow": ",".join([f"0 0 {draw.randint(0, 300)}px red"] * draw.randint(1, limits.SHADOWS))},
        {"webkitTextStroke": f"{draw.randint(0, 2000)}px red", "fontSize": draw.randint(1, 1000)},
        {"textDecoration": f"underline {draw.randint(0, 2000)}px", "letterSpacing": f"{draw.randint(-99, 999)}px"},
        {"padding": f"{draw.randint(0, 2000)}px", "backgroundBlur": draw.randint(0, 300), "background": "blue"},
        {"rotation": draw.randint(0, 360), "lineHeight": draw.choice([0, 0.01, 1, 90]), "textAlign": "justify"},
    ]
    contents = ("Hôtel ", "漢", "مرحبا ", "😀", "é\u0351", "👨‍👩‍👧", "\u202ex", "a\n")
    texts = [
        {
            "content": (draw.choice(contents) * draw.choice([1, 10, 2_000]))[: limits.CONTENT_CHARACTERS],
            "style": draw.choice(styles) | draw.choice(styles),
            "max_width": draw.choice([1, 500, 10_000]),
            "position": {"x": draw.randint(-500, 1500), "y": draw.randint(-500, 2500)},
            "animation": {"in": draw.choice(["none", "none", "fade", "slide", "pop", "typewriter"]), "duration": 1},
        }
        for _ in range(draw.randint(1, 4))
    ]
    return job(texts, output={"width": draw.choice([16, 540]), "height": draw.choice([16, 960])})


@pytest.mark.parametrize("seed", range(12))
def test_drawn_texts_are_painted_within_the_budget_or_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """With a budget of two seconds, so that the test is cheap."""
    monkeypatch.setattr(limits, "PAINT_CPU_SECONDS", 2)
    made = drawn(random.Random(seed))  # noqa: S311  no secret
    refused: list[PermanentError] = []
    with painter_of(made, tmp_path) as painter:
        try:
            check_files(made, paint(made, painter))
        except PermanentError as error:
            refused.append(error)
    for each in refused:
        assert each.code == ErrorCode.LIMIT_EXCEEDED
        assert each.pointer in {text.pointer for text in made.texts}


def test_texts_without_animation_are_painted_before_anybody_waits(tmp_path: Path) -> None:
    moving = {"content": "y", "animation": {"in": "fade"}}
    made = job([{"content": "x"}, moving])
    with painter_of(made, tmp_path) as painter:
        eventually((tmp_path / "text-0.rgba").exists)
        pictures = paint(made, painter)
    assert [each.overlay is not None and each.overlay.is_animated for each in pictures] == [False, True]
    check_files(made, pictures)


def test_cancelling_kills_the_painter(tmp_path: Path) -> None:
    made = job([{"content": "漢" * 2_000, "max_width": 1900 + n, "style": {"fontSize": 1}} for n in range(90)])
    asked = itertools.count()
    with painter_of(made, tmp_path) as painter:
        orders = [PaintOrder(text, (1080, 1920)) for text in made.texts]
        with pytest.raises(CancelledError):
            painter.paint(orders, lambda: next(asked) > 2)


@contextmanager
def liar(code: str, folder: Path) -> Iterator[Painter]:
    """A painter whose process runs `code` instead, with answers that would be right."""
    start = (
        "import json, os, resource, signal, sys; print('ready', flush=True); sys.stdin.readline();"
        "cost = {'cpu_seconds': 1.0, 'disk_bytes': 1, 'memory_bytes': 1};"
        "place = {'x': 0, 'y': 0, 'width': 2, 'height': 2, 'backdrop': None, 'enter_frames': 0, 'exit_frames': 0};"
        "tell = lambda result: print(json.dumps({'result': result}), flush=True);"
    )
    program = ChildProgram(
        [sys.executable, "-I", "-S", "-c", start + code], "text", SandboxLimits(1 << 30, 1 << 20), wall_seconds=60
    )
    with child_process(program, folder) as process:
        yield Painter(process, folder)


LIES = {
    "outside": "tell(cost); place['x'] = 1079; tell({'overlay': place})",
    "nothing": "tell(cost); place['width'] = 0; tell({'overlay': place})",
    "a word": "tell(cost); place['width'] = 'iw;movie=x'; tell({'overlay': place})",
    "a picture too many": "tell(cost); place['enter_frames'] = 9; tell({'overlay': place})",
    "an endless blur": "tell(cost); place['backdrop'] = {**place, 'sigma': 1e999}; tell({'overlay': place})",
    "a backdrop outside": "tell(cost); place['backdrop'] = {**place, 'y': -2, 'sigma': 1}; tell({'overlay': place})",
    "a warning without a code": "tell(cost); tell({'overlay': place, 'warnings': [['OOPS', 'x']]})",
    "a long warning": "tell(cost); tell({'overlay': place, 'warnings': [['GLYPH_MISSING', 'x' * 9999]]})",
    "no cost": "cost['cpu_seconds'] = -1; tell(cost)",
    "endless cost": "cost['cpu_seconds'] = float('nan'); tell(cost)",
    "no object": "tell([])",
    "an exception": "raise RecursionError",
    "endless output": "print('x' * 10_000_000)",
}


@pytest.mark.parametrize("name", LIES)
def test_a_painter_that_lies_or_fails_is_not_believed(tmp_path: Path, name: str) -> None:
    made = job([{"content": "x"}])
    code = LIES[name].replace("tell(cost); ", "tell(cost); sys.stdin.readline(); ")
    with liar(code, tmp_path) as painter, pytest.raises(InspectionError):
        paint(made, painter)


@pytest.mark.parametrize(
    ("code", "sign"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV"),
        ("resource.setrlimit(resource.RLIMIT_CPU, (1, 9))\nwhile True: pass", "of a processor"),
        ("print(json.dumps({'refused': 'LIMIT_EXCEEDED', 'reason': 'it is too long'}), flush=True)", "too long"),
    ],
)
def test_a_text_that_kills_the_painter_is_refused(tmp_path: Path, code: str, sign: str) -> None:
    made = job([{"content": "x"}, {"content": "y"}])
    with liar(f"tell(cost)\n{code}", tmp_path) as painter, pytest.raises(PermanentError, match=sign) as caught:
        paint(made, painter)
    assert (caught.value.code, caught.value.pointer) == (ErrorCode.LIMIT_EXCEEDED, "/texts/1")


def test_the_worker_itself_never_loads_skia(tmp_path: Path) -> None:
    """Not when it starts, and not to render a text in a font of the job's own."""
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "good.mp4").write_bytes(good())
    (tmp_path / "media" / "font.ttf").write_bytes(fonts.TTF)
    message = {
        "version": 1, "job_id": "j", "video_id": "v", "output": {"width": 64, "height": 114, "quality": "draft"},
        "clips": [{"source": "s3://media/good.mp4", "duration": 0.2}],
        "fonts": [{"family": "Maison", "source": "s3://media/font.ttf"}],
        "texts": [{"content": "Été", "style": {"fontFamily": "Maison"}, "animation": {"in": "pop"}}],
    }  # fmt: skip
    (tmp_path / "job.json").write_text(json.dumps(message))
    code = (
        "import sys; import worker.consumer.wiring, worker.consumer.start; from worker.__main__ import main;"
        "worker.consumer.start.check_tools();"
        "arguments = ['render', 'job.json', '-o', 'out.mp4', '--media-root', '.'];"
        "assert main(arguments) == 0;"
        "assert 'worker.consumer.pipeline' in sys.modules;"
        "print('loaded:', *sorted({'skia', 'fontTools', 'av'} & set(sys.modules)))"
    )
    command, path = [sys.executable, "-c", code], {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(command, cwd=tmp_path, env=path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, ["loaded:"]), done.stderr
