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

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class Addresses:
    """The addresses of one sandbox. `port` is set once it listens."""

    def __init__(self, secret: str, host: str, allowed_hosts: tuple[str, ...]) -> None:
        self._secret = secret.encode()
        self.placeholder = f"https://{self.sign('placeholder')}.sandbox.invalid"
        self.internal_key = self.sign("internal")
        self.host = host
        self.port = 0
        self._names = _LOOPBACK_NAMES | {host.lower(), *(name.lower() for name in allowed_hosts)}
        self._anywhere = host in {"0.0.0.0", "::", ""}  # noqa: S104 - compared, not bound
        if self._anywhere:
            self._names |= {socket.gethostname().lower()}

    def sign(self, text: str) -> str:
        """40 hex digits that nobody without the sandbox's secret can make."""
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()[:40]

    @property
    def origin(self) -> str:
        """The address for what no request asked for: webhooks, and Cog's processes."""
        host = "127.0.0.1" if self._anywhere else self.host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def internal(self) -> str:
        """Where Cog's processes deliver outputs and events, and fetch inputs."""
        return f"{self.origin}/_internal/{self.internal_key}"

    def accepts(self, host_header: str) -> bool:
        """Whether a Host header names this sandbox; a page of a rebound DNS name does not."""
        name = _hostname(host_header)
        if name is None:
            return False
        return name in self._names or (self._anywhere and _is_ip(name))

    def is_own(self, url: str) -> bool:
        """Whether a URL leads back to this sandbox."""
        try:
            parts = urlsplit(url)
            port = parts.port or 80
        except ValueError:
            return False
        return parts.scheme == "http" and port == self.port and (parts.hostname or "").lower() in self._names

    def inward(self, url: str) -> str:
        """A URL on this sandbox with the placeholder for its origin; any other URL as it is."""
        if not self.is_own(url):
            return url
        return self.placeholder + url[len("http://") + len(urlsplit(url).netloc) :]

    def outward(self, text: str, origin: str) -> str:
        """An answer's JSON with the origin in the placeholder's place."""
        return text.replace(self.placeholder, origin)


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
