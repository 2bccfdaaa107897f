"""The memory that this process has allocated, as the C library counts it. https://man7.org/linux/man-pages/man3/mallinfo.3.html"""

import ctypes

_FIELDS = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"


class _MallocInfo(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in _FIELDS.split()]


def allocated_bytes() -> int:
    """Bytes in use by `malloc`; 0 where the C library isn't glibc 2.33 or newer."""
    mallinfo = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if mallinfo is None:
        return 0
    mallinfo.restype = _MallocInfo
    info = mallinfo()
    return int(info.uordblks + info.hblkhd)
