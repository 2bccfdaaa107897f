"""Where moto differs from AWS in something that our stack or our workers use: one module a service, and one for
them all.

Each function fills one gap; its docstring says what moto does, what the Terraform provider or a worker does with it,
and so what would happen without it. `fill` is called once, in the server's process, before the first request.
"""

from embedded.gaps import autoscaling, budgets, cloudwatch, ecs, iam, logs, quotas, sqs, unimplemented


def fill() -> None:
    """Fills every gap. Raises AttributeError where moto has changed so that a patch no longer fits."""
    for kind in (autoscaling, budgets, cloudwatch, ecs, iam, logs, quotas, sqs, unimplemented):
        kind.fill()
