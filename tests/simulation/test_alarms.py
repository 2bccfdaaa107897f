"""CloudWatch's own tables, and the rule of one action per minute."""

import pytest

from ops.simulation.alarms import AlarmState
from ops.simulation.model import Alarm
from tests.simulation.models import query

IN, OUT, GONE = 0.0, 9.0, None  # within the threshold, breaching, missing


def alarm(needed: int, of: int, missing: str, *, period: int = 60) -> AlarmState:
    return AlarmState(
        Alarm("a", query("AWS/SQS", "x", period=period), "GreaterThanThreshold", 5, of, needed, missing, ("policy",))
    )


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html: datapoints oldest first,
# then the state with missing, ignore, breaching, notBreaching. "kept" is the state there was.
THREE_OF_THREE = [
    ((IN, GONE, OUT, GONE, OUT), ("OK", "OK", "OK", "OK")),
    ((IN, GONE, GONE, GONE, GONE), ("OK", "OK", "OK", "OK")),
    ((GONE, GONE, GONE, GONE, GONE), ("INSUFFICIENT_DATA", "kept", "ALARM", "OK")),
    ((IN, OUT, OUT, GONE, OUT), ("ALARM", "ALARM", "ALARM", "ALARM")),
    ((GONE, GONE, OUT, GONE, GONE), ("ALARM", "kept", "ALARM", "OK")),
]
TWO_OF_THREE = [
    ((IN, GONE, OUT, GONE, OUT), ("ALARM", "ALARM", "ALARM", "ALARM")),
    ((IN, IN, OUT, IN, OUT), ("ALARM", "ALARM", "ALARM", "ALARM")),
    ((IN, GONE, OUT, GONE, GONE), ("OK", "OK", "ALARM", "OK")),
    ((GONE, GONE, GONE, GONE, IN), ("OK", "OK", "ALARM", "OK")),
    ((GONE, GONE, GONE, OUT, GONE), ("ALARM", "kept", "ALARM", "OK")),
]


@pytest.mark.parametrize(
    ("needed", "row"), [*((3, row) for row in THREE_OF_THREE), *((2, row) for row in TWO_OF_THREE)]
)
@pytest.mark.parametrize(("column", "missing"), list(enumerate(["missing", "ignore", "breaching", "notBreaching"])))
def test_the_tables_of_cloudwatch(
    needed: int,
    row: tuple[tuple[float | None, ...], tuple[str, ...]],
    column: int,
    missing: str,
) -> None:
    datapoints, states = row
    state = alarm(needed, 3, missing)
    state.state = "kept"
    state.evaluate(0.0, datapoints[::-1])
    assert state.state == states[column]


def test_actions_are_called_on_the_change_and_then_once_a_minute() -> None:
    state = alarm(1, 1, "missing", period=10)
    assert state.interval == 10
    calls = [now for now in range(0, 200, 10) if state.evaluate(float(now), [OUT if now >= 20 else IN])]
    assert calls == [20, 80, 140]


def test_a_state_that_ends_and_comes_back_calls_at_once() -> None:
    state = alarm(1, 1, "missing", period=10)
    values = [OUT, IN, OUT]
    assert [bool(state.evaluate(10.0 * turn, [value])) for turn, value in enumerate(values)] == [True, False, True]


def test_a_period_of_a_minute_is_looked_at_once_a_minute() -> None:
    assert alarm(1, 1, "missing").interval == 60
