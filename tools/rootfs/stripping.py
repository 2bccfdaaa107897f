"""Strips debug information from compiled modules, 38 MB of the image."""

import struct
from pathlib import Path

from tools.rootfs.building import run

_TOOLS = {"amd64": "x86_64-linux-gnu-strip", "arm64": "aarch64-linux-gnu-strip"}
"""Debian's binutils for each target processor, on any build machine."""

_LOAD = 1
"""The type of a segment that is mapped into memory (elf(5), PT_LOAD)."""


class BrokenError(RuntimeError):
    """A stripped module can't be loaded."""


def strip(site: Path, architecture: str) -> None:
    """Strip the extension modules below `site` of symbols and debug information.

    The libraries beside them, in `*.libs`, stay as they are: they have little to strip, and what makes wheels has moved
    their segments, which strip breaks in some (https://github.com/pypa/auditwheel/issues/716). Raises BrokenError if it
    broke a module.
    """
    modules = [path for path in site.rglob("*.so") if not path.relative_to(site).parts[0].endswith(".libs")]
    run([_TOOLS[architecture], "--strip-unneeded", *map(str, modules)])
    for module in modules:
        if not is_aligned(module.read_bytes()):
            raise BrokenError(f"{module}: strip has moved its segments where no loader takes them: leave it as it is")


def is_aligned(elf: bytes) -> bool:
    """Whether each segment of a 64-bit little-endian ELF file can be mapped: its place in the file and its address
    differ by whole pages."""
    (table,) = struct.unpack_from("<Q", elf, 32)
    size, count = struct.unpack_from("<HH", elf, 54)
    for index in range(count):
        kind, _, offset, address, _, _, _, alignment = struct.unpack_from("<IIQQQQQQ", elf, table + index * size)
        if kind == _LOAD and (address - offset) % alignment:
            return False
    return True
