"""What ends a command early, and the exit code it ends with.

    OperatorError
     +-- FindingError    1   what was asked about is bad: a failed job, a message that is no job, a failed release
     +-- UsageError      2   the command, or what it was told, is wrong: nothing was done
     +-- AwsError        3   AWS refused, or could not be reached

botocore's own errors end a command as an `AwsError` does (refusals.py says what they mean).
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """What a script may rely on."""

    OK = 0
    FINDING = 1
    USAGE = 2
    AWS = 3


class OperatorError(Exception):
    """One sentence for the person who typed the command: what is wrong, where, and what to do."""

    exit_code = ExitCode.FINDING


class FindingError(OperatorError):
    """What was asked about is bad."""


class UsageError(OperatorError):
    """The command, a flag, a file or the environment is wrong."""

    exit_code = ExitCode.USAGE


class AwsError(OperatorError):
    """AWS refused or could not be reached."""

    exit_code = ExitCode.AWS
