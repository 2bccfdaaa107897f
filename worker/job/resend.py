"""The request to notify the receiver of a job that has ended, which an operator sends through the job queue.

The request is a message because only a worker can sign webhooks, and the queue repeats a delivery that failed.
"""

import json
from dataclasses import dataclass

from worker.job.message_body import MessageBody
from worker.job.recipient import usable_id


@dataclass(frozen=True)
class ResendRequest:
    """Asks a worker to deliver the final webhook of the job `job_id`, as the ledger recorded it."""

    job_id: str

    def body(self) -> str:
        """The body of the request's message."""
        return json.dumps({"resend_webhook": {"job_id": self.job_id}}, ensure_ascii=False)

    @classmethod
    def parse(cls, body: MessageBody) -> "ResendRequest | None":
        """The request in a message; None where the message is something else, such as a job."""
        match body.value:
            case {"resend_webhook": {"job_id": str(job_id)}} if len(body.value) == 1 and (usable := usable_id(job_id)):
                return cls(usable)
        return None
