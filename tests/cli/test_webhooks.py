"""webhooks forward, send, verify, check: as a developer at a laptop uses them, against the sandbox and real sockets."""

from __future__ import annotations

import json
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
from standardwebhooks import Webhook

from tests.support.command import Command
from tests.support.ports import taken_words
from tests.support.receiver import Receiver, receiving
from tui.api.token import Token
from tui.api.webhooks import signed_headers

pytestmark = pytest.mark.timeout(120)
QUICK = ("-i", "prompt=a lake", "-i", "width=64", "-i", "height=64", "-i", "steps=1", "-i", "pace=0")
KEY = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
BODY = b'{"id": "p1"}'


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def secret_of(command: Command) -> Webhook:
    return Webhook(command("webhooks", "secret").json["key"])


# ---- forward and send


def test_forward_delivers_what_is_run_meanwhile_and_says_so(replicate: Command, receiver: Receiver) -> None:
    judge = secret_of(replicate)
    process = replicate.start("webhooks", "forward", receiver.url, "--json", "--model", "sandbox/fractal")
    try:
        assert process.stderr is not None and receiver.url in process.stderr.readline()
        made = replicate("run", "sandbox/fractal", *QUICK, "--json").json
        lines: list[dict[str, Any]] = []
        assert process.stdout is not None
        while not lines or lines[-1]["event"] != "completed":
            lines.append(json.loads(process.stdout.readline()))
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=30)
    finally:
        process.kill()
    assert (process.returncode, out) == (130, "")
    assert [(line["event"], line["status"]) for line in lines if line["event"] in ("start", "completed")] == [
        ("start", "processing"), ("completed", "succeeded"),
    ]  # fmt: skip
    assert {line["prediction"] for line in lines} == {made["id"]}
    assert {(line["state"], line["code"], line["attempts"], line["url"]) for line in lines} == {
        ("taken", 200, 1, receiver.url)
    }
    for one in receiver.taken:
        assert judge.verify(one.body, one.headers)["id"] == made["id"]
    last = receiver.taken[-1].json()
    assert last["output"] == made["output"] and last["logs"] == made["logs"]


def test_what_a_killed_forward_left_comes_with_the_next_under_the_same_id(
    replicate: Command, receiver: Receiver
) -> None:
    judge = secret_of(replicate)
    ended = {"succeeded", "failed", "canceled"}
    receiver.judge = lambda one: 503 if one.json()["status"] in ended else 200
    words = ("webhooks", "forward", receiver.url, "--json", "--model", "sandbox/fractal")
    process = replicate.start(*words, stdout=subprocess.DEVNULL)
    try:
        assert process.stderr is not None and receiver.url in process.stderr.readline()
        made = replicate("run", "sandbox/fractal", *QUICK, "--json").json
        receiver.until(lambda: [one.json()["status"] for one in receiver.taken].count("succeeded") >= 2)
    finally:
        process.kill()
        process.wait()
    (left,) = {one.id for one in receiver.taken if one.json()["status"] in ended}
    receiver.judge = None
    before = len(receiver.taken)
    process = replicate.start(*words)
    try:
        assert process.stdout is not None
        line = json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
    assert (line["id"], line["event"], line["state"], line["prediction"]) == (left, "completed", "taken", made["id"])
    assert {one.id for one in receiver.taken[before:]} == {left}
    assert judge.verify(receiver.taken[-1].body, receiver.taken[-1].headers)["id"] == made["id"]


def test_forward_of_one_ends_with_it_and_with_1_when_nobody_took_its_end(
    replicate: Command, receiver: Receiver
) -> None:
    made = replicate("run", "sandbox/fractal", *QUICK, "--json").json
    done = replicate("webhooks", "forward", receiver.url, "--prediction", made["id"], "--json")
    assert done.code == 0
    assert [one.json()["id"] for one in receiver.taken] == [made["id"]]
    assert [json.loads(line)["event"] for line in done.out.splitlines()] == ["completed"]


