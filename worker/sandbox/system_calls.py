"""The system calls that a sandboxed process may not make, with their numbers: what seccomp.py's filter refuses.

Numbers from Linux' `include/uapi/asm-generic/unistd.h` (aarch64), `arch/x86/entry/syscalls/syscall_64.tbl` and
`scripts/syscall.tbl`; a test compares them with the headers of the package linux-libc-dev. Calls that need a capability
(modules, reboot, clocks) are missing: the worker has none.

A list of what is refused, and not of what is allowed, since each FFmpeg and each glibc makes other harmless calls.
Calls that are newer than this list don't exist for the program (`NEWEST`).
"""

AUDIT_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""The kernel's identifier of each architecture, by its name in uname(2): include/uapi/linux/audit.h."""

REFUSED: dict[str, tuple[int | None, int | None]] = {
    # name: (number on x86_64, number on aarch64)
    # the network, and other processes by way of it
    "socket": (41, 198),
    "socketpair": (53, 199),
    # new processes; threads are made by clone, below
    "fork": (57, None),
    "vfork": (58, None),
    "execveat": (322, 281),
    "setsid": (112, 157),
    "setpgid": (109, 154),
    # other processes: memory, descriptors, signals, priority
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "kcmp": (312, 272),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    "sched_setaffinity": (203, 122),
    "sched_setattr": (314, 274),
    "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    # namespaces and mounts
    "unshare": (272, 97),
    "setns": (308, 268),
    "chroot": (161, 51),
    "pivot_root": (155, 41),
    "mount": (165, 40),
    "umount2": (166, 39),
    "open_tree": (428, 428),
    "open_tree_attr": (467, 467),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "open_by_handle_at": (304, 265),
    # parts of the kernel in which flaws are found again and again
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "modify_ldt": (154, None),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # memory beyond the limit, and what outlives a process
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    # owners, modes, times, names and kinds of files: those of the same user are not the process's own
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "fchown": (93, 55),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "setxattrat": (463, 463),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "removexattrat": (466, 466),
    "file_setattr": (469, 469),
    "rename": (82, None),
    "renameat": (264, 38),
    "renameat2": (316, 276),
    "link": (86, None),
    "linkat": (265, 37),
    "symlink": (88, None),
    "symlinkat": (266, 36),
    "mknod": (133, None),
    "mknodat": (259, 33),
}
"""Refused with EPERM, whatever the arguments."""

OWN_PID = -1
"""Represents the process's own id, which is known when the filter is built."""

_ALL = 0xFFFFFFFF
_CLONE_THREAD, _PR_SET_PDEATHSIG = 0x10000, 1
_F_SETOWN, _F_SETSIG, _F_SETOWN_EX = 8, 10, 15
_MAP_SHARED, _MAP_GROWSDOWN = 0x1, 0x100

ALLOWED_IF: dict[str, tuple[tuple[int, int], int, list[tuple[int, int]]]] = {
    # name: (numbers, index of an argument, (mask, value) of which one must match)
    "clone": ((56, 220), 0, [(_CLONE_THREAD, _CLONE_THREAD)]),
    "kill": ((62, 129), 0, [(_ALL, OWN_PID)]),
    "tgkill": ((234, 131), 0, [(_ALL, OWN_PID)]),  # glibc's raise and abort
    "prlimit64": ((302, 261), 0, [(_ALL, 0), (_ALL, OWN_PID)]),
}
"""Refused with EPERM unless an argument has one of the values."""

REFUSED_IF: dict[str, tuple[tuple[int, int], int, list[tuple[int, int]]]] = {
    "prctl": ((157, 167), 0, [(_ALL, _PR_SET_PDEATHSIG)]),  # or it would outlive the worker
    "fcntl": ((72, 25), 1, [(_ALL, _F_SETOWN), (_ALL, _F_SETSIG), (_ALL, _F_SETOWN_EX)]),  # SIGKILL by way of a pipe
    # Neither counts as data (setrlimit(2), RLIMIT_DATA); glibc reads the files that it can't map shared.
    "mmap": ((9, 222), 3, [(_MAP_SHARED, _MAP_SHARED), (_MAP_GROWSDOWN, _MAP_GROWSDOWN)]),
}
"""Refused with EPERM if an argument has one of the values."""

CLONE3 = 435
"""Doesn't exist for the program: its flags are in memory, where a filter can't see them, and glibc then uses clone."""

NEWEST = 469
"""The newest call that this list has been checked against (Linux 6.17); newer ones don't exist for the program."""
