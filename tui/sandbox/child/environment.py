"""What a program's environment must say for it to find the sandbox in Replicate's place."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

HOSTS = frozenset({"api.replicate.com", "stream.replicate.com", "streaming.api.replicate.com"})
"""Replicate's hosts that a program asks by name."""
TOKENS = ("REPLICATE_API_TOKEN", "REPLICATE_API_KEY")
"""Where clients look for a token. litellm takes the second before the first."""
ADDRESSES = ("REPLICATE_API_BASE_URL", "REPLICATE_BASE_URL", "REPLICATE_API_BASE")
"""Where clients look for the API's address: the command line, the official clients, and litellm."""
_DIRECT = ("127.0.0.1", "localhost", "::1")


class Interception(Struct, frozen=True):
    """What leads a program here that has Replicate's host built in."""

    authority: Path
    bundle: Path
    proxy: str
    tls_port: int


def variables(
    before: Mapping[str, str], base_url: str, token: str, interception: Interception | None
) -> dict[str, str]:
    """The environment for the program: what it was, with the sandbox's token, addresses and certificates."""
    environment = {
        **before,
        **dict.fromkeys(TOKENS, token),
        **dict.fromkeys(ADDRESSES, base_url),
    }
    if interception is None:
        return environment
    bundle = str(interception.bundle)
    direct = [name for name in (before.get("NO_PROXY") or before.get("no_proxy") or "").split(",") if name.strip()]
    direct = ",".join([*(name for name in direct if name.strip().lower() not in HOSTS), *_DIRECT])
    preload = str(Path(__file__).with_name("preload.cjs")).replace("\\", "\\\\").replace('"', '\\"')
    environment |= {
        "SSL_CERT_FILE": bundle,
        "REQUESTS_CA_BUNDLE": bundle,
        "CURL_CA_BUNDLE": bundle,
        "NODE_EXTRA_CA_CERTS": str(interception.authority),
        "HTTPS_PROXY": interception.proxy,
        "https_proxy": interception.proxy,
        "NO_PROXY": direct,
        "no_proxy": direct,
        "NODE_OPTIONS": f'{before.get("NODE_OPTIONS", "")} --require "{preload}"'.strip(),
        "REPLICATE_SANDBOX_HOSTS": ",".join(sorted(HOSTS)),
        "REPLICATE_SANDBOX_TLS_PORT": str(interception.tls_port),
    }
    return environment
