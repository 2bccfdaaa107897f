"""Fills a ledger with many jobs, copied from entries that the worker's own code has written.

Each kind of entry is made once, as a worker makes it: claimed, ended, notified. Copies differ in ids and times alone.
"""

import copy
import json
import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from embedded.process import REPOSITORY
from worker.aws.ledger import Claim, Ledger, Status, WebhookState
from worker.aws.outages import Outages
from worker.aws.parts_ledger import Attempt, PartsLedger
from worker.aws.usage import Made, UsageCounter, Used, begin_try
from worker.job import ErrorCode, JobIdentity, JobWarning, MessageBody, PermanentError, WarningCode, keep_message
from worker.job.parse import parse_message
from worker.job.webhook_events import complete_payload, failed_payload

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

DAYS = 90
"""Days over which the jobs are spread: three times as long as DynamoDB keeps one."""
PROPERTIES = 200
_SHARES = [1 / (number + 1) for number in range(PROPERTIES)]
"""Jobs of each property, in proportion: the first has the most."""
DAY_SECONDS = 86_400
RENDERING, WAITING, LEFT = 50, 5, 3
"""Jobs that render, wait for their next try, and whose worker is gone: however many jobs the ledger holds."""
JOB, VIDEO, PROPERTY = "one-job-id", "one-video-id", "one-property-id"
"""Ids of the entries that are copied."""
_BATCH = 25  # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
_MESSAGE = json.loads((REPOSITORY / "examples" / "backend-clips.json").read_text(encoding="utf-8"))

