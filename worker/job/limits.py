"""Every limit of a job, in one place. A job over one of them is refused with a sentence that names it.

`TABLE`, at the end, says them to people: docs/job-contract.md has it from there.
"""

MESSAGE_BYTES = 256 * 1024
"""What one SQS message holds at most.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"""

JSON_DEPTH = 32
"""Levels of nesting; a job needs six."""

CLIPS = 100
TEXTS = 100
INTERVALS = 100
"""Adjusted intervals."""

CONTENT_CHARACTERS = 2_000
"""Of one text: far more than fits on a screen."""

WARNINGS = 100
"""Told of one job; what comes after is counted. The whole result must fit into one item of the ledger: 400 KB.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""

METADATA_BYTES = 16 * 1024
"""As JSON: it is stored with the result, and echoed."""

SHADOWS = 16
"""Of one text; each is painted, and blurred, on its own."""

STYLE_CHARACTERS = 2_000
"""Of one value in a style."""

PAINT_CPU_SECONDS = 180.0
"""Of the processor, for the pictures of all texts together; usual jobs take one or two. Only animations of many large
texts with wide shadows come near."""

CLIP_SECONDS = 600.0
TOTAL_SECONDS = 600.0
"""Ten minutes: the videos are short; a longer one is a mistake that would hold a worker for long."""

TRANSITION_SECONDS = 10.0
SPEED_MIN, SPEED_MAX = 0.1, 10.0
ANIMATION_SECONDS = 10.0
"""Of a text that comes or goes."""

TO_THE_END_SECONDS = 999.0
"""A backend's `duration` from which on it means "to the end of the source"."""

OUTPUT_PIXELS_MIN, OUTPUT_PIXELS_MAX = 16, 3840
"""Of one side of the output."""

RENDITIONS = 6
"""Of one video, beside itself."""

FONTS = 16
"""That a job brings along."""

FONT_BYTES = 20 * 1024**2
"""Of one font's file; the largest of Chinese, Japanese and Korean have half of that."""

FONT_UNPACKED_BYTES = 64 * 1024**2
"""Of what a WOFF2 unpacks to: a few kilobytes may claim gigabytes."""

FONT_PX_MIN, FONT_PX_MAX = 1.0, 1000.0
"""On the 1080 x 1920 canvas; half its height at most."""

LENGTH_PX_MAX = 2_000.0
"""Of any other length in a style: padding, radius, offset."""

BLUR_PX_MAX = 300.0
"""Of a blur, which costs the more the wider it is; a wider one is too pale to be seen."""

MEDIA_BYTES = 2 * 1024**3
"""Of one source."""

JOB_MEDIA_BYTES = 10 * 1024**3
"""Of all sources of a job: half of the 20 GiB of disk that Fargate gives a task by default."""

MEDIA_PIXELS = 36_000_000
"""Of one picture: 8K (33 million) still decodes. A 745 kB PNG of 16000 x 16000 would take 800 MB."""

MEDIA_STREAMS = 32
"""Of one source: a film with many languages; each may cost a decoder."""

MEDIA_SECONDS = 4 * 3600.0
"""Of one source. Clips are seconds out of it; longer ones are recordings that nobody meant to send."""

PROBE_CPU_SECONDS = 30
"""Of the processor, to look into one source. A usual one takes 0.05."""

TABLE = (
    ("message", f"{MESSAGE_BYTES // 1024} KiB, nested {JSON_DEPTH} deep; no name twice, no NaN, no Infinity"),
    ("`clips`, `texts`, `adjustments`", f"{CLIPS}, {TEXTS}, {INTERVALS}"),
    ("`clips[].duration`, all together", f"{CLIP_SECONDS:g} s, {TOTAL_SECONDS:g} s"),
    ("`clips[].speed`", f"{SPEED_MIN:g} to {SPEED_MAX:g}"),
    ("`clips[].transition.duration`", f"{TRANSITION_SECONDS:g} s"),
    ("`texts[].animation.duration`", f"{ANIMATION_SECONDS:g} s"),
    ("`texts[].content`", f"{CONTENT_CHARACTERS} characters"),
    ("`texts[].style`", f"fonts of {FONT_PX_MIN:g} to {FONT_PX_MAX:g} px, other lengths {LENGTH_PX_MAX:g} px, blurs "
     f"{BLUR_PX_MAX:g} px, {SHADOWS} shadows, {STYLE_CHARACTERS} characters a value: more is cut, with a warning"),
    ("`fonts`", f"{FONTS}, {FONT_BYTES // 1024**2} MiB each, {FONT_UNPACKED_BYTES // 1024**2} MiB unpacked"),
    ("all texts", f"{PAINT_CPU_SECONDS:g} s of a processor to paint"),
    ("`output.width`, `output.height`", f"{OUTPUT_PIXELS_MIN} to {OUTPUT_PIXELS_MAX}, even; {RENDITIONS} renditions"),
    ("`metadata`", f"{METADATA_BYTES // 1024} KiB as JSON"),
    ("a source", f"{MEDIA_BYTES // 1024**3} GiB, {MEDIA_PIXELS // 1_000_000} megapixels, {MEDIA_STREAMS} streams, "
     f"{MEDIA_SECONDS / 3600:g} hours"),
    ("all sources", f"{JOB_MEDIA_BYTES // 1024**3} GiB"),
    ("`warnings`", f"{WARNINGS} are told; what comes after is counted"),
)  # fmt: skip
"""What is limited, and to how much."""
