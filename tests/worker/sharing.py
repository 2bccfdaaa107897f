"""Renders a job twice: by one worker, and in parts by several."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from worker.job import Job
from worker.video import ffmpeg
from worker.video.context import RenderContext
from worker.video.crew import RenderHere, SharedPart
from worker.video.plan import shares
from worker.video.render import render


def share_small_videos(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let videos be shared that are too short for it to be worth it."""
    monkeypatch.setattr(shares, "_GAIN_SECONDS_MIN", -1_000.0)
    monkeypatch.setattr(shares, "_PART_SECONDS_MIN", 0.001)


class Elsewhere:
    """A crew whose workers have folders of their own, with nothing but the files that their part names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.parts = 0

    def render(self, parts: Sequence[SharedPart], render_here: RenderHere, context: RenderContext) -> bool:
        """See `Crew`: the first part is rendered here."""
        render_here(parts[0], lambda _: None)
        for part in parts[1:]:
            folder = self.folder / f"helper-{part.number}"
            for item in part.plan.inputs:
                copy = folder / item.path.relative_to(context.workdir)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(item.path, copy)
            here = part.plan.arguments(context.workdir)
            arguments = [word.replace(str(context.workdir), str(folder)) for word in here]
            ffmpeg.run(arguments, replace(context, workdir=folder, crew=None), frames=part.plan.frames)
            for file in part.files:
                shutil.move(folder / file, context.workdir / file)
        self.parts = len(parts)
        return True


def alone_and_joined(folder: Path, media: Mapping[str, Path], job: Job) -> tuple[Path, Path]:
    """The video of one worker, and the one of several."""
    paths = []
    crew = Elsewhere(folder)
    for name, helpers in (("alone", None), ("joined", crew)):
        workdir = folder / name
        (workdir / "inputs").mkdir(parents=True)
        own = {url: Path(shutil.copy(path, workdir / "inputs")) for url, path in media.items()}
        video = render(job, own, RenderContext(workdir, crew=helpers))
        assert video.measured.has_exact_timestamps
        paths.append(video.path)
    assert crew.parts > 1
    return paths[0], paths[1]
