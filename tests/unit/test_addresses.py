"""Which addresses belong to the public internet."""

import pytest

from worker.net.addresses import is_metadata, is_public, parse_address

PRIVATE = [
    *("0.0.0.0", "10.0.0.1", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.1.2.3", "169.254.169.254"),  # noqa: S104
    *("169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1"),
    *("198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:aa02"),
    *("64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::1", "2002:808:808::1", "3fff::1"),
    *("fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "5f00::1"),
]
PUBLIC = ["1.1.1.1", "8.8.8.8", "52.95.110.1", "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("text", PRIVATE)
def test_everything_else_is_not_public(text: str) -> None:
    address = parse_address(text)
    assert address is not None
    assert not is_public(address)


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_are(text: str) -> None:
    address = parse_address(text)
    assert address is not None
    assert is_public(address)


@pytest.mark.parametrize(
    "text",
    ["169.254.169.254", "169.254.170.2", "::ffff:169.254.170.2", "fe80::1", "fd00:ec2::254", "64:ff9b::a9fe:aa02"],
)
def test_where_credentials_are_handed_out(text: str) -> None:
    address = parse_address(text)
    assert address is not None
    assert is_metadata(address)


def test_a_name_is_no_address() -> None:
    assert parse_address("example.com") is None
    assert parse_address("2130706433") is None
