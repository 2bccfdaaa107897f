"""The seccomp filter of a sandboxed process: a BPF program that refuses the system calls of system_calls.py.

A call by another architecture's convention (32-bit `int 0x80`, x32), whose numbers mean other calls, kills the process.
https://docs.kernel.org/userspace-api/seccomp_filter.html; standard library only.
"""

import ctypes
import os
import struct

from worker.sandbox import system_calls

_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2

_LOAD, _AND, _EQUAL, _AT_LEAST, _ANSWER = 0x20, 0x54, 0x15, 0x35, 0x06
"""BPF_LD|W|ABS, BPF_ALU|AND|K, BPF_JMP|JEQ|K, BPF_JMP|JGE|K, BPF_RET|K: include/uapi/linux/bpf_common.h."""

_ALLOW, _KILL, _NOT_PERMITTED, _NO_SUCH_CALL = 0x7FFF0000, 0x80000000, 0x00050000 | 1, 0x00050000 | 38
"""SECCOMP_RET_ALLOW, SECCOMP_RET_KILL_PROCESS, and SECCOMP_RET_ERRNO with EPERM and ENOSYS."""

_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
"""Offsets in `struct seccomp_data`: include/uapi/linux/seccomp.h."""

_X32_BIT = 0x40000000
"""Flag of x86-64's second calling convention, in which the same system calls have other numbers."""

_Instruction = tuple[int, int, int, int]
_Condition = tuple[tuple[int, int], int, list[tuple[int, int]]]


def refuse_system_calls(libc: ctypes.CDLL) -> None:
    """Install the filter in this process and the program that it executes. On a kernel without seccomp, and on another
    architecture, nothing happens: the other walls remain."""
    machine = os.uname().machine
    if machine not in system_calls.AUDIT_ARCHITECTURES:
        return
    program = build(machine, os.getpid())
    instructions = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: the number of eight-byte instructions, and their address.
    header = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(instructions))
    libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.create_string_buffer(header, len(header)), 0, 0)


def build(machine: str, pid: int) -> bytes:
    """The program over `struct seccomp_data` for a process of that id on x86_64 or aarch64."""
    column = list(system_calls.AUDIT_ARCHITECTURES).index(machine)
    refused = [number for numbers in system_calls.REFUSED.values() if (number := numbers[column]) is not None]
    instructions: list[_Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, system_calls.AUDIT_ARCHITECTURES[machine]),
        (_ANSWER, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32_BIT),
        (_ANSWER, 0, 0, _KILL),
        (_AT_LEAST, 1, 0, system_calls.NEWEST + 1),
        (_EQUAL, 0, 1, system_calls.CLONE3),
        (_ANSWER, 0, 0, _NO_SUCH_CALL),
    ]
    for condition in system_calls.ALLOWED_IF.values():
        instructions += _conditional(condition, column, pid, matching=_ALLOW, otherwise=_NOT_PERMITTED)
    for condition in system_calls.REFUSED_IF.values():
        instructions += _conditional(condition, column, pid, matching=_NOT_PERMITTED, otherwise=_ALLOW)
    # From the index-th number to the last instruction; a jump has at most 255.
    instructions += [(_EQUAL, len(refused) - index, 0, number) for index, number in enumerate(refused)]
    instructions += [(_ANSWER, 0, 0, _ALLOW), (_ANSWER, 0, 0, _NOT_PERMITTED)]
    return b"".join(struct.pack("HBBI", *instruction) for instruction in instructions)


def _conditional(condition: _Condition, column: int, pid: int, *, matching: int, otherwise: int) -> list[_Instruction]:
    """Instructions that answer one call by an argument, and are skipped for others. Of the argument they see the lower
    half, as the kernel does: ids, flags and options are 32-bit numbers."""
    numbers, argument, values = condition
    block: list[_Instruction] = []
    for mask, value in values:
        block += [
            (_LOAD, 0, 0, _ARGUMENTS + 8 * argument),
            (_AND, 0, 0, mask),
            (_EQUAL, 0, 1, pid if value == system_calls.OWN_PID else value),
            (_ANSWER, 0, 0, matching),
        ]
    block.append((_ANSWER, 0, 0, otherwise))
    return [(_EQUAL, 0, len(block), numbers[column]), *block]
