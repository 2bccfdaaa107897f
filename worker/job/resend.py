"""The request to notify the receiver of a job that has ended, which an operator sends through the job queue.

The request is a message because only a worker can sign webhooks, and the queue repeats a delivery that failed.
"""

import json
from dataclasses import dataclass

from worker.job.message_body import MessageBody
from worker.job.recipient import usable_id


@dataclass(frozen=True)
class ResendRequest:
    """Asks a worker to deliver the final webhook of the job `job_id`, as the ledger recorded it.

    With `again`, also one that the receiver was sent before; a worker of an earlier release drops such a request.
    """

    job_id: str
    again: bool = False

    def body(self) -> str:
        """The body of the request's message."""
        wanted: dict[str, object] = {"job_id": self.job_id}
        return json.dumps({"resend_webhook": wanted | ({"again": True} if self.again else {})}, ensure_ascii=False)

    @classmethod
    def parse(cls, body: MessageBody) -> "ResendRequest | None":
        """The request in a message; None where the message is something else, such as a job."""
        match body.value:
            case {"resend_webhook": {"job_id": str(job_id), **more}} if len(body.value) == 1 and (
                usable := usable_id(job_id)
            ):
                return cls(usable, more.get("again") is True)
        return None
