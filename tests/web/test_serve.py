"""The console in a browser, over the wire: who gets it, what they get, and that it ends."""

from __future__ import annotations

import asyncio
import signal
import ssl
from pathlib import Path

import pytest

pytest.importorskip("textual_serve", reason="the extra `web` is not installed")

from tests.support.command import Command
from tests.support.ports import taken_words
from tests.support.sandbox import RunningSandbox
from tests.support.web_page import is_alive, opened, origin_of, reader, serving, until

pytestmark = pytest.mark.timeout(150)
REFUSED = "Nothing is shown here."
PATHS = ("/", "/?token=", "/?token=x", "/ws", "/static/js/textual.js", "/static/", "/page/page.js", "/download/x", "/x")


@pytest.fixture
def command(tmp_path: Path, sandbox: RunningSandbox) -> Command:
    """The command with the session's sandbox as its API, in a terminal of its own kind."""
    return Command(tmp_path / "home", tmp_path / "work", TERM="xterm-kitty", TMUX="/tmp/tmux").against(sandbox)


async def test_an_address_lets_one_browser_in_and_a_stranger_gets_nothing(
    command: Command, sandbox: RunningSandbox
) -> None:
    with serving(command) as server:
        address = await asyncio.to_thread(server.next_address)
        origin = origin_of(address)
        assert origin.startswith("http://127.0.0.1:")
        async with reader() as stranger, reader() as session:
            for path in PATHS:
                async with stranger.get(origin + path) as answer:
                    assert (answer.status, (await answer.text())[:22]) == (403, REFUSED), path
            async with stranger.post(f"{origin}/?token=x", data={"password": "x"}) as answer:
                assert answer.status == 403
            async with session.get(address, allow_redirects=False) as answer:
                assert (answer.status, answer.headers["Location"]) == (303, "/")
                cookie = answer.headers["Set-Cookie"]
                assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie
            async with session.get(f"{origin}/") as answer:
                page = await answer.text()
                assert answer.status == 200 and "textual.js" in page
                assert answer.headers["Referrer-Policy"] == "no-referrer"
                assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
                assert "http:" not in page and "https:" not in page and sandbox.token not in page
            async with session.get(f"{origin}/static/js/textual.js") as answer:
                assert answer.status == 200
            async with session.get(f"{origin}/x") as answer:
                assert answer.status == 404
            # What it printed was used: it is good for nobody else. The next one is.
            async with stranger.get(address) as answer:
                assert answer.status == 403
            following = await asyncio.to_thread(server.next_address)
            assert following != address
            async with stranger.get(following) as answer:
                assert answer.status == 200
            # Another page of this host has the cookie too, but another origin.
            for elsewhere in ("", "http://127.0.0.1:1", "https://example.com"):
                headers = {"Origin": elsewhere, "Upgrade": "websocket", "Connection": "Upgrade"}
                async with session.get(f"{origin}/ws", headers=headers) as answer:
                    assert answer.status == 403, elsewhere
        assert server.consoles() == []