Item = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind of job: how many of a thousand are so, how it ends, and what became of its webhook."""

    share: float
    webhook: WebhookState = WebhookState.DELIVERED
    code: ErrorCode | None = None
    answer: str = "200"
    warnings: Sequence[JobWarning] = ()


_WARNING = JobWarning(WarningCode.STYLE_VALUE, "/custom_script/texts/0/style/color", "The color is not known.")
_FAILED = {
    ErrorCode.MEDIA_MISSING: 20,
    ErrorCode.RENDER_FAILED: 12,
    ErrorCode.MEDIA_UNDECODABLE: 9,
    ErrorCode.INVALID_MESSAGE: 6,
    ErrorCode.JOB_CANCELLED: 5,
    ErrorCode.MEDIA_FORBIDDEN: 3,
    ErrorCode.LIMIT_EXCEEDED: 2,
}
KINDS = (
    Kind(868),
    Kind(40, warnings=[_WARNING]),
    Kind(12, WebhookState.REFUSED, answer="401"),
    Kind(8, WebhookState.NOT_NOTIFIED, answer=""),
    Kind(4, WebhookState.PENDING, answer="503"),
    Kind(3, WebhookState.OFF, answer=""),
    Kind(3, WebhookState.SUPERSEDED, answer=""),
    *(Kind(share, code=code) for code, share in _FAILED.items()),
    Kind(3, WebhookState.NOT_NOTIFIED, ErrorCode.MEDIA_MISSING, ""),
    Kind(2, WebhookState.REFUSED, ErrorCode.RENDER_FAILED, "500"),
)


class Original:
    """Entries that the worker's code writes into the table under the ids that copies replace."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self._dynamodb, self._table = dynamodb, table
        self.began = self._now = float(int(time.time()))
        self._ledger = Ledger(dynamodb, table, "worker-0123456789abcdef", 90, clock=lambda: self._now)
        self._identity = JobIdentity(JOB, VIDEO, PROPERTY, user_id="21", template_id="tpl-004")
        self._body = MessageBody(json.dumps(_MESSAGE | {"job_id": JOB, "video_id": VIDEO, "property_id": PROPERTY}))

    def _claim(self) -> Claim:
        self._now = self.began
        sent_at = int(self.began * 1000) - 2500
        found = self._ledger.claim(
            self._identity, "0" * 64, "m" * 36, 1, sent_at, kept_message=keep_message(self._body)
        )
        if not isinstance(found, Claim):
            raise TypeError(f"{JOB} has an entry already")
        return found

    def _take(self, *keys: str) -> list[Item]:
        """Take the items at these keys out of the table."""
        found = []
        for key in keys:
            place: Any = {"job_id": {"S": key}}
            found.append(dict(self._dynamodb.get_item(TableName=self._table, Key=place)["Item"]))
            self._dynamodb.delete_item(TableName=self._table, Key=place)
        return found

    def ended(self, kind: Kind) -> list[Item]:
        """The entries of a job that has ended: its own, and that of its video."""
        claim = self._claim()
        key = f"generated-videos/{PROPERTY}/{VIDEO}.mp4"
        keys = [JOB]
        if kind.code is None:
            self._ledger.begin_publication(claim)
            self._ledger.acquire_video(claim, key, {"video": key, "thumbnail": "", "duration": 7.5, "extras": {}})
            self._ledger.release_video(claim, key)
            keys.append(f"video/{key}")
        payload, outputs = self._end(kind, key)
        self._now += 12.1
        status = {None: Status.COMPLETE, ErrorCode.JOB_CANCELLED: Status.CANCELLED}.get(kind.code, Status.ERROR)
        stages = {"claim": 0.02, "fetch": 1.4, "probe": 0.3, "paint": 0.5, "encode": 9.1, "publish": 0.7}
        self._ledger.finish(claim, status, payload, WebhookState.PENDING, outputs, stages=stages)
        self._now += 0.4
        if kind.webhook is WebhookState.PENDING:
            self._ledger.note_webhook_failure(JOB, kind.answer, 3)
        else:
            self._ledger.record_webhook_state(JOB, kind.webhook, kind.answer, int(bool(kind.answer)))
        return self._take(*keys)

    def _end(self, kind: Kind, key: str) -> tuple[dict[str, Any], dict[str, str]]:
        if kind.code:
            error = PermanentError(kind.code, "The clip s3://hospup-files/videos/21/16/pool.MOV can't be used.")
            return failed_payload(self._identity, error, seconds=12.3), {}
        url = f"https://s3.eu-west-1.amazonaws.com/hospup-files/{key}"
        payload = complete_payload(
            parse_message(self._body).job,
            self._identity,
            file_url=url,
            thumbnail_url=url.replace(".mp4", ".jpg"),
            duration=7.5,
            clips=3,
            seconds=12.3,
            warnings=kind.warnings,
        )
        return payload, {"video": key, "thumbnail": key.replace(".mp4", ".jpg")}

    def rendering(self) -> list[Item]:
        """The entries of a job that renders with a helper: its own, and that of its parts."""
        claim = self._claim()
        self._ledger.renew(claim, "rendering", 40)
        attempt = Attempt(JOB, claim.attempt, "0" * 64)
        helper = PartsLedger(self._dynamodb, self._table, "helper-0123456789abcdef", clock=lambda: self._now)
        helper.open(attempt)
        helper.claim(attempt, 1)
        return self._take(JOB, attempt.item)

    def waiting(self) -> list[Item]:
        """The entry of a job that waits for its next try."""
        self._ledger.release(self._claim())
        return self._take(JOB)

    def usage(self) -> Item:
        """The entry of what one try of a property used on a day."""
        counter = UsageCounter(self._dynamodb, self._table, Outages(lambda _: True))
        one = begin_try(Claim(JOB, 1), PROPERTY)
        counter.add_used(one, Used(14.5, 12.1, 48_000_000))
        counter.add_made(one, Made(1, 7.5, 6_200_000))
        return self._take(one.item)[0]


def fill(dynamodb: "DynamoDBClient", table: str, jobs: int, seed: int = 1) -> None:
    """Fill the table with `jobs` jobs, their videos, and what their properties used."""
    rng = random.Random(seed)  # noqa: S311  no secret
    put(dynamodb, table, ended_jobs(Original(dynamodb, table), jobs - RENDERING - WAITING - LEFT, rng))
    put(dynamodb, table, running_jobs(Original(dynamodb, table), rng))  # last, because leases run out


