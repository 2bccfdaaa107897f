"""The benchmark's job as MoviePy 2 does it; run by renderers.py with the Python of an environment that has MoviePy."""

import json
import sys
from pathlib import Path

from moviepy import ColorClip, CompositeVideoClip, TextClip, VideoFileClip, concatenate_videoclips

WIDTH, HEIGHT, FPS = 1080, 1920, 30


def main() -> None:
    """Render the video that the command line describes."""
    parameters = json.loads(sys.argv[1])
    parts = []
    for name, seconds in parameters["clips"]:
        clip = VideoFileClip(str(Path(parameters["footage"]) / name)).subclipped(0, seconds)
        scale = min(WIDTH / clip.w, HEIGHT / clip.h)
        fitted = clip.resized((round(clip.w * scale), round(clip.h * scale))).with_position("center")
        bars = ColorClip((WIDTH, HEIGHT), color=(0, 0, 0), duration=seconds)
        parts.append(CompositeVideoClip([bars, fitted], size=(WIDTH, HEIGHT)).with_audio(clip.audio))
    video = concatenate_videoclips(parts)
    texts = [
        TextClip(font=parameters["font"], text=content, font_size=80, color="white", duration=end - start)
        .with_start(start)
        .with_position(("center", y - 50))
        for content, y, start, end in parameters["texts"]
    ]
    CompositeVideoClip([video, *texts], size=(WIDTH, HEIGHT)).write_videofile(
        parameters["target"],
        fps=FPS,
        codec="libx264",
        preset="veryfast",
        audio_codec="aac",
        audio_bitrate="160k",
        ffmpeg_params=["-crf", "23", "-profile:v", "high", "-pix_fmt", "yuv420p"],
        threads=2,
        logger=None,
    )


if __name__ == "__main__":
    main()
