"""From a job and its media to a finished video.

    Job -> Timeline -> RenderPlan -> Video

`timeline`, `graph`, `fitting`, `encoding` and `colour` are pure: values in, values out. `probe` looks into files,
`ffmpeg` runs the process, `render` joins them.
"""