def ended_jobs(original: Original, jobs: int, rng: random.Random) -> Iterator[Item]:
    """The items of jobs that have ended, in no order, and of what their properties used."""
    used = Counter[tuple[str, int]]()
    kinds = [original.ended(kind) for kind in KINDS]
    weights = [kind.share for kind in KINDS]
    for number in range(jobs):
        age = rng.uniform(120, DAYS * DAY_SECONDS)
        names = _names("job", number, rng)
        used[names[PROPERTY], int((original.began - age) // DAY_SECONDS)] += 1
        yield from (_copy(item, names, -age) for item in rng.choices(kinds, weights)[0])
    one = original.usage()
    for (property_id, day), tries in used.items():
        yield _multiplied(_copy(one, {PROPERTY: property_id}, 0), day, tries)


def running_jobs(original: Original, rng: random.Random) -> Iterator[Item]:
    """The items of jobs that render or wait, and of those whose worker is gone."""
    rendering, waiting = original.rendering(), original.waiting()
    kinds = [(rendering, 0)] * RENDERING + [(waiting, 0)] * WAITING + [(rendering, 600)] * LEFT
    for number, (items, longer) in enumerate(kinds):
        names, age = _names("running", number, rng), rng.uniform(0, 60) + longer
        yield from (_copy(item, names, -age) for item in items)


def _names(kind: str, number: int, rng: random.Random) -> dict[str, str]:
    """The ids of a job, of which every fourth is for the same video as the one before."""
    property_id = rng.choices(range(1, PROPERTIES + 1), _SHARES)[0]
    return {JOB: f"{kind}-{number:07}", VIDEO: f"video-of-{kind}-{number * 3 // 4:07}", PROPERTY: str(property_id)}


def _copy(item: Mapping[str, Any], names: Mapping[str, str], seconds: float) -> Item:
    """An item under other ids, and so many seconds later."""
    found = {name: _moved(name, _renamed(value, names), seconds) for name, value in item.items()}
    if "kept_message" in found:
        message = _MESSAGE | {"job_id": names[JOB], "video_id": names[VIDEO], "property_id": names[PROPERTY]}
        found["kept_message"] = {"B": keep_message(MessageBody(json.dumps(message)))}
    return found


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    match value:
        case str():
            for old, new in names.items():
                value = value.replace(old, new)
            return value
        case dict():
            return {name: _renamed(inner, names) for name, inner in value.items()}
    return copy.copy(value)


def _moved(name: str, value: Any, seconds: float) -> Any:
    """An attribute's value; a time is moved."""
    if not name.endswith(("_at", "_claimed")) or value.get("N", "0") == "0":
        return value
    milliseconds, scale = int(seconds * 1000), 1 if name == "sent_at" else 1000
    moment = Decimal(value["N"]) + Decimal(milliseconds) / scale
    return {"N": str(int(moment) if name == "expires_at" else moment)}


def _multiplied(item: Item, day: int, tries: int) -> Item:
    """The usage of so many tries like one, on a day that is counted since 1970."""
    moment = day * DAY_SECONDS
    key = f"{item['job_id']['S'].rpartition('/')[0]}/{time.strftime('%Y-%m-%d', time.gmtime(moment))}"
    later = moment - int(item["created_at"]["N"])
    fixed = {"job_id": {"S": key}, "status": item["status"]} | {
        name: {"N": str(int(item[name]["N"]) + later)} for name in ("created_at", "expires_at")
    }
    return {name: {"N": str(Decimal(value["N"]) * tries)} for name, value in item.items() if name not in fixed} | fixed


def put(dynamodb: "DynamoDBClient", table: str, items: Iterator[Item]) -> None:
    """Put items into a table; of several with the same key the last stays."""
    batch: dict[str, Item] = {}

    def write() -> None:
        requests: Any = [{"PutRequest": {"Item": item}} for item in batch.values()]
        if requests:
            dynamodb.batch_write_item(RequestItems={table: requests})
        batch.clear()

    for item in items:
        batch[item["job_id"]["S"]] = item
        if len(batch) == _BATCH:
            write()
    write()
