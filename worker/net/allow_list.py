"""Allow list of the hosts and addresses that a worker may connect to for a job.

A URL is resolved once, every resolved address is checked, and the connection is made to one of those addresses: a name
that resolves differently a moment later (DNS rebinding) has no effect.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from worker.errors import ForbiddenDestinationError
from worker.net.addresses import is_metadata, is_public, parse_address
from worker.net.name_lookup import LOOKUP_SECONDS, look_up

URL_CHARACTERS_MAX = 8192
"""Longest URL, in characters; the job contract's limit."""

ADDRESSES_MAX = 3
"""Most addresses of a host that a connection is tried to. A stranger's name may have thousands, and each that doesn't
answer costs seconds. The resolver sorts them (RFC 6724), so that the first ones are reachable."""

_PORTS = {"https": 443, "http": 80}

_HOST_CHARACTERS_MAX = 253
"""Longest host name, in characters (RFC 1035, section 2.3.4, without the length octets)."""

_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
"""A part of a host name, after IDNA: what the resolver and TLS take without an error (RFC 1123, section 2.1). Names of
containers have underscores."""


@dataclass(frozen=True)
class Destination:
    """A URL, resolved and allowed: connect to one of `addresses`, in their order, with `host` as the name.

    There are at most `ADDRESSES_MAX`; that all of the host's addresses are allowed was checked.
    """

    scheme: str
    host: str
    port: int
    target: str
    """Path and query, for the request line."""
    addresses: tuple[str, ...]

    @property
    def authority(self) -> str:
        """Value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True)
class Origin:
    """An entry of an allow list: `host`, or `https://host[:port]`; omitted parts match any value.

    A name alone allows https to public addresses. An entry with a scheme, or with an IP address, marks the origin as
    trusted by the operator: it also allows private addresses, and plain http where the entry says so.
    """

    host: str
    scheme: str | None = None
    port: int | None = None

    @classmethod
    def parse(cls, text: str) -> "Origin":
        """Parse an entry. Raises ValueError with a sentence for a text that is neither a host nor an origin."""
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
    def is_trusted(self) -> bool:
        """Whether private addresses, and the scheme of the entry, are allowed."""
        return self.scheme is not None or self.host == "localhost" or parse_address(self.host) is not None

    def matches(self, scheme: str, host: str, port: int) -> bool:
        """Whether the entry covers a URL with these parts."""
        return self.host == host and self.scheme in {None, scheme} and self.port in {None, port}


@dataclass(frozen=True)
class DestinationPolicy:
    """Decides which destinations are allowed.

    - `allowed`: the allow list.
    - `configured`: origins that the operator has named elsewhere (WEBHOOK_URL); always allowed.
    - `is_open`: whether an empty allow list means every public host; otherwise it means none.
    - `allows_loopback`: whether a worker on a developer's machine may also reach that machine.
    """

    variable: str
    """The environment variable of the allow list, named in error sentences."""
    allowed: Collection[Origin] = ()
    configured: Collection[Origin] = ()
    is_open: bool = False
    allows_loopback: bool = False

    def resolve(self, url: str, *, seconds: float = LOOKUP_SECONDS) -> Destination:
        """Resolve `url` to a destination, if it is allowed. Its host is looked up within `seconds`.

        Raises `ForbiddenDestinationError`, and OSError where the name can't be resolved at the moment.
        """
        scheme, host, port, target = _split_url(url)
        matching = [origin for origin in (*self.configured, *self.allowed) if origin.matches(scheme, host, port)]
        if not matching and (self.allowed or not self.is_open):
            raise ForbiddenDestinationError(f"The host {host} is not allowed: add it to {self.variable}.")
        trusted = any(origin.is_trusted for origin in matching)
        addresses = look_up(host, port, seconds)
        local = self.allows_loopback and all(
            address.is_loopback for address in map(parse_address, addresses) if address
        )
        if not (trusted or local):
            if scheme != "https":
                raise ForbiddenDestinationError(
                    f"{scheme}://{host} is not encrypted: use https, or add {scheme}://{host} to {self.variable}."
                )
            _require_public(host, addresses, self.variable)
        _forbid_metadata(host, addresses)
        return Destination(scheme, host, port, target, addresses[:ADDRESSES_MAX])


def _split_url(url: str) -> tuple[str, str, int, str]:
    """Scheme, host, port, and path with query. Raises for a URL that two parsers could read differently."""
    if any(character <= " " or character in "\\\x7f" for character in url):
        raise ForbiddenDestinationError("The URL holds white space, a backslash or a control character.")
    if len(url) > URL_CHARACTERS_MAX:
        raise ForbiddenDestinationError(f"The URL is longer than {URL_CHARACTERS_MAX} characters.")
    try:
        parts = urlsplit(url)
        host, port = _canonical_host(parts.hostname or ""), parts.port
        path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
        query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    except ValueError:  # UnicodeError included
        raise ForbiddenDestinationError("The URL can't be understood: https://host/path is expected.") from None
    if parts.scheme not in _PORTS or not host:
        raise ForbiddenDestinationError("The URL is not one of https://host/path.")
    if parts.username is not None or parts.password is not None:
        raise ForbiddenDestinationError("The URL holds a user name or a password: leave them out.")
    return parts.scheme, host, _PORTS[parts.scheme] if port is None else port, f"{path}?{query}" if query else path


def _canonical_host(host: str) -> str:
    """An address, or a name as DNS has it (IDNA); "" for none. Raises ValueError for anything else.

    A `%` is refused: Python's parser of addresses takes what follows it as a scope, the resolver as part of a name.
    """
    host = host.rstrip(".")
    if "%" in host:
        raise ValueError("a host has no scope")
    if not host or parse_address(host) is not None:
        return host
    name = host.encode("idna").decode().lower()
    if len(name) > _HOST_CHARACTERS_MAX or not all(map(_LABEL.fullmatch, name.split("."))):
        raise ValueError("not a host name")
    return name


def _require_public(host: str, addresses: Collection[str], variable: str) -> None:
    for text in addresses:
        address = parse_address(text)
        if address is None or not is_public(address):
            raise ForbiddenDestinationError(
                f"The host {host} has the address {text}, which is not public: add its origin to {variable} if that "
                "is meant (https://host:port)."
            )


def _forbid_metadata(host: str, addresses: Collection[str]) -> None:
    for text in addresses:
        address = parse_address(text)
        if address is None or is_metadata(address):
            raise ForbiddenDestinationError(f"The host {host} has the address {text}, where AWS keeps credentials.")
