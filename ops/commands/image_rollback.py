"""`image rollback`: rolls out the image that ran before."""

from typing import Annotated

import typer

from ops.aws.registry import Repository
from ops.aws.releases import image_before, list_releases
from ops.commands._rollout import (
    TerraformDir,
    Timeout,
    Wait,
    context_of_service,
    deploy_tag,
    report,
    warn_of_unwritten,
)
from ops.console import output
from ops.console.options import AsJson, Cluster, Environment, Outputs, Yes, parse_duration
from ops.console.options import Repository as RepositoryUri
from ops.console.options import Service as ServiceName
from ops.console.prompt import confirm
from ops.errors import UsageError
from ops.stack.variables import IMAGE_TAG


def rollback_command(
    wait: Wait = False,
    timeout: Timeout = "30m",
    terraform_dir: TerraformDir = None,
    without_terraform: Annotated[
        bool,
        typer.Option("--without-terraform", help="By ECS alone: the workers' whole task definition goes back."),
    ] = False,
    yes: Yes = False,
    environment: Environment = None,
    outputs: Outputs = None,
    cluster_name: Cluster = None,
    service_name: ServiceName = None,
    ecr_repository_uri: RepositoryUri = None,
    as_json: AsJson = False,
) -> None:
    """Roll back to the image that ran before, as `image release` would release it.

    It prints which one that is; then Terraform shows its plan and asks. Every other variable stays as it is deployed.
    An image that has left the registry is passed over, and so is one that never ran, if the registry knows of others
    that did. `image list` lists them all.

    With --without-terraform nothing but the service changes, at once and whatever the checkout holds: ECS returns to
    the last task definition with that image, and to its settings. The next `make deploy` keeps the image, with the
    settings of the environment's file.
    """
    if without_terraform and terraform_dir is not None:
        raise UsageError("--terraform-dir names a stack to apply, and --without-terraform applies none: give one.")
    seconds = parse_duration(timeout, "--timeout")
    context, service = context_of_service(environment, outputs, cluster_name, service_name, ecr_repository_uri)
    repository = Repository(context.session.client("ecr"), context.name("ecr_repository_uri"))
    state = service.describe()
    releases = list_releases(context.session, state.task_definition)
    before = image_before(releases, repository.images(), state.task_definition, state.version)
    output.warn(
        f"Roll back from {state.version} to {before.tag}, which was released {output.ago(before.released_at)}.", ""
    )
    if without_terraform:
        workers = output.count(state.running, "worker")
        confirm(f"Replace {workers} of {context.name('service_name')} by new ones on {before.tag}?", yes=yes)
        service.move_to(f"{state.task_definition.rpartition(':')[0]}:{before.last_revision}")
        warn_of_unwritten(context, {IMAGE_TAG: before.tag})
        state = service.describe()
    else:
        state = deploy_tag(context, service, before.tag, variables={}, folder=terraform_dir, yes=yes, quiet=as_json)
    report(service, state, wait=wait, seconds=seconds, as_json=as_json)
