"""Runs a protocol of the ledger as a state machine against the embedded AWS."""

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from embedded.aws import EmbeddedAws
from tests.ledger_table import create_ledger


def check_protocol(machine: Any, aws: EmbeddedAws, table: str, *, examples: int) -> None:
    """Run a state machine, which finds the AWS in `aws` and a new table's name in `table`, so many times."""
    create_ledger(aws.client("dynamodb"), table)
    machine.aws, machine.table = aws, table
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
