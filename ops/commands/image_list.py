"""`image list`: the images in the registry, and when each was released."""

from typing import Any

from ops.aws.registry import Repository
from ops.aws.releases import list_releases
from ops.aws.service import EcsService
from ops.console import output
from ops.console.options import AsJson, Cluster, Environment, Outputs
from ops.console.options import Repository as RepositoryUri
from ops.console.options import Service as ServiceName
from ops.stack.context import Context


def list_command(
    environment: Environment = None,
    outputs: Outputs = None,
    cluster_name: Cluster = None,
    service_name: ServiceName = None,
    ecr_repository_uri: RepositoryUri = None,
    as_json: AsJson = False,
) -> None:
    """List the images in the registry, the last pushed first: size, when it was released, how many workers run it.

    An image was released when it was last deployed instead of another; without that, it was only pushed.
    """
    context = Context(
        environment,
        outputs,
        {"cluster_name": cluster_name, "service_name": service_name, "ecr_repository_uri": ecr_repository_uri},
    )
    service = EcsService(context.session, context.name("cluster_name"), context.name("service_name"))
    state = service.describe()
    released: dict[str, float] = {}
    for release in list_releases(context.session, state.task_definition):
        released.setdefault(release.tag, release.released_at)
    images: list[dict[str, Any]] = [
        {
            "tag": image.tag,
            "pushed_at": image.pushed_at,
            "bytes": image.bytes,
            "released_at": released.get(image.tag),
            "deployed": image.tag == state.version,
            "workers": sum(rollout.running for rollout in state.rollouts if rollout.version == image.tag),
        }
        for image in Repository(context.session.client("ecr"), context.name("ecr_repository_uri")).images()
    ]
    if as_json:
        output.as_json({"images": images})
    elif not images:
        output.line("There is no image yet: hospup-video image build, then image push TAG.")
    else:
        output.table(["tag", "pushed", "MB", "released", "workers"], map(_row, images), right=["MB", "workers"])


def _row(image: dict[str, Any]) -> tuple[str, ...]:
    released = output.ago(image["released_at"]) if image["released_at"] else ""
    workers = str(image["workers"]) if image["deployed"] or image["workers"] else ""
    return image["tag"], output.ago(image["pushed_at"]), f"{image['bytes'] / 1e6:.0f}", released, workers
