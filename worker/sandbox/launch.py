"""Executes a program in the sandbox. Arguments: CODE, PARENT, three limits, WRITABLE, READABLE, PROGRAM, its own ...

Limits must hold before the first hostile byte is read, and code between fork and exec isn't safe in a process with
threads. Hence this separate process, which limits itself and then calls exec (10 ms). Standard library only.

Whatever a crafted file makes the program do, it can't use more memory or write more than its limits, outlive the
worker, gain privileges, start a process, open a socket, or read or signal another process. It is scheduled as a batch
job, which doesn't preempt others when it wakes: FFmpeg's threads wake each other all the time, and a render takes 2 %
less time; the worker's own threads (lease, metrics) take precedence.
"""

import ctypes
import os
import resource
import sys

from worker.sandbox.landlock import restrict_files
from worker.sandbox.seccomp import refuse_system_calls

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
"""https://man7.org/linux/man-pages/man2/prctl.2.html"""

SIGKILL = 9
"""Same as `signal.SIGKILL`; importing `signal` would take a third of this program's time."""

STACK_BYTES = 2 << 20
"""Size of the stack, and glibc's size of each thread's (pthread_create(3)). A quarter of it is for arguments, 512 KiB
(execve(2)). Its default of 8 MiB counts as data: a job of 100 clips has 700 threads, and met the limit of its memory
before it had decoded anything."""

OPEN_FILES = 1024
"""Linux' usual limit. A job opens each of its sources and pictures: some 300."""

THREADS = 8192
"""Most threads of the worker's user, its own 50 and FFmpeg's 700 among them: Linux counts neither per process nor per
container, and on a developer's machine other programs count too. It stops the absurd; root isn't limited."""


def main() -> None:
    """Limit this process, then execute the program."""
    parent, memory_bytes, file_bytes, cpu_seconds = map(int, sys.argv[2:6])
    writable, readable = sys.argv[6], sys.argv[7].split("\n")
    program = sys.argv[8:]
    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_FSIZE, file_bytes)
    limit(resource.RLIMIT_DATA, memory_bytes)
    limit(resource.RLIMIT_STACK, STACK_BYTES)
    limit(resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1)  # SIGXCPU comes first and says why
    limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    limit(resource.RLIMIT_NPROC, THREADS)
    limit(resource.RLIMIT_MEMLOCK, 0)
    if sys.platform == "linux":
        limit(resource.RLIMIT_MSGQUEUE, 0)
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        # A killed worker takes its children with it: nothing else would end them.
        libc.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            sys.exit(1)
        # SCHED_BATCH: https://man7.org/linux/man-pages/man7/sched.7.html
        libc.sched_setscheduler(0, os.SCHED_BATCH, ctypes.byref(ctypes.c_int(0)))
        restrict_files(libc, readable, writable)
        refuse_system_calls(libc)
    os.execv(program[0], program)  # noqa: S606  the point of this file


def limit(kind: int, soft: int, hard: int | None = None) -> None:
    """Set a limit, but never above the container's own, which can't be raised."""
    _, most = resource.getrlimit(kind)
    wanted = (soft, soft if hard is None else hard)
    limits = wanted if most == resource.RLIM_INFINITY else (min(wanted[0], most), min(wanted[1], most))
    resource.setrlimit(kind, limits)
