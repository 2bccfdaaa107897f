"""`python -m tests.worker.brief_worker`: the worker with long polls of one second, so that an idle one does more.

Its lease is short too: a render of some seconds outlasts it.
"""

import os
import sys

from worker.consumer.start import consume
from worker.consumer.timing import Timing

BRIEF = Timing(lease_seconds=3, long_poll_seconds=1)

if __name__ == "__main__":
    sys.exit(consume(os.environ, BRIEF))
