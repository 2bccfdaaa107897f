"""Structured logs: one JSON object per line on stdout, which the awslogs driver sends to CloudWatch Logs.

A log service that stalls must delay no job and no lease: lines are written by a thread of their own, and dropped and
counted while too many wait.
"""

import contextlib
import contextvars
import json
import logging
import sys
import time
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from worker.telemetry.line_writer import LineWriter

FLUSH_SECONDS = 2.0
"""Longest wait for the last lines at a worker's end, in seconds."""

_context: contextvars.ContextVar[Mapping[str, Any]] = contextvars.ContextVar(
    "log_context", default=MappingProxyType({})
)
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


@contextlib.contextmanager
def logging_to_stdout(level: str, *, as_json: bool) -> Iterator[None]:
    """Inside, every log line goes to stdout, as JSON or (for a person at a terminal) as text; at the end, lines that
    still wait are written, for `FLUSH_SECONDS` at most."""
    handler = LineHandler(LineWriter(sys.stdout.fileno()))
    handler.setFormatter(JsonFormatter() if as_json else TextFormatter())
    handler.addFilter(_add_context)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("boto3", "botocore", "s3transfer", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        yield
    finally:
        handler.flush()


class LineHandler(logging.Handler):
    """Formats records, and leaves them to a `LineWriter`. What it drops, it reports with the next line."""

    def __init__(self, writer: LineWriter) -> None:
        super().__init__()
        self._writer = writer
        self._dropped = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record without waiting."""
        try:
            line = self.format(record)
        except Exception:  # noqa: BLE001  as every handler: a log line must not stop its caller
            self.handleError(record)
            return
        self._report_dropped()
        if self._dropped or not self._writer.write(line):
            self._dropped += 1

    def flush(self) -> None:
        """Wait until the lines so far are written, for `FLUSH_SECONDS` at most."""
        self.acquire()
        try:
            self._report_dropped()
        finally:
            self.release()
        self._writer.flush(FLUSH_SECONDS)

    def _report_dropped(self) -> None:
        if not self._dropped:
            return
        notice = logging.makeLogRecord(
            {"levelname": "WARNING", "msg": "Log lines were dropped: the log was not read.", "dropped": self._dropped}
        )
        if self._writer.write(self.format(notice)):
            self._dropped = 0


@contextlib.contextmanager
def log_context(**fields: Any) -> Iterator[None]:
    """Add fields such as job_id to every line that this thread logs inside."""
    token = _context.set({**_context.get(), **fields})
    try:
        yield
    finally:
        _context.reset(token)


class JsonFormatter(logging.Formatter):
    """One JSON object per line: time, level, message, context, extras, and the exception where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname,
            "message": record.getMessage(),
            **_extras(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class TextFormatter(logging.Formatter):
    """A line for a person at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        extras = {name: value for name, value in _extras(record).items() if name != "_aws"}
        shown = " ".join(f"{name}={value}" for name, value in extras.items())
        line = f"{time.strftime('%H:%M:%S', time.localtime(record.created))} {record.levelname:7} {record.getMessage()}"
        line = f"{line}  {shown}" if shown else line
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _extras(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


def _add_context(record: logging.LogRecord) -> bool:
    for name, value in _context.get().items():
        if not hasattr(record, name):
            setattr(record, name, value)
    return True
