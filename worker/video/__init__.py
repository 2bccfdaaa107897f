"""From a job and its media to a finished video.

    Job -> Timeline -> RenderPlan -> Video

Pure, values in and values out: `placing` puts clips on a `timeline`; `graph` plans FFmpeg's run, by way of `composing`,
`fitting`, `motion`, `colour`, `transitions`, `sound`, `overlaying`, `encoding`, `outputs`. `inspection` looks into
files, `painting` and `fonts` make the texts' pictures, `ffmpeg` runs the process; `preparing` and `render` join them.
"""
