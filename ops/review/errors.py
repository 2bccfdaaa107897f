"""What can go wrong when a plan is reviewed."""


class ReviewError(Exception):
    """A plan can't be reviewed; the message says which, why, and what to do."""
