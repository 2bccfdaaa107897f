"""Writes docs/use/gallery.md: a picture per fit, transition, motion, animation, style and script, by the worker.

`python -m tools.gallery`; `python -m worker render JOB --frame SECONDS` renders each picture, for the job that the page
shows. If a job makes several videos, the picture shows a frame of each.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import matplotlib
import skia
from fontTools.ttLib import TTFont

from embedded.footage import prepare

DOCS = Path(__file__).parents[1] / "docs"
SIZE = {"width": 270, "height": 480}
"""Output size, in pixels: a quarter of the canvas in each direction keeps the pictures small."""

_GAP = 12
"""Gap between pictures that are side by side, in pixels."""

OWN_FONT = "s3://media/maison.woff2"
PORTRAIT, LANDSCAPE, ROTATED = (f"s3://media/{name}" for name in ("portrait.MOV", "landscape.mp4", "rotated.mp4"))


@dataclass(frozen=True)
class Picture:
    """One entry: what the job adds to a clip of two seconds, and the time that is shown.

    `output` adds renditions; then all videos are shown side by side.
    """

    title: str
    seconds: float = 1.0
    clip: dict[str, Any] = field(default_factory=dict)
    text: dict[str, Any] = field(default_factory=dict)
    output: dict[str, Any] = field(default_factory=dict)
    fonts: list[dict[str, Any]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Name of the picture's file, without suffix."""
        return self.title.lower().replace(" ", "-")

    def job(self) -> dict[str, Any]:
        """The complete job."""
        source = LANDSCAPE if "fit" in self.clip else PORTRAIT
        clips = [{"source": source, "duration": 2, "fit": "cover", **self.clip}]
        if "transition" in self.clip:
            clips.append({"source": ROTATED, "duration": 2, "fit": "cover"})
        text = {"content": "Bienvenue", "end": 2, "position": {"x": 540, "y": 1500}, **self.text}
        return {
            "version": 1,
            "job_id": "gallery",
            "video_id": "gallery",
            "output": {**SIZE, **self.output},
            "clips": clips,
            "texts": [text] if self.text else [],
            "fonts": self.fonts,
        }

    def shown(self) -> str:
        """The part of the job that the page shows."""
        if self.fonts or self.output:
            parts: dict[str, Any] = {
                "fonts": self.fonts,
                "texts": [self.text] if self.text else [],
                "output": self.output,
            }
            return json.dumps({key: value for key, value in parts.items() if value}, ensure_ascii=False)
        return json.dumps(self.clip or self.text, ensure_ascii=False)


def _style(title: str, content: str = "Bienvenue", **style: Any) -> Picture:
    return Picture(f"style {title}", text={"content": content, "style": {"fontSize": 130, **style}})


def _script(title: str, content: str, **style: Any) -> Picture:
    return Picture(f"script {title}", text={"content": content, "style": {"fontSize": 120, **style}})


SECTIONS: dict[str, tuple[Picture, ...]] = {
    "Fits": tuple(Picture(f"fit {fit}", clip={"fit": fit}) for fit in ("contain", "cover", "blur", "stretch")),
    "Transitions": tuple(
        Picture(f"transition {kind}", 1.6, {"transition": {"type": kind, "duration": 0.8}})
        for kind in ("crossfade", "fade-black", "fade-white", "slide", "wipe", "zoom")
    ),
    "Motions": tuple(
        Picture(f"motion {motion}", 1.9, {"motion": motion})
        for motion in ("zoom-in", "zoom-out", "pan-left", "pan-right", "pan-up", "pan-down")
    ),
    "Adjustments": tuple(
        Picture(f"adjustment {name} {value}", clip={"adjustments": {name: value}})
        for name, value in (("brightness", 30), ("contrast", 40), ("saturation", 60), ("saturation", -100), ("hue", 60))
    ),
    "Animations, a fifth of a second in": tuple(
        Picture(f"animation {kind}", 0.2, text={"animation": {"in": kind}, "style": {"fontSize": 130}})
        for kind in ("fade", "slide", "pop", "typewriter")
    ),
    "Styles": (
        _style("family", fontFamily="Montserrat", fontWeight=800),
        _style("italic", fontFamily="Tinos", fontStyle="italic"),
        _style("box", backgroundColor="#ffde59", color="#111", padding="20px 40px"),
        _style("radius", backgroundColor="#e91e63", padding="20px 48px", borderRadius=40),
        _style("backdrop blur", backgroundBlur=30, backgroundColor="rgba(255,255,255,.25)", padding="24px 48px"),
        _style("shadow", textShadow="0 6px 20px rgba(0,0,0,.8)"),
        _style("stroke", webkitTextStroke="6px #000", fontWeight=900),
        _style("letter spacing", letterSpacing="18px", fontSize=100),
        _style("opacity", opacity=0.5),
        _style("rotation", rotation="-12deg", backgroundColor="#00796b", padding="10px 40px"),
    ),
    "Scripts, each found in the bundled fonts": (
        _script("latin", "Fête d'été à Łódź"),
        _script("greek", "Καλώς ήρθατε", fontSize=110),
        _script("cyrillic", "Добро пожаловать", fontSize=90),
        _script("arabic", "مرحبا بكم"),
        _script("hebrew", "ברוכים הבאים"),
        _script("thai", "ยินดีต้อนรับ"),
        _script("chinese", "欢迎光临"),
        _script("japanese", "ようこそ"),
        _script("korean", "환영합니다"),
        _script("emoji", "Spa 💆🏽‍♀️ 🇫🇷"),
        _script("several at once", "Hôtel مرحبا\n你好 🏖 สวัสดี\n환영 שלום", fontSize=110),
    ),
    "A custom font": (
        Picture(
            "own font",
            fonts=[{"family": "Maison", "source": OWN_FONT, "weight": 700, "style": "italic"}],
            text={
                "content": "Bienvenue",
                "style": {"fontSize": 130, "fontFamily": "Maison", "fontWeight": 700, "fontStyle": "italic"},
            },
        ),
    ),
    "One job, several shapes": (
        Picture(
            "renditions",
            clip={"fit": "cover"},
            text={
                "content": "Bienvenue",
                "style": {"fontSize": 130, "backgroundColor": "#00796b", "padding": "10px 40px"},
            },
            output={
                "renditions": [
                    {"name": "square", "width": 270, "height": 270},
                    {"name": "landscape", "width": 480, "height": 270},
                ]
            },
        ),
    ),
}
"""Pictures by heading."""


