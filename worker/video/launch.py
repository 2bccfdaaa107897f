"""Becomes a program, in a cage: `python launch.py PARENT MEMORY_BYTES FILE_BYTES PROGRAM ARGUMENT ...`.

Limits must hold before the first hostile byte is read, and code between fork and exec isn't safe beside threads: hence
a process of its own, that limits itself and then execs (10 ms). Standard library only.

What the program can't do any more, whatever a crafted file makes of it: use more memory or write more than its limits,
outlive the worker, gain privileges, open a socket, look into another process. It is scheduled as a batch job, which
doesn't push others aside when it wakes: FFmpeg's threads wake each other all the time, and a render takes 2 % less so;
and the worker's own threads (its lease, its heartbeat) come before it.
"""

import ctypes
import os
import resource
import struct
import sys

PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 22, 38
"""https://man7.org/linux/man-pages/man2/prctl.2.html"""

SECCOMP_MODE_FILTER = 2

SIGKILL = 9
"""As in `signal`, which takes a third of this program's time to load."""

MACHINES = {
    "x86_64": (0xC000003E, {"socket": 41, "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311}),
    "aarch64": (0xC00000B7, {"socket": 198, "ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271}),
}
"""The kernel's name of each architecture (linux/audit.h) and its numbers of the calls that are refused
(asm/unistd_64.h and asm-generic/unistd.h)."""

ALIKE_EVERYWHERE = {"io_uring_setup": 425, "pidfd_getfd": 438}
"""Younger calls have one number on all architectures: https://docs.kernel.org/process/adding-syscalls.html"""

X32_BIT = 0x40000000
"""Marks the second calling convention of x86-64, by which the same calls have other numbers."""


def main() -> None:
    """Limit this process, and become the program."""
    parent, memory_bytes, file_bytes = map(int, sys.argv[1:4])
    program = sys.argv[4:]
    for kind, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_DATA, memory_bytes),
    ):
        _, most = resource.getrlimit(kind)  # nobody may raise what the container sets
        limit = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(kind, (limit, limit))
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        # A worker that is killed takes its children with it: nobody else would ever end them.
        libc.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            sys.exit(1)
        refuse_calls(libc)
        # SCHED_BATCH: https://man7.org/linux/man-pages/man7/sched.7.html
        libc.sched_setscheduler(0, os.SCHED_BATCH, ctypes.byref(ctypes.c_int(0)))
    os.execv(program[0], program)  # noqa: S606  the point of this file


def refuse_calls(libc: ctypes.CDLL) -> None:
    """Have the kernel answer "not permitted" to the calls above, in this process and all that it becomes.

    A second wall behind FFmpeg's own list of protocols: code that a crafted file smuggles in has no network, and so
    can't ask the task for its credentials. Where the kernel has no seccomp, the first wall stands alone.
    """
    if os.uname().machine not in MACHINES:
        return
    architecture, calls = MACHINES[os.uname().machine]
    program = seccomp_filter(architecture, [*calls.values(), *ALIKE_EVERYWHERE.values()])
    instructions = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: a count of eight-byte instructions, and where they are.
    head = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(instructions))
    libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.create_string_buffer(head, len(head)), 0, 0)


def seccomp_filter(architecture: int, refused: list[int]) -> bytes:
    """A BPF program over `struct seccomp_data` (linux/seccomp.h) that refuses calls by number, and every call made by
    another architecture's convention."""
    load, equal, at_least, give = 0x20, 0x15, 0x35, 0x06  # BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_JMP|JGE|K, BPF_RET|K
    allow, not_permitted = 0x7FFF0000, 0x00050000 | 1  # SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | EPERM
    left = len(refused)
    steps = [
        (load, 0, 0, 4),  # the architecture
        (equal, 0, left + 3, architecture),
        (load, 0, 0, 0),  # the call's number
        (at_least, left + 1, 0, X32_BIT),
        *((equal, left - index, 0, number) for index, number in enumerate(refused)),
        (give, 0, 0, allow),
        (give, 0, 0, not_permitted),
    ]
    return b"".join(struct.pack("HBBI", *step) for step in steps)


if __name__ == "__main__":
    main()
