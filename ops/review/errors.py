"""What can go wrong when a plan is reviewed."""


class ReviewError(Exception):
    """A plan can't be reviewed; the message says which, why, and what to do."""

    exit_code = 2


class UnreachableError(ReviewError):
    """AWS refused, or could not be reached."""

    exit_code = 3
