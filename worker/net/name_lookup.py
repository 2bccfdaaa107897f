"""Looks up a host name with a deadline. The system's resolver has none: with a server that doesn't answer it takes its
own time-out, of 5 s by default, times its tries, its servers and its search domains (resolv.conf(5))."""

import queue
import socket
import threading

from worker.errors import RequestTimeoutError

LOOKUPS_MAX = 8
"""Most look-ups at a time. One that hangs can't be stopped: its thread ends when the resolver gives up."""

LOOKUP_SECONDS = 20.0
"""Longest look-up of a name where its caller has no shorter deadline, in seconds."""

_slots = threading.BoundedSemaphore(LOOKUPS_MAX)


def look_up(host: str, port: int, seconds: float) -> tuple[str, ...]:
    """Every address of a host, each once, within `seconds`. Raises `RequestTimeoutError` and other OSErrors."""
    if not _slots.acquire(blocking=False):
        raise OSError(f"the name {host} was not looked up: {LOOKUPS_MAX} other look-ups hang")
    answers: queue.SimpleQueue[tuple[str, ...] | OSError] = queue.SimpleQueue()
    threading.Thread(target=_resolve, args=(host, port, answers), name="lookup", daemon=True).start()
    try:
        answer = answers.get(timeout=max(seconds, 0))
    except queue.Empty:
        raise RequestTimeoutError(f"the name {host} was not looked up within {seconds:.3g} s") from None
    if isinstance(answer, OSError):
        raise answer
    return answer


def _resolve(host: str, port: int, answers: "queue.SimpleQueue[tuple[str, ...] | OSError]") -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        answers.put(tuple(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found)))
    except OSError as error:
        answers.put(error)
    except Exception as error:  # noqa: BLE001  UnicodeError, for a name that Python's own codec can't encode, and others
        answers.put(OSError(f"the name {host} can't be looked up: {error}"))
    finally:
        _slots.release()
