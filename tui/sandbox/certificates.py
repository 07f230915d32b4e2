"""A certificate authority of the sandbox's own, made at the start: who trusts it may speak TLS with the sandbox."""

import os
import ssl
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from msgspec import Struct

MISSING = "TLS needs the package trustme: pip install 'replicate-tui[tls]'"


class Certificates(Struct, frozen=True):
    """`authority` is what clients must trust; `server` holds the key and certificate that is shown to them."""

    authority: Path
    server: Path


def can_make_certificates() -> bool:
    """Whether what they are made with is installed."""
    return find_spec("trustme") is not None


def make_certificates(folder: Path, names: set[str]) -> Certificates:
    """New ones for these names and addresses. RuntimeError when they cannot be made here."""
    if not can_make_certificates():
        raise RuntimeError(MISSING)
    import trustme

    authority = trustme.CA(organization_name="replicate-tui sandbox")
    server = authority.issue_cert(*sorted(names))
    folder.mkdir(parents=True, exist_ok=True)
    made = Certificates(folder / "ca.pem", folder / "server.pem")
    authority.cert_pem.write_to_path(str(made.authority))
    server.private_key_and_cert_chain_pem.write_to_path(str(made.server))
    return made


def trusted_bundle(authority: Path, environment: Mapping[str, str] = os.environ) -> bytes:
    """The authority with those that were trusted before, for programs that take one file for all."""
    known = environment.get("SSL_CERT_FILE") or environment.get("REQUESTS_CA_BUNDLE") or _usual()
    others = Path(known).read_bytes() if known and Path(known).is_file() else b""
    return authority.read_bytes() + b"\n" + others


def _usual() -> str | None:
    if find_spec("certifi") is not None:
        import certifi

        return certifi.where()
    return ssl.get_default_verify_paths().cafile
