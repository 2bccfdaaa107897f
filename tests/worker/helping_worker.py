"""`python -m tests.worker.helping_worker`: the worker, which shares small videos too; its long polls are short."""

import os
import sys

from worker.consumer.start import consume
from worker.consumer.timing import Timing
from worker.helpers import coordinator
from worker.video.plan import shares

if __name__ == "__main__":
    shares._GAIN_SECONDS_MIN = -1_000.0
    shares._PART_SECONDS_MIN = 0.01
    coordinator.FIRST_CLAIM_SECONDS, coordinator._LONGEST_WAIT_SECONDS = 10.0, 60.0
    sys.exit(consume(os.environ, Timing(lease_seconds=6, long_poll_seconds=2)))
