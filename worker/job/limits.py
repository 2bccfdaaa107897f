"""Every limit of a job. A job over one of them is refused with a sentence that names it.

`TABLE`, at the end, describes them for people; docs/reference/job-contract.md is generated from it.
"""

MESSAGE_BYTES = 1024 * 1024
"""Largest SQS message, in bytes.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"""

JSON_DEPTH = 32
"""Deepest nesting, in levels; a job needs six."""

CLIPS = 100
TEXTS = 100
INTERVALS = 100
"""Most adjusted intervals of one job."""

CONTENT_CHARACTERS = 2_000
"""Longest text, in characters: far more than fits on a screen."""

KEY_BYTES = 1024
"""Longest object key, in bytes of UTF-8. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html"""

WARNINGS = 100
"""Most warnings of one job; further ones are only counted. The whole result must fit into a ledger item of 400 KB.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""

METADATA_BYTES = 16 * 1024
"""Largest `metadata`, in bytes of JSON: it is stored with the result, and echoed."""

SHADOWS = 16
"""Most shadows of one text; each is painted and blurred separately."""

STYLE_CHARACTERS = 2_000
"""Longest value in a style, in characters."""

PAINT_CPU_SECONDS = 60
"""CPU time to lay out and paint all texts of a job, in seconds; usual jobs take a tenth of one. Only animations of many
large texts with wide shadows come near the limit."""

PAINT_DISK_BYTES = 2 * 1024**3
"""Disk for the pictures of all texts of a job, in bytes: a tenth of what Fargate gives a task by default."""

PAINT_MEMORY_BYTES = 2 * 1024**3
"""FFmpeg's memory for one picture of each text of a job, in bytes: half of a task's. It holds 64 texts that each
fill a picture of 1080 x 1920."""

RENDER_CPU_SECONDS, RENDER_CPU_SECONDS_PER_SECOND, RENDER_CPU_SECONDS_MAX = 600.0, 30.0, 3600.0
"""CPU time to render a job: what each may take, what each second of video adds, and the most, in seconds. A usual job
takes one or two per second of video. On one core, it ends before the job's deadline (worker/consumer/deadline.py)."""

CLIP_SECONDS = 600.0
TOTAL_SECONDS = 600.0
"""Longest clip and longest video, in seconds: a longer one is a mistake that would occupy a worker for long."""

TRANSITION_SECONDS = 10.0
"""Longest transition, in seconds."""

SPEED_MIN, SPEED_MAX = 0.1, 10.0
"""Slowest and fastest playback, as a factor."""

ANIMATION_SECONDS = 10.0
"""Longest entrance or exit animation of a text, in seconds."""

TO_THE_END_SECONDS = 999.0
"""Smallest `duration` of the backend that means "to the end of the source", in seconds."""

OUTPUT_PIXELS_MIN, OUTPUT_PIXELS_MAX = 16, 3840
"""Minimum and maximum output width and height, in pixels."""

RENDITIONS = 6
"""Most renditions of one video, the video itself not counted."""

FONTS = 16
"""Most fonts of one job."""

FONT_BYTES = 20 * 1024**2
"""Largest font file, in bytes; the largest Chinese, Japanese and Korean fonts have half of that."""

FONT_UNPACKED_BYTES = 64 * 1024**2
"""Largest unpacked WOFF2 font, in bytes: a file of a few kilobytes may unpack to gigabytes."""

FONT_PX_MIN, FONT_PX_MAX = 1.0, 1000.0
"""Smallest and largest font size, in pixels of the 1080 x 1920 canvas: about half its height."""

LENGTH_PX_MAX = 2_000.0
"""Largest other length in a style (padding, radius, offset), in pixels of the canvas."""

BLUR_PX_MAX = 300.0
"""Largest blur, in pixels of the canvas. Wide blurs are expensive; a wider one is too pale to be seen."""

MEDIA_BYTES = 2 * 1024**3
"""Largest source, in bytes."""

JOB_MEDIA_BYTES = 10 * 1024**3
"""Largest sum of a job's sources, in bytes: half of the 20 GiB of disk that Fargate gives a task by default."""

MEDIA_PIXELS = 36_000_000
"""Largest picture, in pixels: 8K (33 million) still decodes. A 745 kB PNG of 16000 x 16000 would take 800 MB."""

MEDIA_STREAMS = 32
"""Most streams of one source: a film with many languages has fewer; each may cost a decoder."""

MEDIA_TILES = 256
"""Most streams of a HEIC or AVIF: its tiles, of 512 x 512 in phones, its preview and its map of highlights."""

MEDIA_SECONDS = 4 * 3600.0
"""Longest source, in seconds. Clips use seconds of it; a longer source is a recording that was sent by mistake."""

PROBE_CPU_SECONDS = 30
"""CPU time to probe one source, in seconds. A usual one takes 0.05."""

TABLE = (
    ("message", f"{MESSAGE_BYTES // 1024**2} MiB, nested {JSON_DEPTH} deep; no name twice, no NaN, no Infinity"),
    ("`clips`, `texts`, `adjustments`", f"{CLIPS}, {TEXTS}, {INTERVALS}"),
    ("`clips[].duration`, all together", f"{CLIP_SECONDS:g} s, {TOTAL_SECONDS:g} s"),
    ("`clips[].speed`", f"{SPEED_MIN:g} to {SPEED_MAX:g}"),
    ("`clips[].transition.duration`", f"{TRANSITION_SECONDS:g} s"),
    ("`texts[].animation.duration`", f"{ANIMATION_SECONDS:g} s"),
    ("`texts[].content`", f"{CONTENT_CHARACTERS} characters"),
    ("`texts[].style`", f"fonts of {FONT_PX_MIN:g} to {FONT_PX_MAX:g} px, other lengths {LENGTH_PX_MAX:g} px, blurs "
     f"{BLUR_PX_MAX:g} px, {SHADOWS} shadows, {STYLE_CHARACTERS} characters per value: more is cut, with a warning"),
    ("`fonts`", f"{FONTS}, {FONT_BYTES // 1024**2} MiB each, {FONT_UNPACKED_BYTES // 1024**2} MiB unpacked"),
    ("all texts", f"{PAINT_CPU_SECONDS} s of a processor to paint, {PAINT_DISK_BYTES // 1024**3} GiB for their "
     f"pictures, {PAINT_MEMORY_BYTES // 1024**3} GiB of memory to lay them over the video; estimated before painting"),
    ("the render, by estimate", f"{RENDER_CPU_SECONDS:g} s of a processor and {RENDER_CPU_SECONDS_PER_SECOND:g} s more "
     f"per second of video, {RENDER_CPU_SECONDS_MAX:,.0f} s at most"),
    ("`output.width`, `output.height`", f"{OUTPUT_PIXELS_MIN} to {OUTPUT_PIXELS_MAX}, even; {RENDITIONS} renditions"),
    ("`output.key`, or the ids that it is made of", f"{KEY_BYTES} bytes with each file's suffix"),
    ("`metadata`", f"{METADATA_BYTES // 1024} KiB as JSON"),
    ("a source", f"{MEDIA_BYTES // 1024**3} GiB, {MEDIA_PIXELS // 1_000_000} megapixels, {MEDIA_STREAMS} streams, "
     f"{MEDIA_SECONDS / 3600:g} hours"),
    ("all sources", f"{JOB_MEDIA_BYTES // 1024**3} GiB"),
    ("`warnings`", f"{WARNINGS}; further ones are only counted"),
)  # fmt: skip
"""What is limited, and its limit."""
