"""`python -m tests.chaos.quick_worker`: the worker as it is, with shorter times, so that recovery is seen in seconds.

CLOCK_OFFSET_SECONDS sets its clock forward or back; FILE_BYTES_MAX makes its disk as good as full.
"""

import os
import resource
import sys
import time

_offset = float(os.environ.get("CLOCK_OFFSET_SECONDS", "0"))
_real_time = time.time
time.time = lambda: _real_time() + _offset
if "FILE_BYTES_MAX" in os.environ:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(os.environ["FILE_BYTES_MAX"]), resource.RLIM_INFINITY))

from worker.pace import Pace  # noqa: E402
from worker.start import consume  # noqa: E402  the clock is set first

QUICK = Pace(lease_seconds=6, back_off_seconds=0.3, sweep_seconds=1.0, retell_seconds=2.0)

if __name__ == "__main__":
    sys.exit(consume(os.environ, QUICK))