def main() -> None:
    """Render each picture and write the page."""
    page = [
        "# Gallery",
        "",
        "Generated by `make gallery` from real renders. Each picture shows the part of a job beside it.",
        "",
    ]
    images = DOCS / "images" / "gallery"
    images.mkdir(parents=True, exist_ok=True)
    for old in images.glob("*.jpg"):
        old.unlink()
    with tempfile.TemporaryDirectory(prefix="gallery-") as folder:
        prepare(Path(folder) / "media")
        _pack_font(Path(folder) / OWN_FONT.removeprefix("s3://"))
        for section, pictures in SECTIONS.items():
            page += [f"## {section}", "", "| | |", "|---|---|"]
            for picture in pictures:
                image = (
                    _side_by_side(_videos(picture, Path(folder))) if picture.output else _still(picture, Path(folder))
                )
                image.save(str(images / f"{picture.name}.jpg"), skia.kJPEG, 88)
                cell = f"**{picture.title}**<br>`{picture.shown()}`".replace("|", "\\|")
                page.append(f"| ![{picture.title}](../images/gallery/{picture.name}.jpg) | {cell} |")
            page.append("")
    (DOCS / "use" / "gallery.md").write_text("\n".join(page), encoding="utf-8")


def _pack_font(target: Path) -> None:
    """Write a font that isn't bundled: DejaVu Serif, which matplotlib contains, as WOFF2."""
    font = TTFont(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSerif-BoldItalic.ttf")
    font.flavor = "woff2"
    font.save(target)


def _still(picture: Picture, folder: Path) -> skia.Image:
    still = folder / "still.png"
    _render(picture, folder, "--frame", str(picture.seconds), "-o", str(still))
    return skia.Image.open(str(still))


def _videos(picture: Picture, folder: Path) -> Iterator[skia.Image]:
    """The frame in the video and in each rendition, in their order."""
    _render(picture, folder, "-o", str(folder / "made.mp4"))
    names = [rendition["name"] for rendition in picture.output["renditions"]]
    for video in (folder / "made.mp4", *(folder / "made" / f"{name}.mp4" for name in names)):
        command = [
            imageio_ffmpeg.get_ffmpeg_exe(),
            "-v",
            "error",
            "-ss",
            str(picture.seconds),
            "-i",
            str(video),
            "-frames:v",
            "1",
        ]
        frame = folder / f"{video.stem}.png"  # one file per video: Skia reads it only when it is drawn
        subprocess.run([*command, "-y", str(frame)], check=True)
        yield skia.Image.open(str(frame))


def _render(picture: Picture, folder: Path, *arguments: str) -> None:
    job = folder / "job.json"
    job.write_text(json.dumps(picture.job()), encoding="utf-8")
    command = [sys.executable, "-m", "worker", "render", str(job), "--media-root", str(folder), *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _side_by_side(images: Iterator[skia.Image]) -> skia.Image:
    row = list(images)
    width = sum(image.width() for image in row) + _GAP * (len(row) - 1)
    surface = skia.Surface(width, max(image.height() for image in row))
    surface.getCanvas().clear(skia.ColorWHITE)
    left = 0
    for image in row:
        surface.getCanvas().drawImage(image, left, 0)
        left += image.width() + _GAP
    return surface.makeImageSnapshot()


if __name__ == "__main__":
    main()
