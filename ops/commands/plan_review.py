"""`plan-review`: what a Terraform plan means, and whether a guard refuses it."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import boto3
import typer

from ops.console import output
from ops.console.options import ConfiguredEnvironment
from ops.cost.usage import Usage
from ops.errors import ReviewError
from ops.review import show
from ops.review.checkov import read_checkov
from ops.review.cost_delta import cost_delta
from ops.review.escape import plain
from ops.review.guards import GUARDS, allowed_by, judge
from ops.review.live_counts import OFFLINE, LiveCounts, count
from ops.review.markdown import markdown
from ops.review.plan import Plan
from ops.review.plan_reader import read_plan
from ops.review.review import Review
from ops.stack.context import DEFAULT_ENVIRONMENT


def plan_review_command(
    plan: Annotated[
        Path, typer.Argument(help="What terraform show -json printed; - for standard input.", dir_okay=False)
    ],
    environment: ConfiguredEnvironment = DEFAULT_ENVIRONMENT,
    commit: Annotated[str, typer.Option(envvar="PLANNED_COMMIT", help="What was planned.")] = "",
    allow: Annotated[list[str] | None, typer.Option(help=f"Accept what a guard finds: {', '.join(GUARDS)}.")] = None,
    labels: Annotated[
        Path | None, typer.Option(help="A JSON list of labels; allow-data-loss allows data-loss.")
    ] = None,
    minimum_pool: Annotated[int | None, typer.Option(help="Least workers always on; default: the file's.")] = None,
    checkov: Annotated[Path | None, typer.Option(help="checkov's JSON of this plan.")] = None,
    stack: Annotated[Path | None, typer.Option(help="cdk.tf.json, with the accepted findings of checkov.")] = None,
    live: Annotated[bool, typer.Option("--live", help="Count in AWS what would be lost.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print a pull request's comment.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print what a plan means, and refuse a dangerous one."""
    review = _review(plan, environment, commit, _allowed(allow or [], labels), minimum_pool, live=live)
    if checkov:
        review = replace(review, checks=read_checkov(checkov, stack))
    if as_json:
        output.as_json(review.as_json())
    elif as_markdown:
        output.verbatim(markdown(review))
    else:
        output.show(*show.review_parts(review))
    if review.verdict.refused:
        raise typer.Exit(1)


def _review(
    path: Path, environment: str, commit: str, allowed: frozenset[str], minimum_pool: int | None, *, live: bool
) -> Review:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", environment):
        raise ReviewError(f"{environment!r} is no environment's name: small letters, digits and dashes.")
    content = read_plan(path)
    if content.environment not in {"", environment}:
        raise ReviewError(
            f"This is a plan of {plain(content.environment)}, and not of {environment}: give --environment "
            f"{plain(content.environment)}, or plan {environment}."
        )
    return Review(
        environment=environment,
        commit=commit,
        plan=content,
        verdict=judge(content, allowed, minimum_pool),
        live=_count(content) if live else OFFLINE,
        cost_delta=cost_delta(content, Usage()),
    )


def _allowed(names: list[str], labels: Path | None) -> frozenset[str]:
    for name in names:
        if name not in GUARDS:
            raise ReviewError(f"There is no guard {name!r} to allow: there are {', '.join(GUARDS)}.")
    if labels is None:
        return frozenset(names)
    try:
        listed = json.loads(labels.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReviewError(f"The labels {labels} can't be read: {error}.") from error
    if not isinstance(listed, list) or not all(isinstance(label, str) for label in listed):
        raise ReviewError(f'The labels {labels} are no JSON list of names: ["allow-data-loss"].')
    return frozenset(names) | allowed_by(listed)


def _count(plan: Plan) -> LiveCounts:
    region = plan.before.region
    return count(plan.changes, boto3.client("sqs", region_name=region), boto3.client("dynamodb", region_name=region))
