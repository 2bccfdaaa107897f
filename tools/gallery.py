"""Writes docs/gallery.md: one picture for each fit, transition, motion, animation and style, made by the worker itself.

`python -m tools.gallery`; each picture is `python -m worker render JOB --frame SECONDS`, of a job that the page shows.
"""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import skia

from embedded.footage import prepare

DOCS = Path(__file__).parents[1] / "docs"
SIZE = {"width": 270, "height": 480}
"""A quarter of the canvas each way: enough to see, small to keep."""

PORTRAIT, LANDSCAPE, ROTATED = (f"s3://media/{name}" for name in ("portrait.MOV", "landscape.mp4", "rotated.mp4"))


@dataclass(frozen=True)
class Picture:
    """One entry: what the job says, beside a clip of two seconds, and the moment that is shown."""

    title: str
    seconds: float = 1.0
    clip: dict[str, Any] = field(default_factory=dict)
    text: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Of the file, without suffix."""
        return self.title.lower().replace(" ", "-")

    def job(self) -> dict[str, Any]:
        """The whole job."""
        source = LANDSCAPE if "fit" in self.clip else PORTRAIT
        clips = [{"source": source, "duration": 2, "fit": "cover", **self.clip}]
        if "transition" in self.clip:
            clips.append({"source": ROTATED, "duration": 2, "fit": "cover"})
        text = {"content": "Bienvenue", "end": 2, "position": {"x": 540, "y": 1500}, **self.text}
        texts = [text] if self.text else []
        return {
            "version": 1,
            "job_id": "gallery",
            "video_id": "gallery",
            "output": SIZE,
            "clips": clips,
            "texts": texts,
        }


def _style(title: str, content: str = "Bienvenue", **style: Any) -> Picture:
    return Picture(f"style {title}", text={"content": content, "style": {"fontSize": 130, **style}})


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
        _style("emoji", "Spa 💆🏽‍♀️ 🇫🇷"),
        _style("arabic", "مرحبا بكم"),
        _style("chinese", "欢迎光临"),
    ),
}


def main() -> None:
    """Paint every picture, write the page."""
    page = [
        "# Gallery",
        "",
        "Made by `python -m tools.gallery` from real renders; each picture is the job beside it.",
        "",
    ]
    (DOCS / "images" / "gallery").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="gallery-") as folder:
        prepare(Path(folder) / "media")
        for section, pictures in SECTIONS.items():
            page += [f"## {section}", "", "| | |", "|---|---|"]
            for picture in pictures:
                job = Path(folder) / "job.json"
                job.write_text(json.dumps(picture.job()), encoding="utf-8")
                still = Path(folder) / "still.png"
                target = DOCS / "images" / "gallery" / f"{picture.name}.jpg"
                command = [sys.executable, "-m", "worker", "render", str(job), "--media-root", folder]
                command += ["--frame", str(picture.seconds), "-o", str(still)]
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
                skia.Image.open(str(still)).save(str(target), skia.kJPEG, 88)
                shown = json.dumps(picture.clip or picture.text, ensure_ascii=False)
                page.append(f"| ![{picture.title}](images/gallery/{target.name}) | **{picture.title}**<br>`{shown}` |")
            page.append("")
    (DOCS / "gallery.md").write_text("\n".join(page), encoding="utf-8")


if __name__ == "__main__":
    main()
