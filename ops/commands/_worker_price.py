"""The price of a worker as it is deployed, for commands that can do without it."""

from ops.aws.service import EcsService
from ops.aws_errors import AWS_ERRORS, explain
from ops.console import output
from ops.cost import prices
from ops.cost.worker_price import WorkerPrice, worker_price
from ops.errors import OperatorError, UsageError
from ops.stack.context import Context


def price_of_worker(context: Context) -> WorkerPrice | None:
    """The price of the environment's workers; None, with a warning that says why, where it is unknown."""
    cluster, name = context.optional("cluster_name"), context.optional("service_name")
    try:
        if cluster is None or name is None:
            raise UsageError("the workers' cluster and service are not named: give -e, or --outputs FILE.")
        service = EcsService(context.session, cluster, name)
        state = service.describe()
        return worker_price(
            service.definition(state.task_definition),
            prices.load().region(context.region),
            public_address=state.network.public_address,
            pool=state.desired if state.pool is None else state.pool,
            on_demand=state.on_demand,
        )
    except (OperatorError, *AWS_ERRORS) as error:
        reason = str(error) if isinstance(error, OperatorError) else explain(error)
        output.warn(f"Dollars are unknown: {output.clean(reason)}", "yellow")
        return None
