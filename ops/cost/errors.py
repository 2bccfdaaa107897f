"""What can go wrong when costs are computed."""


class CostError(Exception):
    """Costs can't be computed; the message says of what, why, and what to do."""

    exit_code = 2


class UnreachableError(CostError):
    """AWS refused, or could not be reached."""

    exit_code = 3
