"""What the commands of `dlq` share: the two queues, the ledger that knows the reasons, and the filter."""

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError

from ops import show
from ops.context import Context
from ops.dead_letters import DeadLetter, DeadLetters, explained
from ops.ledger import JobState, job_states
from ops.queues import Queue, look_at

MOST = 10_000
"""Messages that are looked at where a filter is given: all, in any queue that a person still looks into."""

Job = Annotated[str | None, typer.Option("--job", help="Only the message of this job id, or of this message id.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Only messages whose reason holds this text.")]


class Site:
    """The two queues and the ledger of one command, which says where they are as `ops/options.py` has it."""

    def __init__(
        self, environment: str | None, outputs: Path | None, queue_url: str | None, jobs_table: str | None
    ) -> None:
        self._context = context = Context(environment, outputs, {"queue_url": queue_url, "jobs_table": jobs_table})
        url = context.name("queue_url")
        self.sqs = context.session.client("sqs")
        self.jobs: Queue = look_at(self.sqs, url)
        self.dead: Queue = look_at(self.sqs, self.jobs.dead_letter_url)
        self.letters = DeadLetters(self.sqs, self.dead.url)

    @contextmanager
    def held(
        self, limit: int, job: str | None, reason: str | None
    ) -> Iterator[tuple[list[DeadLetter], list[DeadLetter]]]:
        """All that is held, to remove from what mustn't be handed back; and those that are meant, with their reason."""
        with self.letters.held(limit) as held:
            known = self._known([letter.job_id for letter in held if letter.job_id])
            held[:] = [dataclasses.replace(letter, reason=explained(letter, known)) for letter in held]
            if limit == MOST and self.dead.total > len(held):
                show.complain(f"Looked at {len(held)} of about {self.dead.total} messages.", "yellow")
            yield held, [letter for letter in held if letter.matches(job, reason)]

    def _known(self, job_ids: Sequence[str]) -> dict[str, JobState]:
        """What the ledger says; nothing where it can't be asked, since the messages can be looked at all the same."""
        table = self._context.known_quietly("jobs_table")
        if table is None or not job_ids:
            return {}
        try:
            return job_states(self._context.session.client("dynamodb"), table, job_ids)
        except (BotoCoreError, ClientError):
            show.complain("The ledger could not be read: reasons are missing.", "yellow")
            return {}
