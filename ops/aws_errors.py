"""Explains botocore's errors: what each means and what to do about it, in one sentence."""

import os

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    ReadTimeoutError,
    SSOError,
    TokenRetrievalError,
)
from botocore.parsers import ResponseParserError


class SilenceError(BotoCoreError):
    """AWS left the command's earlier requests unanswered, so no other is sent."""

    fmt = "{endpoint_url} does not answer."


class ForeignAnswerError(BotoCoreError):
    """What answered a request is no service of AWS."""

    fmt = "{operation} was answered with {start!r}."


AWS_ERRORS = (BotoCoreError, ClientError, ResponseParserError)
"""Everything that botocore raises where AWS refuses, can't be reached, or isn't what answers."""

_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
_UNKNOWN_KEYS = frozenset(
    {
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "AuthFailure",
    }
)
_DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "403", "Forbidden"}
)
_THROTTLED = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "RequestThrottled",
        "RequestLimitExceeded",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
    }
)
MISSING_CODES = frozenset(
    {
        "ResourceNotFoundException",
        "AWS.SimpleQueueService.NonExistentQueue",
        "QueueDoesNotExist",
        "ClusterNotFoundException",
        "ServiceNotFoundException",
        "RepositoryNotFoundException",
        "NoSuchBucket",
        "NoSuchKey",
    }
)
_LOG_IN = "log in (aws sso login), or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"


def code_of(error: ClientError) -> str:
    """AWS's error code, such as `AccessDenied`; empty if there is none."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_missing(error: ClientError) -> bool:
    """Whether the error says that the resource doesn't exist."""
    return code_of(error) in MISSING_CODES


def is_bucket_missing(error: ClientError) -> bool:
    """Whether the error says that there is no bucket, as opposed to no object in it."""
    return code_of(error) == "NoSuchBucket"


def is_denied(error: ClientError) -> bool:
    """Whether the error says that the caller isn't allowed to."""
    return code_of(error) in _DENIED


def explain(error: BotoCoreError | ClientError | ResponseParserError) -> str:
    """The meaning and the remedy of an error, in one sentence."""
    match error:
        case ClientError():
            return _of_client(error)
        case BotoCoreError() if not isinstance(error, ForeignAnswerError):
            return _of_core(error)
    where = os.environ.get("AWS_ENDPOINT_URL")
    return (
        "What answered is not AWS: a proxy or a log-in page of the network, or another service"
        f"{f' at AWS_ENDPOINT_URL={where}' if where else ''}. Check HTTPS_PROXY and AWS_ENDPOINT_URL."
    )


def _of_client(error: ClientError) -> str:
    code, message = code_of(error), str(error.response.get("Error", {}).get("Message", "")).strip()
    refused = f"{error.operation_name} was refused"
    if code in _EXPIRED:
        return f"The AWS session has expired: {_LOG_IN}."
    if code in _UNKNOWN_KEYS:
        return f"AWS doesn't know these credentials ({code}): {_LOG_IN}."
    if code in _DENIED:
        return f"{refused}: you may not ({message or code}). `hospup-video doctor` lists all that your role lacks."
    if code in _THROTTLED:
        return f"{refused}: too many requests at once. Try again in a minute."
    if code in MISSING_CODES:
        return (
            f"{refused}: what was named doesn't exist in this account and region ({message or code}). Check "
            "--environment, the names given, and with `aws sts get-caller-identity` the account."
        )
    return f"{refused} ({code or 'no code'}): {message or 'AWS gave no reason'}"


def _of_core(error: BotoCoreError) -> str:
    match error:
        case NoCredentialsError() | PartialCredentialsError():
            return f"There are no AWS credentials: {_LOG_IN}."
        case ProfileNotFound():
            return f"{error}: see `aws configure list-profiles`, and set AWS_PROFILE."
        case SSOError() | TokenRetrievalError():
            return f"The AWS session has expired: {_LOG_IN}."
        case NoRegionError():
            return "There is no region: set AWS_DEFAULT_REGION."
        case EndpointConnectionError() | ConnectTimeoutError() | ReadTimeoutError() | SilenceError():
            return f"AWS could not be reached: {error} Check the network, the proxy and AWS_ENDPOINT_URL."
        case _:
            return f"AWS could not be asked: {error}"
