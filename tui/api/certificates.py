"""Which certificates an https connection trusts: the ones that a variable names, else the system's own."""

from __future__ import annotations

import os
import ssl
import sys
from collections.abc import Mapping
from pathlib import Path

from .errors import BadSetting

VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_DIR")
"""The first that is set counts, alone."""

_BUNDLES = (
    "/etc/ssl/cert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/cert.pem",
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/ca-bundle.pem",
)
"""Where systems keep theirs, for a Python whose OpenSSL was built to look elsewhere."""


def chosen(environ: Mapping[str, str] = os.environ) -> tuple[str, str] | None:
    """The variable that names the certificates, and its value; None for the system's own."""
    for name in VARIABLES:
        value = environ.get(name, "").strip()
        if value:
            return name, value
    return None


def trusted(environ: Mapping[str, str] = os.environ) -> ssl.SSLContext:
    """The context of every https connection. Reads files, which takes some 20 to 80 ms. Raises BadSetting."""
    named = chosen(environ)
    if named is not None:
        return _of_variable(*named)
    if sys.platform == "darwin" or sys.platform == "win32":
        import truststore

        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # On other systems truststore reads the whole store again for each connection, and does nothing more than this.
    context = ssl.create_default_context(cadata="")
    paths = ssl.get_default_verify_paths()
    if paths.cafile or (paths.capath and any(Path(paths.capath).glob("????????.[0-9]"))):
        context.set_default_verify_paths()
        return context
    bundle = next((place for place in _BUNDLES if Path(place).is_file()), None)
    if bundle is None:
        import certifi

        bundle = certifi.where()
    context.load_verify_locations(cafile=bundle)
    return context


def _of_variable(name: str, value: str) -> ssl.SSLContext:
    places = [Path(value), *(Path(part) for part in value.split(os.pathsep))]
    folder = any(place.is_dir() for place in places)
    right = "a folder of certificates" if name == "SSL_CERT_DIR" else "a PEM file of certificates"
    try:
        return ssl.create_default_context(capath=value) if folder else ssl.create_default_context(cafile=value)
    except ssl.SSLError:
        problem = "holds no certificate in PEM"
    except OSError as error:
        problem = f"cannot be read ({error.strerror or error})"
    raise BadSetting(name, value, f"{problem}. Name {right}, or unset it for the system's own")
