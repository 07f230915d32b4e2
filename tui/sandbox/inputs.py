"""Files among a prediction's inputs: what a client may point at, and what the model is handed.

A model gets data URIs and addresses on this sandbox only. A path, a private address or a redirect to one never
reaches it: what lies elsewhere is fetched here, from an address that was checked before it was connected to.
"""

import asyncio
import ipaddress
import socket
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urljoin, urlsplit

from tui.sandbox.addresses import Addresses
from tui.sandbox.cogclient import CogError
from tui.sandbox.files import MAX_BYTES, FileStore, StoredFile
from tui.sandbox.filewalk import file_values, part_of, replaced
from tui.sandbox.jsons import Obj, as_obj
from tui.sandbox.validation import Fault

if TYPE_CHECKING:
    import httpx

_MAX_REDIRECTS = 5


class Inputs:
    """Checks and hands on inputs of one sandbox. `private` ones may lie at any address, this machine's among them."""

    def __init__(self, addresses: Addresses, files: FileStore, *, private: bool = False) -> None:
        self._addresses = addresses
        self._files = files
        self._private = private

    async def faults(self, given: Obj, schema: Obj, part: str) -> list[Fault]:
        """What is wrong with the files among the values: local paths, private addresses, strange schemes."""
        found: list[Fault] = []
        for path, value in file_values(given, part_of(schema, part), schema, "input"):
            reason = await self._refusal(value)
            if reason:
                found.append(("format", path, reason))
        return found

    async def _refusal(self, value: str) -> str | None:
        if value.startswith("data:"):
            return None if "," in value else "Does not match format 'uri': a data URI needs a comma"
        parts = _split(value)
        if parts is None or parts[0] not in {"http", "https"}:
            return "Does not match format 'uri': give an http(s) URL or a data URI, not a local path"
        if self._addresses.is_own(value):
            return None if await self._own_file(value) else "The file does not exist, or it has expired"
        if not self._private and not await _public_addresses(parts[1], resolve_names=False):
            return "Must not be a private or local address"
        return None

    async def _own_file(self, url: str) -> StoredFile | None:
        pieces = [unquote(piece) for piece in urlsplit(url).path.split("/") if piece]
        match pieces:
            case ["v1", "files", file_id] | ["v1", "files", file_id, "download"]:
                return await self._files.get(file_id, "upload")
            case ["delivery", key, *_]:
                return await self._files.get(key, "output", "weights", "input")
            case _:
                return None

    def inward(self, given: Obj, schema: Obj, part: str) -> Obj:
        """The input as it is kept: addresses on this sandbox as placeholders."""
        return as_obj(replaced(given, part_of(schema, part), schema, {}, self._addresses.inward))

    async def for_model(self, given: Obj, schema: Obj, part: str, job_id: str) -> Obj:
        """The input as the model gets it. CogError when a file cannot be had."""
        found: dict[str, str] = {}
        for _, value in file_values(given, part_of(schema, part), schema, "input"):
            if value not in found and not value.startswith("data:"):
                found[value] = await self._local(value, job_id)
        return as_obj(replaced(given, part_of(schema, part), schema, found, lambda text: text))

    async def _local(self, value: str, job_id: str) -> str:
        if value.startswith(self._addresses.placeholder) or self._addresses.is_own(value):
            stored = await self._own_file(value)
            if stored is None:
                raise CogError(f"E9243 Error starting prediction: the input file {value!r} has expired")
        else:
            stored = await self._fetch(value, job_id)
        return f"{self._addresses.internal}/files/{quote(stored.id)}/{quote(stored.name)}"

    async def _fetch(self, url: str, job_id: str) -> StoredFile:
        import httpx

        try:
            async with (
                asyncio.timeout(120),
                httpx.AsyncClient(timeout=30, trust_env=False, follow_redirects=False) as client,
            ):
                for _ in range(_MAX_REDIRECTS):
                    request = client.build_request("GET", url) if self._private else await _pinned(client, url)
                    answer = await client.send(request, stream=True)
                    try:
                        if not answer.is_redirect:
                            return await self._keep(answer, url, job_id)
                        url = urljoin(url, answer.headers["location"])
                    finally:
                        await answer.aclose()
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError) as error:
            reason = str(error) or type(error).__name__
            raise CogError(f"E9243 Error starting prediction: could not fetch {url}: {reason}") from None
        raise CogError(f"E9243 Error starting prediction: too many redirects from {url}")

    async def _keep(self, answer: "httpx.Response", url: str, job_id: str) -> StoredFile:
        if answer.status_code != 200:
            raise CogError(f"E9243 Error starting prediction: {url} answered {answer.status_code}")
        content = bytearray()
        async for piece in answer.aiter_bytes():
            content += piece
            if len(content) > MAX_BYTES:
                raise CogError(f"E9243 Error starting prediction: {url} is larger than 100 MB")
        name = unquote(urlsplit(url).path.rsplit("/", 1)[-1]) or "input"
        content_type = str(answer.headers.get("content-type", "")) or None
        return await self._files.add("input", bytes(content), name, content_type, job=job_id)


async def _pinned(client: "httpx.AsyncClient", url: str) -> "httpx.Request":
    """A request to the very address that was checked, so that a second look-up cannot lead elsewhere."""
    parts = _split(url)
    if parts is None or parts[0] not in {"http", "https"}:
        raise CogError(f"E9243 Error starting prediction: {url} is no http(s) address")
    scheme, host, port = parts
    addresses = await _public_addresses(host, resolve_names=True)
    if not addresses:
        raise CogError(f"E9243 Error starting prediction: {host} is a private or local address")
    address = f"[{addresses[0]}]" if ":" in addresses[0] else addresses[0]
    rest = urlsplit(url)
    target = f"{scheme}://{address}:{port}{rest.path or '/'}{'?' + rest.query if rest.query else ''}"
    headers = {"Host": rest.netloc.rpartition("@")[2]}
    return client.build_request("GET", target, headers=headers, extensions={"sni_hostname": host})


async def _public_addresses(host: str, *, resolve_names: bool) -> list[str]:
    """The addresses to connect to; none when one of them is not public. Names are looked up if wished."""
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return []
    try:
        return [host] if _is_public(host) else []
    except ValueError:
        pass
    try:
        # The old spellings of an IPv4 address (2130706433, 0x7f.1) are understood by the C library.
        return [host] if _is_public(socket.inet_ntoa(socket.inet_aton(host))) else []
    except OSError:
        pass
    if not resolve_names:
        return [host]
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    return addresses if addresses and all(_is_public(address) for address in addresses) else []


def _is_public(text: str) -> bool:
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        if inner and not inner.is_global:
            return False
    return address.is_global and not address.is_multicast


def _split(url: str) -> tuple[str, str, int] | None:
    """Scheme, lower-case host and port of a URL; None when it has none."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return None
    host = (parts.hostname or "").rstrip(".").lower()
    return (parts.scheme.lower(), host, port) if host and "\\" not in url else None
