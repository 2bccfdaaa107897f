"""The job of one self-test: its ids, its objects, its message; and where it is sent."""

import json
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ops.aws.ledger import JobState, job_state
from ops.selftest.clip import SECONDS
from ops.stack.context import Context

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

PROPERTY = "self-test"
"""The property that all self-tests belong to: part of the keys of their videos, and no hotel's."""


@dataclass
class Trial:
    """One self-test; `is_uploaded` and `is_sent` say what there is to remove."""

    context: Context
    seconds: float
    """Longest wait for a worker to take and finish the job, in seconds."""
    job_id: str = field(default_factory=lambda: f"self-test-{uuid.uuid4()}")
    began: float = field(default_factory=time.time)
    is_uploaded: bool = False
    is_sent: bool = False

    def __post_init__(self) -> None:
        names = ("queue_url", "jobs_table", "media_bucket", "log_group_name")
        self.queue_url, self.table, self.bucket, self.log_group = (self.context.name(name) for name in names)
        self.s3: S3Client = self.context.session.client("s3")
        self.dynamodb: DynamoDBClient = self.context.session.client("dynamodb")
        self.deadline = time.monotonic() + self.seconds

    @property
    def queue(self) -> str:
        """The queue's name, which the workers' metrics have as their dimension."""
        return self.queue_url.rpartition("/")[2]

    @property
    def clip_key(self) -> str:
        """Key of the clip: below the prefix whose objects the bucket's lifecycle deletes, in case nothing else does."""
        return f"intermediate/{PROPERTY}/{self.job_id}.avi"

    @property
    def video_key(self) -> str:
        """Key of the video, unless the ledger says another."""
        return f"generated-videos/{PROPERTY}/{self.job_id}.mp4"

    @property
    def message(self) -> str:
        """The job, in version 1: clip, text, smallest video, and no webhook, since no backend knows this video."""
        return json.dumps(
            {
                "version": 1,
                "job_id": self.job_id,
                "video_id": self.job_id,
                "property_id": PROPERTY,
                "output": {"width": 90, "height": 160, "fps": 25, "quality": "draft", "thumbnail": {"time": 0}},
                "clips": [{"source": f"s3://{self.bucket}/{self.clip_key}", "duration": SECONDS}],
                "texts": [{"content": "self-test", "start": 0, "end": SECONDS, "position": {"x": 540, "y": 960}}],
                "webhook": {"notify": False},
            }
        )

    def state(self) -> JobState | None:
        """The job in the ledger. Raises botocore's errors."""
        return job_state(self.dynamodb, self.table, self.job_id)
