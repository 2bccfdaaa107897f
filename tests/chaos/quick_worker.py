"""`python -m tests.chaos.quick_worker`: the worker with shorter leases and back-offs, so that it recovers in seconds.

CLOCK_OFFSET_SECONDS moves its clock forward or back, CLOCK_JUMP_SECONDS does so four seconds after its start;
LEASE_SECONDS is its lease; PAUSE_POLL_SECONDS is how often it asks whether the fleet is paused; FILE_BYTES_MAX limits
the size of a file, as a full disk does; PRODUCTION_PACE keeps the intervals as they are. With PARTS_QUEUE_URL, small
videos are shared too.
"""

import importlib
import os
import resource
import sys
import time

_offset = float(os.environ.get("CLOCK_OFFSET_SECONDS", "0"))
_jump = float(os.environ.get("CLOCK_JUMP_SECONDS", "0"))
_real_time = time.time
_jumps_at = time.monotonic() + 4
time.time = lambda: _real_time() + _offset + (_jump if time.monotonic() > _jumps_at else 0)
if "FILE_BYTES_MAX" in os.environ:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(os.environ["FILE_BYTES_MAX"]), resource.RLIM_INFINITY))

from worker import clock  # noqa: E402  the time is set first
from worker.consumer.start import consume  # noqa: E402
from worker.consumer.timing import Timing  # noqa: E402
from worker.helpers import coordinator  # noqa: E402
from worker.video.plan import shares  # noqa: E402

importlib.reload(clock)  # a forked process has imported it before the time was set (tests/forked_worker.py)

if "PARTS_QUEUE_URL" in os.environ:
    shares._GAIN_SECONDS_MIN = -1_000.0
    shares._PART_SECONDS_MIN = 0.001
    coordinator.FIRST_CLAIM_SECONDS, coordinator._LONGEST_WAIT_SECONDS = 5.0, 60.0

QUICK = Timing(
    lease_seconds=int(os.environ.get("LEASE_SECONDS", "6")),
    backoff_seconds=0.3,
    sweep_interval_seconds=1.0,
    redelivery_interval_seconds=2.0,
    pause_poll_seconds=float(os.environ.get("PAUSE_POLL_SECONDS", "15")),
)

if __name__ == "__main__":
    sys.exit(consume(os.environ, Timing() if "PRODUCTION_PACE" in os.environ else QUICK))
