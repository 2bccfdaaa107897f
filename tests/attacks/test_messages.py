"""Hostile messages, texts and keys, each with its own worker process: rendered, adjusted with a warning, or refused."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.attacks.made import SECRET, good, secret
from tests.attacks.victim import render

RENDERS = ""

Message = dict[str, Any]


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A media root with a good video, and a secret outside it."""
    folder = tmp_path_factory.mktemp("media")
    root = folder / "root"
    (root / "media").mkdir(parents=True)
    (root / "media" / "good.mp4").write_bytes(good())
    (folder / "secret.mp4").write_bytes(secret())
    return root


def job(**fields: Any) -> Message:
    """A small job."""
    return {
        "version": 1,
        "job_id": "j",
        "video_id": "v",
        "output": {"width": 64, "height": 114, "quality": "draft"},
        "clips": [{"source": "s3://media/good.mp4", "duration": 0.2}],
        **fields,
    }


def text(content: str = "Bienvenue", style: Message | None = None, **fields: Any) -> Message:
    """The small job with one text."""
    return job(texts=[{"content": content, "style": style or {}, **fields}])


@dataclass(frozen=True)
class Case:
    """A message, the expected code (or `RENDERS`) and pointer, and a part of the expected output."""

    message: Message | str
    code: str = RENDERS
    pointer: str = ""
    says: str = ""


def raw(name: str, value: str) -> str:
    """The small job with a field whose value is the JSON text `value`."""
    return json.dumps(job())[:-1] + f', "{name}": {value}}}'


LIMIT, INVALID = "LIMIT_EXCEEDED", "INVALID_MESSAGE"

CASES: dict[str, Case] = {
    "10,000 characters": Case(text("x" * 10_000), LIMIT, "/texts/0/content", "2000"),
    "2,000 characters at 1,000 px": Case(text("W" * 2_000, {"fontSize": 1000})),
    "a size of 1e9 px": Case(text(style={"fontSize": 1e9}), says="warning STYLE_VALUE (/texts/0/style/fontSize)"),
    "a size of 1e308 rem": Case(text(style={"fontSize": "1e308rem"}), says="(/texts/0/style/fontSize)"),
    "zalgo": Case(text("Z" + "\u0351\u0317\u0338" * 600)),
    "control characters": Case(text("".join(map(chr, range(32))) + "\x7f\x9b31mBonjour")),
    "lone surrogates": Case(text("Bon\ud83djour \udc00")),
    "right-to-left overrides": Case(text("\u202e\u2066\u202dBonjour\u202c" * 50)),
    "a filter for FFmpeg": Case(text("'],[v0]movie=/etc/passwd[x];drawtext=text='%{pts}\\:")),
    "shadows without end": Case(
        text(style={"textShadow": ",".join(["1px 1px 9px red"] * 100)}), says="(/texts/0/style/textShadow)"
    ),
    "1,000 shadows": Case(
        text(style={"textShadow": ",".join(["1px 1px 9px red"] * 1000)}), says="(/texts/0/style/textShadow)"
    ),
    "a shadow at infinity": Case(
        text(style={"textShadow": "1e308rem 1e308rem 1e308rem red"}), says="(/texts/0/style/textShadow)"
    ),
    "a stroke and a padding of 1e300 px": Case(
        text(style={"webkitTextStroke": "1e300px red", "padding": "1e300px"}), says="(/texts/0/style/padding)"
    ),
    "a column too narrow for a letter": Case(text("Bienvenue à l'hôtel " * 90, max_width=0.0001)),
    "a column of no width": Case(text(max_width=0), INVALID, "/texts/0/max_width"),
    "an endless animation": Case(
        text(animation={"in": "slide", "duration": 1e9}), LIMIT, "/texts/0/animation/duration"
    ),
    "1,000 texts": Case(job(texts=[{"content": "x"}] * 1000), LIMIT, "/texts", "100"),
    "1,000 clips": Case(job(clips=job()["clips"] * 1000), LIMIT, "/clips", "100"),
    "an hour": Case(job(clips=[{**job()["clips"][0], "duration": 3600}]), LIMIT, "/clips/0/duration", "600"),
    "an hour in pieces": Case(job(clips=[{**job()["clips"][0], "duration": 36}] * 100), LIMIT, "/clips", "600"),
    "a wall of pixels": Case(job(output={"width": 100_000, "height": 2}), LIMIT, "/output/width", "3840"),
    "NaN": Case(raw("x", "NaN"), INVALID, says="NaN"),
    "Infinity": Case(raw("metadata", '{"x": -Infinity}'), INVALID, says="Infinity"),
    "a number beyond all numbers": Case(raw("metadata", '{"x": 1e400}'), INVALID, says="1e400"),
    "an integer of 5,000 digits": Case(raw("metadata", f'{{"x": {"9" * 5000}}}'), INVALID),
    "nested 100 deep": Case(raw("metadata", '{"x":' * 100 + "1" + "}" * 100), LIMIT, says="32"),
    "nested 100,000 deep": Case("[" * 100_000, LIMIT, says="32"),
    "too large": Case(raw("metadata", json.dumps({"x": "é" * 600_000}, ensure_ascii=False)), LIMIT, says="1048576"),
    "metadata of 20 kB": Case(job(metadata={"x": "y" * 20_000}), LIMIT, "/metadata", "16384"),
    "a name twice": Case(raw("job_id", '"k"'), INVALID, says="'job_id' stands twice"),
    "no object": Case("[1, 2]", INVALID),
    "no JSON": Case("{'job_id': 1}", INVALID),
    "nothing": Case("", INVALID),
    "5,000 unknown fields": Case(job(**{f"x{number}": 0 for number in range(5000)}), says="more warnings are not told"),
    "a field with a long name": Case(job(**{"x" * 50_000: 0}), says="warning UNKNOWN_FIELD"),
    "a way up in the output's key": Case(
        job(output={"key": "generated-videos/../videos/x.mp4"}), INVALID, "/output/key"
    ),
    "an id that leads elsewhere": Case(job(video_id="../x"), INVALID, "/video_id"),
    "escape sequences for a terminal": Case(job(**{"\x1b]0;owned\x07": 0}), says="warning UNKNOWN_FIELD"),
}


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])
def test_messages(media: Path, tmp_path: Path, case: Case) -> None:
    end = render(tmp_path / "run", media, case.message)
    assert end.is_clean, str(end)[:1000]
    if case.code:
        assert (end.code, end.pointer) == (case.code, case.pointer)
    else:
        assert end.exit_code == 0
    assert case.says in end.output
    assert len(end.output) < 50_000
    assert "\x1b" not in end.output


