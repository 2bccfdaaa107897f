"""Options that several commands share, and the durations that options take: 90s, 30m, 2h, 7d."""

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from ops.errors import UsageError
from ops.stack.context import DEFAULT_ENVIRONMENT, variable_of
from ops.stack.outputs import known_environments

WHERE = "Where"
"""Heading of the options that name an environment or a resource."""
BY_DEFAULT = f"ENV, else {DEFAULT_ENVIRONMENT}"


def named(output: str, what: str) -> Any:
    """The option that names a resource, and replaces Terraform's output of the same name."""
    flag = f"--{output.replace('_', '-')}"
    return typer.Option(flag, help=f"{what} [{variable_of(output)}]", rich_help_panel=WHERE)


Environment = Annotated[
    str | None,
    typer.Option(
        "--environment",
        "-e",
        envvar="HOSPUP_ENVIRONMENT",
        help="Environment whose names are read from Terraform's outputs: dev, staging, prod.",
        show_default=BY_DEFAULT,
        autocompletion=known_environments,
        rich_help_panel=WHERE,
    ),
]
ConfiguredEnvironment = Annotated[
    str,
    typer.Option(
        "--environment",
        "-e",
        envvar=["HOSPUP_ENVIRONMENT", "ENV"],
        help="Environment as environments/ has it, deployed or not: dev, staging, prod.",
        show_default=BY_DEFAULT,
        autocompletion=known_environments,
    ),
]
"""Environment of commands that read no Terraform outputs; default: `DEFAULT_ENVIRONMENT`."""
Outputs = Annotated[
    Path | None,
    typer.Option(
        help="Names from this file instead: what `terraform output -json` printed [HOSPUP_OUTPUTS].",
        dir_okay=False,
        rich_help_panel=WHERE,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]
DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help="Say what would be done, and do nothing.")]

Wait = Annotated[bool, typer.Option("--wait", "-w", help="Follow the job to its end.")]
Timeout = Annotated[str | None, typer.Option(help="With --wait: give up waiting after 90s, 30m, 2h.")]

QueueUrl = Annotated[str | None, named("queue_url", "The job queue.")]
JobsTable = Annotated[str | None, named("jobs_table", "The ledger of jobs.")]
LogGroup = Annotated[str | None, named("log_group_name", "The workers' logs.")]
Cluster = Annotated[str | None, named("cluster_name", "The workers' cluster.")]
Service = Annotated[str | None, named("service_name", "The workers' service.")]
Repository = Annotated[str | None, named("ecr_repository_uri", "The image's repository.")]

_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_DURATION = re.compile(r"(\d{1,6})\s*([smhd])")


def parse_duration(text: str, option: str = "--since") -> float:
    """Seconds in a duration such as `30m`. Raises `UsageError`, which names the `option`."""
    match = _DURATION.fullmatch(text.strip().lower())
    if match is None:
        raise UsageError(f"{option} {text} is no length of time: write a number and s, m, h or d, such as 30m or 2h.")
    return float(match[1]) * _SECONDS[match[2]]


def parse_timeout(timeout: str | None, *, wait: bool) -> float | None:
    """Seconds in the value of `--timeout`. Raises `UsageError`, also without `--wait`, which it limits."""
    if timeout is None:
        return None
    seconds = parse_duration(timeout, "--timeout")
    if not wait:
        raise UsageError("--timeout limits a wait: give --wait too, or leave it out.")
    return seconds


_ID = re.compile(r"[^/\\\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]{1,128}")
"""What the worker takes as an id (`worker.job.recipient.usable_id`, which loads slowly). The ledger has items of other
kinds, whose keys have a slash."""


def check_job_id(job_id: str) -> str:
    """The id, which a job can have. Raises `UsageError`."""
    if not job_id.strip():
        raise UsageError("The job's id is empty: give the job_id that was sent.")
    return check_id("job", job_id)


def check_id(kind: str, name: str) -> str:
    """The id, which a job, a video or a property (`kind`) can have. Raises `UsageError`."""
    if not _ID.fullmatch(name) or name in {".", ".."}:
        shown = f"{name[:60]}…" if len(name) > 128 else name
        raise UsageError(
            f"No {kind} has the id {shown}: an id has 1 to 128 characters, no slash, backslash or control character."
        )
    return name


def id_given(context: typer.Context, option: typer.CallbackParam, value: str) -> str:
    """The id that an option such as `--property` names. Raises `UsageError`, also where it is given and empty, as a
    shell's unset variable leaves it: without the option a command would choose everything."""
    flag, source = option.opts[0], context.get_parameter_source(option.name or "")
    if not value.strip() and source is not None and source.name == "COMMANDLINE":
        raise UsageError(f"{flag} is empty: name one, or leave the option out.")
    return check_id(flag.strip("-"), value) if value else ""
