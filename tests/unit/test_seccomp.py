"""worker/sandbox: the seccomp filter, computed as the kernel computes it, for both architectures; Landlock's rules."""

import re
import struct
from pathlib import Path

import pytest

from worker.sandbox import landlock, seccomp, system_calls

MACHINES = list(system_calls.AUDIT_ARCHITECTURES)
PID = 4711

ALLOWED, KILLED, EPERM, ENOSYS = 0x7FFF0000, 0x80000000, 0x50001, 0x50026

HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
"""Of the package linux-libc-dev."""


def answer(machine: str, number: int, *arguments: int, architecture: int | None = None) -> int:
    """What the filter answers to a system call: the BPF machine, as far as the filter uses it."""
    audit = system_calls.AUDIT_ARCHITECTURES[machine] if architecture is None else architecture
    data = struct.pack("IIQ6Q", number, audit, 0, *arguments, *[0] * (6 - len(arguments)))
    program = list(struct.iter_unpack("HBBI", seccomp.build(machine, PID)))
    accumulator = position = 0
    while True:
        code, if_true, if_false, value = program[position]
        position += 1
        if code == 0x06:
            return int(value)
        if code == 0x20:
            (accumulator,) = struct.unpack_from("I", data, value)
        elif code == 0x54:
            accumulator &= value
        else:
            is_true = {0x15: accumulator == value, 0x35: accumulator >= value}[code]
            position += if_true if is_true else if_false


def number(name: str, machine: str) -> int:
    conditional = {**system_calls.ALLOWED_IF, **system_calls.REFUSED_IF}
    found = (conditional[name][0] if name in conditional else system_calls.REFUSED[name])[MACHINES.index(machine)]
    assert found is not None
    return found


@pytest.mark.parametrize("machine", MACHINES)
def test_every_call_of_the_table_is_refused_and_no_other(machine: str) -> None:
    column = MACHINES.index(machine)
    refused = {numbers[column] for numbers in system_calls.REFUSED.values()} - {None}
    conditional = {rule[0][column] for rule in {**system_calls.ALLOWED_IF, **system_calls.REFUSED_IF}.values()}
    for called in set(range(system_calls.NEWEST + 1)) - conditional - {system_calls.CLONE3}:
        assert answer(machine, called) == (EPERM if called in refused else ALLOWED), called
    for called in (system_calls.CLONE3, system_calls.NEWEST + 1, 0x3FFFFFFF):
        assert answer(machine, called) == ENOSYS


@pytest.mark.parametrize("machine", MACHINES)
def test_another_architectures_calls_kill(machine: str) -> None:
    others = {0x40000003, *system_calls.AUDIT_ARCHITECTURES.values()}  # 32-bit x86 (AUDIT_ARCH_I386)
    for architecture in others - {system_calls.AUDIT_ARCHITECTURES[machine]}:
        assert answer(machine, 20, architecture=architecture) == KILLED
    assert answer(machine, 0x40000000 | 39) == KILLED  # x32


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("clone", [0x3D0F00], ALLOWED),  # the flags of glibc's pthread_create
        ("clone", [0x1200011], EPERM),  # of its fork
        ("clone", [0x4111], EPERM),  # of its posix_spawn
        ("kill", [PID, 9], ALLOWED),
        ("kill", [1, 9], EPERM),
        ("kill", [0, 9], EPERM),
        ("kill", [(1 << 64) - 1, 9], EPERM),
        ("tgkill", [PID, PID, 6], ALLOWED),
        ("tgkill", [1, 1, 6], EPERM),
        ("prlimit64", [0, 7], ALLOWED),
        ("prlimit64", [PID, 7], ALLOWED),
        ("prlimit64", [1, 7], EPERM),
        ("prctl", [1, 0], EPERM),
        ("prctl", [15, 0], ALLOWED),  # PR_SET_NAME
        ("fcntl", [3, 8, 1], EPERM),
        ("fcntl", [3, 10, 9], EPERM),
        ("fcntl", [3, 15, 0], EPERM),
        ("fcntl", [3, 1030, 0], ALLOWED),  # F_DUPFD_CLOEXEC
        ("mmap", [0, 4096, 3, 0x21], EPERM),
        ("mmap", [0, 4096, 3, 0x23], EPERM),  # MAP_SHARED_VALIDATE
        ("mmap", [0, 4096, 3, 0x122], EPERM),
        ("mmap", [0, 4096, 3, 0x22], ALLOWED),
        ("mmap", [0, 4096, 3, 0x20022], ALLOWED),  # a thread's stack
        ("mmap", [0, 4096, 1, 0x01], EPERM),
        ("mmap", [0, 4096, 5, 0x802], ALLOWED),  # a library
    ],
)
def test_calls_that_depend_on_an_argument(machine: str, name: str, arguments: list[int], expected: int) -> None:
    assert answer(machine, number(name, machine), *arguments) == expected


@pytest.mark.parametrize("machine", MACHINES)
def test_the_numbers_are_the_kernels(machine: str) -> None:
    if not HEADERS[machine].exists():
        pytest.skip("linux-libc-dev isn't installed")
    text = HEADERS[machine].read_text(encoding="utf-8")
    kernels = {name: int(value) for name, value in re.findall(r"#define __NR(?:3264)?_(\w+) (\d+)\n", text)}
    column = MACHINES.index(machine)
    conditional = {name: rule[0] for name, rule in {**system_calls.ALLOWED_IF, **system_calls.REFUSED_IF}.items()}
    for name, numbers in {**system_calls.REFUSED, **conditional}.items():
        if name in kernels or numbers[column] is None:  # else the header is older than the call
            assert numbers[column] == kernels.get(name), name
    known = [name for name in system_calls.REFUSED if name in kernels]
    assert len(known) > 60


@pytest.mark.parametrize(
    ("version", "files", "network", "scopes"),
    [(1, 0x1FFF, 0, 0), (2, 0x3FFF, 0, 0), (3, 0x7FFF, 0, 0), (4, 0x7FFF, 3, 0), (5, 0xFFFF, 3, 0), (7, 0xFFFF, 3, 3)],
)
def test_landlock_handles_what_the_kernel_knows(version: int, files: int, network: int, scopes: int) -> None:
    assert struct.unpack("QQQ", landlock.handled_rights(version)) == (files, network, scopes)


def test_landlock_allows_reading_software_and_writing_one_folder() -> None:
    assert landlock.rules(["/usr", "/job/inputs"], "/job") == [
        ("/usr", landlock.READ),
        ("/job/inputs", landlock.READ),
        ("/job", landlock.WRITE),
    ]
    assert landlock.rules(["/usr"], "") == [("/usr", landlock.READ)]
    assert not landlock.READ & (landlock.WRITE_FILE | landlock.TRUNCATE | landlock.MAKE_REG | landlock.REMOVE_FILE)
    assert not landlock.WRITE & landlock.EXECUTE
