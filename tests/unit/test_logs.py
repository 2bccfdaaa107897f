"""Log lines reach stdout in order, at every level those of metrics, and delay nobody while nobody reads them."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from modules.config.fleet import FleetConfig
from tests.waiting import eventually
from worker.telemetry import logs
from worker.telemetry.line_writer import LineWriter
from worker.telemetry.logs import JsonFormatter, LineHandler
from worker.telemetry.metrics import METRICS

LEVELS = get_args(FleetConfig.model_fields["log_level"].annotation)
FILLER = b"." * 4096


def log_in_a_process(code: str, level: str = "INFO") -> subprocess.CompletedProcess[str]:
    """Run code as a worker would: it logs to stdout, and its stderr is the same pipe."""
    lines = [
        "import logging",
        "from worker.telemetry.logs import logging_to_stdout",
        "from worker.telemetry.metrics import METRICS, emit_metrics",
        f"with logging_to_stdout({level!r}, as_json=True):",
        *(f"    {line}" for line in code.splitlines()),
    ]
    command = [sys.executable, "-c", "\n".join(lines)]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS)
def test_every_metric_is_written_at_every_log_level(level: str) -> None:
    code = f"for name in METRICS: emit_metrics({{name: 1}})\nlogging.getLogger('worker').log(logging.{level}, 'last')"
    written = [json.loads(line) for line in log_in_a_process(code, level).stdout.splitlines()]
    assert [name for line in written for name in METRICS if name in line] == list(METRICS)
    assert written[-1]["message"] == "last"


@pytest.mark.slow
def test_lines_and_a_crash_after_them_appear_in_order() -> None:
    done = log_in_a_process("for number in range(500): logging.warning('line %d', number)\nraise OSError('crashed')")
    lines = done.stdout.splitlines()
    assert [json.loads(line)["message"] for line in lines[:500]] == [f"line {number}" for number in range(500)]
    assert lines[500].startswith("Traceback")
    assert lines[-1] == "OSError: crashed"
    assert done.returncode == 1


@pytest.fixture
def full_pipe() -> Iterator[tuple[int, int, int]]:
    """A pipe that accepts no more: its two ends, and the number of bytes in it."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    size = 0
    try:
        while True:
            size += os.write(writer, FILLER)
    except BlockingIOError:
        os.set_blocking(writer, True)
    yield reader, writer, size
    os.close(writer)
    os.close(reader)


def log(handler: LineHandler, message: str) -> None:
    handler.handle(logging.makeLogRecord({"levelname": "INFO", "msg": message}))


def lines_from(reader: int, count: int) -> list[dict[str, Any]]:
    with os.fdopen(os.dup(reader), encoding="utf-8") as pipe:
        return [json.loads(pipe.readline()) for _ in range(count)]


def test_while_nobody_reads_lines_are_dropped_and_counted(
    full_pipe: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "FLUSH_SECONDS", 0.1)
    reader, descriptor, size = full_pipe
    writer = LineWriter(descriptor, lines_max=3)
    handler = LineHandler(writer)
    handler.setFormatter(JsonFormatter())
    for number in range(5):
        log(handler, f"line {number}")
    handler.flush()  # ends, although nothing can be written
    while size:
        size -= len(os.read(reader, size))
    assert [line["message"] for line in lines_from(reader, 3)] == ["line 0", "line 1", "line 2"]
    eventually(lambda: writer.flush(0))
    log(handler, "line 5")
    notice, line = lines_from(reader, 2)
    assert (notice["message"], notice["dropped"]) == ("Log lines were dropped: the log was not read.", 2)
    assert line["message"] == "line 5"


def test_lines_for_a_reader_that_has_gone_are_dropped() -> None:
    reader, descriptor = os.pipe()
    os.close(reader)
    writer = LineWriter(descriptor)
    assert writer.write("nobody reads this")
    assert writer.flush(5)
    assert writer.write("nor this")
    os.close(descriptor)
