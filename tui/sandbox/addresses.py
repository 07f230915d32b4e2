"""Which addresses are the sandbox's own, and how a file's URL outlives a change of port.

Inside, a URL on the sandbox begins with a placeholder that only this sandbox knows; it becomes the address
that the client used when an answer is written, and the other way round when an input comes in.
"""

import hashlib
import hmac
import ipaddress
import re
import socket
from urllib.parse import urlsplit

_MOST_ORIGINS = 64
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class Addresses:
    """The addresses of one sandbox. `port` is set once it listens, and `tls_port` where it speaks TLS too."""

    def __init__(self, secret: str, host: str, allowed_hosts: tuple[str, ...], public_url: str | None = None) -> None:
        self._secret = secret.encode()
        self.placeholder = f"https://{self.sign('placeholder')}.sandbox.invalid"
        self.internal_key = self.sign("internal")
        self.host = host
        self.port = 0
        self.tls_port: int | None = None
        self._public = _origin(public_url) if public_url else None
        self._names = _LOOPBACK_NAMES | {host.lower(), *(name.lower() for name in allowed_hosts)}
        if self._public is not None:
            self._names |= {(urlsplit(self._public).hostname or "").lower()}
        self._anywhere = host in {"0.0.0.0", "::", ""}  # noqa: S104 - compared, not bound
        if self._anywhere:
            self._names |= {socket.gethostname().lower()}
        self._came_by: dict[str, None] = {}

    def sign(self, text: str) -> str:
        """40 hex digits that nobody without the sandbox's secret can make."""
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()[:40]

    @property
    def origin(self) -> str:
        """The address for what no request asked for, such as webhooks."""
        if self._public is not None:
            return self._public
        return self._local("http", self.port) if self.tls_port is None else self._local("https", self.tls_port)

    @property
    def internal(self) -> str:
        """Where Cog's processes deliver outputs and events, and fetch inputs: without TLS, on this machine."""
        return f"{self._local('http', self.port)}/_internal/{self.internal_key}"

    def _local(self, scheme: str, port: int) -> str:
        host = "127.0.0.1" if self._anywhere else self.host
        return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"

    def accepts(self, host_header: str) -> bool:
        """Whether a Host header names this sandbox; a page of a rebound DNS name does not."""
        name = _hostname(host_header)
        if name is None:
            return False
        return name in self._names or (self._anywhere and _is_ip(name))

    def allow(self, *names: str) -> None:
        """Answers for these names in Host headers too."""
        self._names |= {name.lower() for name in names}

    def origin_of(self, scheme: str, host: str, forwarded: tuple[str, str]) -> str:
        """The address by which a request came, told by its scheme, its Host and what a proxy in front says of both."""
        if self._public is not None:
            return self._public
        proto, _, _ = forwarded[0].partition(",")
        name, _, _ = forwarded[1].partition(",")
        scheme = proto.strip().lower() if proto.strip().lower() in {"http", "https"} else scheme
        host = name.strip() if _hostname(name) is not None else host.strip()
        return _origin(f"{scheme}://{host}") or f"{scheme}://{host}"

    def remember(self, origin: str) -> None:
        """Takes an address by which a client with the token came for one of this sandbox's own."""
        self._came_by.pop(origin, None)
        self._came_by[origin] = None
        if len(self._came_by) > _MOST_ORIGINS:
            del self._came_by[next(iter(self._came_by))]

    def is_own(self, url: str) -> bool:
        """Whether a URL leads back to this sandbox."""
        origin = _origin(url)
        if origin is None:
            return False
        if origin == self._public or origin in self._came_by:
            return True
        parts = urlsplit(origin)
        ports = {"http": self.port, "https": self.tls_port}
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
        return port == ports[parts.scheme] and (parts.hostname or "").lower() in self._names

    def inward(self, url: str) -> str:
        """A URL on this sandbox with the placeholder for its origin; any other URL as it is."""
        if not self.is_own(url):
            return url
        return self.placeholder + url[url.index("://") + 3 + len(urlsplit(url).netloc) :]

    def outward(self, text: str, origin: str) -> str:
        """An answer's JSON with the origin in the placeholder's place."""
        return text.replace(self.placeholder, origin)


def _origin(url: str) -> str | None:
    """Scheme, host and port of an http(s) URL, the port left out where it goes without saying."""
    try:
        parts = urlsplit(url)
        scheme, port, host = parts.scheme.lower(), parts.port, (parts.hostname or "").lower()
    except ValueError:
        return None
    if scheme not in _DEFAULT_PORTS or not host:
        return None
    name = f"[{host}]" if ":" in host else host
    return f"{scheme}://{name}" if port in (None, _DEFAULT_PORTS[scheme]) else f"{scheme}://{name}:{port}"


def _hostname(host_header: str) -> str | None:
    match = re.fullmatch(r"(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::\d{1,5})?", host_header.strip())
    if match is None:
        return None
    return (match[1] or match[2]).lower().rstrip(".")


def _is_ip(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
