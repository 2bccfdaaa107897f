"""Where a video has its key frames."""

from tests.unit.test_parts import composed
from worker.job import Clip, Output, Transition
from worker.video.plan.key_frames import key_frames

CLIPS = [
    Clip(source="studio", duration=5.0),
    Clip(source="studio", duration=3.0, transition=Transition(type="crossfade", duration=1.0)),
    Clip(source="studio", duration=3.0),
]


def test_a_cut_is_a_key_frame_and_a_transition_is_none() -> None:
    timeline, _ = composed(CLIPS, Output(fps=30))
    assert key_frames(timeline) == [0, 60, 120, 150, 210, 270]


def test_files_between_which_a_player_switches_have_them_every_two_seconds() -> None:
    timeline, _ = composed(CLIPS, Output(fps=30, hls=True))
    assert key_frames(timeline, aligned=True) == [0, 60, 120, 180, 240]
