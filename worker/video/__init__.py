"""Renders a job and its media files to a finished video.

    Job -> Timeline -> RenderPlan -> Video

`plan/` is pure: `build_timeline` places clips on a `timeline`, and `filter_graph` plans FFmpeg's run by way of
`video_chains`, `audio_chains` and `overlays`. `prepare` makes a job ready for the encoder, `render` encodes it,
`ffmpeg` runs the process; `diagnose` finds the source that made it fail.
"""
