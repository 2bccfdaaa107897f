"""The errors of the command line, and the exit code of each.

    OperatorError
     +-- FindingError    1   what was asked about is bad or isn't there: a failed job, a failed release, an unknown id
     +-- UsageError      2   the command, an option, a file or the environment is wrong: nothing was done
     |    +-- DeclinedError       the person said no
     |    +-- NotDeployedError    Terraform has no resource in the environment
     |    +-- NoBucketError       Terraform's state has no bucket
     |    +-- CostError           costs can't be computed
     |    +-- ReviewError         a plan can't be reviewed
     |    +-- StackError          a synthesised stack can't be read
     +-- AwsError        3   AWS refused, or could not be reached
     +-- UnfinishedError 4   the time given for waiting is over; what was awaited goes on
     +-- StoppedError  130   Ctrl-C while waiting; what was awaited goes on

botocore's own errors end a command like an `AwsError`; aws_errors.py explains them. Any other exception is a flaw of
this program, and ends it with 70.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes; they are stable, and scripts may rely on them."""

    OK = 0
    FINDING = 1
    USAGE = 2
    AWS = 3
    UNFINISHED = 4
    FLAW = 70
    """EX_SOFTWARE of sysexits.h: https://man.freebsd.org/cgi/man.cgi?query=sysexits"""
    STOPPED = 130
    """128 and the number of SIGINT, as shells report it."""


class OperatorError(Exception):
    """Base of all errors. The message is one sentence for the operator: what is wrong, where, and what to do."""

    exit_code = ExitCode.FINDING


class FindingError(OperatorError):
    """What was asked about is bad, such as a failed job, or isn't there."""


class UsageError(OperatorError):
    """The command, a flag, a file or the environment is wrong."""

    exit_code = ExitCode.USAGE


class DeclinedError(UsageError):
    """The person was asked, and said no."""


class NotDeployedError(UsageError):
    """Terraform has no resource in the environment: it was never deployed, or it was destroyed."""


class NoBucketError(UsageError):
    """The bucket of Terraform's state doesn't exist."""


class CostError(UsageError):
    """Costs can't be computed."""


class ReviewError(UsageError):
    """A plan can't be reviewed."""


class StackError(UsageError):
    """A file doesn't hold a stack of this product, or the stack can't be synthesised."""


class AwsError(OperatorError):
    """AWS refused or could not be reached."""

    exit_code = ExitCode.AWS


class UnfinishedError(OperatorError):
    """The time given for waiting is over."""

    exit_code = ExitCode.UNFINISHED


class StoppedError(OperatorError):
    """The person pressed Ctrl-C while the command waited."""

    exit_code = ExitCode.STOPPED
