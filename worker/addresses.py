"""Which IP addresses a worker may connect to on the word of a stranger: those of the public internet, and no other.

A job names URLs. Without this, one that names `169.254.170.2` would have the task's own credentials posted about, and
one that names a host of the private network would reach it through us (server-side request forgery).
"""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All that IANA has given out of IPv6 for the public.
https://www.iana.org/assignments/ipv6-address-space/ipv6-address-space.xhtml"""

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""An IPv4 address in its last 32 bits (RFC 6052): a network without IPv4 sees all of it through this prefix."""

_NEVER: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = (
    ipaddress.IPv4Network("100.64.0.0/10"),  # carrier-grade NAT, RFC 6598
    ipaddress.IPv4Network("192.88.99.0/24"),  # 6to4's relays, RFC 7526
    ipaddress.IPv6Network("2002::/16"),  # 6to4, RFC 3056: wraps any IPv4 address
    ipaddress.IPv6Network("2001::/23"),  # Teredo (RFC 4380) and other protocols' own
    ipaddress.IPv6Network("2001:db8::/32"),  # documentation
    ipaddress.IPv6Network("3fff::/20"),  # documentation, RFC 9637
)

_METADATA = ipaddress.IPv6Network("fd00:ec2::/32")
"""Instance metadata, time and DNS over IPv6.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-metadata.html"""


def parse_address(text: str) -> Address | None:
    """An address as the resolver gives it, scope ids left out; None for a name."""
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet, whatever it is wrapped in."""
    inner = unwrapped(address)
    if inner != address:
        return is_public(inner)
    if any(address in network for network in _NEVER if network.version == address.version):
        return False
    if isinstance(address, ipaddress.IPv6Address):
        return address in _GLOBAL_UNICAST
    return address.is_global and not address.is_multicast and not address.is_reserved


def is_metadata(address: Address) -> bool:
    """Whether an address is where AWS hands out credentials, of a task (169.254.170.2) or of an instance."""
    inner = unwrapped(address)
    return inner.is_link_local or (isinstance(inner, ipaddress.IPv6Address) and inner in _METADATA)


def unwrapped(address: Address) -> Address:
    """The IPv4 address inside an IPv4-mapped or NAT64 one; any other as it is."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address
