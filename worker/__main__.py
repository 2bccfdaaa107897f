"""`python -m worker` consumes jobs; `python -m worker render JOB.json -o OUT.mp4 --media-root DIR` renders one here."""

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

# Each command imports only what it needs, when it needs it, for a fast start.


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. Returns the exit code: 0 success, 1 the job failed, 2 wrong usage or environment."""
    parser = argparse.ArgumentParser(prog="python -m worker", description="The Hospup video worker.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("consume", help="take jobs from SQS until SIGTERM (the default)")
    commands.add_parser("health", help="the container's health check: 0 while the worker reaches its queue, else 1")
    render = commands.add_parser("render", help="render one job file without AWS")
    render.add_argument("job", type=Path, metavar="JOB.json", help="a file with a job as JSON, as the queue takes it")
    render.add_argument("-o", "--output", type=Path, metavar="OUT.mp4", help="the video, or with --frame the picture")
    render.add_argument("--explain", action="store_true", help="print the timeline and FFmpeg's command")
    render.add_argument("--frame", type=float, metavar="SECONDS", help="write this moment alone, as a PNG")
    render.add_argument("--contact-sheet", type=Path, metavar="SHEET.png", help="also write twelve moments as a PNG")
    render.add_argument(
        "--media-root", type=Path, default=Path(), metavar="DIR", help="s3://bucket/key is read from DIR/bucket/key"
    )
    options = parser.parse_args(arguments)
    if options.command == "render":
        if options.output is None and not options.explain:
            parser.error("render needs -o FILE, --explain, or both")
        return _render(options)
    if options.command == "health":
        from worker.aws.health import is_alive  # noqa: PLC0415

        return 0 if is_alive() else 1
    from worker.consumer.start import consume  # noqa: PLC0415

    return consume(os.environ)


def _render(options: argparse.Namespace) -> int:
    import tempfile  # noqa: PLC0415

    from worker.painter.client import painter_process  # noqa: PLC0415
    from worker.probe.client import probe_process  # noqa: PLC0415

    gc.disable()  # this short command keeps its objects to the end: a collection would cost 0.1 s
    with tempfile.TemporaryDirectory(prefix="render-") as name:
        folder = Path(name)
        # Both load in processes of their own while this one loads the rest.
        with painter_process(folder) as painting, probe_process([folder]) as process:
            from worker.local.render import render_file  # noqa: PLC0415

            code = render_file(options, folder, process, painting)
    gc.enable()
    return code


def _leave(code: int) -> NoReturn:
    """Exit without the interpreter's clean-up, which takes 40 ms to destroy the objects of pydantic."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _leave(main())
