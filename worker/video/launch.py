"""Becomes FFmpeg, in a cage: `python launch.py PARENT MEMORY_BYTES FILE_BYTES PROGRAM ARGUMENT ...`.

Limits must hold before the first hostile byte is read, and code between fork and exec isn't safe beside threads: hence
a process of its own, that limits itself and then execs (25 ms). Standard library only.
"""

import ctypes
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
"""https://man7.org/linux/man-pages/man2/prctl.2.html"""


def main() -> None:
    """Limit this process, and become the program."""
    parent, memory_bytes, file_bytes = map(int, sys.argv[1:4])
    program = sys.argv[4:]
    for kind, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_DATA, memory_bytes),
    ):
        resource.setrlimit(kind, (value, value))
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        # A worker that is killed takes its FFmpeg with it: nobody else would ever end it.
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            sys.exit(1)
    os.execv(program[0], program)  # noqa: S606  the point of this file


if __name__ == "__main__":
    main()
