"""The proxy and certificate variables of the environment: what is usable is used, what is not is named."""

from __future__ import annotations

import ssl
import sys

import pytest

from tests.support.api_server import SECRET, Reply, ok
from tui.api import certificates
from tui.api.client import Client
from tui.api.errors import ApiError, BadSetting, NetworkError
from tui.api.proxies import Proxies
from tui.api.token import Token

NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", *certificates.VARIABLES)


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def way(url_host: str, port: int | None = None, scheme: str = "https", **environ: str) -> str | None:
    found = Proxies(environ).proxy_for(scheme, url_host, port)
    return found.url if found else None


def test_the_variable_of_the_scheme_wins_over_that_of_all() -> None:
    assert way("api.replicate.com", HTTPS_PROXY="http://a:1", ALL_PROXY="http://b:2") == "http://a:1"
    assert way("api.replicate.com", ALL_PROXY="socks5://b:2") == "socks5://b:2"
    assert way("api.replicate.com", HTTP_PROXY="http://a:1") is None
    assert way("api.replicate.com", scheme="http", http_proxy="a:1", HTTP_PROXY="http://b:2") == "http://a:1"
    assert way("api.replicate.com") is None


@pytest.mark.parametrize(
    ("entry", "host", "around"),
    [
        ("*", "api.replicate.com", True),
        ("replicate.com", "api.replicate.com", True),
        (".replicate.com", "api.replicate.com", True),
        ("*.replicate.com", "API.Replicate.com", True),
        ("replicate.com", "notreplicate.com", False),
        ("a.example, api.replicate.com", "api.replicate.com", True),
        ("a.example api.replicate.com", "api.replicate.com", True),
        ("api.replicate.com:443", "api.replicate.com", True),
        ("api.replicate.com:8443", "api.replicate.com", False),
        ("https://api.replicate.com", "api.replicate.com", True),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("fd07:b51a:cc66:f0::/64", "fd07:b51a:cc66:f0::5", True),
        ("fd07:b51a:cc66:f0::/64", "api.replicate.com", False),
        ("[fd07::1]", "fd07::1", True),
        ("[::1],,%%,://,:", "api.replicate.com", False),
        ("", "api.replicate.com", False),
    ],
)
def test_no_proxy_is_read_as_others_read_it(entry: str, host: str, around: bool) -> None:
    assert way(host, 443, HTTPS_PROXY="http://p:1", NO_PROXY=entry) == (None if around else "http://p:1")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]", "x.localhost", "LOCALHOST."])
def test_this_machine_has_no_proxy(host: str) -> None:
    assert way(host, HTTPS_PROXY="nonsense://", ALL_PROXY="http://p:1") is None


@pytest.mark.parametrize(
    "value", ["http://127.0.0.1:port", "socks4://h:1", "http://", "ftp://h", "http://h:99999", "http://a b", "::::"]
)
def test_a_proxy_that_is_none_is_named_with_its_variable(value: str) -> None:
    with pytest.raises(BadSetting, match=r"HTTPS_PROXY is .*http://HOST:PORT"):
        way("api.replicate.com", HTTPS_PROXY=value)
    assert way("api.replicate.com", scheme="http", HTTPS_PROXY=value) is None, "what nobody asks for is not looked at"


def test_the_password_of_a_proxy_is_not_shown() -> None:
    with pytest.raises(BadSetting) as caught:
        way("api.replicate.com", HTTPS_PROXY="http://ann:hunter2@h:port")
    assert "hunter2" not in str(caught.value)
    found = Proxies({"HTTPS_PROXY": "http://ann:hunter2@h:1"}).proxy_for("https", "x.example", None)
    assert found is not None and found.shown == "http://h:1"
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize("kind", ["socks5", "socks5h", "http"])
async def test_a_proxy_where_nobody_listens_is_named(monkeypatch: pytest.MonkeyPatch, naps, server, kind: str) -> None:
    await server.stop()
    monkeypatch.setenv("ALL_PROXY", f"{kind}://127.0.0.1:{server.port}")
    async with Client("https://api.example", Token(SECRET), sleep=naps) as client:
        with pytest.raises(NetworkError, match=rf"through {kind}://127.0.0.1:\d+.*Check ALL_PROXY") as caught:
            await client.account()
    assert not caught.value.sent


async def test_a_request_goes_through_the_proxy_with_its_token(monkeypatch: pytest.MonkeyPatch, naps, server) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.url)
    server.on("GET", "/v1/account", ok({"username": "ada"}))
    async with Client("http://api.example", Token(SECRET), sleep=naps) as client:
        assert (await client.account()).username == "ada"
    assert server.requests[0].headers["host"] == "api.example"
    assert server.requests[0].headers["authorization"] == f"Bearer {SECRET}"


async def test_what_goes_elsewhere_through_the_proxy_has_no_token(
    monkeypatch: pytest.MonkeyPatch, naps, server, tmp_path
) -> None:
    monkeypatch.setenv("http_proxy", server.url)
    server.on("GET", "/o", Reply(200, b"x"))
    async with Client("http://api.example", Token(SECRET), sleep=naps) as client:
        await client.download("http://outputs.example/o", tmp_path / "o")
    assert "authorization" not in server.requests[0].headers


@pytest.mark.parametrize("address", ["https://api.replicate.com/v1", "https://localhost:9/v1"])
@pytest.mark.parametrize("name", certificates.VARIABLES)
async def test_certificates_that_are_not_there_are_named(
    monkeypatch: pytest.MonkeyPatch, naps, name: str, address: str
) -> None:
    monkeypatch.setenv(name, "/no/such/place")
    async with Client(address, Token(SECRET), sleep=naps) as client:
        with pytest.raises(BadSetting, match=rf"{name} is '/no/such/place', which cannot be read"):
            await client.account()
    assert naps.seconds == []


async def test_http_needs_no_certificates(monkeypatch: pytest.MonkeyPatch, client, server) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such/place")
    server.on("GET", "/v1/account", ok({"username": "ada"}))
    assert (await client.account()).username == "ada"


def test_a_file_that_holds_no_certificate_is_named(tmp_path) -> None:
    (tmp_path / "x.pem").write_text("hello")
    with pytest.raises(BadSetting, match=r"REQUESTS_CA_BUNDLE .*holds no certificate"):
        certificates.trusted({"REQUESTS_CA_BUNDLE": str(tmp_path / "x.pem")})


def test_certificates_are_those_of_the_system_where_nothing_names_others() -> None:
    assert certificates.chosen({}) is None
    assert certificates.chosen({"SSL_CERT_FILE": " ", "CURL_CA_BUNDLE": "/c"}) == ("CURL_CA_BUNDLE", "/c")
    context = certificates.trusted({})
    assert context.verify_mode is ssl.CERT_REQUIRED and context.check_hostname


def test_a_refused_certificate_says_what_is_trusted_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    import httpx

    from tui.api.transport import failure_from

    monkeypatch.setenv("SSL_CERT_FILE", "/corp.pem")
    broken = httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate in chain")
    error = failure_from(broken, httpx.URL("https://api.replicate.com/v1"), home=True)
    assert isinstance(error, ApiError)
    assert "SSL_CERT_FILE names /corp.pem" in str(error) and "PEM file" in str(error)


async def test_a_socks_proxy_without_its_package_is_told_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    async with Client("https://api.example/v1", Token(SECRET)) as client:
        with pytest.raises(BadSetting, match=r"ALL_PROXY .*needs the package socksio"):
            await client.account()
