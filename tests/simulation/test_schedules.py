"""Scheduled actions: when they run, and what they do to a fleet, calculated by hand."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from main import synthesise
from modules.config.loader import load
from ops.errors import StackError
from ops.simulation.model import Alarm, StepAdjustment, StepPolicy
from ops.simulation.schedules import ScheduledAction, ScheduleError, bounds_before, read_schedule
from ops.simulation.simulator import SimulationResult, run_simulation
from ops.simulation.stack_reader import read_model
from tests.simulation.models import EXACT, model, query

FRIDAY = datetime(2026, 11, 20)
POOL, EVENING = 2, 5


def minutes(expression: str, timezone: str, begins: datetime, hours: int = 24) -> list[str]:
    schedule = read_schedule(expression, timezone)
    found = [minute for minute in range(hours * 60) if schedule.runs_at(begins, minute * 60)]
    return [f"{minute // 60:02}:{minute % 60:02}" for minute in found]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cron(0 22 ? * FRI,SAT *)", ["22:00"]),
        ("cron(0/30 16-17 ? * * *)", ["16:00", "16:30", "17:00", "17:30"]),
        ("cron(15 7,19 20 NOV ? 2026)", ["07:15", "19:15"]),
        ("cron(*/20 3 * 11 6 *)", ["03:00", "03:20", "03:40"]),  # 1 is Sunday
        ("cron(0 22 ? * MON-THU *)", []),
        ("cron(0 22 ? 12 * *)", []),
        ("at(2026-11-20T08:30:00)", ["08:30"]),
        ("at(2026-11-21T08:30:00)", []),
    ],
)
def test_when_an_action_runs(expression: str, expected: list[str]) -> None:
    assert minutes(expression, "Europe/Paris", FRIDAY) == expected


def test_a_time_zone_is_that_of_the_action() -> None:
    """In November Paris is an hour before UTC, in July two."""
    seven = "cron(0 7 ? * * *)"
    assert minutes(seven, "Europe/Paris", FRIDAY.replace(tzinfo=UTC)) == ["06:00"]
    assert minutes(seven, "Europe/Paris", datetime(2026, 7, 3, tzinfo=UTC)) == ["05:00"]


def test_seconds_pass_while_the_clock_is_put_forward() -> None:
    """On 29 March 2026 Paris skips from two to three o'clock: 02:30 doesn't exist, and 07:00 comes after six hours."""
    begins = datetime(2026, 3, 29)
    assert minutes("cron(30 2 ? * * *)", "Europe/Paris", begins) == []
    assert minutes("cron(0 7 ? * * *)", "Europe/Paris", begins) == ["06:00"]


@pytest.mark.parametrize(
    ("expression", "timezone", "says"),
    [
        ("rate(1 hour)", "UTC", "cron"),
        ("cron(0 7 * * *)", "UTC", "5 fields"),
        ("cron(0 25 * * ? *)", "UTC", "25 is not between 0 and 23"),
        ("cron(0 7 L * ? *)", "UTC", "L"),
        ("cron(0 9-7 * * ? *)", "UTC", "ends before it begins"),
        ("at(tomorrow)", "UTC", "tomorrow"),
        ("cron(0 7 * * ? *)", "Europe/Atlantis", "Atlantis"),
    ],
)
def test_unsupported_schedules_are_refused(expression: str, timezone: str, says: str) -> None:
    with pytest.raises(ScheduleError, match=says):
        read_schedule(expression, timezone)


def action(expression: str, minimum: int | None, maximum: int | None = None) -> ScheduledAction:
    return ScheduledAction("action", read_schedule(expression, "Europe/Paris"), minimum, maximum)


ACTIONS = (action("cron(0/15 16-21 ? * FRI *)", EVENING), action("cron(0 22 ? * FRI *)", POOL))


def test_what_ran_before_the_begin_still_holds() -> None:
    """The last action of a week ago, as well as that of a minute."""
    assert bounds_before((POOL, 10), ACTIONS, FRIDAY.replace(hour=16)) == (POOL, 10)
    assert bounds_before((POOL, 10), ACTIONS, FRIDAY.replace(hour=16, minute=1)) == (EVENING, 10)
    assert bounds_before((1, 10), ACTIONS, FRIDAY) == (POOL, 10)


def evening(**changes: object) -> SimulationResult:
    """From 15:00 to 23:00 without a job, and a policy that wants no worker."""
    alarm = Alarm(
        "idle", query("HospupVideo", "PeakJobs", period=10), "LessThanOrEqualToThreshold", 0, 1, 1, "missing", ("in",)
    )
    policy = StepPolicy("in", "ExactCapacity", (StepAdjustment(None, 0, 0),), 60)
    one = model(POOL, 10, alarms=(alarm,), step_policies={"in": policy}, **{"scheduled": ACTIONS, **changes})
    return run_simulation(one, [], hours=8, timings=EXACT, begins=FRIDAY.replace(hour=15))


def test_a_schedule_makes_the_pool_larger_for_its_hours() -> None:
    result = evening()
    desired = {round(sample.second / 60): sample.desired for sample in result.samples}
    assert (desired[59], desired[60], desired[419]) == (POOL, EVENING, EVENING)
    # The bound falls at 22:00; the policy, evaluated each minute, lowers the count within the next minute.
    assert (desired[420], desired[422], desired[479]) == (EVENING, POOL, POOL)
    # Three more take jobs 32 s after they were requested, and are billed from the 20th second.
    running = {round(sample.second / 60): sample.running for sample in result.samples}
    assert (running[60], running[61]) == (POOL, EVENING)


def test_a_lower_maximum_stops_workers_at_once() -> None:
    result = evening(scheduled=(action("at(2026-11-20T16:00:00)", 1, 1),))
    assert [sample.desired for sample in result.samples][58:61] == [POOL, 1, 1]


@pytest.mark.slow
def test_schedules_are_read_as_deployed(tmp_path: Path) -> None:
    fleet = {
        "warm_pool_size": POOL,
        "max_workers": 10,
        "on_demand_workers": 0,
        "schedules": [{"name": "evening", "days": ["FRI"], "from_hour": 16, "to_hour": 22, "warm_pool_size": EVENING}],
    }
    (tmp_path / "some.json").write_text(json.dumps({"fleet": fleet}))
    synthesise(load(tmp_path, "some"), tmp_path / "out")
    (path,) = (tmp_path / "out").glob("stacks/*/cdk.tf.json")
    read = read_model(path, {"max_workers": 4})
    assert [(one.minimum, one.maximum) for one in read.scheduled] == [(EVENING, 5), (POOL, 4)]
    assert [one.schedule for one in read.scheduled] == [one.schedule for one in ACTIONS]
    path.write_text(path.read_text().replace("cron(0 22", "rate(0 22"))
    with pytest.raises(StackError, match="rate"):
        read_model(path)
