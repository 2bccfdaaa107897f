"""A program that tries every way out of the sandbox and prints what came of each: ready, {"result": {name: outcome}}.

Run with `python -I -S -c` and one argument, JSON: the numbers of system calls, the id of a process outside, another
job's folder, the health file, the program's own folder, a file in shared memory, the names of attempts to be skipped,
and `only`: one attempt that may end the program, or "" for all.
"""

import ctypes
import errno
import fcntl
import json
import mmap
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

given = json.loads(sys.argv[-1])
outside: int = given["outside"]
other, alive, own = Path(given["other"]), Path(given["alive"]), Path(given["own"])
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def call(name: str, *arguments: Any) -> int:
    """A system call by name; raises `OSError`."""
    words = [ctypes.c_long(argument) if isinstance(argument, int) else argument for argument in arguments]
    result: int = libc.syscall(ctypes.c_long(given["numbers"][name]), *words)
    return checked(result)


def checked(result: int) -> int:
    """The result of a C function, if it isn't negative."""
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def fork() -> None:
    """Become two processes."""
    if os.fork() == 0:
        os._exit(0)


def signal_by_pipe(command: int) -> None:
    """Have the kernel signal another process when a pipe is written (fcntl(2))."""
    reading, _ = os.pipe()
    fcntl.fcntl(reading, command, outside if command == fcntl.F_SETOWN else signal.SIGKILL)


def map_memory(flags: int, path: str = "") -> None:
    """Map 1 GiB of memory, or of a file, and use its last byte."""
    descriptor = os.open(path, os.O_RDWR) if path else -1
    address = call("mmap", 0, 1 << 30, mmap.PROT_READ | mmap.PROT_WRITE, flags, descriptor, 0)
    ctypes.memset(address + (1 << 30) - 1, 1, 1)


def interrupt_80() -> None:
    """Ask for the process id by 32-bit x86's convention: mov eax, 20; int 0x80; ret."""
    code = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(b"\xb8\x14\0\0\0\xcd\x80\xc3")
    ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()


def execute_written() -> None:
    """Execute a program that it wrote into its own folder."""
    program = own / "program"
    descriptor = os.open(program, os.O_CREAT | os.O_WRONLY, 0o700)
    os.write(descriptor, b"#!/bin/sh\n")
    os.close(descriptor)
    os.execv(program, [str(program)])  # noqa: S606


def set_limit() -> None:
    """Raise the limit of its own memory (RLIMIT_DATA)."""
    checked(libc.setrlimit(2, (ctypes.c_ulong * 2)(1 << 40, 1 << 40)))


