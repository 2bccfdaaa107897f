"""What can go wrong when a plan is reviewed."""

from ops.errors import UsageError


class ReviewError(UsageError):
    """A plan can't be reviewed; the message says which, why, and what to do."""
