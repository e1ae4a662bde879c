"""Which addresses are this machine's: what is local-only may be told to those."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


def leaves_machine(address: str) -> bool:
    """Whether what is sent to a server leaves the machine: so it is for every address but a loopback one."""
    host = urlsplit(address).hostname or ""
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"
