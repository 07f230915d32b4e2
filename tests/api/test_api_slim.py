"""What of httpx is left out, or comes late, is missed by nobody."""

from __future__ import annotations

import subprocess
import sys

import pytest


def in_a_new_process(code: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_what_is_not_asked_for_is_not_imported():
    code = "import sys, tui.api.transport\nprint(*(m for m in ('click', 'idna', 'idna.idnadata') if m in sys.modules))"
    assert in_a_new_process(code) == []


@pytest.mark.parametrize("first", ["", "import idna"])
def test_a_host_of_other_letters_is_asked_by_its_ascii_name(first):
    code = (
        f"{first}\nfrom tui.api.transport import Transport\n"
        "transport = Transport('https://api.replicate.com/v1/', None, 1.0, 'test')\n"
        "url = transport.parse('https://bücher.example/a')\n"
        "print(url.raw_host.decode(), url.host.encode('idna').decode())\n"
        "import idna\nprint(idna.encode('bücher').decode())"
    )
    assert in_a_new_process(code) == ["xn--bcher-kva.example", "xn--bcher-kva.example", "xn--bcher-kva"]


def test_a_host_that_idna_refuses_is_no_web_address():
    code = (
        "from tui.api.errors import BadAnswer\nfrom tui.api.transport import Transport\n"
        "transport = Transport('https://api.replicate.com/v1/', None, 1.0, 'test')\n"
        "try:\n    transport.parse('https://☃\\u200b.example')\nexcept BadAnswer:\n    print('refused')"
    )
    assert in_a_new_process(code) == ["refused"]