ATTEMPTS: dict[str, Callable[[], object]] = {
    "open a socket": socket.socket,
    "open a Unix socket": lambda: socket.socket(socket.AF_UNIX),
    "open a pair of sockets": socket.socketpair,
    "fork": fork,
    "vfork": lambda: call("vfork") or os._exit(0),
    "start a program": lambda: os.posix_spawn(sys.executable, [sys.executable, "-c", ""], {}),
    "clone3": lambda: call("clone3", 0, 0),
    "leave the session": os.setsid,
    "leave the process group": lambda: os.setpgid(0, os.getppid()),
    "outlive the worker": lambda: checked(libc.prctl(1, 0, 0, 0, 0)),
    "kill a process": lambda: os.kill(outside, signal.SIGKILL),
    "kill all processes": lambda: os.kill(-1, 0),
    "kill a thread": lambda: call("tkill", outside, 0),
    "kill a thread of a process": lambda: call("tgkill", outside, outside, 0),
    "queue a signal": lambda: call("rt_sigqueueinfo", outside, 10, ctypes.create_string_buffer(128)),
    "own a pipe's signals": lambda: signal_by_pipe(fcntl.F_SETOWN),
    "choose a pipe's signal": lambda: signal_by_pipe(10),  # F_SETSIG
    "open a process": lambda: os.pidfd_open(outside),
    "limit a process": lambda: call("prlimit64", outside, 7, 0, ctypes.create_string_buffer(16)),
    "slow a process down": lambda: os.setpriority(os.PRIO_PROCESS, outside, 19),
    "move a process to another core": lambda: os.sched_setaffinity(outside, [0]),
    "trace a process": lambda: call("ptrace", 16, outside, 0, 0),
    "read a process's memory": lambda: call("process_vm_readv", outside, 0, 0, 0, 0, 0),
    "read a process's environment": lambda: Path(f"/proc/{outside}/environ").read_bytes(),
    "list the processes": lambda: list(Path("/proc").iterdir()),
    "make a user namespace": lambda: checked(libc.unshare(0x10000000)),
    "enter a namespace": lambda: call("setns", 0, 0),
    "mount": lambda: call("mount", 0, 0, 0, 0, 0),
    "mount by descriptor": lambda: call("open_tree", -1, 0, 0),
    "change the root": lambda: os.chroot("/"),
    "load a BPF program": lambda: call("bpf", 0, 0, 0),
    "count the kernel's events": lambda: call("perf_event_open", 0, 0, 0, 0, 0),
    "handle page faults": lambda: call("userfaultfd", 0),
    "set up io_uring": lambda: call("io_uring_setup", 1, ctypes.create_string_buffer(120)),
    "read the kernel's keys": lambda: call("keyctl", 0, -3, 0),
    "add a key": lambda: call("add_key", 0, 0, 0, 0, 0),
    "call what Linux 6.17 didn't have": lambda: call("newest", 0),
    "make a file in memory": lambda: os.memfd_create("x"),
    "execute a file descriptor": lambda: call("execveat", 0, b"", 0, 0, 0x1000),
    "make shared memory (System V)": lambda: call("shmget", 0, 1 << 20, 0o600),
    "map shared memory": lambda: map_memory(0x21),
    "map shared memory of a device": lambda: map_memory(0x1, "/dev/zero"),
    "map a stack that grows": lambda: map_memory(0x122),
    "use more memory": lambda: bytearray(1 << 30),
    "write a larger file": lambda: (own / "large").write_bytes(bytes(2 << 20)),
    "raise its limits": set_limit,
    "write to /dev/shm": lambda: Path(given["shared"]).write_bytes(b""),
    "read the system's files": lambda: Path("/etc/passwd").read_bytes(),
    "read another job's source": (other / "media").read_bytes,
    "overwrite another job's source": lambda: os.open(other / "media", os.O_WRONLY),
    "write into another job's folder": lambda: (other / "planted").write_bytes(b""),
    "delete another job's source": (other / "media").unlink,
    "rename another job's folder": lambda: other.rename(other.with_name("renamed")),
    "plant a link": lambda: (own / "link").symlink_to("/"),
    "plant a hard link": lambda: os.link(other / "media", own / "hard"),
    "plant a pipe": lambda: os.mkfifo(own / "pipe"),
    "overwrite the health file": lambda: os.open(alive, os.O_WRONLY),
    "delete the health file": alive.unlink,
    "freshen the health file": lambda: os.utime(alive),
    "open up the health file's folder": lambda: alive.parent.chmod(0o700),
    "replace the health file's folder": lambda: alive.parent.rename(alive.parent.with_name("gone")),
    "call by 32-bit numbers": interrupt_80,
    "call by x32's numbers": lambda: libc.syscall(ctypes.c_long(0x40000000 + 39)),
    "execute what it wrote": execute_written,
}


def outcome(attempt: Callable[[], object]) -> str:
    """The error's name, or "succeeded"."""
    try:
        attempt()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))
    except MemoryError:
        return "MemoryError"
    return "succeeded"


if given["only"]:
    results = {given["only"]: outcome(ATTEMPTS[given["only"]])}
else:
    results = {name: outcome(attempt) for name, attempt in ATTEMPTS.items() if name not in given["skipped"]}
print("ready")
print(json.dumps({"result": results}), flush=True)
