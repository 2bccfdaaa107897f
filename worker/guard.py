"""Where a worker may connect to on a job's behalf: which hosts, and at which addresses.

A URL is resolved once, every address that came of it is judged, and the connection then goes to one of those very
addresses: a name that resolves differently a moment later (DNS rebinding) gains nothing.
"""

import socket
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from worker.addresses import is_metadata, is_public, parse_address

_PORTS = {"https": 443, "http": 80}


class ForbiddenDestinationError(Exception):
    """The worker does not connect there; the message is one sentence that says why, and what would allow it."""


@dataclass(frozen=True)
class Destination:
    """A URL, resolved and judged: connect to one of `addresses`, in their order, and say `host`."""

    scheme: str
    host: str
    port: int
    target: str
    """Path and query, as the request line has them."""
    addresses: tuple[str, ...]

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True)
class Origin:
    """An entry of an allow list: `host`, or `https://host[:port]`; what it leaves out may be anything.

    A name alone allows https to public addresses. Whoever writes the scheme out, or an address, vouches for what is
    there: plain http where that is what stands there, and private addresses.
    """

    host: str
    scheme: str | None = None
    port: int | None = None

    @classmethod
    def parse(cls, text: str) -> "Origin":
        """Read an entry. Raises ValueError with a sentence for one that is neither a host nor an origin."""
        try:
            parts = urlsplit(text if "://" in text else f"//{text}")
            host, port = parts.hostname or "", parts.port
        except ValueError:
            host, port, parts = "", None, urlsplit("")
        extras = parts.path.strip("/") or parts.query or parts.fragment or parts.username
        if not host or extras or parts.scheme not in {"", *_PORTS}:
            raise ValueError(f"{text!r} is not a host: write host, host:port, or https://host:port.")
        if parts.scheme and port is None:
            port = _PORTS[parts.scheme]
        return cls(host.rstrip("."), parts.scheme or None, port)

    @property
    def is_vouched_for(self) -> bool:
        """Whether the operator knows what stands there."""
        return self.scheme is not None or self.host == "localhost" or parse_address(self.host) is not None

    def matches(self, scheme: str, host: str, port: int) -> bool:
        """Whether a URL of these parts is meant."""
        return self.host == host and self.scheme in {None, scheme} and self.port in {None, port}


@dataclass(frozen=True)
class Guard:
    """Judges destinations.

    - `allowed`: the allow list.
    - `own`: origins that the operator has named elsewhere (WEBHOOK_URL); always allowed.
    - `is_open`: whether an empty allow list means every public host; otherwise it means none.
    - `loopback`: a worker on a developer's machine may also reach that machine.
    """

    variable: str
    """The environment variable that the allow list comes from, for the sentence that names it."""
    allowed: Collection[Origin] = ()
    own: Collection[Origin] = ()
    is_open: bool = False
    loopback: bool = False

    def resolve(self, url: str) -> Destination:
        """Where to connect to for `url`.

        Raises `ForbiddenDestinationError`, and OSError where the name can't be resolved just now.
        """
        scheme, host, port, target = _parts(url)
        matching = [origin for origin in (*self.own, *self.allowed) if origin.matches(scheme, host, port)]
        if not matching and (self.allowed or not self.is_open):
            raise ForbiddenDestinationError(f"The host {host} is not allowed: add it to {self.variable}.")
        vouched = any(origin.is_vouched_for for origin in matching)
        addresses = _addresses(host, port)
        local = self.loopback and all(address.is_loopback for address in map(parse_address, addresses) if address)
        if not (vouched or local):
            if scheme != "https":
                raise ForbiddenDestinationError(
                    f"{scheme}://{host} is not encrypted: use https, or add {scheme}://{host} to {self.variable}."
                )
            _demand_public(host, addresses, self.variable)
        _refuse_metadata(host, addresses)
        return Destination(scheme, host, port, target, addresses)


def _parts(url: str) -> tuple[str, str, int, str]:
    """Scheme, host, port, and path with query. Refuses what two readers could read differently."""
    if any(character <= " " or character in "\\\x7f" for character in url):
        raise ForbiddenDestinationError("The URL holds white space, a backslash or a control character.")
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
        if parse_address(host) is None:
            host = host.encode("idna").decode()
        port = parts.port
    except (ValueError, UnicodeError):
        raise ForbiddenDestinationError("The URL can't be understood: https://host/path is expected.") from None
    if parts.scheme not in _PORTS or not host:
        raise ForbiddenDestinationError("The URL is not one of https://host/path.")
    if parts.username is not None or parts.password is not None:
        raise ForbiddenDestinationError("The URL holds a user name or a password: leave them out.")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    return parts.scheme, host, _PORTS[parts.scheme] if port is None else port, f"{path}?{query}" if query else path


def _addresses(host: str, port: int) -> tuple[str, ...]:
    """Every address of a host, as the system's resolver has them, each once."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def _demand_public(host: str, addresses: Collection[str], variable: str) -> None:
    for text in addresses:
        address = parse_address(text)
        if address is None or not is_public(address):
            raise ForbiddenDestinationError(
                f"The host {host} has the address {text}, which is not public: add its origin to {variable} if that "
                "is meant (https://host:port)."
            )


def _refuse_metadata(host: str, addresses: Collection[str]) -> None:
    for text in addresses:
        address = parse_address(text)
        if address is None or is_metadata(address):
            raise ForbiddenDestinationError(f"The host {host} has the address {text}, where AWS keeps credentials.")
