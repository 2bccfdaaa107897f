"""Who renders which part of a job: one item of the ledger's table per attempt, written on conditions.

The attempt's worker, its coordinator, opens the item and offers the parts; any worker claims a part that has no owner.
The coordinator may take a part over from its owner, who finds that out at its next report. Nothing but time depends on
this: the coordinator joins only parts that it has received whole.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from worker.aws.table import Table, seconds
from worker.clock import now as time_of_day

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

EXPIRY_SECONDS = 30 * 86_400
"""Seconds after which DynamoDB may remove an item: as long as the job's, so that its timeline names its helpers."""


@dataclass(frozen=True)
class Attempt:
    """The attempt at a job whose parts are offered; `plan` is the digest of all its parts."""

    job_id: str
    number: int
    plan: str

    @property
    def item(self) -> str:
        """The item's key: a name that no job has, since job ids hold no slash."""
        return f"parts/{self.job_id}/{self.number}"


@dataclass(frozen=True)
class PartState:
    """What is known of a part."""

    owner: str
    progress: int = 0
    """Percent."""
    reports: int = 0
    """How often the owner has reported."""
    is_done: bool = False
    """Whether its files are in S3."""
    cpu_seconds: float = 0.0
    """What rendering it took, once it is done."""
    claimed_at: float = 0.0
    """When its first owner claimed it, in Unix seconds by that worker's clock."""
    ended_at: float = 0.0
    """When its files were in S3; 0 until then."""


class PartsLedger:
    """The parts of attempts, for the worker `owner`. Every method raises botocore's errors where DynamoDB fails."""

    def __init__(
        self, client: "DynamoDBClient", table: str, owner: str, *, clock: Callable[[], float] = time_of_day
    ) -> None:
        self._table = Table(client, table)
        self.owner = owner
        self._clock = clock

    def open(self, attempt: Attempt) -> None:
        """Let parts of the attempt be claimed. Once per attempt: parts of another plan would seem to be of this one."""
        self._update(
            attempt,
            "SET #plan = :plan, is_open = :true, expires_at = :expiry",
            {":plan": attempt.plan, ":true": True, ":expiry": int(self._clock()) + EXPIRY_SECONDS},
        )

    def close(self, attempt: Attempt) -> None:
        """Let no part be claimed or reported any more: their owners give them up."""
        self._update(attempt, "SET is_open = :false", {":false": False})

    def claim(self, attempt: Attempt, part: int) -> bool:
        """Claim a part that has no owner, or claim it again, where the answer was lost. Returns whether it is this
        worker's now, to be rendered."""
        return self._update(
            attempt,
            "SET #owner = :me, #progress = :zero, #reports = :zero, #claimed = :now",
            {":me": self.owner, ":zero": 0, ":now": self._now(), ":true": True, ":plan": attempt.plan},
            _names(part, "owner", "progress", "reports", "claimed", "done"),
            "is_open = :true AND #plan = :plan AND "
            "(attribute_not_exists(#owner) OR (#owner = :me AND attribute_not_exists(#done)))",
        )

    def take_over(self, attempt: Attempt, part: int, owner: str) -> bool:
        """Take a part over from its owner, unless it is done. Returns whether it is this worker's now."""
        return self._update(
            attempt,
            "SET #owner = :me",
            {":me": self.owner, ":owner": owner},
            _names(part, "owner", "done"),
            "#owner = :owner AND attribute_not_exists(#done)",
        )

    def report(self, attempt: Attempt, part: int, progress: int) -> bool:
        """Report the percent of a part that are rendered. Returns whether the part is still this worker's."""
        return self._update(
            attempt,
            "SET #progress = :progress ADD #reports :one",
            {":progress": progress, ":one": 1, ":me": self.owner, ":true": True},
            _names(part, "owner", "progress", "reports"),
            "is_open = :true AND #owner = :me",
        )

    def finish(self, attempt: Attempt, part: int, cpu_seconds: float) -> bool:
        """Record that a part's files are in S3, and what rendering it took. Returns whether the part was still this
        worker's."""
        return self._update(
            attempt,
            "SET #done = :true, #cpu = :cpu, #ended = :now",
            {":me": self.owner, ":true": True, ":cpu": seconds(cpu_seconds), ":now": self._now()},
            _names(part, "owner", "done", "cpu", "ended"),
            "is_open = :true AND #owner = :me",
        )

    def give_up(self, attempt: Attempt, part: int) -> None:
        """Let another worker claim a part of this worker's, even where it is recorded as done: the answer to that may
        have been lost."""
        change = "REMOVE #owner, #done"
        self._update(attempt, change, {":me": self.owner}, _names(part, "owner", "done"), "#owner = :me")

    def read(self, attempt: Attempt) -> dict[int, PartState]:
        """The parts that have an owner, by number."""
        item = self._table.read(attempt.item) or {}
        numbers = [int(name[1:].partition("_")[0]) for name in item if name.endswith("_owner")]
        return {
            number: PartState(
                owner=str(item[f"p{number}_owner"]),
                progress=int(item.get(f"p{number}_progress", 0)),
                reports=int(item.get(f"p{number}_reports", 0)),
                is_done=bool(item.get(f"p{number}_done")),
                cpu_seconds=float(item.get(f"p{number}_cpu", 0)),
                claimed_at=float(item.get(f"p{number}_claimed", 0)),
                ended_at=float(item.get(f"p{number}_ended", 0)),
            )
            for number in numbers
        }

    def _now(self) -> Decimal:
        return seconds(self._clock())

    def _update(
        self,
        attempt: Attempt,
        change: str,
        values: Mapping[str, Any],
        names: Mapping[str, str] | None = None,
        condition: str = "",
    ) -> bool:
        """Write, and return whether the condition held."""
        return self._table.update(attempt.item, change, values, condition, names=names) is not None


def _names(part: int, *fields: str) -> dict[str, str]:
    """The attributes of a part, by their placeholders."""
    return {f"#{field}": f"p{part}_{field}" for field in fields}
