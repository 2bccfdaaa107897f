"""The child's half of the protocol by which a sandboxed Python process reads untrusted files (parent: client.py).

The child prints `READY` and then reads requests from standard input, one line of JSON per request:

    {"limits": {"cpu_seconds": ..., ...}, "files": [{...}, ...]}

A file may have `cpu_seconds` of its own. The child answers with one line of JSON per file, in order: {"result": ...},
or {"refused": code, "reason": ...} if the file is at fault. From the number of answers the parent knows at which file a
child died.

Standard library only: a child starts with `-I -S` and imports nothing that it doesn't need.
"""

import json
import resource
import sys
from collections.abc import Callable
from typing import Any

READY = "ready"
"""First line of a child that has started. A child that dies before it is not attributed to a file."""

Values = dict[str, Any]
"""One file of a request, or the request's limits."""


class RefusedError(Exception):
    """A file is at fault. `code` is an error code of the job contract; `index` is the file's place in the request, set
    by the parent."""

    def __init__(self, reason: str, code: str = "MEDIA_UNDECODABLE", index: int = 0) -> None:
        super().__init__(reason)
        self.code = code
        self.index = index


def serve(handle: Callable[[Values, Values], object]) -> None:
    """Answer the requests on standard input. `handle` takes a file and the limits and returns a result for JSON, or
    raises `RefusedError`; any other exception ends the process."""
    print(READY, flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        for file in request["files"]:
            _allow_cpu_seconds(file.get("cpu_seconds", request["limits"]["cpu_seconds"]))
            print(json.dumps(_answer(handle, file, request["limits"])), flush=True)


def _answer(handle: Callable[[Values, Values], object], file: Values, limits: Values) -> Values:
    try:
        return {"result": handle(file, limits)}
    except RefusedError as error:
        return {"refused": error.code, "reason": str(error)}


def _allow_cpu_seconds(seconds: int) -> None:
    """Limit the processor time of the next file. Unlike elapsed time, it doesn't depend on how busy the machine is."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds, hard))
