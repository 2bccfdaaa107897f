"""Landlock rules of a sandboxed process: which files it may read, and the one folder in which it may write.

Also, where the kernel knows how: no TCP, no signals to and no abstract sockets of processes outside of the sandbox. The
kernel needs Landlock (Linux 5.13), which Fargate's doesn't have (docs/decisions/0016-media-in-a-sandbox.md): there the
other walls must do. https://docs.kernel.org/userspace-api/landlock.html; standard library only, and of that what
loads fast.
"""

import ctypes
import os
import struct

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
"""System calls: the same numbers on all architectures."""

_CREATE_RULESET_VERSION, _RULE_PATH_BENEATH = 1, 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE, MAKE_DIR, MAKE_REG, TRUNCATE = (
    1 << bit for bit in (0, 1, 2, 3, 4, 5, 7, 8, 14)
)
"""LANDLOCK_ACCESS_FS_*: include/uapi/linux/landlock.h."""

READ = EXECUTE | READ_FILE | READ_DIR
WRITE = READ_FILE | READ_DIR | WRITE_FILE | TRUNCATE | MAKE_DIR | MAKE_REG | REMOVE_DIR | REMOVE_FILE
"""Neither executing what was written, nor links, pipes, sockets and devices."""

_OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE
"""The rights that a rule for a file, and not for a folder, may have."""

_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""Number of rights to files by version of the interface; later versions have those of the fifth."""

_WITH_NETWORK, _WITH_SCOPES = 4, 6
"""The versions that know of TCP (two rights), and of signals and abstract sockets (two scopes)."""


def restrict_files(libc: ctypes.CDLL, readable: list[str], writable: str) -> None:
    """Restrict this process, and the program that it executes, to files below `readable` and the folder `writable` (""
    for none). Paths that don't exist are ignored. Does nothing on a kernel without Landlock; raises `OSError` where the
    kernel has it and refuses."""
    version = interface_version(libc)
    if version < 1:
        return
    handled = handled_rights(version)
    ruleset = _call(libc, _CREATE_RULESET, handled, len(handled), 0)
    known = struct.unpack_from("Q", handled)[0]
    for path, rights in rules(readable, writable):
        _allow(libc, ruleset, path, rights & known)
    if ruleset < 0 or _call(libc, _RESTRICT_SELF, ruleset, 0) < 0:
        raise OSError(ctypes.get_errno(), "Landlock's rules were refused")
    os.close(ruleset)


def interface_version(libc: ctypes.CDLL) -> int:
    """The version of the kernel's interface; negative on a kernel without Landlock."""
    return _call(libc, _CREATE_RULESET, None, 0, _CREATE_RULESET_VERSION)


def handled_rights(version: int) -> bytes:
    """A `struct landlock_ruleset_attr` by which all that this version of the interface knows is refused by default.
    Older kernels accept its later fields for as long as they are zero."""
    files = (1 << _FILE_RIGHTS[min(version, max(_FILE_RIGHTS))]) - 1
    return struct.pack("QQQ", files, 3 * (version >= _WITH_NETWORK), 3 * (version >= _WITH_SCOPES))


def rules(readable: list[str], writable: str) -> list[tuple[str, int]]:
    """The rights to each path."""
    return [*((path, READ) for path in readable), *([(writable, WRITE)] if writable else [])]


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    rights = rights if os.path.isdir(path) else rights & _OF_FILES  # noqa: PTH112  pathlib takes longer to import
    # struct landlock_path_beneath_attr, which is packed.
    _call(libc, _ADD_RULE, ruleset, _RULE_PATH_BENEATH, struct.pack("=Qi", rights, descriptor), 0)
    os.close(descriptor)


def _call(libc: ctypes.CDLL, number: int, *arguments: int | bytes | None) -> int:
    words = [ctypes.c_long(argument) if isinstance(argument, int) else argument for argument in arguments]
    result: int = libc.syscall(ctypes.c_long(number), *words)
    return result
