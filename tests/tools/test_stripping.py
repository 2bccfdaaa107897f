"""Compiled modules are stripped for the image, and one that can't be loaded is detected."""

import shutil
import struct
from pathlib import Path

import pydantic_core
import pytest

from tools.rootfs import stripping
from tools.rootfs.stripping import BrokenError, is_aligned, strip

MODULE = next(Path(pydantic_core.__file__).parent.glob("_pydantic_core*.so"))


def misaligned(elf: bytes) -> bytes:
    """An ELF file whose first segment is one byte further in the file than its address allows."""
    (table,) = struct.unpack_from("<Q", elf, 32)
    size, count = struct.unpack_from("<HH", elf, 54)
    first = next(at for at in range(table, table + size * count, size) if struct.unpack_from("<I", elf, at) == (1,))
    (offset,) = struct.unpack_from("<Q", elf, first + 8)
    return elf[: first + 8] + struct.pack("<Q", offset + 1) + elf[first + 16 :]


def test_alignment_is_what_a_loader_asks_for() -> None:
    elf = MODULE.read_bytes()
    assert is_aligned(elf)
    assert not is_aligned(misaligned(elf))


def test_modules_are_stripped_and_libraries_beside_them_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stripped: list[str] = []
    monkeypatch.setattr(stripping, "run", stripped.extend)
    for name in ("one/a.so", "one.libs/b.so"):
        (tmp_path / name).parent.mkdir()
        shutil.copy(MODULE, tmp_path / name)
    strip(tmp_path, "arm64")
    assert stripped == ["aarch64-linux-gnu-strip", "--strip-unneeded", str(tmp_path / "one" / "a.so")]


def test_a_module_that_strip_has_broken_ends_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "a.so"
    shutil.copy(MODULE, module)
    monkeypatch.setattr(stripping, "run", lambda _: module.write_bytes(misaligned(module.read_bytes())))
    with pytest.raises(BrokenError, match=r"a\.so: strip has moved its segments"):
        strip(tmp_path, "amd64")
