"""What the commands of `dlq` share: the two queues, the reasons from the ledger, and the filter's options."""

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from ops.aws.dead_letters import DeadLetter, DeadLetters, reason_of
from ops.aws.ledger import JobState, job_states
from ops.aws.queues import QueueState, describe_queue
from ops.aws_errors import AWS_ERRORS
from ops.console import output
from ops.errors import FindingError
from ops.stack.context import Context

LIMIT = 10_000
"""Most messages that are received where a filter is given: all, in any queue that a person reads."""

Job = Annotated[str | None, typer.Option("--job", help="Only the message of this job id or message id.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Only messages whose reason holds this text.")]


class DeadLetterSession:
    """The two queues and the ledger that one command works on."""

    def __init__(
        self, environment: str | None, outputs: Path | None, queue_url: str | None, jobs_table: str | None
    ) -> None:
        self._context = context = Context(environment, outputs, {"queue_url": queue_url, "jobs_table": jobs_table})
        url = context.name("queue_url")
        self.sqs = context.session.client("sqs")
        self.jobs: QueueState = describe_queue(self.sqs, url)
        self.dead: QueueState = describe_queue(self.sqs, self.jobs.dead_letter_url)
        self.letters = DeadLetters(self.sqs, self.dead.url)

    @contextmanager
    def receive(
        self, limit: int, job: str | None, reason: str | None
    ) -> Iterator[tuple[list[DeadLetter], list[DeadLetter]]]:
        """Receive up to `limit` dead letters, each with its reason.

        Yields all of them, and those that match the filter. `remove` a deleted message from the first list, because
        those in it become visible again at the end.
        """
        with self.letters.receive(limit) as received:
            jobs = self._job_states([letter.job_id for letter in received if letter.job_id])
            received[:] = [dataclasses.replace(letter, reason=reason_of(letter, jobs)) for letter in received]
            if limit == LIMIT and self.dead.total > len(received):
                output.warn(
                    f"Looked at {len(received)} of about {self.dead.total} messages: a worker or another person looks "
                    "at the others now. Run it again in a minute.",
                    "yellow",
                )
            yield received, [letter for letter in received if letter.matches(job, reason)]

    def missing(self, job: str) -> FindingError:
        """The error that no dead letter has this id."""
        return FindingError(f"No dead letter is of job {job}: `hospup-video dlq list` lists them.")

    def _job_states(self, job_ids: Sequence[str]) -> dict[str, JobState]:
        """The jobs' states; empty where the ledger can't be read, since the messages can be listed without it."""
        table = self._context.optional("jobs_table")
        if table is None or not job_ids:
            return {}
        try:
            return job_states(self._context.session.client("dynamodb"), table, job_ids)
        except AWS_ERRORS:
            output.warn("The ledger could not be read: reasons are missing.", "yellow")
            return {}