def test_send_delivers_one_and_its_exit_code_is_the_receivers_word(replicate: Command, receiver: Receiver) -> None:
    judge = secret_of(replicate)
    made = replicate("run", "sandbox/fractal", *QUICK, "--json").json
    sent = replicate("webhooks", "send", made["id"], receiver.url, "--json")
    assert (sent.code, sent.json["code"], sent.json["state"], sent.json["event"]) == (0, 200, "taken", "completed")
    (one,) = receiver.taken
    assert judge.verify(one.body, one.headers)["id"] == made["id"] and one.id == sent.json["id"]
    again = replicate("webhooks", "send", made["id"], receiver.url, "--json")
    assert again.json["id"] != sent.json["id"]
    receiver.answers = [500]
    refused = replicate("webhooks", "send", made["id"], receiver.url, "--json")
    assert (refused.code, refused.json["code"], refused.json["state"]) == (1, 500, "refused")
    assert len(receiver.taken) == 3
    assert replicate("webhooks", "send", "nothing00", receiver.url).code == 4
    assert replicate("--read-only", "webhooks", "send", made["id"], receiver.url).code == 2
    assert len(receiver.taken) == 3


def test_a_runs_own_webhooks_are_forwarded_and_the_last_is_waited_for(replicate: Command, receiver: Receiver) -> None:
    judge = secret_of(replicate)
    receiver.answers = [500, 500]
    done = replicate("run", "sandbox/fractal", *QUICK, "--json", "--webhook-forward", receiver.url)
    assert done.code == 0
    last = receiver.taken[-1]
    assert judge.verify(last.body, last.headers)["output"] == done.json["output"]
    assert {one.json()["id"] for one in receiver.taken} == {done.json["id"]}
    assert "The webhook start was not taken: the answer was 500." in done.err
    refused = replicate("run", "sandbox/fractal", *QUICK, "--webhook-forward", receiver.url, "--no-wait")
    assert refused.code == 2 and "--webhook-forward waits" in refused.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("forward",), "URL"),
        (("forward", "localhost:8000"), "must be an address"),
        (("forward", "ftp://x/y"), "must be an address"),
        (("forward", ""), "must be an address"),
        (("forward", "http://x/", "--events", "start,end"), "got 'end'"),
        (("send", "p1"), "URL"),
        (("send", "p1", "http://x/", "--event", "end"), "invalid choice"),
        (("check",), "URL"),
        (("sned", "p1"), "say what"),
    ],
)
def test_what_is_no_address_or_no_event_is_refused(command: Command, words: tuple[str, ...], said: str) -> None:
    done = command("webhooks", *words)
    assert done.code == 2 and said in done.err


# ---- verify


def signed(body: bytes = BODY, *, age: float = 0.0) -> dict[str, str]:
    return signed_headers(Token(KEY), "msg_1", body, int(time.time() - age))


def verify(command: Command, headers: dict[str, str], *words: str, body: bytes = BODY) -> Any:
    (command.folder / "body").write_bytes(body)
    given = {name: headers[f"webhook-{name}"] for name in ("id", "timestamp", "signature")}
    options = [word for name, value in given.items() for word in (f"--{name}", value)]
    command.environment["HOOK_SECRET"] = KEY
    return command("webhooks", "verify", "body", *options, "--secret-env", "HOOK_SECRET", *words)


def test_verify_tells_the_right_from_the_changed_and_the_old(command: Command) -> None:
    done = verify(command, signed())
    assert (done.code, done.json) == (0, {"valid": True, "problem": None, "likely": None})
    done = verify(command, signed(), body=BODY + b"\n")
    assert (done.code, done.json["valid"]) == (1, False)
    assert "signature is wrong" in done.json["problem"] and "line ends" in done.json["likely"]
    # The bound itself is a test of verify: here the command takes some seconds to start.
    done = verify(command, signed(age=240))
    assert done.code == 0
    done = verify(command, signed(age=302))
    assert done.code == 1 and "too old" in done.json["problem"] and done.json["likely"] is None
    assert verify(command, signed(age=302), "--tolerance", "400").code == 0
    assert verify(command, signed(age=10_000_000), "--tolerance", "0").code == 0
    assert KEY not in done.out + done.err