async def test_a_page_has_a_console_that_ends_with_it_and_files_and_links_go_to_its_reader(
    command: Command, sandbox: RunningSandbox
) -> None:
    fields = ("-i", "width=64", "-i", "height=64", "-i", "steps=1", "-i", "pace=0", "-i", "prompt=a lake")
    assert command("run", "sandbox/fractal", *fields, "--wait", "--save", "out", "--json").code == 0
    with serving(command) as server:
        address = await asyncio.to_thread(server.next_address)
        origin = origin_of(address)
        async with reader(address) as session, opened(session, origin) as page:
            await page.until("sandbox/fractal")
            # Kitty's own pictures are asked of no terminal here.
            assert b"\x1b_G" not in page.received
            await page.press("2")
            await page.until("64×64 PNG")
            await page.press("O")
            key = await page.until_told("deliver_file_start")
            async with session.get(f"{origin}/download/{key}") as answer:
                assert answer.status == 200 and answer.content_type == "image/png"
                assert "sandbox" in answer.headers["Content-Security-Policy"].split("; ")
                content = await answer.read()
            saved = list((command.folder / "out").iterdir())
            assert [one.read_bytes() for one in saved] == [content]
            async with session.get(f"{origin}/download/{key}") as answer:
                assert answer.status == 404
            await page.press("o")
            asked = await page.until_told("open_url")
            assert asked["url"].startswith(f"{sandbox.origin}/p/")
            await page.until("Opened http")
            assert sandbox.token.encode() not in page.received
            # A second page has a console of its own; one that is closed from here ends the page.
            async with opened(session, origin) as other:
                await other.until("sandbox/fractal")
                assert len(server.consoles()) == 2
                await other.press("q")
                await other.until_closed()
            await until(lambda: len(server.consoles()) == 1, "the second console has ended")
            await page.socket.send_str("not a message")
            await page.socket.send_json(["resize", {"width": "x"}])
            await page.socket.send_json(["resize", {"width": 100, "height": 30}])
            page.screen.resize(30, 100)
            await page.press("1")
            # At 100 columns the sections have shorter names.
            await page.until("2 Predi 3 Train 4 Chat 5 Deplo")
            await page.until("Most run")
        await until(lambda: server.consoles() == [], "the console has ended with its page")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_no_console_outlives_its_server(command: Command, number: signal.Signals) -> None:
    with serving(command) as server:
        address = await asyncio.to_thread(server.next_address)
        async with reader(address) as session, opened(session, origin_of(address)) as page:
            await page.until("sandbox/fractal")
            (console,) = server.consoles()
            server.process.send_signal(number)
            await page.until_closed()
            await until(lambda: not is_alive(console), "the console has ended")
        assert await asyncio.to_thread(server.process.wait, 20) == (0 if number == signal.SIGTERM else -number)


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_what_others_can_reach_wants_a_password_or_tls(command: Command, host: str) -> None:
    done = command("serve", "--port", "0", "--host", host)
    assert done.code == 2 and done.out == ""
    assert "--password-file" in done.err and "--tls-cert" in done.err and "ssh -L" in done.err


def test_what_cannot_be_served_is_said(command: Command, tmp_path: Path) -> None:
    assert "at least 8 characters" in command("serve", "--password-file", "-", stdin="seven77\n").err
    assert "cannot be read: No such file" in command("serve", "--password-file", "nothing").err
    assert "cannot be used with its key" in command("serve", "--tls-cert", "nothing").err
    assert "--tls-key goes with --tls-cert" in command("serve", "--tls-key", "nothing").err
    with serving(command) as server:
        port = origin_of(server.next_address()).rpartition(":")[2]
        done = command("serve", "--port", port)
        assert done.code == 2 and taken_words(port) in done.err
    done = command("serve", "--host", "192.0.2.1", "--port", "0", "--password-file", "-", stdin="eight888\n")
    assert (done.code, done.out) == (2, "")
    assert "192.0.2.1 is no address of this machine: give --host one that is, such as 127.0.0.1." in done.err


async def test_with_a_password_the_address_asks_for_it(command: Command, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("eight888\nnot this\n")
    with serving(command, "--password-file", str(tmp_path / "password"), "--host", "0.0.0.0") as server:
        address = (await asyncio.to_thread(server.next_address)).replace("0.0.0.0", "127.0.0.1")
        async with reader() as session:
            async with session.get(address) as answer:
                assert answer.status == 200 and 'type="password"' in await answer.text()
            async with session.get(f"{origin_of(address)}/") as answer:
                assert answer.status == 403
            async with session.post(address, data={"password": "eight889"}) as answer:
                assert answer.status == 403
            async with session.post(address, data={"password": "eight888"}) as answer:
                assert answer.status == 200 and "textual.js" in await answer.text()


async def test_by_tls_the_cookie_never_goes_in_the_clear(command: Command, tmp_path: Path) -> None:
    trustme = pytest.importorskip("trustme")
    authority = trustme.CA()
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "both.pem"))
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with serving(command, "--tls-cert", str(tmp_path / "both.pem")) as server:
        address = await asyncio.to_thread(server.next_address)
        assert address.startswith("https://")
        async with reader(tls=context) as session, session.get(address, allow_redirects=False) as answer:
            assert answer.status == 303 and "Secure" in answer.headers["Set-Cookie"]
