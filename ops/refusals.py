"""What botocore's errors mean, and what to do about them, in one sentence."""

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
_THROTTLED = frozenset({"Throttling", "ThrottlingException", "RequestThrottled", "TooManyRequestsException"})
_MISSING = frozenset(
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
    """AWS's code of an error, such as `AccessDenied`; empty where it gave none."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_missing(error: ClientError) -> bool:
    """Whether AWS says that what was named doesn't exist."""
    return code_of(error) in _MISSING


def is_denied(error: ClientError) -> bool:
    """Whether AWS says that the caller may not."""
    return code_of(error) in _DENIED


def explain(error: BotoCoreError | ClientError) -> str:
    """The sentence."""
    return _of_client(error) if isinstance(error, ClientError) else _of_core(error)


def _of_client(error: ClientError) -> str:
    code, said = code_of(error), str(error.response.get("Error", {}).get("Message", "")).strip()
    asked = f"{error.operation_name} was refused"
    if code in _EXPIRED:
        return f"The AWS session has expired: {_LOG_IN}."
    if code in _UNKNOWN_KEYS:
        return f"AWS doesn't know these credentials ({code}): {_LOG_IN}."
    if code in _DENIED:
        return f"{asked}: you may not ({said or code}). `hospup-video doctor` lists all that your role lacks."
    if code in _THROTTLED:
        return f"{asked}: too many requests at once. Try again in a minute."
    if code in _MISSING:
        return (
            f"{asked}: what was named doesn't exist in this account and region ({said or code}). Check --environment, "
            "the names given, and with `aws sts get-caller-identity` the account."
        )
    return f"{asked} ({code or 'no code'}): {said or 'AWS gave no reason'}"


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
        case EndpointConnectionError() | ConnectTimeoutError() | ReadTimeoutError():
            return f"AWS could not be reached: {error} Check the network, the proxy and AWS_ENDPOINT_URL."
        case _:
            return f"AWS could not be asked: {error}"