def request_of(headers: dict[str, str], body: bytes, end: str = "\r\n", length: int | None = None) -> bytes:
    lines = [
        "POST /hook HTTP/1.1",
        "Host: localhost:8000",
        f"Content-Length: {len(body) if length is None else length}",
    ]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return (end.join(lines) + end * 2).encode() + body


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_verify_reads_a_whole_request(command: Command, end: str) -> None:
    command.environment["HOOK_SECRET"] = KEY
    given = ("webhooks", "verify", "--request", "request", "--secret-env", "HOOK_SECRET")
    body = b'{"logs": "a\\n\\nb"}\n\n'
    (command.folder / "request").write_bytes(request_of(signed(body), body, end))
    assert command(*given).code == 0
    (command.folder / "request").write_bytes(request_of(signed(body), body, end, length=len(body) + 1))
    cut = command(*given)
    assert cut.code == 2 and "cut short" in cut.err
    (command.folder / "request").write_bytes(b"hello")
    assert command(*given).code == 2


def test_verify_says_what_is_missing(command: Command) -> None:
    command.environment["HOOK_SECRET"] = KEY
    done = command("webhooks", "verify", "x", "--id", "m", "--secret-env", "HOOK_SECRET")
    assert done.code == 2 and "--timestamp, --signature must be given" in done.err
    done = command("webhooks", "verify", "x", "--secret-env", "NO_SUCH_NAME")
    assert done.code == 2 and "NO_SUCH_NAME is not set" in done.err
    done = verify(command, signed(), "--request", "body")
    assert done.code == 2 and "either" in done.err


def test_verify_asks_for_the_accounts_own_secret(replicate: Command, receiver: Receiver) -> None:
    made = replicate("run", "sandbox/fractal", *QUICK, "--json").json
    assert replicate("webhooks", "send", made["id"], receiver.url).code == 0
    (one,) = receiver.taken
    (replicate.folder / "body").write_bytes(one.body)
    headers = [
        word for name in ("id", "timestamp", "signature") for word in (f"--{name}", one.headers[f"webhook-{name}"])
    ]
    assert replicate("webhooks", "verify", "body", *headers).code == 0
    (replicate.folder / "body").write_bytes(one.body.replace(b"fractal", b"Fractal"))
    assert replicate("webhooks", "verify", "body", *headers).code == 1


# ---- check


def found(command: Command, url: str) -> tuple[int, list[tuple[str, bool]], str]:
    """The exit code, what each step found, and the last one's words."""
    done = command("webhooks", "check", url, "--json")
    return done.code, [(one["step"], one["good"]) for one in done.json], done.json[-1]["text"]


def test_check_says_how_a_test_webhook_was_answered(replicate: Command, receiver: Receiver) -> None:
    judge = secret_of(replicate)
    code, steps, said = found(replicate, receiver.url)
    assert code == 0
    assert steps == [("address", True), ("name", True), ("connection", True), ("webhook", True)]
    assert "taken with 200" in said
    (one,) = receiver.taken
    assert judge.verify(one.body, one.headers)["model"] == "replicate-tui/webhook-test"
    for status, words in [
        (301, "follows no redirect"), (404, "nothing at this path"), (405, "takes no POST"), (401, "wants credentials"),
        (500, "fails on the test webhook"),
    ]:  # fmt: skip
        receiver.answers = [status]
        code, steps, said = found(replicate, receiver.url)
        assert code == 1 and steps[-1] == ("webhook", False)
        assert f"answered with {status}" in said and words in said


@pytest.mark.parametrize(("delay", "code", "words"), [(2.2, 0, "which is slow"), (5.5, 1, "Answer first")])
def test_check_says_that_an_answer_is_slow(
    replicate: Command, receiver: Receiver, delay: float, code: int, words: str
) -> None:
    receiver.delay = delay
    ended, _, said = found(replicate, receiver.url)
    assert ended == code and words in said


def test_check_says_that_nobody_listens_and_that_a_name_is_not_there(replicate: Command) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code, steps, said = found(replicate, f"http://127.0.0.1:{port}/")
    assert code == 1 and steps[-1] == ("connection", False) and f"port {port}" in said
    code, steps, said = found(replicate, "https://no-such-name.invalid/hook")
    assert code == 1 and steps[-1] == ("name", False) and "no-such-name.invalid is not found" in said


