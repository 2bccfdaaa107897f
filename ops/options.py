"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Environment = Annotated[
    str | None,
    typer.Option(
        "--environment",
        "-e",
        envvar="HOSPUP_ENVIRONMENT",
        help="Environment whose names are read from Terraform's outputs: dev, staging, prod.",
        show_default="ENV, else dev",
    ),
]
Outputs = Annotated[
    Path | None,
    typer.Option(help="Names from this file instead: what `terraform output -json` printed.", dir_okay=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]
DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help="Say what would be done, and do nothing.")]

QueueUrl = Annotated[str | None, typer.Option(help="The job queue. [SQS_QUEUE_URL]")]
JobsTable = Annotated[str | None, typer.Option(help="The ledger of jobs. [JOBS_TABLE]")]
LogGroup = Annotated[str | None, typer.Option("--log-group-name", help="The workers' logs. [HOSPUP_LOG_GROUP_NAME]")]
Cluster = Annotated[str | None, typer.Option("--cluster-name", help="The workers' cluster. [HOSPUP_CLUSTER_NAME]")]
Service = Annotated[str | None, typer.Option("--service-name", help="The workers' service. [HOSPUP_SERVICE_NAME]")]
Repository = Annotated[
    str | None, typer.Option("--ecr-repository-uri", help="The image's repository. [HOSPUP_ECR_REPOSITORY_URI]")
]
