"""Options that several commands share."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ops.context import DEFAULT_ENVIRONMENT, variable_of
from ops.terraform import known_environments

WHERE = "Where"


BY_DEFAULT = f"ENV, else {DEFAULT_ENVIRONMENT}"


def named(output: str, what: str) -> Any:
    """The option that names a resource: called after Terraform's output, which it stands in for."""
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
"""Of commands that need no names; their default is `DEFAULT_ENVIRONMENT`."""
Outputs = Annotated[
    Path | None,
    typer.Option(
        help="Names from this file instead: what `terraform output -json` printed.",
        dir_okay=False,
        rich_help_panel=WHERE,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]
DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help="Say what would be done, and do nothing.")]

QueueUrl = Annotated[str | None, named("queue_url", "The job queue.")]
JobsTable = Annotated[str | None, named("jobs_table", "The ledger of jobs.")]
LogGroup = Annotated[str | None, named("log_group_name", "The workers' logs.")]
Cluster = Annotated[str | None, named("cluster_name", "The workers' cluster.")]
Service = Annotated[str | None, named("service_name", "The workers' service.")]
Repository = Annotated[str | None, named("ecr_repository_uri", "The image's repository.")]
