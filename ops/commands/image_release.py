"""`image release`: rolls an image out to all workers."""

from typing import Annotated

import typer

from ops.aws.registry import Repository, checked_tag
from ops.commands._rollout import TerraformDir, Timeout, Wait, context_of_service, deploy_tag, report
from ops.console import output
from ops.console.options import AsJson, Cluster, Environment, Outputs, Yes, parse_duration
from ops.console.options import Repository as RepositoryUri
from ops.console.options import Service as ServiceName
from ops.console.prompt import confirm
from ops.errors import FindingError, UsageError
from ops.stack.variables import parse_assignment


def release_command(
    tag: Annotated[str | None, typer.Argument(help="The tag to roll out.")] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Replace all workers by new ones on the deployed image.")
    ] = False,
    wait: Wait = False,
    timeout: Timeout = "30m",
    var: Annotated[list[str] | None, typer.Option(help="Another Terraform variable to change, NAME=VALUE.")] = None,
    terraform_dir: TerraformDir = None,
    yes: Yes = False,
    environment: Environment = None,
    outputs: Outputs = None,
    cluster_name: Cluster = None,
    service_name: ServiceName = None,
    ecr_repository_uri: RepositoryUri = None,
    as_json: AsJson = False,
) -> None:
    """Roll an image out to all workers, through Terraform: `cdktf deploy --var worker_image_tag=TAG`.

    Terraform shows its plan and asks. Every other variable stays as it is deployed. With `--restart` and no tag, ECS
    replaces all workers on the same image, as a new webhook key needs. ECS's circuit breaker rolls back a release that
    doesn't come up; with `--wait` that ends with exit code 1, and 4 if --timeout is over.
    """
    if (tag is None) == (not restart):
        raise UsageError("Give either a tag to release, or --restart.")
    seconds = parse_duration(timeout, "--timeout")
    context, service = context_of_service(environment, outputs, cluster_name, service_name, ecr_repository_uri)
    if tag is None:
        workers = output.count(service.describe().running, "worker")
        confirm(f"Replace {workers} of {context.name('service_name')} by new ones?", yes=yes)
        service.restart()
        state = service.describe()
    else:
        variables = dict(parse_assignment(assignment, "--var") for assignment in var or [])
        repository = Repository(context.session.client("ecr"), context.name("ecr_repository_uri"))
        if repository.find(checked_tag(tag)) is None:
            raise FindingError(f"There is no image {tag} in {repository.name}: hospup-video image push {tag} first.")
        state = deploy_tag(context, service, tag, variables=variables, folder=terraform_dir, yes=yes, quiet=as_json)
    report(service, state, wait=wait, seconds=seconds, as_json=as_json)
