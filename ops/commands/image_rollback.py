"""`image rollback`: rolls out the image that ran before."""

from ops.aws.registry import Repository
from ops.aws.releases import image_before, list_releases
from ops.commands._rollout import TerraformDir, Timeout, Wait, context_of_service, deploy_tag, report
from ops.console import output
from ops.console.options import AsJson, Cluster, Environment, Outputs, Yes, parse_duration
from ops.console.options import Repository as RepositoryUri
from ops.console.options import Service as ServiceName


def rollback_command(
    wait: Wait = False,
    timeout: Timeout = "30m",
    terraform_dir: TerraformDir = None,
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
    """
    seconds = parse_duration(timeout, "--timeout")
    context, service = context_of_service(environment, outputs, cluster_name, service_name, ecr_repository_uri)
    repository = Repository(context.session.client("ecr"), context.name("ecr_repository_uri"))
    state = service.describe()
    releases = list_releases(context.session, state.task_definition)
    before = image_before(releases, repository.images(), state.task_definition, state.version)
    output.warn(
        f"Roll back from {state.version} to {before.tag}, which was released {output.ago(before.released_at)}.", ""
    )
    state = deploy_tag(context, service, before.tag, variables={}, folder=terraform_dir, yes=yes, quiet=as_json)
    report(service, state, wait=wait, seconds=seconds, as_json=as_json)
