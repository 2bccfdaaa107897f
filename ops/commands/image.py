"""`image`: builds the worker's image and pushes it; releasing it has modules of its own."""

import os
import subprocess
import sys
import time
from typing import Annotated

import typer

from ops.aws.container_engines import find_engine, log_in
from ops.aws.registry import Repository, checked_tag
from ops.aws.service import EcsService
from ops.aws_errors import AWS_ERRORS, explain
from ops.commands.image_list import list_command
from ops.commands.image_release import release_command
from ops.commands.image_rollback import rollback_command
from ops.console import output
from ops.console.group import Commands
from ops.console.options import AsJson, Cluster, Environment, Outputs
from ops.console.options import Repository as RepositoryUri
from ops.console.options import Service as ServiceName
from ops.errors import AwsError, FindingError, UsageError
from ops.stack.context import Context
from ops.stack.outputs import ROOT

image_app = typer.Typer(
    cls=Commands, no_args_is_help=True, help="Build, push, list, release the worker's image, and roll it back."
)

Tag = Annotated[str, typer.Argument(help="The image's tag: a version that is never given twice.")]


@image_app.command("build", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def build_command(
    typed: typer.Context,
    tag: Annotated[str | None, typer.Option(help="The image's tag.", show_default="the commit's date and id")] = None,
    environment: Environment = None,
) -> None:
    """Build the worker's image here, from `worker/Dockerfile`, for the processor of the environment's workers.

    Further options go to `python -m tools.image build`, which does it.
    """
    chosen = checked_tag(tag or tag_of_commit())
    command = [sys.executable, "-m", "tools.image", "build", "--tag", chosen, *typed.args]
    variables = os.environ | {"ENV": Context(environment).environment_name}
    done = subprocess.run(command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise typer.Exit(done.returncode)
    output.line(f"built {done.stdout.strip()}; next: hospup-video image push {chosen}")


@image_app.command("push")
def push_command(
    tag: Tag,
    local: Annotated[
        str | None, typer.Option(help="The image in Docker, or its archive.", show_default="what build made of TAG")
    ] = None,
    environment: Environment = None,
    outputs: Outputs = None,
    ecr_repository_uri: RepositoryUri = None,
    cluster_name: Cluster = None,
    service_name: ServiceName = None,
    as_json: AsJson = False,
) -> None:
    """Log in to the registry and push an image, by buildah, or Docker where there is no buildah.

    buildah packs it with zstd, a sixth smaller than Docker's gzip: a new worker has less to pull. A tag means one image
    for ever: one that is there already is refused. The image that runs is marked with a further tag, `released-TAG`, so
    that the registry keeps it however many are pushed.
    """
    names = {"cluster_name": cluster_name, "service_name": service_name}
    context = Context(environment, outputs, {"ecr_repository_uri": ecr_repository_uri, **names})
    repository = Repository(context.session.client("ecr"), context.name("ecr_repository_uri"))
    if repository.find(checked_tag(tag)) is not None:
        raise FindingError(
            f"There is an image {tag} in {repository.name} already, and tags are immutable: build and push under "
            f"another, or release it: hospup-video image release {tag}."
        )
    engine = find_engine()
    source = local or engine.source(tag)
    _keep_running(context, repository)
    log_in(engine, repository.login())
    engine.push(source, f"{repository.uri}:{tag}")
    pushed = repository.find(tag)
    if pushed is None:
        raise FindingError(f"{engine.command} pushed, and the registry has no {tag}: look at {repository.uri}.")
    if as_json:
        result = {"image": f"{repository.uri}:{tag}", "tag": tag, "digest": pushed.digest, "bytes": pushed.bytes}
        output.as_json(result)
    else:
        output.line(
            f"pushed {repository.uri}:{tag}, {pushed.bytes / 1e6:.0f} MB; next: hospup-video image release {tag}"
        )


def _keep_running(context: Context, repository: Repository) -> None:
    """Mark the images that run, or are being rolled out, as released; warn where that is impossible."""
    cluster, service = context.optional("cluster_name"), context.optional("service_name")
    if cluster is None or service is None:
        return  # nothing is deployed yet, or these names are unknown here
    try:
        for version in EcsService(context.session, cluster, service).describe().versions:
            if repository.mark_released(version):
                output.warn(f"marked {output.clean(version)}, which runs, so that the registry keeps it", "")
    except (AwsError, *AWS_ERRORS) as error:
        reason = str(error) if isinstance(error, AwsError) else explain(error)
        text = f"The image that runs could not be marked: {output.clean(reason)} Enough newer ones replace it."
        output.warn(text, "yellow")


image_app.command("list")(list_command)
image_app.command("release")(release_command)
image_app.command("rollback")(rollback_command)


def tag_of_commit() -> str:
    """A tag such as `2026-11-22_a1b2c3d4e5f6`: date and id of the commit that is checked out.

    Raises `UsageError` if there are uncommitted changes, which the tag would not name.
    """
    if _git("status", "--porcelain"):
        raise UsageError("There are changes that aren't committed: commit them, or name the image with --tag.")
    seconds, _, commit = _git("log", "-1", "--format=%ct %h", "--abbrev=12").partition(" ")
    return f"{time.strftime('%Y-%m-%d', time.gmtime(int(seconds)))}_{commit}"


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError as error:
        raise UsageError("git is not installed: name the image with --tag.") from error
    if done.returncode:
        raise UsageError("This is no git repository: name the image with --tag.")
    return done.stdout.strip()
