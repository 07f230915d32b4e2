"""Whether an address that a model gave may be asked by itself: a public one may, one of a private network may not.

What is fetched without a person's word could otherwise reach a router, a cloud's metadata service or a neighbour.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import TYPE_CHECKING

from .errors import PrivateAddress
from .proxies import is_loopback

if TYPE_CHECKING:
    from .lazy_httpx import httpx


async def check_public(url: httpx.URL, home: httpx.URL, *, through_proxy: bool) -> None:
    """Raises PrivateAddress for a host that lies in a private network.

    The API's own host may be asked, and where that is this machine, so may this machine's other addresses. A name
    that leads nowhere is left to the connection. Behind a proxy, names are not looked up here.
    """
    host = url.host.strip("[]")
    if url.host == home.host or (is_loopback(home.host) and is_loopback(host)):
        return
    for address in [host] if _is_address(host) or through_proxy else await _addresses(host):
        if is_loopback(address) or (_is_address(address) and not _is_public(address)):
            raise PrivateAddress(url.host)


async def _addresses(host: str) -> list[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [str(entry[4][0]).partition("%")[0] for entry in found]


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_public(text: str) -> bool:
    address = ipaddress.ip_address(text)
    inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    return (inner or address).is_global and not address.is_multicast
