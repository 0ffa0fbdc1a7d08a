"""What is counted as one caller, and what is kept of an address."""

from __future__ import annotations

import pytest

from ownerdesk.rules.addresses import caller_of, shorten_address


@pytest.mark.parametrize(
    ("address", "caller", "shortened"),
    [
        ("203.0.113.77", "203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/64", "fe80::/48"),
        ("", "", ""),
        ("unknown", "", ""),
    ],
)
def test_an_address_becomes_a_network(address: str, caller: str, shortened: str) -> None:
    assert caller_of(address) == caller
    assert shorten_address(address) == shortened
