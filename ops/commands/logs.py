"""`logs`: the workers' log lines."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops.aws.log_lines import LogLine, read_line
from ops.console import output
from ops.console.options import AsJson, Environment, LogGroup, Outputs, check_job_id, id_given, parse_duration
from ops.stack.context import Context

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

_POLL_SECONDS = 2.0
_CLOCK_SECONDS = 12 * 3_600
"""Longest period, in seconds, for which the time is printed without a date."""
_LATE_SECONDS = 30.0
"""While following, events younger than this many seconds are requested again: workers' events arrive out of order."""
_ERROR_TERMS = '?WARNING ?ERROR ?CRITICAL ?"error_code" ?Traceback ?Error ?"worker:"'
"""Filter pattern for any of these terms: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html"""


def logs_command(
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is written, until Ctrl-C.")] = False,
    job: Annotated[str | None, typer.Option("--job", help="Only lines of this job id.")] = None,
    worker: Annotated[
        str, typer.Option(help="Only lines of this worker, as status and workers --list name it.", callback=id_given)
    ] = "",
    errors: Annotated[
        bool, typer.Option("--errors", help="Only what went wrong: warnings, errors, and jobs that can't be made.")
    ] = False,
    metrics: Annotated[bool, typer.Option("--metrics", help="Show measurements too, a line for each.")] = False,
    since: Annotated[
        str | None, typer.Option(help="How far back: 90s, 30m, 2h, 7d.", show_default="15m, 1d with --job")
    ] = None,
    environment: Environment = None,
    outputs: Outputs = None,
    log_group_name: LogGroup = None,
    as_json: AsJson = False,
) -> None:
    """Print the workers' log lines, oldest first; times are UTC.

    With --json each line is one JSON object, as the worker wrote it, with its `stream` added.
    """
    if job is not None:
        check_job_id(job)
    context = Context(environment, outputs, {"log_group_name": log_group_name})
    group = context.name("log_group_name")
    logs = context.session.client("logs")
    since = since or ("15m" if job is None else "1d")
    back = parse_duration(since)
    begin = time.time() - back
    seen: dict[str, float] = {}
    printed = 0
    try:
        while True:
            for line in _lines(logs, group, begin, _pattern(job, errors=errors)):
                if line.event_id in seen:
                    continue
                seen[line.event_id] = line.time
                if _is_wanted(line, job, worker, errors=errors, metrics=metrics):
                    _print(line, with_date=back > _CLOCK_SECONDS, with_job=job is None, as_json=as_json)
                    printed += 1
            if not follow:
                break
            begin = max(begin, time.time() - _LATE_SECONDS)
            seen = {event: moment for event, moment in seen.items() if moment >= begin}
            time.sleep(_POLL_SECONDS)
    except KeyboardInterrupt:
        return
    if not printed:
        output.warn(f"Nothing of the kind was logged in the last {since}; --since 7d looks further back.", "")


def _lines(logs: "CloudWatchLogsClient", group: str, begin: float, pattern: str) -> Iterator[LogLine]:
    """The events since `begin` (Unix seconds), page by page, ordered by time within a page."""
    arguments: dict[str, Any] = {"filterPattern": pattern} if pattern else {}
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=group, startTime=int(begin * 1000), **arguments
    )
    for page in pages:
        yield from sorted(map(read_line, page["events"]), key=lambda line: line.time)


def _pattern(job: str | None, *, errors: bool) -> str:
    """The filter for CloudWatch, by words in the line; `_is_wanted` then checks the fields."""
    if job is not None and job.isascii() and not set(job) & set('"\\'):
        return f'"{job}"'
    return _ERROR_TERMS if errors else ""


def _is_wanted(line: LogLine, job: str | None, worker: str, *, errors: bool, metrics: bool) -> bool:
    is_among = (job is None or line.is_of(job)) and (not worker or line.is_by(worker))
    return is_among and (metrics or not line.is_metric) and (not errors or line.is_error)


def _print(line: LogLine, *, with_date: bool, with_job: bool, as_json: bool) -> None:
    if as_json:
        fields = line.fields if line.fields is not None else {"message": line.text}
        output.json_line({**fields, "stream": line.stream})
    else:
        output.line(line.readable(with_date=with_date, with_job=with_job), line.style)
