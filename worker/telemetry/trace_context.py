"""W3C trace context: links a job's log lines and its webhook to the request that caused them.

A sender puts `traceparent` into the message's attributes; every log line of the job then has its trace id, and the
webhook request carries it on. https://www.w3.org/TR/trace-context/
"""

import re
import secrets
from dataclasses import dataclass, replace

_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


@dataclass(frozen=True)
class TraceContext:
    """A trace, and one of its spans; `flags` hold, among others, whether the trace is recorded."""

    trace_id: str
    span_id: str
    flags: str

    @classmethod
    def parse(cls, traceparent: str | None) -> "TraceContext | None":
        """Parse a `traceparent`; None where it is absent or not valid by the specification."""
        match = _TRACEPARENT.fullmatch(traceparent or "")
        if match is None:
            return None
        version, trace_id, parent, flags, more = match.groups()
        is_valid = version != "ff" and set(trace_id) != {"0"} and set(parent) != {"0"}
        return cls(trace_id, parent, flags) if is_valid and (version != "00" or more is None) else None

    def child(self) -> "TraceContext":
        """The same trace, with a new span id."""
        return replace(self, span_id=secrets.token_hex(8))

    @property
    def traceparent(self) -> str:
        """The `traceparent` header of a request made within this span."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"
