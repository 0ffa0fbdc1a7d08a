"""Network addresses: what counts as one caller, and what may be kept of where somebody was."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network


def caller_of(address: str) -> str:
    """Whom guesses are counted by. One home has a whole IPv6 network of 64 bits to guess from."""
    return _network(address, 32, 64)


def shorten_address(address: str) -> str:
    """Roughly where: the network of 256 neighbours, or a provider's part of IPv6."""
    return _network(address, 24, 48)


def _network(address: str, bits: int, bits6: int) -> str:
    """Empty for what is no address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return _network(str(parsed.ipv4_mapped), bits, bits6)
        return str(ip_network(f"{parsed.compressed.partition('%')[0]}/{bits6}", strict=False))
    return address if bits == 32 else str(ip_network(f"{parsed}/{bits}", strict=False))