def _outside(root: Path) -> str:
    (root / "media" / "outside.mp4").symlink_to(root.parent / "secret.mp4")
    return "outside.mp4"


def _folder_outside(root: Path) -> str:
    (root / "media" / "folder").symlink_to(root.parent)
    return "folder/secret.mp4"


def _loop(root: Path) -> str:
    (root / "media" / "loop").symlink_to("loop")
    return "loop"


def _strange(name: str) -> Callable[[Path], str]:
    def make(root: Path) -> str:
        (root / "media" / name).write_bytes(good())
        return name

    return make


def _named(key: str) -> Callable[[Path], str]:
    return lambda _: key


KEYS: dict[str, tuple[Callable[[Path], str], str]] = {
    "a link to another folder's file": (_outside, "MEDIA_MISSING"),
    "a folder that is a link": (_folder_outside, "MEDIA_MISSING"),
    "a link to itself": (_loop, "MEDIA_MISSING"),
    "up": (_named("../../secret.mp4"), INVALID),
    "up and down": (_named("x/../good.mp4"), INVALID),
    "absolute": (_named("/etc/passwd"), "MEDIA_MISSING"),
    "a folder": (_named("."), INVALID),
    "a null byte": (_named("good.mp4\0.jpg"), INVALID),
    "very long": (_named("x" * 1000), "MEDIA_MISSING"),
    "longer than S3 allows": (_named("x" * 1100), INVALID),
    "a line break": (_strange("a\nb.mp4"), RENDERS),
    "quotes": (_strange("l'hôtel \"d'été\".mp4"), RENDERS),
    "percent signs": (_strange("100%d %00 %2e%2e.mp4"), RENDERS),
    "a protocol": (_strange("concat:a|b.mp4"), RENDERS),
    "an option": (_strange("-i.mp4"), RENDERS),
    "a shell's words": (_strange("$(id) `id` ; & | *.mp4"), RENDERS),
}


@pytest.mark.parametrize(("make", "code"), [pytest.param(*case, id=name) for name, case in KEYS.items()])
def test_keys(media: Path, tmp_path: Path, make: Callable[[Path], str], code: str) -> None:
    clip = {"source": f"s3://media/{make(media)}", "duration": 0.2}
    end = render(tmp_path / "run", media, job(clips=[clip]))
    assert end.is_clean, end
    assert (end.code, end.pointer) == (code, "/clips/0/source" if code else "")
    assert SECRET not in end.output
