"""The AWS clients that a worker uses, with time-outs that fit a lease of 90 seconds."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

CONNECT_SECONDS, READ_SECONDS = 5, 30
"""Time-outs in seconds. A long poll lasts 20 seconds, hence the longer read."""

CONNECTIONS = 24
"""Connections that a client keeps: S3's serves 12 downloads at the same time, or 16 uploads."""


@dataclass(frozen=True)
class Clients:
    """One client per service; clients are thread-safe, sessions are not."""

    sqs: "SQSClient"
    s3: "S3Client"
    dynamodb: "DynamoDBClient"


def make_clients(region: str, *, is_embedded: bool = False) -> Clients:
    """Make the clients for `region`; the SDK itself reads `AWS_ENDPOINT_URL` and the credentials.

    `is_embedded`: buckets are addressed by path, since the host name of an embedded AWS has no subdomains.
    """
    session = boto3.Session(region_name=region)
    config = Config(
        max_pool_connections=CONNECTIONS,
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": 4},
        user_agent_extra="hospup-video-worker",
        s3={"addressing_style": "path" if is_embedded else "auto"},
    )
    return Clients(
        sqs=session.client("sqs", config=config),
        s3=session.client("s3", config=config),
        dynamodb=session.client("dynamodb", config=config),
    )
