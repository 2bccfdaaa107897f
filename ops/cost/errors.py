"""What can go wrong when costs are computed."""

from ops.errors import UsageError


class CostError(UsageError):
    """Costs can't be computed; the message says of what, why, and what to do."""
