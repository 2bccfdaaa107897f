"""Outages of AWS: tells them from errors of a request, and repeats a call until AWS answers again.

An outage costs waiting, never a job: tries are for faults of jobs. A worker holds its job meanwhile, since its lease is
renewed on another thread, and receives no other one.
"""

import logging
import random
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar, cast

from boto3.exceptions import Boto3Error, RetriesExceededError
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004  botocore's name
    CredentialRetrievalError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    ResponseStreamingError,
)

from worker.aws.health import mark_waiting
from worker.errors import CancelledError
from worker.telemetry.metrics import emit_metrics

LONGEST_SECONDS = 3600.0
"""Longest time for which one call is repeated, in seconds. Afterwards its failure counts as the job's: what fails for
an hour may be a fault of that job alone, such as an object that S3 can't read."""

_PAUSES = (1.0, 10.0)
"""First and longest pause between two calls, in seconds. Each call is four, made by the SDK."""

_THROTTLED = frozenset(
    {
        "BandwidthLimitExceeded",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "RequestTimeTooSkewed",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
    }
)
"""Error codes that say "later" with a status below 500: those that the SDK repeats, and a clock that jumped.
https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html"""

_UNREACHABLE = (
    HTTPClientError,
    IncompleteReadError,
    ConnectionError,
    ResponseStreamingError,
    CredentialRetrievalError,
    NoCredentialsError,
    RetriesExceededError,
)

AWS_ERRORS = (BotoCoreError, ClientError, Boto3Error, OSError)
"""What a call to AWS may raise, files of its up- and downloads included."""

logger = logging.getLogger(__name__)

T = TypeVar("T")
Client = TypeVar("Client")


def is_outage(error: BaseException) -> bool:
    """Whether an error means that AWS can't be reached, fails by itself, or throttles, whatever the request was."""
    if isinstance(error, _UNREACHABLE):
        return True
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= 500 or status == 429 or error.response.get("Error", {}).get("Code", "") in _THROTTLED
    cause = error.__cause__ or error.__context__  # S3's uploads raise an error of their own around the request's
    return type(error).__module__ == "boto3.exceptions" and cause is not None and is_outage(cause)


class Outages:
    """Repeats calls while AWS is out. `wait(seconds)` pauses, and returns True where the worker shuts down."""

    def __init__(self, wait: Callable[[float], bool], longest_seconds: float = LONGEST_SECONDS) -> None:
        self._wait = wait
        self._longest_seconds = longest_seconds
        self.waited = 0.0
        """Seconds in which at least one call waited, for deadlines that must not count them."""
        self._lock = threading.Lock()
        self._counted_until = 0.0

    def outlast(self, call: Callable[[], T]) -> T:
        """Call, and call again while AWS is out.

        Raises `CancelledError` where the worker shuts down meanwhile, the outage's error after `longest_seconds`, and
        every other error at once.
        """
        began = time.monotonic()
        pause, longest_pause = _PAUSES
        is_first = True
        while True:
            try:
                result = call()
            except Exception as error:
                if not is_outage(error) or time.monotonic() - began > self._longest_seconds:
                    raise
                if is_first:
                    logger.warning("AWS can't be reached: the job waits for it.", extra={"reason": str(error)})
                is_first = False
                mark_waiting()
                if self._wait(pause * random.uniform(0.8, 1.2)):  # noqa: S311  no secret
                    raise CancelledError from error
                pause = min(pause * 2, longest_pause)
            else:
                if not is_first:
                    self._note(began)
                return result

    def _note(self, began: float) -> None:
        """Count an outage that ends now, once for all calls that waited side by side."""
        with self._lock:
            now = time.monotonic()
            seconds = now - max(began, self._counted_until)
            self._counted_until = now
            self.waited += seconds
        logger.info("AWS answers again.", extra={"waited": round(seconds, 1)})
        emit_metrics({"OutageSeconds": round(seconds, 1)})

    def patient(self, client: Client) -> Client:
        """The client, with every call repeated while AWS is out."""
        return cast("Client", _PatientClient(client, self))


class _PatientClient:
    def __init__(self, client: Any, outages: Outages) -> None:
        self._client = client
        self._outages = outages

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._client, name)
        return lambda *args, **kwargs: self._outages.outlast(lambda: method(*args, **kwargs))
