"""Patches for the differences between moto and AWS that affect our stack or our workers: one module per service, and
`unimplemented` for all services.

Each function fills one gap. Its docstring says what moto does and what would go wrong without the patch. `fill` is
called once, in the server's process, before the first request.
"""

from embedded.gaps import autoscaling, budgets, cloudwatch, dynamodb, ecs, iam, logs, quotas, s3, sqs, unimplemented


def fill() -> None:
    """Fills every gap. Raises AttributeError if a patch no longer fits this version of moto."""
    for kind in (autoscaling, budgets, cloudwatch, dynamodb, ecs, iam, logs, quotas, s3, sqs, unimplemented):
        kind.fill()
