"""Classifies IP addresses: public ones, and those of AWS's metadata services.

A job names URLs, and the worker connects only to public addresses for them. Without this check a job could read the
task's credentials from `169.254.170.2`, or reach hosts of the private network through the worker (server-side request
forgery, SSRF).
"""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
"""The IPv6 addresses that IANA allocates for public use.
https://www.iana.org/assignments/ipv6-address-space/ipv6-address-space.xhtml"""

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""The last 32 bits are an IPv4 address (RFC 6052): a network without IPv4 reaches all of IPv4 by this prefix."""

_NOT_PUBLIC: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = (
    ipaddress.IPv4Network("100.64.0.0/10"),  # carrier-grade NAT, RFC 6598
    ipaddress.IPv4Network("192.88.99.0/24"),  # 6to4's relays, RFC 7526
    ipaddress.IPv6Network("2002::/16"),  # 6to4, RFC 3056: contains any IPv4 address
    ipaddress.IPv6Network("2001::/23"),  # Teredo (RFC 4380) and other protocols' own
    ipaddress.IPv6Network("2001:db8::/32"),  # documentation
    ipaddress.IPv6Network("3fff::/20"),  # documentation, RFC 9637
)

_METADATA = ipaddress.IPv6Network("fd00:ec2::/32")
"""Instance metadata, time and DNS over IPv6.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-metadata.html"""


def parse_address(text: str) -> Address | None:
    """Parse an address as the resolver returns it, without its scope id; None for a name."""
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None


def is_public(address: Address) -> bool:
    """Whether an address, or the IPv4 address inside it, belongs to the public internet."""
    inner = unwrap(address)
    if inner != address:
        return is_public(inner)
    if any(address in network for network in _NOT_PUBLIC if network.version == address.version):
        return False
    if isinstance(address, ipaddress.IPv6Address):
        return address in _GLOBAL_UNICAST
    return address.is_global and not address.is_multicast and not address.is_reserved


def is_metadata(address: Address) -> bool:
    """Whether AWS serves credentials at an address: a task's (169.254.170.2) or an instance's."""
    inner = unwrap(address)
    return inner.is_link_local or (isinstance(inner, ipaddress.IPv6Address) and inner in _METADATA)


def unwrap(address: Address) -> Address:
    """The IPv4 address inside an IPv4-mapped or NAT64 address; any other address unchanged."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address