def tls(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def test_check_reads_certificates(replicate: Command, tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    day = timedelta(days=1)
    now = datetime.now(UTC)
    good = authority.issue_cert("127.0.0.1", not_after=now + 30 * day)
    cases = [
        (authority.issue_cert("127.0.0.1", not_before=now - 9 * day, not_after=now - day), "has expired"),
        (authority.issue_cert("hooks.example"), "not for the address 127.0.0.1"),
        (trustme.CA().issue_cert("127.0.0.1"), "not trusted publicly|authority is not known"),
    ]
    replicate.environment["SSL_CERT_FILE"] = str(tmp_path / "ca.pem")
    with receiving(tls(good)) as receiver:
        code, steps, said = found(replicate, receiver.url)
        assert code == 0, said
        assert steps == [
            ("address", True), ("name", True), ("connection", True), ("certificate", True), ("webhook", True),
        ]  # fmt: skip
    for certificate, words in cases:
        with receiving(tls(certificate)) as receiver:
            code, steps, said = found(replicate, receiver.url)
            assert code == 1 and steps[-1] == ("certificate", False)
            assert any(word in said for word in words.split("|")), said
            assert receiver.taken == []
    with receiving() as receiver:
        code, steps, said = found(replicate, receiver.url.replace("http:", "https:"))
        assert code == 1 and steps[-1] == ("certificate", False) and "no TLS" in said


def test_check_knows_a_self_signed_certificate(replicate: Command, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    self_signed(tmp_path / "own.pem")
    context.load_cert_chain(tmp_path / "own.pem")
    with receiving(context) as receiver:
        code, steps, said = found(replicate, receiver.url)
    assert code == 1 and steps[-1] == ("certificate", False) and "self-signed" in said


def self_signed(path: Path) -> None:
    """A certificate that vouches for itself, with its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))


# ---- listen


class Listening:
    """`webhooks listen`, running."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        assert process.stderr is not None
        self.url = process.stderr.readline().split()[4].rstrip(".")

    def lines(self, count: int) -> list[dict[str, Any]]:
        """The next lines that it prints."""
        assert self._process.stdout is not None
        return [json.loads(self._process.stdout.readline()) for _ in range(count)]


@contextmanager
def listening(command: Command, *words: str) -> Iterator[Listening]:
    """`webhooks listen` from its first word to its end."""
    process = command.start("webhooks", "listen", "--port", "0", "--json", *words)
    try:
        yield Listening(process)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=30)
        assert (process.returncode, out) == (130, "")
    finally:
        process.kill()
        process.wait()


def post(url: str, headers: dict[str, str], body: bytes) -> int:
    return httpx.post(url, headers=headers, content=body, timeout=20).status_code


def test_listen_verifies_keeps_answers_and_hands_on_as_it_came(replicate: Command, receiver: Receiver) -> None:
    secret = Token(replicate("webhooks", "secret").json["key"])
    body = b'{"id": "p1", "status": "succeeded", "output": "x"}'
    right = signed_headers(secret, "msg_1", body, int(time.time()))
    other = signed_headers(secret, "msg_2", body, int(time.time()))
    receiver.answers = [503]
    with listening(replicate, "--forward", receiver.url) as listener:
        url = listener.url
        assert post(url, right, body) == 200
        assert post(url, right, body) == 200
        assert post(url, right, body + b" ") == 401
        assert post(url, {**other, "webhook-signature": "v1,AAAA"}, body) == 401
        assert post(url, {**other, "webhook-timestamp": "1"}, body) == 401
        assert httpx.get(url).status_code == 405
        assert post(url, other, b"x" * (32 * 1024 * 1024 + 1)) == 413
        lines = listener.lines(3)
    assert [(line["id"], line["event"], line["prediction"], line["state"], line["code"]) for line in lines] == [
        ("msg_1", "completed", "p1", "waiting", None),
        ("msg_1", "completed", "p1", "waiting", 503),
        ("msg_1", "completed", "p1", "taken", 200),
    ]
    for one in receiver.taken:
        assert one.body == body and one.headers["webhook-signature"] == right["webhook-signature"]


def test_listen_says_that_its_port_is_taken(replicate: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = replicate("webhooks", "listen", "--port", str(port))
    assert done.code == 2 and taken_words(port) in done.err
    assert replicate("webhooks", "listen", "--port", "65536").code == 2
