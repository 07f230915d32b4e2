"""Which proxy leads to an address, as the environment says it: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .errors import BadSetting

SCHEMES = ("http", "https", "socks5", "socks5h")


@dataclass(frozen=True)
class Proxy:
    """One proxy and the variable that names it."""

    url: str = field(repr=False)
    """It may hold a password."""
    variable: str

    @property
    def shown(self) -> str:
        """The proxy without its user and password."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


class Proxies:
    """The proxies of an environment. What nobody asks for is not looked at, and cannot be wrong."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._environ = os.environ if environ is None else environ
        self._exceptions = [
            entry.strip().lower() for entry in self._value("no_proxy")[1].replace(" ", ",").split(",") if entry.strip()
        ]

    def proxy_for(self, scheme: str, host: str, port: int | None) -> Proxy | None:
        """The proxy that leads to an address, or None. What is on this machine has none. Raises BadSetting."""
        if is_loopback(host) or any(_covers(entry, host.lower().strip("[]"), port) for entry in self._exceptions):
            return None
        for name in (f"{scheme}_proxy", "all_proxy"):
            variable, value = self._value(name)
            if value:
                return _proxy(variable, value)
        return self._of_system(scheme)

    def _value(self, name: str) -> tuple[str, str]:
        """The variable that is set, in small letters or capitals, and its value. Small letters win, as with curl."""
        for variable in (name, name.upper()):
            if value := self._environ.get(variable, "").strip():
                return variable, value
        return name.upper(), ""

    def _of_system(self, scheme: str) -> Proxy | None:
        """The proxy that macOS's or Windows's settings name."""
        if self._environ is not os.environ:
            return None
        from urllib.request import getproxies, getproxies_environment

        if getproxies_environment():
            return None
        value = getproxies().get(scheme)
        return _proxy("the system's proxy setting", value) if value else None


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by its name or address, without asking a name server."""
    host = host.lower().strip("[]").rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _proxy(variable: str, value: str) -> Proxy:
    url = value if "://" in value else f"http://{value}"
    try:
        parts = urlsplit(url)
        fine = parts.scheme in SCHEMES and bool(parts.hostname) and (parts.port or 1) > 0 and url.isprintable()
    except ValueError:
        fine = False
    if not fine or " " in url:
        raise BadSetting(variable, _without_password(value), "is no proxy's address: http://HOST:PORT would be one, "
                         "or socks5://HOST:PORT. Mend it, or unset it")  # fmt: skip
    return Proxy(url, variable)


def _without_password(value: str) -> str:
    head, slashes, rest = value.rpartition("://")
    return f"{head}{slashes}…@{rest.rpartition('@')[2]}" if "@" in rest else value


def _covers(entry: str, host: str, port: int | None) -> bool:
    """Whether an entry of NO_PROXY names the host. One that cannot be read names nobody."""
    if entry == "*":
        return True
    entry = entry.rpartition("://")[2].rstrip("/") if "://" in entry else entry
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        pass
    name, colon, number = entry.rpartition(":")
    if colon and number.isdecimal():
        if port is not None and int(number) != port:
            return False
        entry = name
    entry = entry.strip("[]").removeprefix("*").strip(".")
    return bool(entry) and (host == entry or host.endswith(f".{entry}"))
