"""The one exception that says: stop, nobody needs this any more."""


class CancelledError(Exception):
    """The work was stopped from outside: the lease was lost, or the worker is going down."""
