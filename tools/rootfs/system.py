"""The layer `system`: Debian's Python, and the libraries that it and the wheels link to, for the target's processor.

Packages are unpacked, never installed: their scripts would need the target's processor. What dpkg would know of them
is in /var/lib/dpkg/status.d, where vulnerability scanners look for it (as in Google's distroless images).
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

from tools.rootfs.building import compile_all, remove, run

PACKAGES = (
    # Python
    *("base-files", "python3.13-minimal", "libpython3.13-minimal", "libpython3.13-stdlib"),
    # libraries that Python, FFmpeg and the wheels link to
    *("libc6", "libgcc-s1", "libstdc++6", "zlib1g", "libbz2-1.0", "liblzma5", "libzstd1"),
    *("libffi8", "libexpat1", "libssl3t64"),
    # libraries that Skia links to and never calls
    *("libegl1", "libgl1", "libglvnd0", "libglx0", "libx11-6", "libxcb1", "libxau6", "libxdmcp6"),
)

STANDARD_LIBRARY = Path("usr/lib/python3.13")

_UNUSED = (
    # Modules of the standard library that need a missing library, a display, or a terminal.
    f"{STANDARD_LIBRARY}/_pyrepl",
    f"{STANDARD_LIBRARY}/curses",
    f"{STANDARD_LIBRARY}/dbm",
    f"{STANDARD_LIBRARY}/pydoc*",
    f"{STANDARD_LIBRARY}/sqlite3",
    f"{STANDARD_LIBRARY}/test",
    f"{STANDARD_LIBRARY}/turtle*",
    f"{STANDARD_LIBRARY}/venv",
    f"{STANDARD_LIBRARY}/lib-dynload/_curses*",
    f"{STANDARD_LIBRARY}/lib-dynload/_dbm.*",
    f"{STANDARD_LIBRARY}/lib-dynload/_sqlite3.*",
    f"{STANDARD_LIBRARY}/lib-dynload/_uuid.*",
    f"{STANDARD_LIBRARY}/lib-dynload/*test*",
    f"{STANDARD_LIBRARY}/lib-dynload/readline.*",
    f"{STANDARD_LIBRARY}/lib-dynload/xx*",
    # Files of Debian's packages; licences stay.
    *("boot", "etc/*", "home", "root", "var/[!l]*", "var/lib/[!d]*", "var/lo*"),
    "usr/share/[!d]*",
    "usr/share/dict",
    "usr/share/doc/*/[!c]*",
    "usr/share/doc/*/changelog*",
    "usr/lib/*-linux-gnu/gconv",
)


def make(architecture: str, root: Path) -> None:
    """Unpack Debian's packages for `architecture` (Debian's name of it) into `root`."""
    with tempfile.TemporaryDirectory() as scratch:
        debs = Path(scratch)
        run(["dpkg", "--add-architecture", architecture])
        run(["apt-get", "-qq", "update"])
        # As root: apt's own user may not write here.
        names = [f"{package}:{architecture}" for package in PACKAGES]
        run(["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", *names], cwd=debs)
        for link in ("bin", "lib", "lib64", "sbin"):
            (root / "usr" / link).mkdir(parents=True)
            (root / link).symlink_to(f"usr/{link}")
        for deb in sorted(debs.glob("*.deb")):
            _unpack(deb, root)
    _prune(root)
    _furnish(root)
    compile_all(root / STANDARD_LIBRARY, Path("/") / STANDARD_LIBRARY, keep_sources=False)


def _unpack(deb: Path, root: Path) -> None:
    # By tar, which follows the links that `make` created; dpkg-deb would replace them by folders.
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(deb)], stdout=subprocess.PIPE) as unpacking:
        subprocess.run(["tar", "-x", "--keep-directory-symlink", "-C", str(root)], stdin=unpacking.stdout, check=True)
    if unpacking.returncode:
        raise subprocess.CalledProcessError(unpacking.returncode, f"dpkg-deb of {deb.name}")
    known = root / "var" / "lib" / "dpkg" / "status.d"
    known.mkdir(parents=True, exist_ok=True)
    name = deb.name.partition("_")[0]
    run(["dpkg-deb", "--control", str(deb), str(deb.with_suffix(""))])
    control = (deb.with_suffix("") / "control").read_text(encoding="utf-8")
    (known / name).write_text(control + "\n", encoding="utf-8")


def _prune(root: Path) -> None:
    remove(root, _UNUSED)
    for path in root.rglob("*"):
        if path.is_file() and not path.is_symlink():
            path.chmod(path.stat().st_mode & 0o755)  # nothing setuid, nothing writable by others


def _furnish(root: Path) -> None:
    """Create the files that the packages' scripts would create, and a user."""
    (root / "etc" / "ssl" / "certs").mkdir(parents=True)
    shutil.copy("/etc/ssl/certs/ca-certificates.crt", root / "etc/ssl/certs")
    (root / "etc" / "passwd").write_text(
        "root:x:0:0:root:/:/sbin/nologin\nworker:x:10001:10001:worker:/tmp:/sbin/nologin\n", encoding="utf-8"
    )
    (root / "etc" / "group").write_text("root:x:0:\nworker:x:10001:\n", encoding="utf-8")
    (root / "etc" / "nsswitch.conf").write_text("hosts: files dns\n", encoding="utf-8")
    (root / "etc" / "os-release").symlink_to("../usr/lib/os-release")
    for name in ("python", "python3"):
        (root / "usr" / "bin" / name).symlink_to("python3.13")
    for folder in ("proc", "sys", "dev", "run", "tmp"):
        (root / folder).mkdir(exist_ok=True)
    (root / "tmp").chmod(0o1777)
